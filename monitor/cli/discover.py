"""`feeds discover`: the feeds of a page, and the tables that make them sources."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from monitor.cli import render
from monitor.cli.options import Chosen, config_option, json_option, pass_chosen
from monitor.config.durations import duration_text
from monitor.config.tables import feed_table, slug, unused
from monitor.core.inert import inert, inert_link, one_line
from monitor.core.languages import tidy
from monitor.core.urls import host_of
from monitor.errors import FetchError
from monitor.model import NEWS_SITEMAP, Feed, Tier

if TYPE_CHECKING:
    from monitor.adapters.feeds import ChildParser
    from monitor.discovery import Discovered, Discovery
    from monitor.ports import Fetcher

_LIMIT = 12
_KINDS = {
    "rss": "RSS",
    "rss090": "RSS 0.90",
    "rss091n": "RSS 0.91",
    "rss091u": "RSS 0.91",
    "rss092": "RSS 0.92",
    "rss10": "RSS 1.0",
    "rss20": "RSS 2.0",
    "atom03": "Atom 0.3",
    "atom10": "Atom 1.0",
    "json1": "JSON Feed 1.0",
    "json11": "JSON Feed 1.1",
    NEWS_SITEMAP: "news sitemap",
}


@click.command("discover")
@click.argument("url")
@click.option("--toml", "as_toml", is_flag=True, help="Print [[feed]] tables for feeds/*.toml.")
@click.option(
    "--limit",
    type=click.IntRange(min=1, max=100),
    default=_LIMIT,
    show_default=True,
    metavar="N",
    help="Try at most so many addresses that the page names.",
)
@json_option("one JSON object a line")
@config_option
@pass_chosen
def discover(chosen: Chosen, url: str, *, as_toml: bool, limit: int, as_json: bool) -> None:
    """Find the feeds of a web page.

    Each is asked once, and nothing is stored. Exit code 1 if there is none.

    URL is taken as it is written; without http:// or https:// both are tried. A page on a loopback
    or private address needs its range in allow_private, under [network] in monitor.toml.
    """
    from monitor import bootstrap

    if as_toml and as_json:
        raise click.UsageError("--toml and --json are two forms of one listing: choose one")
    config = chosen.load_to_read(uses=("monitor.toml",))
    with bootstrap.readers_of(config) as (fetcher, parser), render.working("Asking the page"):
        url, found = _search(url, fetcher, parser, limit)
    configured = {
        address: feed.id for feed in config.feeds.values() for address in (feed.url, *feed.mirrors)
    }
    if as_json:
        for feed in found.feeds:
            render.line(render.as_json(feed) | {"configured_as": configured.get(feed.url)})
    elif as_toml:
        _tell_tables(url, found, configured, config.feeds)
    else:
        _tell(found, configured)
    _tell_rest(found)
    if not found.feeds:
        raise click.ClickException(
            f"no feed was found: {render.plural(len(found.failed), 'address')} asked that "
            "the page or robots.txt name, and the usual ones as far as robots.txt allows"
        )


def _search(
    written: str, fetcher: "Fetcher", parser: "ChildParser", limit: int
) -> tuple[str, "Discovery"]:
    """The address that answered, and its feeds.

    Raises:
        FetchError: It did not; of two the one that is safer to be asked.
    """
    from monitor.discovery import discover as search

    if "://" in written:
        return written, search(written, fetcher, parser, parser, limit=limit)
    safe, plain = f"https://{written}", f"http://{written}"
    try:
        return safe, search(safe, fetcher, parser, parser, limit=limit)
    except FetchError as exc:
        if exc.status is not None:
            raise
        with suppress(FetchError):
            return plain, search(plain, fetcher, parser, parser, limit=limit)
        raise


def _tell(found: "Discovery", configured: Mapping[str, str]) -> None:
    if not found.feeds:
        return
    now = datetime.now(UTC)
    columns = ("title", "url", "kind", "newest", "entries", "from", "remarks")
    render.table(columns, (_row(feed, now, configured.get(feed.url)) for feed in found.feeds))


def _row(feed: "Discovered", now: datetime, known_as: str | None) -> tuple[str | int, ...]:
    remarks = [f"configured as {known_as}"] if known_as else []
    remarks += [feed.flaw] if feed.flaw else []
    return (
        feed.title,
        shown_url(feed.url),
        kind_name(feed.kind),
        newest(feed.newest_at, now),
        feed.entries,
        feed.origin.value,
        "; ".join(remarks),
    )


def _tell_rest(found: "Discovery") -> None:
    for url, why in found.failed.items():
        render.note(f"no feed: {shown_url(url)}: {one_line(why)}")
    if found.untried:
        left = render.plural(len(found.untried), "further address")
        render.note(f"{left} that the page names not tried; --limit says how many are")


def _tell_tables(
    url: str, found: "Discovery", configured: Mapping[str, str], feeds: Mapping[str, Feed]
) -> None:
    taken = set(feeds)
    for number, feed in enumerate(found.feeds):
        if known_as := configured.get(feed.url):
            render.note(f"configured already as {known_as}: {shown_url(feed.url)}")
            continue
        table = table_of(feed, url, datetime.now(UTC), taken)
        taken.add(table["id"])
        click.echo(("\n" if number else "") + inert(feed_table(table), newlines=True), nl=False)


def table_of(
    feed: "Discovered", page: str, now: datetime, taken: Collection[str]
) -> dict[str, Any]:
    """What can be known of a feed without a person: `owner` and `tier` want looking over."""
    host = host_of(feed.url)
    for prefix in ("www.", "feeds.", "rss."):
        host = host.removeprefix(prefix)
    what = f"{feed.entries} entries" + (f", newest {feed.newest_at:%F}" if feed.newest_at else "")
    title = one_line(feed.title)[:100].strip()
    return {
        "id": unused(slug(title) or slug(host), taken),
        "url": feed.url,
        "name": title or host,
        "owner": host,
        "tier": Tier.PRESS.value,
        "language": tidy(feed.language),
        "interval": duration_text(timedelta(minutes=30)),
        "evidence": f"measured {now:%F}: found on {inert(page)[:200]}, {what}",
    }


def kind_name(version: str) -> str:
    """A format's name for people; as the parser calls it if it has none here."""
    return _KINDS.get(version, version)


def newest(at: datetime | None, now: datetime) -> str:
    """How old the newest entry is; empty if none has a date."""
    return f"{render.span(now - at)} ago" if at else ""


def shown_url(url: str) -> str:
    """An address of a stranger, as it may be printed: to be copied if it is plain."""
    return inert_link(url) or one_line(url)
