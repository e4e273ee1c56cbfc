"""Made-up news in five languages: the same items, keywords and watches on every machine.

Words are drawn from made-up vocabularies after Zipf's law, so that common words are common, mixed
with real words of the field. An item has a headline and a summary, 176 characters on average, as
real feeds have (measured over 3,000 items).
"""

import itertools
import random
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass

LANGUAGES = ("en", "ru", "ko", "zh", "ja")
SHARES = (5, 2, 1, 1, 1)
REAL = {
    "en": """railway sanctions embassy freight export ambassador tariff treaty locomotive ministry
        border summit Trans-Siberian Rajin Khasan OFAC blacklist dual-use shipment consulate""",
    "ru": """железная дорога санкции посольство экспорт посол договор локомотив министерство граница
        саммит Хасан Туманган РЖД грузовой""",
    "ko": """철도 제재 대사관 수출 대사 조약 기관차 외무성 국경 정상회담 라진 하산 두만강 화물""",
    "zh": """铁路 制裁 大使馆 出口 大使 条约 机车 外交部 边境 峰会 图们江 货运 口岸 中欧班列""",
    "ja": """鉄道 制裁 大使館 輸出 大使 条約 機関車 外務省 国境 首脳会談 貨物 シベリア鉄道""",
}
_SPACED = ("en", "ru", "ko")
_WORDS = 20_000
# So many words of a headline and of a summary make 176 characters together.
_LENGTHS = {"en": (9, 20), "ru": (9, 20), "ko": (12, 34), "zh": (14, 60), "ja": (12, 48)}


@dataclass(frozen=True, slots=True)
class News:
    """A headline and a summary."""

    language: str
    title: str
    summary: str


class Texts:
    """A sampler of text, for one seed."""

    def __init__(self, seed: int = 1) -> None:
        rng = random.Random(seed)
        self.words = {language: _vocabulary(language, rng) for language in LANGUAGES}
        self._weights = list(itertools.accumulate(1 / (rank + 3) for rank in range(_WORDS)))

    def news(self, count: int, seed: int = 99) -> Iterator[News]:
        rng = random.Random(seed)
        for _ in range(count):
            language = rng.choices(LANGUAGES, SHARES)[0]
            headline, summary = _LENGTHS[language]
            yield News(
                language,
                self.sentence(language, headline, rng),
                self.sentence(language, summary, rng),
            )

    def keywords(self, count: int, seed: int = 7) -> list[tuple[str, str]]:
        """Language and phrase of one to three words, all different; half of them English."""
        rng = random.Random(seed)
        found = {
            (language, word): None for language in LANGUAGES for word in REAL[language].split()
        }
        while len(found) < count:
            language = rng.choices(LANGUAGES, SHARES)[0]
            length = rng.choices((1, 2, 3), (4, 4, 2))[0]
            # Single words are of the rarer ones, as in the lists that people keep.
            words = [self.words[language][rng.randrange(500, _WORDS)] for _ in range(length)]
            phrase = _joined(language, words)
            if len(phrase) >= (4 if language in ("en", "ru") else 2):
                found.setdefault((language, phrase))
        return list(found)[:count]

    def watches(self, count: int, seed: int = 4) -> Iterator[str]:
        """Queries as people write them: alternatives, a required word (common in every second
        one), an exclusion, some with NEAR, a field or a boost."""
        rng = random.Random(seed)
        pool: dict[str, list[str]] = {language: [] for language in LANGUAGES}
        for language, phrase in self.keywords(max(3 * count, 200) + 50, seed):
            pool[language].append(phrase)
        for _ in range(count):
            language = rng.choices(LANGUAGES, SHARES)[0]
            one, other, excluded = (_term(rng.choice(pool[language])) for _ in range(3))
            third = _term(self.words[language][rng.randrange(20, 2_000)])
            common = self.words[language][rng.randrange(20, 400)]
            need = _term(common if rng.random() < 0.5 else rng.choice(pool[language]))
            yield rng.choice(
                (
                    f"({one} OR {other}) AND {need} NOT {excluded}",
                    f"({one} OR {other}^2 OR {third}) NEAR/8 {need} NOT {excluded}",
                    f"{need} AND (title:{one} OR {other}) NOT title:{excluded}",
                    f"({one} {need}) OR ({common} {third})",
                )
            )

    def sentence(self, language: str, length: int, rng: random.Random) -> str:
        """Words after Zipf's law, without a full stop."""
        heaviest = self._weights[-1]
        ranks = (bisect(self._weights, rng.random() * heaviest) for _ in range(length))
        words = [self.words[language][rank] for rank in ranks]
        if language in ("en", "ru"):
            words[0] = words[0].capitalize()
        return _joined(language, words)


def _term(phrase: str) -> str:
    return f'"{phrase}"' if " " in phrase else phrase


def _joined(language: str, words: list[str]) -> str:
    return (" " if language in _SPACED else "").join(words)


def _vocabulary(language: str, rng: random.Random) -> list[str]:
    found = dict.fromkeys(REAL[language].split())
    while len(found) < _WORDS:
        found.setdefault(_word(language, rng))
    words = list(found)
    rng.shuffle(words)
    return words


_SYLLABLES = {
    "en": (
        [
            "b",
            "c",
            "d",
            "f",
            "g",
            "h",
            "k",
            "l",
            "m",
            "n",
            "p",
            "r",
            "s",
            "t",
            "v",
            "w",
            "st",
            "tr",
            "pr",
            "gr",
            "sh",
            "ch",
        ],
        ["a", "e", "i", "o", "u", "ea", "ou"],
        ["", "", "n", "r", "s", "t", "l", "nd", "rt"],
    ),
    "ru": (
        [
            "б",
            "в",
            "г",
            "д",
            "ж",
            "з",
            "к",
            "л",
            "м",
            "н",
            "п",
            "р",
            "с",
            "т",
            "ф",
            "х",
            "ст",
            "тр",
            "пр",
        ],
        ["а", "е", "и", "о", "у", "ы", "я"],
        ["", "", "н", "р", "л", "м", "й", "ть"],
    ),
}


def _word(language: str, rng: random.Random) -> str:
    if language in _SYLLABLES:
        onsets, vowels, codas = _SYLLABLES[language]
        length = rng.choice((1, 2, 2, 3, 3, 4))
        return "".join(
            rng.choice(onsets) + rng.choice(vowels) + rng.choice(codas) for _ in range(length)
        )
    if language == "ko":
        return _characters(0xAC00, range(0, 11172, 7), rng, (2, 2, 3, 4))
    if language == "zh":
        return _characters(0x4E00, range(3500), rng, (1, 2, 2, 3))
    length = rng.choice((2, 2, 3, 4))
    return "".join(
        chr(rng.choice((0x3042, 0x30A2, 0x4E00)) + rng.randrange(60)) for _ in range(length)
    )


def _characters(start: int, steps: range, rng: random.Random, lengths: tuple[int, ...]) -> str:
    return "".join(chr(start + rng.choice(steps)) for _ in range(rng.choice(lengths)))
