"""What a person looks for among all that is stored: words and filters, and what was found."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from monitor.core.query.mistakes import value_flaw
from monitor.core.sought import as_beginnings, places, sought
from monitor.core.urls import is_http
from monitor.model import Found, Item, Tier
from monitor.ports import Archive, Mark, Sought
from monitor.views.marks import Piece, excerpt, pieces
from monitor.views.moments import NotADuration, moment_of
from monitor.views.places import written

_SHORT = 280  # characters of a text that is shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A search as a person or a link writes it; empty: not narrowed by it."""

    q: str = ""
    watch: str = ""
    feed: str = ""
    tier: str = ""
    language: str = ""
    since: str = ""
    until: str = ""
    before: str = ""

    @property
    def is_empty(self) -> bool:
        return not any(getattr(self, name) for name in self.__slots__ if name != "before")

    def link(self, before: str = "") -> str:
        """The query of an address that asks the same, from another place on."""
        given = {name: getattr(self, name) for name in self.__slots__ if name != "before"}
        given["before"] = before
        return urlencode({name: value for name, value in given.items() if value})


def read(form: Form, now: datetime) -> tuple[Sought, list[str]]:
    """What is meant, and what of it means nothing and is left out."""
    problems: list[str] = []
    for name, what in (("tier", form.tier), ("lang", form.language)):
        if what and (flaw := value_flaw(name, what)):
            problems.append(f"{flaw[:1].upper()}{flaw[1:]}.")

    def moment(written: str, name: str) -> datetime | None:
        try:
            return moment_of(written, now) if written else None
        except NotADuration as exc:
            problems.append(f"{name}: {exc.what}; {exc.cure}, or a date as in 2025-06-12.")
            return None

    tier = form.tier.lower()
    language = "" if form.language and value_flaw("lang", form.language) else form.language
    return (
        Sought(
            text=form.q,
            watch=form.watch,
            feed=form.feed,
            tier=Tier(tier) if tier in set(Tier) else None,
            language=language.partition("-")[0].lower(),
            since=moment(form.since, "Since"),
            until=moment(form.until, "Until"),
        ),
        problems,
    )


def wider(form: Form) -> Form | None:
    """The same search for words that begin so; None: it is that already, or no word is sought."""
    words = "" if is_http(form.q) else as_beginnings(form.q)
    return replace(form, q=words) if words else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An item with what was sought marked in it."""

    item: Item
    title: Sequence[Piece]
    summary: Sequence[Piece]


def hits(
    archive: Archive, asked: Sought, before: Mark | None, limit: int
) -> tuple[Sequence[Hit], str]:
    """Newest first, and the cursor of what follows; empty: nothing does.

    The address of an item finds that item.
    """
    if is_http(asked.text.strip()):
        there = archive.item(asked.text.strip())
        items: Sequence[Item] = (there,) if there else ()
        return [_hit(item, []) for item in items], ""
    found = archive.search(asked, before=before, limit=limit + 1)
    words = sought(asked.text)
    shown = [_hit(item, words) for item in found[:limit]]
    if len(found) <= limit:
        return shown, ""
    last = found[limit - 1]
    return shown, written(last.effective_at, last.id)


def _hit(item: Item, words: list[str]) -> Hit:
    found = [*_places(item.title, "title", words), *_places(item.summary, "summary", words)]
    text = item.summary
    around = excerpt(text, "summary", found) if len(text) > _SHORT else ()
    if not around:
        cut = text[:_SHORT] + ("…" if len(text) > _SHORT else "")
        around = list(pieces(cut, "summary", found))
    return Hit(item=item, title=list(pieces(item.title, "title", found)), summary=around)


def _places(text: str, name: str, words: list[str]) -> list[Found]:
    one = Found(term="", group=None, field=name, start=0, end=0)
    return [replace(one, start=start, end=end) for start, end in places(text, words)]
