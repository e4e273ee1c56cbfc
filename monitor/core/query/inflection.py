"""Which forms of a word count as the word, per language."""

import re
from functools import lru_cache

import Stemmer

_ENGLISH = Stemmer.Stemmer("english")
_RUSSIAN = Stemmer.Stemmer("russian")


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# Plural in form only: the word without its s is another word, or none.
_NO_SINGULAR = _words("""
arms customs goods gas bus plus minus thus news means thanks laos series species us is was as
his this its yes has does lens chaos bias atlas canvas texas wales kansas paris los
""")
# Stems that Snowball gives words which do not begin with them.
_IRREGULAR = {"die": ("dying",), "lie": ("lying",), "tie": ("tying",), "sky": ("skies",)}

# Words that are acronyms only in capitals: in a headline of capitals nobody can tell.
HOMOGRAPHS = _words("""
act aid aids all am an and any are arm as at be bis but by can cat do dot eta fed for get go
had has he her him his how i ice if in is it its ma may me met mia mid my no nor not now of
off oil on one or our out pm sad safe salt see set she so start star than the they to too un
up us via was we were what who why with you your
""")


@lru_cache(maxsize=16_384)
def english_stem(word: str) -> str:
    return str(_ENGLISH.stemWord(word))


@lru_cache(maxsize=16_384)
def russian_stem(word: str) -> str:
    return str(_RUSSIAN.stemWord(word))


def russian_forms(word: str) -> frozenset[str]:
    """Regular forms of a Russian noun to which Snowball gives another stem than to the noun.

    Китай is cut to кита and Китая to кит, and a vowel comes and goes in список, кореец and
    поставка. Forms that do not exist are harmless: no text holds them.
    """
    if word in _RUSSIAN_IRREGULAR:
        return _RUSSIAN_IRREGULAR[word]
    if len(word) < 4:
        return frozenset()
    for ending, cut, endings in _RUSSIAN_ENDINGS:
        if ending.search(word):
            return frozenset(word[:-cut] + one for one in endings.split())
    return frozenset()


def stem_openings(word: str, stem: str) -> tuple[str, ...]:
    """Beginnings, one of which every word with this stem has."""
    shared = next(
        (at for at, (a, b) in enumerate(zip(word, stem, strict=False)) if a != b),
        min(len(word), len(stem)),
    )
    head = stem[:-1] if len(stem) > 2 and stem[-1] in "iey" else stem
    return tuple({word[:shared], head, *_IRREGULAR.get(stem, ())} - {""})


def number_forms(word: str) -> frozenset[str]:
    """A Latin word in singular and plural, whichever of them is given."""
    if len(word) < 3 or not word.isalpha() or not "a" <= word[-1] <= "z":
        return frozenset((word,))
    singulars = {word, *_singulars(word)}
    return frozenset(singulars | {_plural(singular) for singular in singulars})


def _plural(word: str) -> str:
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + "s"


def _singulars(word: str) -> tuple[str, ...]:
    if word in _NO_SINGULAR or not word.endswith("s") or word.endswith(("ss", "us", "is", "ics")):
        return ()
    if word.endswith("ies") and len(word) > 4:
        return (word[:-3] + "y", word[:-1])
    if word.endswith(("sses", "xes", "zzes", "ches", "shes", "oes")):
        return (word[:-2],)
    return (word[:-1],) if len(word) > 3 else ()


_RUSSIAN_IRREGULAR = {
    "посол": _words("посла послу послом послы послов послам послами послах"),  # после: after
    "уголь": _words("угля углю углем угле угли углей углям углями углях"),
    "угол": _words("угла углу углом угле углы углов углам углами углах"),
    "день": _words("дня дню днем дне дни дней дням днями днях"),
    "лед": _words("льда льду льдом льде льды"),
    "ветер": _words("ветра ветру ветром ветре ветры ветров"),
    "судно": _words("суда судов судам судами судах суден"),
    "окно": _words("окон"),
    "письмо": _words("писем"),
}
# The end of a noun, how much of it goes, and what comes in its place.
_RUSSIAN_ENDINGS = (
    (re.compile("[аеоуи]й$"), 1, "я ю ем е и ев ям ями ях"),
    (re.compile("[аеоу]я$"), 1, "и е ю ей ею й ям ями ях"),
    (re.compile("[^аеиоуыэюя]ок$"), 2, "ка ку ком ке ки ков кам ками ках"),
    (re.compile("[аеиоу]ец$"), 2, "йца йцу йцем йцом йце йцы йцев йцов йцам йцами йцах"),
    (re.compile("[^аеиоуыэюя]ец$"), 2, "ца цу цем цом це цы цев цов цам цами цах"),
    (re.compile("[йь]к[аи]$"), 3, "ек"),
    (re.compile("[жчшщ]к[аи]$"), 2, "ек"),
    (re.compile("[^аеиоуыэюя]к[аи]$"), 2, "ок"),
    (re.compile("[^аеиоуыэюяйь]ня$"), 2, "ен"),
    (re.compile("ть$"), 1, "и ью ей ям ями ях"),
)


# Particles and forms of the copula that may follow a noun. Left out on purpose are the syllables
# that as often begin another noun or a verb ending: 아 야 여 라 란 서 나 인 할 해.
PARTICLES = _words("""
은 는 이 가 을 를 의 에 도 만 과 와 로 께 들 며 고 다 요 죠 랑 뿐 대로 마다 까지 부터 조차
마저 밖에 보다 처럼 같이 만큼 커녕 하고 에서 에게 한테 께서 으로 이랑 이며 이고 이다 이나 이라
이든 든지 든가 라도 라고 라는 라며 라면 이라도 이라고 이라는 이라며 이라면 이나마 이든지
이든가 이야 이야말로 야말로 에는 에도 에만 에의 에서는 에서도 에서만 에서의 에서부터 에서까지
에게는 에게도 에게서 에게만 한테서 한테는 으로는 으로도 으로만 으로의 으로서 으로써 으로부터
으로까지 로는 로도 로만 로의 로서 로써 로부터 로까지 과는 과도 과의 와는 와도 와의 까지는
까지도 까지의 부터는 부터의 부터도 만은 만이 만을 만의 뿐만 뿐이 보다는 보다도 처럼은 들은
만으로 만이라도 만큼은 에선 엔 까진 에까지 에게까지 에조차 로서는 으로서의 으로서는 이란 이면
들이 들을 들의 들에 들에게 들도 들만 들과 들로 들까지 들부터 들에게는 들에서 이었다 였다
이었던 였던 입니다 이라던 임을 이자 마저도 조차도 대로는 마다의 께서는 밖에는
""")


def particle_free(token: str, end: int) -> bool:
    """Whether nothing but a particle follows `end` in a Korean token."""
    return end == len(token) or token[end:] in PARTICLES
