"""`alerts` and `search`: what was told, and what is stored."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from rich.text import Text

from monitor.cli import render
from monitor.cli.options import (
    Chosen,
    archive_of,
    config_option,
    json_option,
    known,
    limit_option,
    pass_chosen,
    since_option,
    until_option,
)
from monitor.core.glance import glance
from monitor.core.inert import inert_link, one_line
from monitor.core.query.mistakes import value_flaw
from monitor.core.sought import as_beginnings
from monitor.core.urls import is_http
from monitor.model import (
    Alert,
    Delivery,
    Hold,
    Intervened,
    Item,
    Rated,
    Rating,
    Severity,
    Tier,
    WebhookState,
)
from monitor.ports import Sought
from monitor.views.alerts import by_hand, document, held, outcome, shown
from monitor.views.alerts import place as place_of

if TYPE_CHECKING:
    from monitor.ports import Archive

_OWN = "health"  # what the monitor's own alerts name as their watch
_STYLES = {Severity.HIGH: "red", Severity.CRITICAL: "bold red", Severity.MEDIUM: "yellow"}


@click.group(invoke_without_command=True)
@click.option("--watch", metavar="ID", help="Of this watch ('health': of the monitor itself).")
@since_option
@limit_option(50)
@json_option("one JSON object a line")
@config_option
@pass_chosen
@click.pass_context
def alerts(
    ctx: click.Context,
    chosen: Chosen,
    *,
    watch: str | None,
    since: datetime | None,
    limit: int,
    as_json: bool,
) -> None:
    """List alerts, newest first, or show one."""
    if ctx.invoked_subcommand:
        return
    config = chosen.load_to_read(uses=())
    with archive_of(config) as archive:
        found = archive.alerts(watch=watch, since=since, limit=limit)
        # One that was renamed or removed still has its history.
        if watch and not found and not archive.alerts(watch=watch, limit=1):
            known(watch, [*config.watches, _OWN], noun="watch", option="--watch")
    if as_json:
        for alert in found:
            render.line(document(alert))
        return
    if not found:
        render.note("No alerts.")
        return
    render.table(("id", "at", "severity", "kind", "watch", "headline"), map(_row, found))


def _row(alert: Alert) -> tuple[str | Text, ...]:
    severity = Text(alert.severity.value, style=_STYLES.get(alert.severity, ""))
    when = render.moment(alert.created_at)
    return alert.id, when, severity, alert.kind.value, alert.watch_id, alert.title


@alerts.command()
@click.argument("alert_id", metavar="ID")
@json_option("one JSON document")
@config_option
@pass_chosen
def show(chosen: Chosen, *, alert_id: str, as_json: bool) -> None:
    """Tell why an alert was raised, and who was told. A prefix of the ID will do."""
    with archive_of(chosen.load_to_read(uses=())) as archive:
        alert = archive.alert(alert_id)
        alert_id = alert.id if alert else alert_id
        sent = archive.deliveries(alert_id=alert_id, limit=1000)
        holds = {delivery.id: archive.holds(delivery.id) for delivery in sent}
        states = archive.webhook_states()
        done = {delivery.id: archive.interventions(delivery.id) for delivery in sent}
        bundles = {one.id: archive.delivery(one.bundle) for one in sent if one.bundle}
        rated = next((one for one in archive.rated() if one.alert_id == alert_id), None)
        place = place_of(alert, archive) if alert and alert.story_id else None
        story = archive.thread(alert.story_id) if alert and alert.story_id else None
        whole = shown(alert, archive, sent, rated) if alert and as_json else {}
    if alert is None:
        raise click.ClickException(f"there is no alert {alert_id!r}; 'news-monitor alerts' lists")
    if as_json:
        render.document(whole)
        return
    seen = glance(alert)
    render.say(Text(seen.lead, style=_STYLES.get(alert.severity, "bold")))
    for line in (seen.headline, *seen.details(), seen.link):
        if line:
            render.say(line)
    render.say(f"Raised {render.second(alert.created_at)}")
    render.say(f"Ids: alert {alert.id}, item {alert.item_id or '-'}, story {alert.story_id or '-'}")
    if story:
        render.say(f"Story: '{one_line(story.title)}'")
    if place:
        number, count = place
        render.say(
            f"Alert {number} of {count} of this story to this watch;"
            f" 'news-monitor stories show {alert.story_id}' tells all of it"
        )
    if alert.supersedes:
        render.say(f"Follows {alert.supersedes}")
    if rated:
        note = f" ({one_line(rated.note)})" if rated.note else ""
        render.say(f"Rated {rated.rating.value}{note}")
    if not sent:
        render.say("Sent nowhere: a replay, or neither its watch nor its route names a webhook.")
    for delivery in reversed(sent):
        tell_way(
            delivery,
            holds[delivery.id],
            bundles.get(delivery.id),
            done=done[delivery.id],
            state=states.get(delivery.webhook),
        )


def tell_way(
    delivery: Delivery,
    holds: Sequence[Hold],
    bundle: Delivery | None,
    *,
    done: Sequence[Intervened] = (),
    state: WebhookState | None = None,
) -> None:
    """What became of an alert at one webhook, decision by decision.

    Args:
        bundle: The delivery that tells of it.
        done: What people did to it.
        state: Of the webhook, which may hold back what is due.
    """
    render.say(f"{delivery.webhook}: {outcome(delivery, bundle, state)}  {delivery.id}")
    story = [*((one.at, held(one)) for one in holds), *((one.at, by_hand(one)) for one in done)]
    for at, told in sorted(story, key=lambda pair: pair[0]):
        render.say(f"    {render.second(at)}  {told}")


@alerts.command()
@click.argument("alert_id", metavar="ID")
@click.argument("rating", type=click.Choice([*(one.value for one in Rating), "none"]))
@click.option("--note", default="", metavar="TEXT", help="Why.")
@config_option
@pass_chosen
def rate(chosen: Chosen, *, alert_id: str, rating: str, note: str) -> None:
    """Say whether an alert was good or noise.

    From then on it is a case that 'news-monitor check --regress' runs the watch over. 'none' takes
    it back. A prefix of the ID will do.
    """
    from monitor import bootstrap

    config = chosen.load_to_read(uses=())
    with archive_of(config) as archive:
        alert = archive.alert(alert_id)
        alert_id = alert.id if alert else alert_id
        item = None if alert is None else _alerted(alert, archive)
        known = any(one.alert_id == alert_id for one in archive.rated())
    if rating == "none":
        if not known:
            raise click.ClickException(f"alert {alert_id!r} is not rated")
        with bootstrap.guest_store(config) as store:
            store.write(lambda unit: unit.delete_rated(alert_id))
        render.say(f"{alert_id} is not rated any more")
        return
    if alert is None:
        raise click.ClickException(f"there is no alert {alert_id!r}; 'news-monitor alerts' lists")
    if item is None:
        raise click.ClickException(f"alert {alert_id!r} is about no item that is stored")
    rated = Rated(
        alert_id=alert.id,
        watch_id=alert.watch_id,
        rating=Rating(rating),
        rated_at=datetime.now(UTC),
        item=item,
        note=note,
    )
    with bootstrap.guest_store(config) as store:
        store.write(lambda unit: unit.save_rated(rated))
    render.say(f"{alert.watch_id}: {rating}: {one_line(item.title)}")


def _alerted(alert: Alert, archive: "Archive") -> Item | None:
    """The item with the text that was alerted."""
    item = archive.item(alert.item_id)
    if item is None or item.revision == alert.revision:
        return item
    former = archive.revisions(item.id)
    return next((one for one in former if one.revision == alert.revision), item)


@alerts.command()
@click.option("--watch", metavar="ID", help="Of this watch.")
@json_option("one JSON object a line")
@config_option
@pass_chosen
def ratings(chosen: Chosen, *, watch: str | None, as_json: bool) -> None:
    """List what was rated, oldest first."""
    with archive_of(chosen.load_to_read(uses=())) as archive:
        found = archive.rated(watch)
    if as_json:
        for one in found:
            render.line(one)
        return
    if not found:
        render.note("Nothing is rated yet; 'news-monitor alerts rate ID good|noise' does.")
        return
    rows = (
        (
            one.alert_id,
            render.moment(one.rated_at),
            one.rating.value,
            one.watch_id,
            one.item.title,
            one.note,
        )
        for one in found
    )
    render.table(("alert", "rated", "rating", "watch", "headline", "note"), rows)


@click.command()
@click.argument("words", metavar="[WORDS]...", nargs=-1)
@click.option("--watch", default="", metavar="ID", help="That this watch matched.")
@click.option("--feed", default="", metavar="ID", help="Of this feed.")
@click.option("--tier", default="", metavar="TIER", help='As in "wire" or "official_primary".')
@click.option("--language", default="", metavar="xx", help="In this language, as in 'ko'.")
@since_option
@until_option
@limit_option(50)
@json_option("one JSON object a line")
@config_option
@pass_chosen
def search(
    chosen: Chosen,
    *,
    words: tuple[str, ...],
    watch: str,
    feed: str,
    tier: str,
    language: str,
    since: datetime | None,
    until: datetime | None,
    limit: int,
    as_json: bool,
) -> None:
    """Find stored items, newest first.

    Those that hold all WORDS in title or summary; by when they were published. A word that ends
    in '*' is the beginning of one: 'train*' also finds "trains".
    """
    for name, value, option in (("tier", tier, "--tier"), ("lang", language, "--language")):
        if value and (flaw := value_flaw(name, value)):
            raise click.BadParameter(flaw, param_hint=option)
    asked = Sought(
        text=" ".join(words),
        watch=watch,
        feed=feed,
        tier=Tier(tier.lower()) if tier else None,
        language=language.partition("-")[0].lower(),
        since=since,
        until=until,
    )
    if asked == Sought():
        raise click.UsageError("say what to look for: words, or an option that narrows it down")
    config = chosen.load_to_read(uses=())
    with archive_of(config) as archive:
        found = archive.search(asked, limit=limit)
        # One that was renamed or removed still has its items.
        if watch and not found and not archive.search(Sought(watch=watch), limit=1):
            known(watch, config.watches, noun="watch", option="--watch")
        if feed and not found and not archive.search(Sought(feed=feed), limit=1):
            known(feed, config.feeds, noun="feed", option="--feed")
    if as_json:
        for item in found:
            render.line(item)
        return
    if not found:
        begun = "" if is_http(asked.text) else as_beginnings(asked.text)
        render.note("Nothing found" + (f"; perhaps '{one_line(begun)}' does." if begun else "."))
        return
    rows = (
        (
            item.id,
            render.moment(item.effective_at),
            item.publisher,
            item.title + (" (copy)" if item.copy_of else ""),
            inert_link(item.url),
        )
        for item in found
    )
    render.table(("id", "published", "publisher", "title", "url"), rows)
