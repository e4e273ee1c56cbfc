"""Where alerts go and when: groups, digests, quiet hours, budgets, silences, on a real store."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.adapters.sqlite import SqliteStore
from monitor.core.dispatch import rest_of
from monitor.model import (
    Alert,
    AlertKind,
    Calm,
    Delivery,
    DeliveryState,
    HoldCause,
    Inhibition,
    Route,
    Severity,
    Silence,
)
from monitor.outbox import Outbox, enter, enter_health, release
from tests.builders import NOW, a_feed, an_alert
from tests.lines import Plain

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
EVENING = NOW.replace(hour=23)
STATES = DeliveryState


class Chat(Plain):
    """Tells of several in one message, three at most."""

    combined_at_most = 3

    def combine(self, alerts: Sequence[Alert], webhook_ids: Sequence[str], more: int) -> bytes:
        titles = ", ".join(alert.title for alert in alerts)
        return f"{titles} and {more} more".encode()


class Program(Plain):
    digest_at_most = 100

    def render_digest(self, alert: Alert, members: Sequence[Alert], webhook_id: str) -> bytes:
        return f"{alert.title}: {', '.join(one.id for one in members)}".encode()


class Desk:
    """An outbox over a store; alerts are raised as a poll would."""

    def __init__(self, store: SqliteStore, *routes: Route, **changes: Any) -> None:
        self.store = store
        given: dict[str, Any] = {
            "webhooks": {"desk": Program(), "chat": Chat(), "plain": Plain()},
            "default_webhooks": ("desk",),
            "instance": store.instance,
            "routes": routes,
            "feeds": {"pennant": a_feed(topics=frozenset({"rail"}))},
        }
        self.outbox = Outbox(**(given | changes))
        self._count = 0

    def calm(self, webhook: str = "desk", **wishes: Any) -> "Desk":
        rests = {**self.outbox.rests, webhook: rest_of(Calm(**wishes))}
        self.outbox = replace(self.outbox, rests=rests)
        return self

    def alert(self, now: datetime = NOW, own: Sequence[str] = (), **changes: Any) -> list[Delivery]:
        self._count += 1
        given: dict[str, Any] = {
            "id": f"a_{self._count}",
            "title": f"headline {self._count}",
            "story_id": f"s_{self._count}",
            "created_at": now,
        }
        alert = an_alert(**(given | changes))

        def work(unit: Any) -> list[Delivery]:
            unit.save_alerts([alert])
            return enter(unit, self.outbox, alert, own, now)

        return self.store.write(work)

    def release(self, now: datetime) -> int:
        assert self.store.has_due_groups(now) in (True, False)
        return self.store.write(lambda unit: release(unit, self.outbox, now))

    def rows(self, state: DeliveryState | None = None) -> list[Delivery]:
        return list(reversed(self.store.archive().deliveries(state=state, limit=10_000)))

    def messages(self) -> list[str]:
        return [row.payload.decode() for row in self.rows(STATES.PENDING)]

    def causes(self, row: Delivery) -> list[HoldCause]:
        return [hold.cause for hold in self.store.archive().holds(row.id)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(tmp_path / "db", durable=False) as opened:
        yield opened


@pytest.fixture
def desk(store: SqliteStore) -> Callable[..., Desk]:
    return lambda *routes, **changes: Desk(store, *routes, **changes)


# --- routes --------------------------------------------------------------------------------------


def test_without_routes_alerts_go_to_the_webhooks_of_their_watch_at_once(
    desk: Callable[..., Desk],
) -> None:
    house = desk()

    (row,) = house.alert()
    named = house.alert(own=("chat", "plain"))

    assert (row.webhook, row.state, row.released_at) == ("desk", STATES.PENDING, NOW)
    assert [one.webhook for one in named] == ["chat", "plain"]
    assert house.causes(row) == []


def test_first_route_that_matches_is_taken_unless_it_continues(
    desk: Callable[..., Desk],
) -> None:
    house = desk(
        Route(id="nowhere", matchers=("severity<=low",), webhooks=()),
        Route(id="all", matchers=("topic=rail",), webhooks=("chat",), continues=True),
        Route(id="loud", matchers=("severity>=high",), webhooks=("plain", "chat")),
        Route(id="rest"),
    )

    assert [row.webhook for row in house.alert(severity=Severity.LOW)] == []
    assert [row.webhook for row in house.alert(severity=Severity.HIGH)] == ["chat", "plain"]
    assert [row.webhook for row in house.alert(severity=Severity.MEDIUM)] == ["chat", "desk"]
    assert [row.webhook for row in house.alert(feed_id="x", severity=Severity.MEDIUM)] == ["desk"]


# --- groups --------------------------------------------------------------------------------------


def test_group_waits_and_is_told_as_one_message(desk: Callable[..., Desk]) -> None:
    house = desk(Route(id="r", group_by=("watch",), group_wait=MINUTE, group_interval=5 * MINUTE))

    house.alert()
    house.alert(NOW + MINUTE / 2)
    house.alert(NOW + MINUTE / 2, watch_id="other", watch_name="Other")

    assert house.release(NOW + MINUTE / 2) == 0
    assert house.messages() == []
    assert house.release(NOW + MINUTE) == 1
    assert house.messages() == [
        "2 alerts: Trains across the DPRK border (2): a_1, a_2",
    ]
    assert house.release(NOW + 2 * MINUTE) == 1  # alone in its group: as it is
    assert any(text.endswith("headline 3") for text in house.messages())
    told = [row for row in house.rows() if row.state is STATES.BUNDLED]
    assert [house.causes(row) for row in told] == [
        [HoldCause.GROUP_WAIT, HoldCause.BUNDLED],
        [HoldCause.GROUP_WAIT, HoldCause.BUNDLED],
    ]
    together = next(row for row in house.rows(STATES.PENDING) if b"2 alerts" in row.payload)
    assert {row.bundle for row in told} == {together.id}


def test_group_that_was_told_rests_for_its_interval(desk: Callable[..., Desk]) -> None:
    house = desk(Route(id="r", group_by=("watch",), group_wait=MINUTE, group_interval=HOUR))
    house.alert()
    house.release(NOW + MINUTE)

    (later,) = house.alert(NOW + 2 * MINUTE)
    (new_group,) = house.alert(NOW + 3 * HOUR)

    assert later.due_at == NOW + MINUTE + HOUR
    assert house.causes(later) == [HoldCause.GROUP_INTERVAL]
    assert new_group.due_at == NOW + 3 * HOUR + MINUTE


def test_same_story_waits_for_the_repeat_interval_unless_it_is_more_severe(
    desk: Callable[..., Desk],
) -> None:
    house = desk(
        Route(id="r", group_by=("story",), group_wait=timedelta(), repeat_interval=4 * HOUR)
    )

    (first,) = house.alert(story_id="s")
    (again,) = house.alert(NOW + HOUR, story_id="s")
    (louder,) = house.alert(NOW + 2 * HOUR, story_id="s", severity=Severity.CRITICAL)
    (other,) = house.alert(NOW + HOUR, story_id="other")

    assert first.state is STATES.PENDING
    assert (again.state, again.due_at) == (STATES.HELD, NOW + 4 * HOUR)
    assert house.causes(again) == [HoldCause.REPEAT_INTERVAL]
    assert louder.state is STATES.PENDING
    assert other.state is STATES.PENDING


def test_digest_tells_all_of_a_day_at_its_local_time(desk: Callable[..., Desk]) -> None:
    house = desk(Route(id="r", digest="daily 08:00")).calm(zone="Asia/Seoul")

    rows = [house.alert(NOW + n * HOUR)[0] for n in range(3)]
    (loud,) = house.alert(NOW + HOUR, severity=Severity.CRITICAL)

    morning = datetime.fromisoformat("2025-06-13T08:00+09:00")
    assert {row.due_at for row in rows} == {morning}
    assert loud.state is STATES.PENDING
    assert house.release(morning - MINUTE) == 0
    assert house.release(morning) == 1
    assert house.messages()[-1] == "3 alerts: Trains across the DPRK border (3): a_1, a_2, a_3"


def test_chat_gets_a_message_for_as_many_as_fit_and_no_alert_is_only_a_number(
    desk: Callable[..., Desk],
) -> None:
    house = desk(Route(id="r", webhooks=("chat",), digest="hourly"))
    for n in range(7):
        house.alert(NOW + n * MINUTE)

    assert house.release(NOW + HOUR) == 3
    assert sorted(house.messages()) == [
        "headline 1, headline 2, headline 3 and 4 more",
        "headline 4, headline 5, headline 6 and 1 more",
        f"{house.rows(STATES.PENDING)[0].id} headline 7",
    ]


def test_kind_that_cannot_tell_of_several_gets_each_by_itself(desk: Callable[..., Desk]) -> None:
    house = desk(Route(id="r", webhooks=("plain",), digest="hourly"))
    for _ in range(3):
        house.alert()

    assert house.release(NOW + HOUR) == 3
    assert len(house.messages()) == 3
    assert {row.state for row in house.rows()} == {STATES.PENDING}


# --- quiet hours and budgets ---------------------------------------------------------------------


def test_quiet_hours_hold_and_then_summarise(desk: Callable[..., Desk]) -> None:
    house = desk().calm(quiet_hours=("22:00-07:00",))

    rows = [house.alert(EVENING + n * HOUR)[0] for n in range(3)]
    (loud,) = house.alert(EVENING, severity=Severity.CRITICAL)

    assert {row.state for row in rows} == {STATES.HELD}
    assert rows[0].problem == "quiet hours until Fri 07:00 (UTC)"
    assert loud.state is STATES.PENDING
    assert house.release(EVENING + 7 * HOUR) == 0
    assert house.release(EVENING + 8 * HOUR) == 1
    assert house.messages()[-1].startswith("3 alerts:")
    assert [house.causes(row) for row in house.rows(STATES.BUNDLED)] == [
        [HoldCause.QUIET_HOURS, HoldCause.BUNDLED]
    ] * 3


def test_what_breaks_through_is_a_setting(desk: Callable[..., Desk]) -> None:
    house = desk().calm(quiet_hours=("22:00-07:00",), break_through=Severity.HIGH)

    assert house.alert(EVENING, severity=Severity.HIGH)[0].state is STATES.PENDING
    assert house.alert(EVENING, severity=Severity.MEDIUM)[0].state is STATES.HELD


def test_group_that_is_due_in_quiet_hours_waits_for_their_end(desk: Callable[..., Desk]) -> None:
    house = desk(Route(id="r", group_by=("watch",), group_wait=10 * MINUTE))
    house.calm(quiet_hours=("22:00-07:00",))
    (row,) = house.alert(EVENING.replace(hour=21, minute=55))

    assert house.release(EVENING.replace(hour=22, minute=5)) == 0
    assert house.causes(row) == [HoldCause.GROUP_WAIT, HoldCause.QUIET_HOURS]
    assert house.release(EVENING + 8 * HOUR) == 1
    assert house.causes(row)[-1] is HoldCause.RELEASED


def test_budget_of_a_day_holds_the_rest_for_the_next(desk: Callable[..., Desk]) -> None:
    house = desk().calm(daily_budget=2, zone="Asia/Seoul")

    states = [house.alert(NOW + n * MINUTE)[0].state for n in range(4)]
    midnight = datetime.fromisoformat("2025-06-13T00:00+09:00")

    assert states == [STATES.PENDING, STATES.PENDING, STATES.HELD, STATES.HELD]
    assert (
        "daily budget of 2 messages is used up (Asia/Seoul)" in house.rows(STATES.HELD)[0].problem
    )
    assert house.alert(NOW + HOUR, severity=Severity.CRITICAL)[0].state is STATES.PENDING
    assert house.release(midnight) == 1
    assert house.messages()[-1].startswith("2 alerts:")
    # The overflow was one message of the new day.
    assert house.alert(midnight + HOUR)[0].state is STATES.PENDING
    assert house.alert(midnight + HOUR)[0].state is STATES.HELD


def test_health_reports_respect_quiet_hours_but_no_routes(desk: Callable[..., Desk]) -> None:
    house = desk(Route(id="nothing", webhooks=())).calm(quiet_hours=("22:00-07:00",))
    alert = an_alert(kind=AlertKind.HEALTH, severity=Severity.MEDIUM, item_id="")

    def work(unit: Any) -> list[Delivery]:
        unit.save_alerts([alert])
        return enter_health(unit, house.outbox, alert, ["desk", "gone"], EVENING)

    (row,) = house.store.write(work)

    assert row.state is STATES.HELD


# --- silences and inhibition ---------------------------------------------------------------------


def silence(*matchers: str, **changes: Any) -> Silence:
    given: dict[str, Any] = {
        "id": "q_1",
        "author": "desk",
        "comment": "maintenance",
        "created_at": NOW,
        "starts_at": NOW,
        "ends_at": NOW + HOUR,
    }
    return Silence(matchers=matchers, **(given | changes))


def test_silence_mutes_what_it_means_and_says_so(desk: Callable[..., Desk]) -> None:
    house = desk()
    house.store.write(lambda unit: unit.save_silence(silence("watch=kp-*", "webhook=desk")))

    (muted,) = house.alert()
    (other,) = house.alert(watch_id="other")
    elsewhere = house.alert(own=("chat",))[0]
    (after,) = house.alert(NOW + HOUR)

    assert muted.state is STATES.MUTED
    assert muted.problem == "silenced by q_1 of desk: maintenance"
    assert [one.state for one in (other, elsewhere, after)] == [STATES.PENDING] * 3
    assert house.store.archive().muted_by("q_1") == 1
    # A person can still have it.
    assert house.store.write(lambda unit: unit.requeue([muted.id], NOW)) == 1


def test_silence_mutes_what_was_held_before_it(desk: Callable[..., Desk]) -> None:
    house = desk(Route(id="r", digest="hourly"))
    house.alert()
    house.alert(watch_id="other")
    house.store.write(
        lambda unit: unit.save_silence(silence("watch=other", ends_at=NOW + 9 * HOUR))
    )

    assert house.release(NOW + HOUR) == 1
    assert house.messages()[0].endswith("headline 1")
    assert len(house.rows(STATES.MUTED)) == 1


def test_silence_that_was_ended_is_over(desk: Callable[..., Desk]) -> None:
    house = desk()
    house.store.write(lambda u: u.save_silence(silence("watch=*", expired_at=NOW + MINUTE)))

    assert house.alert(NOW + 2 * MINUTE)[0].state is STATES.PENDING


RULE = Inhibition(id="story", source=("severity=critical",), target=("severity<=medium",))


def test_alert_on_a_story_mutes_those_on_its_items(desk: Callable[..., Desk]) -> None:
    house = desk(inhibitions=(RULE,))

    (before,) = house.alert(story_id="s", severity=Severity.LOW)
    (loud,) = house.alert(story_id="s", severity=Severity.CRITICAL)
    (muted,) = house.alert(NOW + HOUR, story_id="s", severity=Severity.LOW)
    (high,) = house.alert(NOW + HOUR, story_id="s", severity=Severity.HIGH)
    (other,) = house.alert(NOW + HOUR, story_id="o", severity=Severity.LOW)
    (later,) = house.alert(NOW + 7 * HOUR, story_id="s", severity=Severity.LOW)

    assert muted.state is STATES.MUTED
    assert muted.problem == f"inhibited by alert {loud.alert_id} (rule 'story')"
    assert house.causes(muted) == [HoldCause.INHIBITED]
    assert {row.state for row in (before, loud, high, other, later)} == {STATES.PENDING}


def test_alerts_that_are_both_source_and_target_do_not_mute_each_other(
    desk: Callable[..., Desk],
) -> None:
    rule = Inhibition(id="r", source=("severity>=low",), target=("severity>=low",))
    house = desk(Route(id="r", digest="hourly"), inhibitions=(rule,))
    house.alert(story_id="s")
    house.alert(story_id="s")

    assert house.release(NOW + HOUR) == 1
    assert house.rows(STATES.MUTED) == []


def test_what_was_muted_mutes_nothing(desk: Callable[..., Desk]) -> None:
    house = desk(inhibitions=(RULE,))
    house.store.write(lambda unit: unit.save_silence(silence("severity=critical")))
    house.alert(story_id="s", severity=Severity.CRITICAL)

    assert house.alert(story_id="s", severity=Severity.LOW)[0].state is STATES.PENDING


# --- never lose ----------------------------------------------------------------------------------


def test_held_for_a_webhook_that_is_gone_waits_for_its_return(desk: Callable[..., Desk]) -> None:
    house = desk(Route(id="r", digest="hourly"))
    house.alert()
    away = replace(house.outbox, webhooks={})

    assert house.store.write(lambda unit: release(unit, away, NOW + HOUR)) == 0
    assert house.release(NOW + 2 * HOUR) == 1


def test_what_a_person_sent_meanwhile_is_not_told_again(desk: Callable[..., Desk]) -> None:
    house = desk(Route(id="r", digest="hourly"))
    (row,) = house.alert()
    house.store.write(lambda unit: unit.requeue([row.id], NOW + MINUTE))

    assert house.release(NOW + HOUR) == 0
    assert [one.state for one in house.rows()] == [STATES.PENDING]


STEPS = st.lists(
    st.tuples(
        st.integers(1, 600),  # minutes until the next
        st.sampled_from(list(Severity)),
        st.sampled_from(["s_a", "s_b", "s_c"]),
        st.sampled_from(["w_a", "w_b"]),
    ),
    max_size=30,
)
ROUTES = st.sampled_from(
    [
        (),
        (Route(id="g", group_by=("watch",), group_wait=20 * MINUTE, group_interval=HOUR),),
        (Route(id="d", digest="daily 08:00"),),
        (Route(id="p", group_by=("story",), repeat_interval=5 * HOUR, webhooks=("chat", "desk")),),
        (
            Route(id="h", matchers=("severity>=high",), continues=True),
            Route(id="d", digest="hourly"),
        ),
    ]
)


@settings(max_examples=60, deadline=None)
@given(steps=STEPS, routes=ROUTES, quiet=st.booleans(), budget=st.sampled_from([0, 1, 3]))
def test_every_alert_is_told_once_in_the_end(
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[tuple[int, Severity, str, str]],
    routes: tuple[Route, ...],
    quiet: bool,
    budget: int,
) -> None:
    with SqliteStore(tmp_path_factory.mktemp("o") / "db", durable=False) as store:
        house = Desk(store, *routes)
        for webhook in ("desk", "chat"):
            hours = ("22:00-07:00",) if quiet else ()
            house.calm(webhook, quiet_hours=hours, daily_budget=budget, zone="Asia/Seoul")
        now = NOW
        for minutes, severity, story, watch in steps:
            now += minutes * MINUTE
            house.release(now)
            house.alert(now, severity=severity, story_id=story, watch_id=watch)
        for _ in range(24 * 40):  # a digest of a budget of one a day takes its days
            now += HOUR
            house.release(now)
            if not house.rows(STATES.HELD):
                break

        rows = house.rows()
        by_id = {row.id: row for row in rows}
        members = {row.id for row in rows if row.bundle}
        assert {row.state for row in rows} <= {STATES.PENDING, STATES.BUNDLED}
        for row in rows:
            if row.bundle:
                assert by_id[row.bundle].state is STATES.PENDING
        alerts = {row.alert_id for row in rows if row.id not in members or row.bundle}
        assert {f"a_{n + 1}" for n in range(len(steps))} <= alerts
        # Once per webhook: by itself or in exactly one bundle.
        told = [(row.webhook, row.alert_id) for row in rows]
        assert len(told) == len(set(told))
