"""`backtest`: what a watch, or a changed one, would have told of the stored history."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click
from rich.text import Text

from monitor.cli import render
from monitor.cli.highlight import FOUND, marked
from monitor.cli.options import (
    Chosen,
    archive_of,
    config_option,
    json_option,
    known,
    pass_chosen,
    since_option,
)
from monitor.config.suggest import did_you_mean
from monitor.core.inert import one_line
from monitor.core.query import to_text
from monitor.core.query.parser import parse
from monitor.model import Watch
from monitor.views.workbench import problems_of

if TYPE_CHECKING:
    from monitor.backtest import Backtest, Sample, Tally
    from monitor.config import Config

_MOST_ROWS = 45  # of the chart: longer histories are drawn by weeks
_WIDTH = 40
_TOP = 8


@click.command()
@click.argument("watch_id", metavar="WATCH")
@click.option(
    "--query", metavar="QUERY", help="A query to try in place of the watch's own, or of a new one."
)
@since_option
@click.option(
    "--samples",
    type=click.IntRange(min=0, max=1000),
    default=5,
    show_default=True,
    metavar="N",
    help="Show so many items of each kind.",
)
@json_option("one JSON document")
@config_option
@pass_chosen
def backtest(
    chosen: Chosen,
    *,
    watch_id: str,
    query: str | None,
    since: datetime | None,
    samples: int,
    as_json: bool,
) -> None:
    """Tell what a watch would have done with the stored items.

    WATCH is a watch as it is; with --query it is compared with what the query would do in its
    place, or, if there is no such watch, a new one is tried. Nothing is stored or sent.
    """
    from monitor import backtest as backtesting
    from monitor import bootstrap

    config = chosen.load_to_read(uses=("feeds", "watches", "lexicon"))
    since = since or datetime.now(UTC) - timedelta(days=30)
    if query is None:
        known(watch_id, config.watches, noun="watch", option="WATCH")
    changed = None if query is None else _changed(config, watch_id, query)
    line = bootstrap.backtest_line(config, watch_id, changed)
    with archive_of(config) as archive, render.working("Reading the stored items"):
        result = backtesting.backtest(
            archive.versions(since),
            line,
            watch_id,
            since=since,
            samples=samples,
            in_story=lambda story: archive.story(story) is not None,
        )
    shown = query or config.watches[watch_id].query
    if as_json:
        render.document(_document(result, watch_id, to_text(parse(shown))))
    else:
        _tell(result, watch_id)


def _changed(config: "Config", watch_id: str, query: str) -> Watch:
    """The watch with the query to try; says on standard error what is doubtful in it.

    Raises:
        BadParameter: It cannot be read, or never be true.
    """
    own = config.watches.get(watch_id)
    if own is None:
        close = did_you_mean(watch_id, config.watches)
        asked = f" ({close})" if close.startswith("did") else ""
        render.note(f"no watch '{watch_id}'{asked}: tried as a new one, without masks and limits")
    changed = replace(own, query=query) if own else Watch(id=watch_id, query=query)
    for problem in problems_of(changed, config):
        if problem.key != "query":
            continue
        text = f"{problem.text}; {problem.cure}" if problem.cure else problem.text
        if problem.fatal:
            raise click.BadParameter(text, param_hint="--query")
        render.note(f"warning: {text}")
    return changed


# --- for people ----------------------------------------------------------------------------------


def _tell(result: "Backtest", watch_id: str) -> None:
    if not result.texts or not result.first_at or not result.last_at:
        render.note("No item was stored in that time: see --since.")
        return
    span = f"{result.first_at:%Y-%m-%d} to {result.last_at:%Y-%m-%d}"
    render.say(f"{watch_id} over {render.plural(result.texts, 'text')} seen {span}")
    render.say()
    sides = [("now", result.current), ("changed", result.changed)]
    rows = [_row(name, tally, result) for name, tally in sides if tally]
    render.table(("", "matches", "items", "alerts", "alerts a day", "most on a day"), rows)
    render.say()
    if result.current and result.changed:
        render.say(f"Added: {render.plural(result.added_count, 'item')}, lost: {result.lost_count}")
    tally = result.changed or result.current
    assert tally
    render.say(f"Languages:  {_listed(tally.languages)}")
    render.say(f"Publishers: {_listed(tally.publishers)}")
    render.say(f"Severities: {_listed(tally.severities)}")
    if tally.held:
        render.say(f"Not told:   {_listed(tally.held)}")
    _draw(tally, result.first_at.date(), result.last_at.date())
    if result.current and result.changed:
        _show("Added, the newest", result.added)
        _show("Lost, the newest", result.lost)
    else:
        _show("The newest", result.samples)


def _row(name: str, tally: "Tally", result: "Backtest") -> tuple[str, ...]:
    day, (_, most) = max(
        tally.days.items(), key=lambda one: (one[1][1], one[0]), default=(None, (0, 0))
    )
    at_most = f"{most} ({day})" if day and most else "0"
    a_day = f"{tally.alerts / result.days:.1f}"
    return name, f"{tally.matches:,}", f"{len(tally.items):,}", f"{tally.alerts:,}", a_day, at_most


def _listed(counts: Mapping[Any, int]) -> str:
    ordered = Counter(counts).most_common()
    shown = [f"{one_line(str(name)) or '?'} {count}" for name, count in ordered[:_TOP]]
    more = [f"and {len(ordered) - _TOP} more"] if len(ordered) > _TOP else []
    return ", ".join([*shown, *more]).replace("_", " ") or "none"


def _draw(tally: "Tally", first: date, last: date) -> None:
    """A bar a day, or a week: alerts full, other matches light."""
    bars = list(_bars(tally.days, first, last))
    most = max((matches for _, matches, _ in bars), default=0)
    if not most:
        return
    render.say()
    render.say("Alerts (█) and other matches (░)")
    for label, matches, alerts in bars:
        full = -(-alerts * _WIDTH // most)
        light = -(-matches * _WIDTH // most) - full
        drawn = "█" * full + "░" * max(light, 0)
        render.say(f"{label}  {drawn:<{_WIDTH}}  {alerts} of {matches}" if matches else label)


def _bars(
    days: Mapping[date, tuple[int, int]], first: date, last: date
) -> Iterator[tuple[str, int, int]]:
    step = timedelta(days=1 if (last - first).days < _MOST_ROWS else 7)
    while first <= last:
        counts = [count for day, count in days.items() if first <= day < first + step]
        label = first.isoformat() if step.days == 1 else f"week of {first}"
        yield label, sum(m for m, _ in counts), sum(a for _, a in counts)
        first += step


def _show(title: str, samples: Sequence["Sample"]) -> None:
    if not samples:
        return
    render.say()
    render.say(Text(title, style="bold"))
    for sample in samples:
        item, match = sample.item, sample.match
        spans = [(found, FOUND) for found in match.found]
        facts = f"{item.seen_at:%Y-%m-%d} {item.language or '?'} {one_line(item.publisher)}"
        render.say(Text.assemble("  ", marked(item.title, "title", spans)))
        render.say(Text(f"    {facts}, score {match.score:g}, {item.id}", style="dim"))
        render.say(f"    {' '.join(_terms(sample))}")


def _terms(sample: "Sample") -> Iterable[str]:
    terms = (
        f"[{one_line(found.clause)}: {one_line(found.variant or found.term)}]"
        for found in sample.match.found
    )
    return list(dict.fromkeys(terms))[:_TOP]


# --- for programs --------------------------------------------------------------------------------


def _document(result: "Backtest", watch_id: str, query: str) -> dict[str, Any]:
    return {
        "watch": watch_id,
        "query": query,
        "texts": result.texts,
        "first_at": result.first_at,
        "last_at": result.last_at,
        "current": _side(result.current, result),
        "changed": _side(result.changed, result),
        "added": result.added_count,
        "lost": result.lost_count,
        "samples": [_sample(one) for one in result.samples],
        "added_samples": [_sample(one) for one in result.added],
        "lost_samples": [_sample(one) for one in result.lost],
    }


def _side(tally: "Tally | None", result: "Backtest") -> dict[str, Any] | None:
    if tally is None:
        return None
    return {
        "matches": tally.matches,
        "items": len(tally.items),
        "alerts": tally.alerts,
        "alerts_a_day": round(tally.alerts / result.days, 3) if result.texts else 0.0,
        "severities": tally.severities,
        "held": tally.held,
        "languages": dict(tally.languages.most_common()),
        "publishers": dict(tally.publishers.most_common(50)),
        "days": [
            {"day": day.isoformat(), "matches": matches, "alerts": alerts}
            for day, (matches, alerts) in sorted(tally.days.items())
        ],
    }


def _sample(sample: "Sample") -> dict[str, Any]:
    item, match = sample.item, sample.match
    return {
        "item": item.id,
        "title": item.title,
        "summary": item.summary,
        "language": item.language,
        "publisher": item.publisher,
        "url": item.url,
        "seen_at": item.seen_at,
        "score": match.score,
        "found": match.found,
    }
