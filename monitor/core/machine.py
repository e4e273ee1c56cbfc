"""What is wrong here rather than with a feed: the network, the clock, a worker that hangs."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median

from monitor.core.health import HealthReport, about_ourselves, told
from monitor.core.urls import host_of
from monitor.model import Feed, FeedState, Health

_SKEW = timedelta(seconds=60)  # receivers refuse what was signed five minutes off
_HOSTS = 3  # that must agree on a clock
_LOST_HOSTS = 5  # fewer may fail by chance
_LOST_SHARE = 0.8
_LOST_PATIENCE = timedelta(minutes=15)

_NAMED_PROBLEMS = 3


def lost_since(feeds: Mapping[str, Feed], states: Mapping[str, FeedState]) -> datetime | None:
    """Since when nearly no host can be reached, which is the network's fault; None: it is there.

    Feeds notice it at different times: it counts from when half of them had.
    """
    asked = {
        feed.id: host_of(feed.url)
        for feed in feeds.values()
        if feed.enabled and feed.id in states and states[feed.id].polled_at
    }
    failing: dict[str, datetime] = {}
    for name, host in asked.items():
        since = states[name].failing_since
        if states[name].health is Health.UNREACHABLE and since is not None:
            failing[host] = min(since, failing.get(host, since))
    hosts = set(asked.values())
    if len(failing) < max(_LOST_HOSTS, _LOST_SHARE * len(hosts)):
        return None
    return sorted(failing.values())[len(failing) // 2]


def network_report(
    feeds: Mapping[str, Feed], states: Mapping[str, FeedState], now: datetime
) -> HealthReport | None:
    """One report for all feeds that cannot be reached, long before each is worth one of its own."""
    since = lost_since(feeds, states)
    if since is None or now - since < _LOST_PATIENCE:
        return None
    lost = [
        states[feed.id]
        for feed in feeds.values()
        if feed.enabled and feed.id in states and states[feed.id].health is Health.UNREACHABLE
    ]
    if any(state.told.is_bad for state in lost):
        return None  # it is being told already, or was
    hosts = len({host_of(feeds[state.feed_id].url) for state in lost})
    alert = about_ourselves(
        f"The network seems to be lost: {len(lost)} feeds cannot be reached",
        f"Since {since:%Y-%m-%d %H:%MZ} none of {hosts} hosts answers. Look at this machine's "
        "network and name server; polling goes on by itself, and catches up at the first answer.",
        "network",
        now,
    )
    return HealthReport(alert=alert, feed_states=tuple(map(told, lost)))


def skew_of(skews: Mapping[str, timedelta]) -> timedelta | None:
    """How far our clock is behind those of servers; None: it is right, or they do not agree.

    Args:
        skews: Host -> how far its clock is ahead of ours.
    """
    ahead = [skew for skew in skews.values() if skew > _SKEW]
    behind = [skew for skew in skews.values() if skew < -_SKEW]
    side = max(ahead, behind, key=len)
    if len(side) < _HOSTS or 2 * len(side) <= len(skews):
        return None
    return timedelta(seconds=median(skew.total_seconds() for skew in side))


def clock_report(skew: timedelta, hosts: int, now: datetime) -> HealthReport:
    """That this machine's clock is wrong; one a day."""
    seconds = round(abs(skew).total_seconds())
    alert = about_ourselves(
        f"The clock of this machine is {seconds} s {'slow' if skew > timedelta() else 'fast'}",
        f"{hosts} servers were asked, and most agree on that. Receivers refuse signed messages "
        "that are minutes off, and times in alerts are wrong. Set the clock, and keep it with NTP.",
        "clock",
        now,
        same_all_day=True,
    )
    return HealthReport(alert=alert)


def refused_report(problems: Sequence[str], now: datetime) -> HealthReport:
    """That what was saved is refused, or (no problems) that it is in order again."""
    if not problems:
        title = "The configuration is in order again"
        text = "What is saved is in use."
    else:
        many = f"{len(problems)} mistakes" if len(problems) > 1 else "a mistake"
        title = f"The saved configuration is refused: {many}"
        shown = "; ".join(problems[:_NAMED_PROBLEMS])
        text = f"The former one stays in use. {shown}. 'news-monitor check' tells all."
    told = " ".join(problems)
    alert = about_ourselves(title, text, f"config {told}", now)
    return HealthReport(alert=alert, subject="config", state=told)


def lacking_report(lacking: Sequence[str], now: datetime) -> HealthReport:
    """What the processes of a cluster lack, or (nothing) that they lack it no more."""
    if not lacking:
        title, text = "The cluster is in order again", "All that has to be done is done."
    else:
        many = f"{len(lacking)} things are" if len(lacking) > 1 else "something is"
        title = f"The cluster needs somebody: {many} missing"
        text = f"{'; '.join(lacking[:_NAMED_PROBLEMS])}. 'news-monitor status' tells all."
    told = " ".join(lacking)
    alert = about_ourselves(title, text, f"cluster {told}", now)
    return HealthReport(alert=alert, subject="cluster", state=told)


def hung_report(hung: Sequence[str], now: datetime) -> HealthReport:
    """That work hung and was given up; a worker of its own took its place each time.

    Args:
        hung: As in "feed pennant", "webhook desk", "job health".
    """
    what = f"{len(hung)} pieces of work hung" if len(hung) > 1 else f"Work hung: {hung[0]}"
    alert = about_ourselves(
        f"{what}, and new workers took over" if len(hung) > 1 else what,
        f"No sign of life from: {', '.join(hung)}. It was given up and is done again later. If it "
        "goes on, look at this machine's name server and disk.",
        "hung " + " ".join(hung),
        now,
    )
    return HealthReport(alert=alert)
