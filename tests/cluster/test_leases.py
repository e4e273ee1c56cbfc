"""A process works at what it holds, by its own clock, whatever it hears of others."""

from structlog.testing import capture_logs

from monitor.cluster.leases import Leases
from tests.cluster.books import shelf


def test_lease_ends_by_this_process_own_clock_before_others_may_take_it():
    """Frozen or cut off it hears nothing, and another has taken over meanwhile."""
    clock, book = shelf()
    ours, theirs = Leases(book("a"), clock), Leases(book("b"), clock)
    assert ours.take("part:1")
    assert theirs.take("part:1") is None

    clock.at_s += 18.1
    assert not ours.holds("part:1")
    assert not ours.may_ask()
    assert theirs.take("part:1") is None

    clock.at_s += 2
    lease = theirs.take("part:1")
    assert lease
    assert lease.was_lost


def test_lease_that_is_renewed_lasts_on():
    clock, book = shelf()
    ours = Leases(book("a"), clock)
    ours.take("part:1")

    for _ in range(10):
        clock.at_s += 5
        ours.renew("the disk is full")

        assert ours.holds("part:1")
        assert ours.may_ask()


def test_time_in_which_an_answer_was_under_way_counts_against_the_lease():
    clock, book = shelf()
    slow = book("a")
    take = slow.take

    def slowly(key):
        lease = take(key)
        clock.at_s += 10
        return lease

    slow.take = slowly  # type: ignore[method-assign]
    ours = Leases(slow, clock)

    ours.take("part:1")

    clock.at_s += 8.1
    assert not ours.holds("part:1")


def test_lease_that_another_took_is_lost_whoever_is_late():
    clock, book = shelf()
    ours, theirs = Leases(book("a"), clock), Leases(book("b"), clock)
    ours.take("part:1")
    ours.take("part:2")
    clock.at_s += 21
    theirs.take("part:1")

    with capture_logs() as logs:
        ours.renew()

    assert not ours.holds("part:1")
    assert [(one["event"], one["leases"]) for one in logs] == [
        ("leases_lost", ["part:1", "part:2"])
    ]
    ours.give_back("part:1", "nothing of it counts")
    assert theirs.holds("part:1")
    assert ours.take("part:2"), "what nobody took may be taken again"


def test_database_that_is_away_costs_no_lease_before_its_time_and_is_told_once():
    clock, book = shelf()
    away = book("a")
    ours = Leases(away, clock)
    ours.take("part:1")
    away.is_away = True

    with capture_logs() as logs:
        for _ in range(3):
            clock.at_s += 5
            ours.renew()
            assert ours.holds("part:1")
        away.is_away = False
        ours.renew()

    assert [one["event"] for one in logs] == ["leases_not_renewed", "leases_renewed"]
    clock.at_s += 17
    assert ours.holds("part:1")


def test_note_is_for_whoever_takes_it_next_and_ends_with_one_who_dies():
    clock, book = shelf()
    first, second, third = (Leases(book(name), clock) for name in "abc")
    first.take("part:1")
    first.give_back("part:1", "busy host")

    lease = second.take("part:1")
    assert lease
    assert (lease.note, lease.was_lost) == ("busy host", False)

    clock.at_s += 21
    after = third.take("part:1")
    assert after
    assert (after.note, after.was_lost) == ("", True)


def test_lease_that_cannot_be_given_back_is_not_worked_at_any_more():
    clock, book = shelf()
    away = book("a")
    ours = Leases(away, clock)
    ours.take("part:1")
    away.is_away = True

    with capture_logs() as logs:
        ours.give_back("part:1")

    assert not ours.holds("part:1")
    assert [one["event"] for one in logs] == ["lease_not_given_back"]
