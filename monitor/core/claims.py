"""What a text claims, by phrases of five languages, and which claims exclude each other."""

import re
from collections.abc import Mapping, Set

# Longest and negated forms come first: what they cover is not looked at again.
_PHRASES: Mapping[str, str] = {
    "unconfirmed": (
        r"\b(?:not|n't|cannot|yet to|without|never|declin\w+ to|refus\w+ to|unable to)"
        r"\s(?:\w+\s){0,2}?confirm\w*|\bunconfirmed|no confirmation"
        r"|확인되지 않|확인해 줄 수 없|미확인|未证实|未證實|尚未证实|没有证实"
        r"|無法證實|未确认|確認していない|確認できていない|未確認|не подтвер\w+|неподтвержд\w+"
    ),
    "undenied": (
        r"\b(?:not|n't|neither)\s(?:\w+\s){0,2}?den(?:y|ied|ies)|не опроверг\w*"
        r"|부인하지 않|不否认"
    ),
    "denied": (
        r"\bden(?:y|ies|ied|ying|ial)\b|\brefut\w+|\brebut\w*|\bdismiss\w*|부인|반박"
        r"|사실무근|사실이 아니|否认|否認|辟谣|不实|不實|不属实|否定|事実無根|опроверг\w*|отрица\w+"
        r"|отверг\w+"
    ),
    "confirmed": r"\bconfirm\w*|확인|공식화|证实|證實|确认|確認|認めた|подтверд\w+|подтвержда\w+",
    "suspended": (
        r"\b(?:suspend|halt|cancel|postpon|delay|scrap|call(?:s|ed)? off)\w*|중단|운휴|취소"
        r"|미뤄|늦춰"
        r"|연기|보류|暂停|暫停|停运|停運|取消|推迟|推遲|中止|停止|運休|延期|приостан\w+|отмен\w+|отлож\w+"
        r"|перен(?:ос|ес|ёс)\w*|延后|延後|押后|見合わせ|先送り"
    ),
    "resumed": (
        r"\b(?:resum|reopen|restart|relaunch|restor)\w*|재개|복원|恢复|恢復|重启|重啟|複通|再開"
        r"|возобнов\w+"
    ),
    "lifted": (
        r"\b(?:lift|eas|remov)(?:s|ed|es|ing)?\b|해제|완화|解除|取消制裁|緩和"
        r"|сня(?:ты?|л\w*|ти\w+)|смягч\w+"
    ),
    "imposed": r"\bimpos\w+|\bslap\w*|부과|实施|實施|科す|発動|вв[её]л\w*|введен\w*|ввод\w+",
    "rejected": (
        r"\breject\w*|\brefus\w+|\bveto\w*|거부|거절|反对|反對|拒绝|拒絕|否决|否決|拒否|反対"
        r"|отклон\w+|отказ\w+"
    ),
    "approved": (
        r"\bapprov\w+|\badopt\w*|\bpass(?:es|ed)\b|승인|채택|통과|批准|通过|通過|採択|承認"
        r"|одобр\w+|принял\w*|утверд\w+"
    ),
    "won": r"\b(?:wins?|won|beats?)\b|승리|获胜|獲勝|勝利|победи\w+|выигр\w+",
    "lost": r"\b(?:loses?|lost)\b|패배|败|敗|проигр\w+",
    "rose": (
        r"\b(?:ris(?:e|es|ing)|rose|gain(?:s|ed)?|jump\w*|surg\w+|climb\w*)\b|상승"
        r"|급등|증가|上涨|上漲|上升|增长|上昇|増加|выр[оа]с\w*|рост\w*|подорожа\w*"
    ),
    "fell": (
        r""
        r"\b(?:fall(?:s|ing)?|fell|drop\w*|slump\w*|plung\w+|declin(?:es?|ed)(?! to)\b|slid\w*)\b"
        r"|하락|급락|감소|下跌|下降|减少|下落|減少|упа\w+|сни[жз]\w+|паден\w+|подешев\w*"
    ),
}
_CLAIMS = tuple((name, re.compile(phrase, re.IGNORECASE)) for name, phrase in _PHRASES.items())
_OPPOSED = (
    ("unconfirmed", "confirmed"),
    ("denied", "confirmed"),
    ("undenied", "denied"),
    ("suspended", "resumed"),
    ("lifted", "imposed"),
    ("rejected", "approved"),
    ("won", "lost"),
    ("rose", "fell"),
)


def claims_of(text: str) -> frozenset[str]:
    """Names of the claims that stand in a text, as in "confirmed"."""
    claims = set()
    for name, phrase in _CLAIMS:
        if phrase.search(text):
            claims.add(name)
            text = phrase.sub(" ", text)
    return frozenset(claims)


def exclude(ours: Set[str], theirs: Set[str]) -> bool:
    """Whether one of two texts claims what the other one excludes, and neither has both."""
    return any(
        (a in ours and b in theirs and b not in ours and a not in theirs)
        or (b in ours and a in theirs and a not in ours and b not in theirs)
        for a, b in _OPPOSED
    )
