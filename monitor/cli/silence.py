"""`silence` and `routes`: what is not to be sent for a time, and where alerts go."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click
from rich.text import Text

from monitor.cli import render
from monitor.cli.options import (
    Chosen,
    archive_of,
    author_option,
    config_option,
    json_option,
    pass_chosen,
)
from monitor.config.durations import duration_text
from monitor.core import dispatch
from monitor.core.inert import one_line
from monitor.core.matchers import (
    LABELS,
    Labels,
    Matcher,
    MatcherError,
    parse_all,
)
from monitor.model import Route, Silence
from monitor.views import actions
from monitor.views.muting import meant, unknown
from monitor.views.silences import listed

if TYPE_CHECKING:
    from monitor.config import Config


@click.group()
@config_option
def silence() -> None:
    """Keep alerts from being sent for a time."""


def _matchers(
    _ctx: click.Context, _param: click.Parameter, written: tuple[str, ...]
) -> tuple[Matcher, ...]:
    try:
        return actions.silence_matchers(written)
    except actions.NotSensible as error:
        raise click.BadParameter(str(error)) from None


def _length(_ctx: click.Context, _param: click.Parameter, written: str) -> timedelta:
    try:
        return actions.silence_length(written)
    except actions.NotSensible as error:
        raise click.BadParameter(str(error)) from None


def _comment(_ctx: click.Context, _param: click.Parameter, written: str) -> str:
    if not (text := one_line(written).strip()):
        raise click.BadParameter('is empty; say why, as in "planned drill"')
    return text


@silence.command()
@click.argument("matchers", metavar="MATCHER...", nargs=-1, required=True, callback=_matchers)
@click.option(
    "--for", "length", required=True, callback=_length, metavar="TIME", help='As in "8h".'
)
@click.option(
    "--comment",
    required=True,
    callback=_comment,
    metavar="TEXT",
    help="Why: others will want to know.",
)
@author_option
@config_option
@pass_chosen
def add(
    chosen: Chosen,
    *,
    matchers: tuple[Matcher, ...],
    length: timedelta,
    comment: str,
    author: str,
) -> None:
    """Send no alerts of some kind for a time.

    Alerts that all MATCHERs mean are stored and listed, but not sent.

    A matcher is a label, a sign and values, as in watch='kp-*', 'severity<=medium',
    language!=zh,ja or webhook=slack. Works beside a running service.
    """
    from monitor import bootstrap

    now = datetime.now(UTC)
    made = actions.new_silence(matchers, length, comment, author, now)
    config = chosen.load_to_read(uses=())
    for warning in unknown(matchers, config):
        render.note(f"warning: {warning}")
    with bootstrap.guest_store(config) as store:
        store.write(lambda unit: unit.save_silence(made))
    with archive_of(config) as archive:
        found = meant(matchers, archive, config, now)
    render.say(
        f"{made.id} silences {' and '.join(made.matchers)} until {render.moment(made.ends_at)}"
    )
    of = render.plural(found.of, "alert")
    render.say(f"It means {len(found.alerts)} of the {of} of the last 7 days.")


@silence.command("list")
@click.option("--all", "every", is_flag=True, help="Those that are over too.")
@json_option("one JSON object a line")
@config_option
@pass_chosen
def list_(chosen: Chosen, *, every: bool, as_json: bool) -> None:
    """List the silences in force."""
    now = datetime.now(UTC)
    with archive_of(chosen.load_to_read(uses=())) as archive:
        found = [one for one in archive.silences() if every or one.is_active(now)]
        documents = {one.id: listed(one, archive, now) for one in found}
    if as_json:
        for one in found:
            render.line(documents[one.id])
        return
    if not found:
        render.note("No silence is in force." if not every else "No silences.")
        return
    rows = (
        (
            one.id,
            _state(one, now),
            " ".join(one.matchers),
            render.moment(one.expired_at or one.ends_at),
            documents[one.id]["muted"],
            one.author,
            one.comment,
        )
        for one in found
    )
    render.table(("id", "state", "matchers", "until", "muted", "author", "comment"), rows)


def _state(one: Silence, now: datetime) -> Text:
    if one.is_active(now):
        return Text("active", style="yellow")
    return Text("expired" if one.expired_at else "over")


@silence.command()
@click.argument("silence_id", metavar="ID")
@config_option
@pass_chosen
def expire(chosen: Chosen, *, silence_id: str) -> None:
    """End a silence now. What it muted stays muted; 'deliveries redeliver' sends it."""
    from monitor import bootstrap

    now = datetime.now(UTC)
    config = chosen.load_to_read(uses=())
    with archive_of(config) as archive:
        found = [one for one in archive.silences() if one.id.startswith(silence_id)]
    if len(found) != 1:
        raise click.ClickException(
            f"there is no single silence {silence_id!r}; 'news-monitor silence list' lists"
        )
    if not found[0].is_active(now):
        raise click.ClickException(f"{found[0].id} is over already")
    with bootstrap.guest_store(config) as store:
        ended = store.write(lambda unit: actions.end_silence(unit, found[0], now))
    render.say(f"{ended.id} is over; it muted {render.plural(_muted(config, ended), 'delivery')}.")


def _muted(config: "Config", one: Silence) -> int:
    with archive_of(config) as archive:
        return archive.muted_by(one.id)


@click.command()
@click.argument("labels", metavar="[LABEL=VALUE]...", nargs=-1)
@json_option("one JSON object a line")
@config_option
@pass_chosen
def routes(chosen: Chosen, *, labels: tuple[str, ...], as_json: bool) -> None:
    """List the routes, or tell where an alert would go.

    As in: news-monitor routes watch=kp-border-rail severity=high language=zh-Hans
    """
    config = chosen.load_to_read(uses=("monitor.toml", "webhooks.toml", "routes.toml"))
    if not labels:
        _list_routes(config, as_json=as_json)
        return
    given = _labels(labels)
    watch = config.watches.get(next(iter(given.get("watch", ())), ""))
    own = watch.webhooks if watch and watch.webhooks else config.settings.webhooks
    conditions = [(route, parse_all(route.matchers)) for route in config.routes]
    ways = dispatch.ways(conditions, given, own)
    if not ways and not as_json:
        render.say("It would be stored, but sent nowhere.")
    now = datetime.now(UTC)
    for way in ways:
        entry = config.webhooks.get(way.webhook)
        rest = dispatch.rest_of(entry.calm) if entry else dispatch.Rest()
        key = dispatch.group_key(way.route, given)
        if as_json:
            fate = _fate(way, key, rest, given, now)
            route = way.route.id if way.route else None
            told = {"webhook": way.webhook, "route": route, "group": key}
            render.line(told | {"due_at": fate.due_at, "reason": fate.text})
            continue
        by = f"route '{way.route.id}'" if way.route else "its watch"
        render.say(f"{way.webhook}, by {by}: {_when(way, key, rest, given, now)}")


def _fate(
    way: dispatch.Way, key: str, rest: dispatch.Rest, given: Labels, now: datetime
) -> dispatch.Fate:
    severity = next(iter(given.get("severity", ())), "low")
    return dispatch.first_fate(severity, way, key, rest, now)


def _when(way: dispatch.Way, key: str, rest: dispatch.Rest, given: Labels, now: datetime) -> str:
    fate = _fate(way, key, rest, given, now)
    group = f" in the group '{key}'" if key else ""
    if fate.due_at <= now:
        return f"at once{group}"
    return f"not before {render.moment(fate.due_at)}{group} ({fate.text})"


def _labels(written: Iterable[str]) -> Labels:
    found: dict[str, tuple[str, ...]] = {}
    for text in written:
        label, sign, value = text.partition("=")
        if not sign or label not in LABELS:
            raise click.BadParameter(
                f"{text!r} is not LABEL=VALUE; labels are {', '.join(LABELS)}", param_hint="LABEL"
            )
        try:
            parse_all([text])
        except MatcherError as error:
            cure = f"; {error.cure}" if error.cure else ""
            raise click.BadParameter(f"{error.what}{cure}", param_hint="LABEL") from None
        found[label] = tuple(value.split(","))
    if len(found.get("severity", ())) > 1 or found.get("severity") == ("",):
        raise click.BadParameter("an alert has one severity", param_hint="LABEL")
    return found


def _list_routes(config: "Config", *, as_json: bool) -> None:
    if as_json:
        for route in config.routes:
            render.line(route)
        return
    if not config.routes:
        render.note("No routes: alerts go to the webhooks of their watch, each at once.")
        return
    rows = (
        (
            route.id,
            " ".join(route.matchers) or "every alert",
            "those of the watch"
            if route.webhooks is None
            else ", ".join(route.webhooks) or "nowhere",
            _how(route),
            "yes" if route.continues else "",
        )
        for route in config.routes
    )
    render.table(("id", "matchers", "webhooks", "how", "continue"), rows)


def _how(route: Route) -> str:
    if route.digest:
        return f"digest {route.digest}"
    if not dispatch.groups(route):
        return "each at once"
    by = ", ".join(route.group_by or ()) or "route"
    wait = dispatch.GROUP_WAIT if route.group_wait is None else route.group_wait
    interval = dispatch.GROUP_INTERVAL if route.group_interval is None else route.group_interval
    repeat = f", repeat {duration_text(route.repeat_interval)}" if route.repeat_interval else ""
    return f"by {by}: wait {duration_text(wait)}, interval {duration_text(interval)}{repeat}"
