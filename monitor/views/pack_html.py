"""The evidence of a story as one page to read and to print: no script, and nothing from outside."""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import pairwise

from monitor import __version__
from monitor.core.changes import Part, Piece, word_diff
from monitor.core.inert import inert, inert_link, one_line
from monitor.core.story_lines import in_words
from monitor.model import Evidence, Item, KeptMatch, Version
from monitor.views.pack import (
    NOT_KEPT,
    READ_WHOLE,
    AlertFacts,
    DeliveryFacts,
    ItemFacts,
    Pack,
    entry_name,
    watch_name,
)
from monitor.views.stories import Page, disputed_by
from monitor.views.words import plural, second

_STYLE = """
:root{color-scheme:light;--ink:#1c1e21;--dim:#5c6370;--line:#d8dce2;--tint:#f5f6f8;--mark:#0b57d0}
*{box-sizing:border-box}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:#fff;max-width:54rem;
margin:2rem auto;padding:0 1.25rem;overflow-wrap:anywhere}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .25rem}
h2{font-size:1.15rem;margin:2.25rem 0 .5rem;padding-bottom:.2rem;border-bottom:2px solid var(--ink)}
h3{font-size:1rem;margin:0 0 .25rem}
p{margin:.35rem 0}.dim{color:var(--dim);font-size:.87rem}.text{white-space:pre-wrap}
a{color:var(--mark)}code{font:.8rem ui-monospace,monospace}
article{border:1px solid var(--line);border-radius:6px;padding:.8rem 1rem;margin:.8rem 0}
article.copy{margin-left:1.5rem;background:var(--tint)}
table{border-collapse:collapse;width:100%;font-size:.87rem;margin:.4rem 0}
th,td{text-align:left;vertical-align:top;padding:.25rem .6rem .25rem 0;
border-top:1px solid var(--line)}
th{color:var(--dim);font-weight:600;white-space:nowrap}tr:first-child>*{border-top:0}
dl{border-left:3px solid var(--line);padding-left:.75rem;
display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:.5rem 0;
font-size:.93rem}
dt{color:var(--dim)}dd{margin:0}
del{background:#fde7e7}ins{background:#e3f4e4;text-decoration:underline}
@media print{body{font-size:10pt;margin:0;max-width:none;padding:0}
a{color:inherit;text-decoration:none}
a.out::after{content:" <" attr(href) ">";font-size:.8em;color:var(--dim)}
h2,h3{break-after:avoid}tr,dl{break-inside:avoid}article{border-radius:0}@page{margin:18mm}}
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"


def html_of(pack: Pack) -> str:
    """The page."""
    title = escape(one_line(pack.title) or "(no headline)")
    body = "\n".join(_body(pack))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Evidence: {title}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def _body(pack: Pack) -> Iterator[str]:
    told = pack.page.thread or pack.page.story
    yield f"<header><h1>{_text(pack.title) or '(no headline)'}</h1>"
    span = f"{second(told.first_seen_at)} to {second(told.last_seen_at)}"
    counts = f"{plural(len(pack.items), 'item')}, {plural(len(pack.alerts), 'alert')}"
    yield f'<p class="dim">Story {escape(pack.page.story.thread_id)} | {counts} | {span}</p>'
    yield f"{_pairs(_standing(pack.page))}</header>"
    yield from _chapter("How it came to that", _history(pack.page))
    yield from _chapter("Items", map(_item, pack.items))
    yield from _chapter("What was told", map(_alert, pack.alerts))
    yield from _chapter("What people said", map(_verdict, _verdicts(pack)))
    yield from _chapter("Watches and lexicon, as they were", _versions(pack))
    yield from _chapter("About this page", [_about(pack)])


def _chapter(title: str, parts: Iterable[str]) -> Iterator[str]:
    parts = [part for part in parts if part]
    if parts:
        yield f"<section><h2>{escape(title)}</h2>"
        yield from parts
        yield "</section>"


# --- the story -----------------------------------------------------------------------------------


def _standing(page: Page) -> Iterator[tuple[str, str]]:
    standing, sources = page.standing, page.sources
    if standing.claim:
        by = f" by {in_words(standing.tier)}" if standing.tier else ""
        yield "Claimed", _text(in_words(standing.claim) + by)
    if standing.disputed:
        who = disputed_by(standing)
        yield "Disputed", _text(in_words(standing.disputed) + (f" by {who}" if who else ""))
    if step := standing.official:
        when = second(step.at)
        yield "Last official word", _text(f"{in_words(step.claim)}, {when}, {step.publisher}")
    if standing.effective_on:
        yield "Takes effect", standing.effective_on.isoformat()
    if sources.independent:
        yield "Independent origins", _text(", ".join(sources.independent))
    if sources.carried_by:
        yield "Carried by", _text(", ".join(sources.carried_by))


def _history(page: Page) -> Iterator[str]:
    steps = page.standing.history
    if steps:
        yield _table(
            ("At (UTC)", "Claim", "Publisher", "Tier", "Moved the story", "Read by"),
            [
                (
                    second(step.at),
                    _text(in_words(step.claim)),
                    _text(step.publisher),
                    _text(in_words(step.tier)),
                    "yes" if step.moved else "",
                    _text(step.read_by),
                )
                for step in steps
            ],
        )


# --- items ---------------------------------------------------------------------------------------


def _item(facts: ItemFacts) -> str:
    item = facts.item
    is_copy = ' class="copy"' if item.copy_of else ""
    published = second(item.published_at) if item.published_at else "not dated"
    who = f"{_text(item.publisher)}, {_text(in_words(item.tier))}"
    parts = [
        f'<article{is_copy} id="{escape(item.id)}"><h3>{_text(item.title) or "(no headline)"}</h3>',
        f'<p class="dim">{who} | published {published} | seen {second(item.seen_at)}</p>',
        _link(item.url),
        _passage(item.summary),
        *_former(facts),
        *map(_match, facts.matches),
        *(_source(facts, text) for text in facts.texts),
        "</article>",
    ]
    if item.copy_of:
        parts.insert(1, f'<p class="dim">Copy of {escape(item.copy_of)}</p>')
    return "\n".join(part for part in parts if part)


def _former(facts: ItemFacts) -> Iterator[str]:
    """What each edit changed, the oldest first."""
    texts = facts.texts
    for before, after in pairwise(texts):
        changed = "".join(map(_piece, word_diff(_whole(before), _whole(after))))
        yield f'<p class="dim">Edited, seen {second(after.seen_at)}:</p>'
        yield f'<p class="text" dir="auto">{changed}</p>'


def _piece(piece: Piece) -> str:
    tag = {Part.REMOVED: "del", Part.ADDED: "ins"}.get(piece.part)
    text = escape(inert(piece.text, newlines=True))
    return f"<{tag}>{text}</{tag}>" if tag else text


def _whole(item: Item) -> str:
    return f"{item.title}\n{item.summary}".strip()


def _match(one: KeptMatch) -> str:
    match, alert = one.judgement.match, one.judgement.alert
    terms = dict.fromkeys(f"{f.clause or f.term} ({f.variant or f.term})" for f in match.found)
    reason = one.judgement.reason.value.replace("_", " ")
    became = f"alert {alert.id}: {reason}" if alert else f"held back: {reason}"
    text = f"Watch {match.watch_id} matched, score {match.score:g}: {', '.join(terms)}"
    return f'<p class="dim">{_text(text)}<br>{_text(became)}</p>'


def _source(facts: ItemFacts, text: Item) -> str:
    sent = facts.sent(text.revision)
    if sent is None:
        what = f"Revision {text.revision}: {NOT_KEPT}."
        return f'<p class="dim">{escape(what)}</p>'
    headers = [(name, _text(value)) for name, value in sorted(sent.headers.items())]
    answered = [("answered by", _text(sent.url))] if sent.url != sent.asked else []
    return _pairs(
        [
            ("revision", str(sent.revision)),
            ("fetched", f"{second(sent.fetched_at)}, HTTP {sent.status}"),
            ("asked", _text(sent.asked)),
            *answered,
            *headers,
            ("document", f"{sent.body_bytes:,} bytes, SHA-256 <code>{sent.body_sha256}</code>"),
            ("entry", _entry(sent)),
        ]
    )


def _entry(sent: Evidence) -> str:
    name = entry_name(sent)
    if not name or not sent.entry_sha256:
        known = ", ".join(
            f"{what} {value}"
            for what, value in (("guid", sent.guid), ("link", sent.link), ("date", sent.published))
            if value
        )
        return f"{escape(READ_WHOLE)}; it calls itself: {_text(known) or 'nothing'}"
    return (
        f"{sent.entry_bytes:,} bytes, SHA-256 <code>{escape(sent.entry_sha256)}</code>"
        f"<br><code>{escape(name)}</code>"
    )


# --- alerts and people ---------------------------------------------------------------------------


def _alert(facts: AlertFacts) -> str:
    alert = facts.alert
    kind = f"{alert.kind.value}, {alert.severity.value}: {alert.reason}"
    rows = [row for one in facts.deliveries for row in _delivery(one)]
    table = _table(("Webhook", "At (UTC)", "What happened"), rows) if rows else ""
    raised = f"{alert.id} | watch {alert.watch_id} | raised {second(alert.created_at)}"
    return (
        f"<article><h3>{_text(alert.title)}</h3>"
        f'<p class="dim">{_text(kind)}</p><p class="dim">{_text(raised)}</p>{table}</article>'
    )


def _delivery(one: DeliveryFacts) -> Iterator[Sequence[str]]:
    name = one.delivery.webhook
    for hold in one.holds:
        yield name, second(hold.at), _text(f"{hold.cause.value}: {hold.text}")
    for attempt in one.attempts:
        answer = attempt.answer
        said = f"{answer.verdict.value}: {answer.text}"
        yield name, second(attempt.at), _text(said)
    for done in one.interventions:
        yield (
            name,
            second(done.at),
            _text(f"{done.kind.value} by hand; it was {done.before}"),
        )
    problem = f": {one.delivery.problem}" if one.delivery.problem else ""
    at = one.delivery.settled_at or one.delivery.due_at
    yield name, second(at), _text(f"stands as {one.delivery.state.value}{problem}")


def _verdicts(pack: Pack) -> Iterator[str]:
    for one in pack.page.verdicts:
        what = "are one" if one.kind == "merge" else "are two"
        yield f"{second(one.at)}  {one.one} and {one.two} {what} ({one.author})"
    for facts in pack.alerts:
        if rated := facts.rated:
            note = f": {rated.note}" if rated.note else ""
            at = second(rated.rated_at)
            yield f"{at}  alert {facts.alert.id} rated {rated.rating.value}{note}"


def _verdict(text: str) -> str:
    return f"<p>{_text(text)}</p>"


# --- what it was made with -----------------------------------------------------------------------


def _versions(pack: Pack) -> Iterator[str]:
    if not pack.watches:
        return
    yield _table(
        ("Watch", "In use since (UTC)", "SHA-256", "File"),
        [_version(one) for one in pack.watches.values()],
    )
    for one in pack.lexicons.values():
        since = second(one.first_seen_at) if one.first_seen_at else ""
        yield f'<p class="dim">Lexicon in use since {since}: <code>{escape(one.id)}</code></p>'


def _version(one: Version) -> Sequence[str]:
    since = second(one.first_seen_at) if one.first_seen_at else ""
    file = f"<code>{escape(watch_name(one))}</code>"
    return _text(one.name), since, f"<code>{escape(one.id)}</code>", file


def _about(pack: Pack) -> str:
    made = f"Made {second(pack.made_at)} by news-monitor {__version__}"
    return (
        f"<p>{escape(made)} from database {escape(pack.instance)}. Words of feeds and receivers "
        "are shown as text, without characters that hide or act; <code>raw/</code> has the bytes "
        "of the entries as they came. <code>MANIFEST.json</code> names the SHA-256 of each file. "
        "Parts of addresses that may be secrets are shown as ***.</p>"
    )


# --- markup --------------------------------------------------------------------------------------


def _text(value: str) -> str:
    """Of its own direction: a Hebrew headline does not turn what stands around it."""
    clean = escape(one_line(value))
    return f"<bdi>{clean}</bdi>" if clean and not clean.isascii() else clean


def _passage(value: str) -> str:
    clean = escape(inert(value, newlines=True).strip())
    return f'<p class="text" dir="auto">{clean}</p>' if clean else ""


def _link(url: str) -> str:
    link = inert_link(url)
    if not link:
        return f'<p class="dim">{_text(url)}</p>' if url else ""
    rel = "noreferrer noopener nofollow"
    return f'<p><a class="out" href="{escape(link)}" rel="{rel}">{_shown(link)}</a></p>'


def _shown(link: str) -> str:
    return escape(link.partition("://")[2].partition("/")[0])


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    """Names and markup."""
    inside = "".join(f"<dt>{escape(name)}</dt><dd>{value}</dd>" for name, value in pairs)
    return f"<dl>{inside}</dl>" if inside else ""


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Of markup."""
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    lines = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{lines}</table>"
