"""What the answer of a ministry claims: nothing, unless it clearly says so of what was asked.

Yes is a word of confirmation or denial, or a fact with a date or an agreement in it that takes up
what was asked. What is hoped, discussed, said for a case, or heard of others is no yes.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import regex

from monitor.core.ladder import caveats, cues
from monitor.core.ladder.clauses import acts, clause_before, departure, of_now, sentences, years_in
from monitor.core.ladder.dates import DATE, date_in
from monitor.core.ladder.exchanges import Exchange
from monitor.core.ladder.parties import PARTY
from monitor.model import Claim

_LATELY = timedelta(days=14)
_WE = regex.compile(
    r"中方|我方|我们|我們|\b(?:we|i|our side)\b|우리|정부(?:는|가|도)|\b(?:мы|я|российск\w+ сторон\w+)\b|わが国|我が国|政府として",
    regex.IGNORECASE,
)
_OTHERS = regex.compile(
    r"\b(?:they|he|she|(?:other|their) side|media|press|agenc(?:y|ies))\b|朝方|韩方|美方|俄方|日方|对方|對方|他们|媒体"
    r"|\b(?:они|коре\w+|сми|друзья|коллеги)\b|先方|相手"
    r"|(?:중국|북한|러시아|미국|일본|조선|한국)(?: ?(?:측|정부|외교부|외무성|당국|매체|언론|국가\w*))?(?:이|가|은|는|에서|측)(?![가-힣])"
    r"|(?:북한|중국|현지) (?:매체|언론|당국)|(?:中国|北朝鮮|ロシア|米国|韓国)(?:側|政府|外務省|当局|国営\w*)?(?:が|は|も)",
    regex.IGNORECASE,
)
_TELLS = regex.compile(
    r"\b(?:announc|confirm|stat(?:ed|es|ing)|sa(?:id|ys)|report(?:s|ed)|claim|declar)\w*"
    r"|宣布|宣佈|发布|發布|证实|證實|表示|报道|報導|발표|보도|밝[혔히]|확인|発表|報じ|表明|確認"
    r"|объяв|сообщ|заяв|подтверд|анонс",
    regex.IGNORECASE,
)
_SOV = regex.compile(r"[\p{Hangul}\p{Hiragana}\p{Katakana}]")  # places stand before the verb, too
_YES = regex.compile(
    r"yes\b|that's right|correct|(?:that|this) is|是的|没错|沒錯|确有其事|確有其事|맞습니다|그렇습니다"
    r"|вс[её] |именно|совершенно|это |(?:そのとおり|その通り|事実)で",
    regex.IGNORECASE,
)
_WHETHER = regex.compile(
    r"\b(?:confirm\w*|true|right|correct|is it|has it|are they)\b|证实|證實|确认|確認|属实|屬實|是否|맞|사실|확인"
    r"|подтвер|правда|верно|\b(?:так|ли)\b|事実|よろしい|本当",
    regex.IGNORECASE,
)
_POLAR = regex.compile(
    r"(?:니까|나요|는지요?|[은는건]가요|까요)\W*$|(?:でしょう|です|ます|ません|した)か\W*$|[吗嗎么麼]\W*$"
    r"|^\W*(?:is|are|was|were|has|have|had|does|do|did|will|can|could)\b(?=.*\?\W*$)|\p{Cyrillic}.*\?\W*$",
    regex.IGNORECASE,
)
_OPEN = regex.compile(
    r"언제|어떻게|어떤|어디|무엇|무슨|뭐|왜|누구|누가|몇|얼마|いつ|どう|どの|どこ|どんな|何|なぜ|いかが|誰|什么|什麼|怎么|怎麼|如何|哪|谁|誰|何时|何時|为何|為何|多少"
    r"|\b(?:what|when|how|why|who|which|where|когда|где|куда|как\w*|что|кто|почему|зачем|сколько|чем|чего)\b",
    regex.IGNORECASE,
)
_NO = regex.compile(
    r"\W*(?:no|нет)\b|\W*(?:いいえ|いえ|違います|아닙니다|아니오|아니요|그렇지 않|不是|没有|沒有)",
    regex.IGNORECASE,
)
_I_CONFIRM = regex.compile(
    r"\b(?:i|we) (?:can |do )?confirm\b|могу подтвердить|можем подтвердить|подтвержда(?:ю|ем)\b"
    r"|확인(?:합니다|해 드립니다|드립니다)|可以(?:向你)?(?:证实|證實|确认|確認)",
    regex.IGNORECASE,
)
_VIEW_ASKED = regex.compile(
    r"\b(?:seen|aware|comments?|concern\w*|reaction|response|respond|views?|position|think)\b|评论|如何看|有何|입장|평가|комментар|отнес|受け止め",
    regex.IGNORECASE,
)
_BY_OTHERS = regex.compile(r"\s+by (?!us\b|our\b|both\b|the two\b)", regex.IGNORECASE)
_FOR_OTHERS = regex.compile(
    r"(?<!can|able|like|glad|pleased|wish|want) to (?:\w+ly )?$", regex.IGNORECASE
)
_ORDINALS = regex.compile(
    r"(?:(?:on|to|regarding|as (?:for|to)|about)? ?(?:your|the) (?:first|second|third|other|last) (?:question|one|part|point)"
    r"|(?:关于|關於|对于|至于)?(?:你的?)?第[一二三](?:个|個)?(?:问题|問題|点)|(?:첫|두|세) ?번째(?: 질문)?"
    r"|(?:по|на|о)? ?(?:перв|втор|треть)\w+ вопрос\w*|[1-3一二三](?:点|つ)目|最後の(?:点|質問))",
    regex.IGNORECASE,
)
_ASKED_FIRST = regex.compile(
    r"\b(?:first|second|third)(?:ly)?,|\b(?:my|another|one more) (?:first |second |other )?question\b|第[一二三](?:[,，、]|个|個)|其次,"
    r"|(?:첫|두|세) ?번째(?:로|는| 질문)|또 하나|(?:перв|втор|трет)\w+ вопрос|во-первых|во-вторых|[1-3一二三](?:点|つ)目",
    regex.IGNORECASE,
)
_SHORT = 3  # pieces up to which a sentence may be about anything


@dataclass(frozen=True, slots=True)
class _Asked:
    question: str
    about: frozenset[str]  # pieces of the question
    whether: bool  # it can be answered with a mere yes
    published: date


@dataclass(frozen=True, slots=True)
class _Said:
    claim: Claim
    cue: str
    at: int  # index of the sentence


def of_answer(
    asked: Exchange, published: date, about: Collection[str] = ()
) -> tuple[Claim, str, date | None]:
    """Claim, its words, and the day that is named.

    Args:
        about: Words that tell which of several questions in one breath is meant.
    """
    questions = _parts(_ASKED_FIRST, asked.question)
    answers = _parts(_ORDINALS, asked.answer)
    if len(questions) < 2 and len(answers) < 2:
        return _claim(asked.question, asked.answer, published)
    meant = [n for n, one in enumerate(questions) if any(word in one for word in about)]
    if len(questions) == len(answers):
        pairs = list(zip(questions, answers, strict=True))
    elif len(answers) < 2:
        pairs = [(one, asked.answer) for one in questions]
    else:
        pairs, meant = [(asked.question, one) for one in answers], []
    if len(meant) == 1:
        pairs = [pairs[meant[0]]]
    found = [_claim(question, answer, published) for question, answer in pairs]
    agree = len({claim for claim, *_ in found}) == 1
    return found[0] if agree else (Claim.NO_COMMENT, "", None)


def _parts(ordinals: "regex.Pattern[str]", text: str) -> list[str]:
    """What stands behind each "first" and "second"."""
    cuts = [*(found.start() for found in ordinals.finditer(text)), len(text)]
    return [text[a:b] for a, b in pairwise(cuts)]


def _claim(question: str, answer: str, published: date) -> tuple[Claim, str, date | None]:
    spoken = sentences(answer)
    behind = len(spoken)  # from which on nothing more is said
    cue = ""
    for n, one in enumerate(spoken):
        if found := cues.NO_COMMENT.search(one):
            if n == 0 or not caveats.FURTHER.search(one):
                return Claim.NO_COMMENT, found.group(), None
            behind, cue = n, cue or found.group()
            break
    asked = _Asked(question, pieces(question), _asks_whether(question), published)
    said = next(_said(asked, spoken[:behind]), None)
    if said and not any(_is_silent(one) for one in spoken[behind:]):
        return said.claim, said.cue, date_in("\n".join(spoken[said.at :]), published)
    return Claim.NO_COMMENT, cue, None


def _asks_whether(question: str) -> bool:
    """Whether it asks if something is so; "have you seen" and "any concerns" do not."""
    last = sentences(question)[-1:]
    return any(_is_polar(one) and not _VIEW_ASKED.search(one) for one in last)


def _is_polar(sentence: str) -> bool:
    if _WHETHER.search(sentence):
        return True
    return bool(_POLAR.search(sentence)) and not _OPEN.search(sentence)


def _is_silent(sentence: str) -> bool:
    """Whether it says neither yes nor no, and not only of what goes beyond."""
    return bool(cues.NO_COMMENT.search(sentence)) and not caveats.FURTHER.search(sentence)


def _said(asked: _Asked, spoken: Sequence[str]) -> "Iterator[_Said]":
    """What is clearly said: what is taken back first, then what is so."""
    usable = [
        (n, caveats.NOT_DOWN.sub(" ", caveats.BACKGROUND.sub(" ", caveats.VIEWS.sub(" ", one))))
        for n, one in enumerate(spoken)
        if not one.rstrip().endswith("?") and not caveats.CONDITIONAL.search(one)
    ]
    own = [
        (n, one)
        for n, one in usable
        if not (caveats.UNSETTLED.search(one) or _heard(one) or _is_elsewhere(asked, one))
    ]
    for claim, pattern in cues.CUES[1:5]:
        for n, one in usable if claim is Claim.DENIED else own:
            found = of_now(pattern, one, asked.published)
            if found is None or caveats.MIGHT.search(one):
                continue
            if claim is Claim.DENIED or _near(asked, one):
                yield _Said(claim, found.group(), n)
    for n, one in usable:
        ends = n in (0, len(spoken) - 1)
        if found := _plain_no(asked, one) or (_mere_no(asked, one) if ends else None):
            yield _Said(Claim.DENIED, found.group(), n)
    so = [(n, one) for n, one in own if not caveats.NEGATED.search(one)]
    no = bool(spoken) and _NO.match(spoken[0])
    for place, (n, one) in enumerate(so):
        beside = so[max(place - 1, 0) : place + 2]
        around = pieces("\n".join(other for _, other in beside))
        found = _own_word(asked, one) or _done(asked, one)
        if found is None and not no:
            ends = n in (0, len(spoken) - 1)
            found = _planned(asked, one, around) or (_yes(asked, one, around) if ends else None)
            found = found or _affirmed(asked, one)
        if found:
            yield _Said(Claim.CONFIRMED, found.group(), n)


def _is_elsewhere(asked: _Asked, sentence: str) -> bool:
    """Whether it names places, and none that was asked about: another train, another visit."""
    other = caveats.ELSEWHERE.search(sentence)
    if other and other.group() not in asked.question and other.group()[::-1] not in asked.question:
        return True
    theirs, ours = _parties(asked.question), _parties(sentence)
    if theirs and ours and theirs.isdisjoint(ours):
        return True
    there, here = _names(asked.question), _names(sentence)
    return bool(there and here) and there.isdisjoint(here)


def _parties(text: str) -> set[str]:
    """States that are named, but for China, which most of what is watched has to do with."""
    return {name for name, pattern in PARTY.items() if pattern.search(text)} - {"CN"}


def _heard(sentence: str) -> bool:
    """Whether it tells what somebody else said."""
    for found in _TELLS.finditer(sentence):
        clause = clause_before(sentence, found)
        if _WE.search(clause):
            continue
        if _OTHERS.search(clause):
            return True
        if not _SOV.search(sentence) and any(one.search(clause) for one in PARTY.values()):
            return True
    return False


def _plain_no(asked: _Asked, sentence: str) -> "regex.Match[str] | None":
    """That nothing of the kind was, is or is planned, of what was asked."""
    own = pieces(sentence)
    stands = _takes_up(asked, sentence) or (len(own) <= _SHORT and asked.about & own)
    return cues.PLAIN_NO.search(sentence) if stands and not _is_elsewhere(asked, sentence) else None


def _mere_no(asked: _Asked, sentence: str) -> "regex.Match[str] | None":
    return cues.MERE_NO.search(sentence) if asked.whether else None


def _own_word(asked: _Asked, sentence: str) -> "regex.Match[str] | None":
    """A word of confirmation, about what was asked."""
    taken_up = _takes_up(asked, sentence)
    if not taken_up and _I_CONFIRM.search(sentence):
        taken_up = not asked.about.isdisjoint(pieces(sentence))
    for found in cues.CONFIRMED.finditer(sentence) if taken_up else ():
        by_others = _BY_OTHERS.match(sentence, found.end())
        if not by_others and not _FOR_OTHERS.search(clause_before(sentence, found)):
            return found
    return None


def _done(asked: _Asked, sentence: str) -> "regex.Match[str] | None":
    """What has come to pass, or is done by being said, these days."""
    if not _takes_up(asked, sentence):
        return None
    if found := departure(cues.IN_EFFECT, sentence):
        return found
    dated = _is_near(asked, sentence) or caveats.TODAY.search(sentence)
    return departure(cues.ENACTED, sentence) if dated else None


def _yes(asked: _Asked, sentence: str, around: Collection[str]) -> "regex.Match[str] | None":
    """A mere yes, where an answer begins or ends, to a question that asks for one."""
    if not asked.whether:
        return None
    if found := cues.MERE_YES.search(sentence):
        return found
    found = cues.AFFIRMED.search(sentence)
    if found is None or not _YES.match(found.group()):
        return None
    stands = not around or not asked.about.isdisjoint(around)
    return found if stands and not pieces(sentence.replace(found.group(), " ")) else None


def _affirmed(asked: _Asked, sentence: str) -> "regex.Match[str] | None":
    """A yes with what was asked, or an agreement about it."""
    found = cues.AFFIRMED.search(sentence)
    if found is None or not _takes_up(asked, sentence):
        return None
    if _YES.match(found.group()) and not pieces(sentence.replace(found.group(), " ")):
        return None
    valued = caveats.VALUED.search(sentence) and not _is_near(asked, sentence)
    return None if valued else found


def _planned(asked: _Asked, sentence: str, around: Collection[str]) -> "regex.Match[str] | None":
    """A day on which what was asked about is to be done, or was done of late."""
    found = DATE.search(sentence) if _is_near(asked, sentence) else caveats.TODAY.search(sentence)
    if found is None or not acts(sentence):
        return None
    on = date_in(sentence, asked.published)
    if on is not None and on < asked.published:  # of what has been, much is another matter
        return found if _takes_up(asked, sentence) else None
    return found if _near(asked, sentence) and len(asked.about.intersection(around)) > 1 else None


def _is_near(asked: _Asked, sentence: str) -> bool:
    """Whether it names a day that is to come, or has just been."""
    if years_in(sentence) - {asked.published.year, asked.published.year + 1}:
        return False
    on = date_in(sentence, asked.published)
    return on is not None and on >= asked.published - _LATELY


def _takes_up(asked: _Asked, sentence: str) -> bool:
    """Whether it speaks of what was asked, in more than one word if it has more."""
    own = pieces(sentence)
    return len(asked.about & own) >= min(2, len(own))


def _near(asked: _Asked, sentence: str) -> bool:
    own = pieces(sentence)
    return len(own) <= _SHORT or bool(asked.about & own)


# --- what a sentence is about ------------------------------------------------------------------

_STEM = 5  # letters by which a word is known in its forms
_WORD = regex.compile(r"[\p{Latin}\p{Cyrillic}]{5,}")
_NAMED = regex.compile(r"(?<=[\w,)\"”»-] ?)\b\p{Lu}\p{Ll}{3,}")
_OFFICES_AND_DAYS = """
china chine north south korea unite natio forei minis secre presi secur counc state depar spoke speci
embas ambas chair gener prime vice comme trade deput repre leade envoy commi offic polit burea premi
centr party assoc agenc treas janua febru march april june july augus septe octob novem decem
monda tuesd wedne thurs frida satur sunda
росси совет безоп минис прези предс офици посол корей народ респу
"""
_NO_NAMES = frozenset(_OFFICES_AND_DAYS.split())
_RUN = regex.compile(r"[\p{Han}]{2,}|[\p{Hangul}]{2,}|[\p{Katakana}ー]{3,}")
_COMMON_STEMS = """
about ameri accor after again annou autho befor being certa clear comme compe confi could count forei
china gover havin infor issue journ japan korea leave matte media menti minis north noted offic other parti peopl quest
regar relev repor share since south sourc speak speci spoke state still thank their there these thing
think those today toget under where which while whose would yeste
будет будут вопро время говор данно журна иметь инфор комме можем может можно нашей наших никак
ответ офици очень перед подтв пожал поэто прави прежд прост росси сообщ средс стран такая такие
также таких тольк уважа хотел чтобы этого этому
니다 습니 합니 입니 됩니 하고 있습 있는 있으 으며 하는 에서 으로 라는 다는 것이 것은 것을 했습 였습 겠습 지만 면서 대한
대해 관해 해서 하기 하여 하지 않습 없습 바랍 시기 주시 드립 드리 계신 것으 로는 에는 까지 부터 이라 한다 하다 된다 되는
되어 하며 이번 오늘 이달 니까 습니까
"""
_COMMON = frozenset(_COMMON_STEMS.split())
_FILLING = regex.compile(
    r"国务委员|國務委員|委员长|委員長|习近平|主席|总统|總統|总理|總理|首相|外长|外長|部长|部長|政治局委员|中共中央|外交部长|国务院|应邀|期间|期間|举行|舉行|进行|正式|同志|中方|中国|中國|朝鲜|朝鮮|中朝|朝中|朝方|韩国|美国|美方|俄罗斯|俄方|日本|国际|國際|地区|合作|友好|交流|双边|发展|半岛|双方|雙方|两国|兩國|发言人?|發言人?|有关|有關|关于|關於|记者|記者|能否|可以|能够|方面|我们|我們|你提到|提到|所说|关系|關係"
    r"|具体|具體|问题|問題|情况|情況|消息|报道|報道|報導|这一|此事|证实|證實|确认|確認|属实|屬實|已经|已經|目前|表示|政府|外務省|外交部|回应"
    r"|質問|回答|事実|現在|現時点|発表|承知|確認|お答え|記者|大臣|本日"
    r"|北朝鮮|韓国|米国|我が国|引き続き|関係|動向"
    r"|북한|중국|러시아|미국|한국|일본|남북|북중|질문|답변|정부|관련|보도|확인|말씀|내용|사항|사실|부분|현재|오늘|통일부|외교부|대변인|습니다|입니다|합니다|됩니다|있습니다|했습니다|됐습니다|맞습니다|그렇습니다|어떻게|그렇|저희|그리고"
)


def pieces(text: str) -> frozenset[str]:
    """Stems of words, pairs of signs, and days: what two sentences about one thing share."""
    stems = {word[:_STEM] for word in _WORD.findall(text.casefold())}
    runs = _RUN.findall(_FILLING.sub(" ", text))
    pairs = {run[n : n + 2] for run in runs for n in range(len(run) - 1)}
    days = {found.group() for found in DATE.finditer(text)}
    return frozenset((stems | pairs | days) - _COMMON)


def _names(text: str) -> frozenset[str]:
    """Stems of what is written large within a sentence, without offices and days."""
    found = {name[:_STEM].casefold() for name in _NAMED.findall(text)}
    return frozenset(found - _NO_NAMES)
