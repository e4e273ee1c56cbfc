"""`explain`: why each watch matches an item or does not, and what became of it."""

import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from rich.text import Text

from monitor.cli import render
from monitor.cli.highlight import FOUND, MASKED, marked
from monitor.cli.options import (
    Chosen,
    archive_of,
    config_option,
    has_database,
    json_option,
    known,
    pass_chosen,
)
from monitor.core.inert import inert_link, one_line
from monitor.core.normalise import normalise
from monitor.core.query import Explanation
from monitor.core.query.mistakes import value_flaw
from monitor.core.urls import is_http
from monitor.model import (
    Feed,
    Found,
    Item,
    ParsedFeed,
    RawEntry,
    Reason,
)
from monitor.views.alerts import outcome, unseen_told
from monitor.views.explained import Past, Sent, Told, explained, past_of, told_by
from monitor.views.placed import where
from monitor.views.reasons import prevented

if TYPE_CHECKING:
    from monitor.config import Config

_ITEM_ID = re.compile(r"i_[a-z2-7]{16}")


@click.command()
@click.argument("what", metavar="TEXT|URL|ITEM-ID|-")
@click.option("--lang", default="", metavar="xx", help="Language of a pasted text, as in 'ko'.")
@click.option("--feed", "feed_id", metavar="ID", help="As if this feed had brought the text.")
@click.option("--watch", "watch_id", metavar="ID", help="Of this watch alone.")
@json_option("one JSON document")
@config_option
@pass_chosen
def explain(
    chosen: Chosen,
    *,
    what: str,
    lang: str,
    feed_id: str | None,
    watch_id: str | None,
    as_json: bool,
) -> None:
    """Tell why each watch matches an item or not.

    A stored item is given by its URL or id; anything else is taken as a text: the first line is
    the headline, each further line a paragraph ('-' reads it from standard input).
    """
    from monitor import bootstrap

    config = chosen.load_to_read(uses=("feeds", "watches", "lexicon"))
    if lang and (flaw := value_flaw("lang", lang)):
        raise click.BadParameter(flaw, param_hint="--lang")
    if feed_id:
        known(feed_id, config.feeds, noun="feed", option="--feed")
    stored, past = _stored(config, what)
    item = stored or _pasted(what, lang, config, feed_id)
    explanations = bootstrap.line_of(config, "explain", {}).percolator.explain(item)
    watches = config.watches
    disabled = [watch.id for watch in watches.values() if not watch.enabled]
    matched = {one.watch_id for one in explanations if one.matched}
    if watch_id:
        known(watch_id, watches, noun="watch", option="--watch")
        explanations = [one for one in explanations if one.watch_id == watch_id]
        disabled = [one for one in disabled if one == watch_id]
    told = [told_by(one, item, watches[one.watch_id], matched, past) for one in explanations]
    if as_json:
        render.document(explained(item, told, past, stored=bool(stored), not_asked=disabled))
        return
    _tell_item(item, explanations, stored=bool(stored))
    for line in where(item, past.place) if stored else ():
        render.say(Text(line, style="dim"))
    for one in told:
        render.say()
        _tell(one)
    if disabled:
        render.say(f"\nnot asked (disabled): {', '.join(disabled)}")


def _stored(config: "Config", key: str) -> tuple[Item | None, Past]:
    """The item with this address or id, and what became of it."""
    names_item = is_http(key) or _ITEM_ID.fullmatch(key) is not None
    if not names_item and not has_database(config):
        return None, Past()
    with archive_of(config) as archive:
        item = archive.item(key)
        past = past_of(archive, item) if item else Past()
    if item is None and names_item:
        raise click.ClickException(f"no item {key!r} is stored; 'news-monitor search' finds them")
    return item, past


def _pasted(what: str, language: str, config: "Config", feed_id: str | None) -> Item:
    text = sys.stdin.read() if what == "-" else what
    title, *paragraphs = [line.strip() for line in text.splitlines() if line.strip()] or [""]
    feed = config.feeds[feed_id] if feed_id else _NOBODY
    entry = RawEntry(title=title, paragraphs=tuple(paragraphs), language=language or None)
    document = ParsedFeed(version="text", entries=(entry,))
    items = normalise(feed, document, datetime.now(UTC), {})
    if not items:
        raise click.BadParameter("there is no text in it", param_hint="TEXT")
    return items[0]


_NOBODY = Feed(id="", url="", name="", owner="")


def _tell_item(item: Item, explanations: Iterable[Explanation], *, stored: bool) -> None:
    spans = _spans(explanations)
    render.say(marked(item.title, "title", spans, "bold"))
    if item.summary:
        render.say(marked(item.summary, "summary", spans))
    when = render.moment(item.published_at)
    facts = [f"language {item.language or 'unknown'}"]
    if stored:
        copy = f"copy of {item.copy_of}" if item.copy_of else ""
        times = "once" if item.revision == 1 else f"{item.revision} times"
        edits = f"edited {times}" if item.revision else ""
        source = f"{one_line(item.publisher)} (feed {item.feed_id})"
        facts = [item.id, source, when, *facts, copy, edits, inert_link(item.url)]
    render.say(Text(" | ".join(fact for fact in facts if fact), style="dim"))


def _spans(explanations: Iterable[Explanation]) -> list[tuple[Found, str]]:
    """What was masked, and above it what was found."""
    spans = []
    for explanation in explanations:
        spans += [(one, MASKED) for one in explanation.masked]
        spans += [(one, FOUND) for one in (explanation.match.found if explanation.match else ())]
    return spans


def _tell(told: Told) -> None:
    explanation, watch = told.explanation, told.watch
    name = Text(explanation.watch_id, style="bold")
    match = explanation.match
    if match:
        verdict = Text(f"matches, score {match.score:g}, {_severity(told)}", style="green")
    else:
        verdict = Text(f"no: {one_line(explanation.reason)}")
    render.say(Text.assemble(name, ": ", verdict))
    for found in match.found if match else ():
        render.say(f"    {_place(found)}")
    for masked in explanation.masked:
        render.say(f"    masked {_place(masked)}")
    if explanation.groups and not match:
        render.say(f"    present: {' '.join(f'@{group}' for group in explanation.groups)}")
    if told.held is Reason.LOW_SCORE and match:
        why = f"its score {match.score:g} is below min_score, {watch.min_score:g}"
        render.say(Text(f"    would be held back (low score): {why}", style="yellow"))
    elif told.held:
        others = ", ".join(watch.defer_to)
        render.say(Text(f"    would be left to the watch it defers to: {others}", style="yellow"))
    for judgement in told.past.judgements:
        reason = judgement.reason.value.replace("_", " ")
        alert = judgement.alert
        became = f"alert {alert.id}: {reason}" if alert else f"held back: {reason}"
        render.say(Text(f"    {became}", style="bold" if judgement.alert else "yellow"))
        ways = [line for one in told.past.sent_of(alert) for line in _way(one)]
        for way in ways or (["sent nowhere"] if alert else []):
            render.say(f"        {way}")
    for drop in told.past.dropped:
        render.say(Text(f"    dropped: {prevented(drop)}", style="yellow"))


def _way(sent: Sent) -> list[str]:
    delivery = sent.delivery
    return [
        f"{delivery.webhook}: {outcome(delivery, sent.bundle)}  {delivery.id}",
        *(f"    {render.second(one.at)}  {unseen_told(one)}" for one in sent.unseen),
    ]


def _severity(told: Told) -> str:
    raised = f", raised from {told.watch.severity}" if told.severity != told.watch.severity else ""
    return f"severity {told.severity}{raised}"


def _place(found: Found) -> str:
    group = f"@{found.group} " if found.group else ""
    if found.field == "feed":
        return f"{group}{one_line(found.term)} implied by the feed"
    variant = one_line(found.variant)
    written = f" '{variant}'" if variant and variant != one_line(found.term) else ""
    return f"{group}{one_line(found.term)}{written} in {found.field} at {found.start}"
