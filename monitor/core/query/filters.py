"""Filters: what is known of an item and its feed, apart from the text."""

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from monitor.core.query.ast import Filter
from monitor.model import Feed, Item, Tier


def property_of(node: Filter, feeds: Mapping[str, Feed]) -> Callable[[Item], bool]:
    """Whether an item has one of the filter's values."""
    if node.name == "tier":
        return _tier_property(node)
    wanted = frozenset(value.casefold() for value in node.values)
    match node.name:
        case "lang":
            languages = frozenset(map(primary, wanted))
            return lambda item: primary(item.language) in languages
        case "source":
            return lambda item: item.publisher.casefold() in wanted
        case "feed":
            return lambda item: item.feed_id.casefold() in wanted
        case "owner":
            return lambda item: item.owner.casefold() in wanted
        case "country":
            return lambda item: item.country.casefold() in wanted
        case "topic":
            return lambda item: not wanted.isdisjoint(_topics(feeds.get(item.feed_id)))
        case _:
            return lambda item: any(_is_host(item, domain) for domain in wanted)


def label_of(node: Filter) -> str:
    """The filter for people, with quotes only where a value holds a blank."""
    values = [f'"{value}"' if " " in value else value for value in node.values]
    listed = f"({', '.join(values)})" if len(values) > 1 else values[0]
    return f"{node.name}:{node.comparison}{listed}"


def value_of(node: Filter, feeds: Mapping[str, Feed]) -> Callable[[Item], str]:
    """What an item has of the filter's property, in words; empty: nothing."""
    match node.name:
        case "tier":
            return lambda item: item.tier.value
        case "lang":
            return lambda item: item.language
        case "source":
            return lambda item: item.publisher
        case "feed":
            return lambda item: item.feed_id
        case "owner":
            return lambda item: item.owner
        case "country":
            return lambda item: item.country
        case "topic":
            return lambda item: ", ".join(sorted(_topics(feeds.get(item.feed_id))))
        case _:
            return _host


def primary(language: str) -> str:
    """The primary subtag: "zh" of "zh-Hans"."""
    return language.partition("-")[0].casefold()


def _tier_property(node: Filter) -> Callable[[Item], bool]:
    ranks = frozenset(Tier(value).rank for value in node.values)
    limit = max(ranks)
    match node.comparison:  # a better tier is the greater one, and has the smaller rank
        case ">=":
            return lambda item: item.tier.rank <= limit
        case ">":
            return lambda item: item.tier.rank < limit
        case "<=":
            return lambda item: item.tier.rank >= limit
        case "<":
            return lambda item: item.tier.rank > limit
        case _:
            return lambda item: item.tier.rank in ranks


def _topics(feed: Feed | None) -> frozenset[str]:
    return frozenset() if feed is None else frozenset(map(str.casefold, feed.topics))


def _host(item: Item) -> str:
    try:
        return urlsplit(item.canonical_url or item.url).hostname or ""
    except ValueError:
        return ""


def _is_host(item: Item, domain: str) -> bool:
    host = _host(item)
    return host == domain or host.endswith("." + domain.removeprefix("www."))
