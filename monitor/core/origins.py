"""How many independent origins tell a story, who they are, and who merely carries it.

An owner is one origin however many feeds it has; organs of one state are one; a text that several
outlets share is its author's; and who reports that another outlet reported counts for that one.
"""

import re
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from monitor.core.outlets import outlets_in
from monitor.core.text import plain
from monitor.model import Item, Outlet, Report, Tier

_TITLE = 300  # characters of a title that are looked at
_LOOKED_AT = 320  # of the text
_FIRST = timedelta(hours=1)  # in which a text may be printed before its author's own feed has it
_NEAR = 60  # characters before and after a name in which it is seen to be quoted
# Whose it is and what: "South Korea's", "Russian state news agency", "южнокорейское агентство".
_KIND = (
    r"(?:(?:the|state(?:-(?:run|owned|controlled))?|official|semi-official|media|broadcaster|newspaper"
    r"|daily|agency|news|wire|service|south|north|\w{3,}(?:ese|an|ish)|\w{3,}'s?)\s+)*"
)
# What stands before the name of an outlet that is quoted, and after it.
_BEFORE = re.compile(
    r"(?:according to|citing|cited by|quot(?:es|ed|ing)|reports? (?:by|from|in)|via|told|seen by"
    rf"|\bper|reported by|interview with)\s+{_KIND}$"
    r"|(?:со ссылкой на|по (?:данным|информации|сообщени\w+)|сообща[ею]т|сообщил[аио]?|пишет|пишут"
    r"|переда[её]т|передал[аио]?|цитирует|источник|рассказал[аио]?)"
    r"\s+(?:(?:\w+(?:ск\w{2,3})\s+)?(?:информ)?(?:агентств|газет|телеканал)\w*\s+)?[«\"„]?$"
    r"|(?:据|據|援引|引述|综合|綜合|转自|轉自|来源[：:]|來源[：:])\s*[《「“]?$"
    r"|[(（\[【][^()（）\[\]【】]{0,12}[=＝／/ ]?\s*$|\s/$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"^[’']?s?\s*(?:news agency|agency|newspaper|state media|television|tv)?[,]?\s*"
    r"(?:has |have |had )?"
    r"(?:reported|reports|said|says|quotes|quoted|writes|wrote|cited|first reported)\b"
    r"|^\s*[)）\]】]|^/"
    r"|^\s*(?:통신|방송|신문)?\s*(?:[은는이가]|등)?\s*.{0,14}?(?:보도|전했|전해|밝혔)"
    r"|^\s*(?:통신|방송|신문)?\s*(?:에|을|를)?\s*(?:따르면|의하면|인용)"
    r"|^[》」”]?\s*.{0,10}?(?:报道|報道|報導|消息|援引|引述|[称稱][，,：:]|[电電](?:[，,（(\s]|$))"
    r"|^[」』]?\s*(?:通信|新聞|テレビ)?\s*(?:など)?\s*(?:によ[るり]|を引用)"
    r"|^[」』]?\s*(?:通信|新聞|テレビ)?\s*(?:など)?\s*[がは].{0,12}?(?:報じ|伝え)"
    r"|^[»\"“]?\s*,?\s*(?:сообща[ею]т|сообщил[аио]?|пишет|переда[её]т|передал[аио]?|со ссылкой)",
    re.IGNORECASE,
)
# What an English name of an outlet ends in.
_PRESS = (
    r"(?:News|Times|Post|Daily|Herald|Ilbo|Shimbun|Vestnik|Courier|Gazette|Tribune|Journal|Press|Wire"
    r"|Telegraph|Standard|Observer|Chronicle|Mirror|Express|Globe|Reporter|Today|Online|TV|Radio|Agency)"
)
_CAPITALS = r"(?:[A-Z][\w'.-]+ ){1,3}"
# Words that are said of the press alone, after a name that is not known: 페넌트와이어는 … 보도했다.
_UNKNOWN = re.compile(
    rf"\b({_CAPITALS}{_PRESS})\b,? (?:(?:newspaper|daily|agency),? )?(?:ha[sd] )?report(?:s|ed)\b"
    rf"|\b({_CAPITALS})reported(?: (?:on )?\w+day| earlier)?, citing\b"
    rf"|\b(?:told|citing|according to) (?:the )?({_CAPITALS}{_PRESS})\b"
    r"|据[^，,。、\s《]{0,8}《([^》\n]{2,16})》[^，,。\n]{0,8}(?:报道|報道|報導|消息)"
    r"|(?:^|[\s“\"])([가-힣A-Za-z]{2,20}?)(?:은|는|이|가)\s[^.\n]{0,120}보도(?:했|하였)"
    r"|据[《「]?([^\s，。、据报道]{2,12})[》」]?(?:网)?(?:报道|報道)"
    r"|([^\s、。「」]{2,14}?)(?:が|は)[^。\n]{0,60}報じ",
    re.MULTILINE,
)
_SOURCES = (Tier.OFFICIAL_PRIMARY, Tier.STATE_MEDIA, Tier.WIRE)
_NO_OUTLETS = frozenset(("언론", "매체", "외신", "媒体", "当地媒体", "メディア", "現地メディア"))
_DATELINE = re.compile(r"\b(?:\w+[ ,./]+){1,6}[(（]?\s*$")
_DASH = re.compile(r"^\s*[)）]?\s*[-–—]\s")
_DASH_BEFORE = re.compile(r"\s[-–—:]\s*$|: $")
_END = re.compile(r"^\.?\s*(?:\n|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Corroboration:
    """Who tells a story.

    Attributes:
        independent: Names of the origins, the earliest first; of organs of one state the first.
        carried_by: Names of those who only pass on what an origin said, the earliest first.
    """

    independent: tuple[str, ...] = ()
    carried_by: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many independent origins there are."""
        return len(self.independent)


def report_of(item: Item, text: str = "", outlets: Mapping[str, Outlet] | None = None) -> Report:
    """What an item says of where its story comes from.

    Args:
        text: The oldest item with the same text (core/copies.py), if there is one.
        outlets: Further names of outlets, folded: those of the configured feeds.
    """
    return Report(
        item_id=item.id,
        owner=item.owner,
        name=item.publisher,
        at=item.effective_at,
        tier=item.tier,
        state=state_of(item.tier, item.authority_for),
        text=text or item.copy_of or item.id,
        cited=cited_in(item, outlets or {}),
        language=item.language,
    )


def state_of(tier: Tier, authority_for: tuple[str, ...]) -> str:
    """The state for which a source speaks; its ministries and media are one voice."""
    if tier not in (Tier.OFFICIAL_PRIMARY, Tier.STATE_MEDIA) or not authority_for:
        return ""
    return authority_for[0].partition("-")[0]


def cited_in(item: Item, outlets: Mapping[str, Outlet]) -> Outlet | None:
    """The outlet that an item gives as its source: "KCNA said", 연합뉴스에 따르면, 据新华社报道."""
    text = plain(f"{item.title[:_TITLE]}\n{item.summary[:_LOOKED_AT]}")
    quoted = [
        outlet
        for start, end, outlet in outlets_in(text, outlets)
        if item.owner != outlet.owner and item.publisher != outlet.name
        if _is_quoted(text[max(0, start - _NEAR) : start], text[end : end + _NEAR])
    ]
    # "Yonhap said, citing KCNA": what speaks for a state is nobody else's report.
    named = next((outlet for outlet in quoted if outlet.state), quoted[0] if quoted else None)
    if named is None and (unknown := _UNKNOWN.search(text)):
        name = next(filter(None, unknown.groups())).strip().removeprefix("The ")
        mine, theirs = item.publisher.casefold(), name.casefold()
        own = bool(mine) and (theirs in mine or mine in theirs)
        return None if own or name in _NO_OUTLETS else Outlet("", name)
    return named


_lately: deque[tuple[Sequence[Report], Corroboration]] = deque(maxlen=32)


def corroboration(reports: Sequence[Report]) -> Corroboration:
    """Counts the origins of a story's items; what it said of the same tuple lately it knows."""
    for known, said in tuple(_lately):
        if known is reports:
            return said
    found = _corroboration(reports)
    if isinstance(reports, tuple):  # it stays as it is
        _lately.append((reports, found))
    return found


def _corroboration(reports: Iterable[Report]) -> Corroboration:
    ordered = sorted(reports, key=lambda one: (one.at, one.item_id))
    authors = _authors(ordered)
    states = {one.cited.owner: one.cited.state for one in ordered if one.cited and one.cited.state}
    states |= {one.owner: one.state for one in ordered if one.state}

    def voice(owner: str) -> str:
        return f"state {states[owner]}" if owner in states else f"owner {owner}"

    # A party's own word is no report of it, nor is that in the paper that printed it first.
    parties = {one.owner for one in ordered} - {one.owner for one in ordered if one.origin}
    names: dict[str, str] = {}
    own: set[str] = set()
    for report in ordered:
        author = report.cited or authors[report.text]
        if not report.origin or not author.owner or (author.state and author.owner in parties):
            continue
        if author.owner == report.owner:
            own.add(report.owner)
        names.setdefault(voice(author.owner), author.name)
    carriers = {
        report.owner: report.name
        for report in ordered
        if report.owner not in own and voice(report.owner) not in names
        if report.origin or not report.state
    }
    return Corroboration(independent=tuple(names.values()), carried_by=tuple(carriers.values()))


def wrote(report: Report, others: Iterable[Report]) -> bool:
    """Whether a copy's owner is the author of what others had first."""
    before = [one for one in others if one.text == report.text and one.item_id != report.item_id]
    if any(one.owner == report.owner or report.at > one.at + _FIRST for one in before):
        return False
    quoted = [one.cited for one in before if one.cited]
    if quoted:
        return any(report.owner == one.owner or report.name == one.name for one in quoted)
    return bool(before) and all(_is_author(report, one) for one in before)


def _authors(ordered: list[Report]) -> dict[str, Outlet]:
    """Text -> who wrote it: whom a carrier quotes, else the best tier, else who had it first."""
    authors: dict[str, Outlet] = {}
    best: dict[str, Report] = {}
    for report in ordered:
        if report.cited:
            authors.setdefault(report.text, report.cited)
        before = best.get(report.text)
        if before is None or _is_author(report, before):
            best[report.text] = report
    for text, report in best.items():
        authors.setdefault(text, Outlet(report.owner, report.name, report.state))
    return authors


def _is_author(report: Report, before: Report) -> bool:
    """Whether a later item is likelier the source: a wire or a ministry is not quoted by chance."""
    return report.tier in _SOURCES and before.tier not in _SOURCES


def _is_quoted(before: str, after: str) -> bool:
    """Whether an outlet that stands between these words is given as the source."""
    if _BEFORE.search(before) or _AFTER.search(after):
        return True
    if _DASH_BEFORE.search(before) and _END.match(after):
        return True
    return bool(_DASH.match(after) and _DATELINE.search(before))
