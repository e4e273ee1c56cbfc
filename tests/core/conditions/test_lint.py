"""What is wrong with the conditions of watches, and who could make them true."""

import pytest

from monitor.core.conditions import can_hold, parse, problems, voices_of, waits_for
from monitor.core.conditions.reach import can_fail, contradiction_in, needs
from monitor.model import Escalation, Feed, Severity, Tier, Watch
from tests.builders import a_feed, a_watch

OFFICIAL = Tier.OFFICIAL_PRIMARY
FEEDS = (
    a_feed("cn-mfa", tier=OFFICIAL, authority_for=("CN",), enabled=False),
    a_feed("mid", tier=OFFICIAL, authority_for=("RU",)),
    a_feed("kcna", tier=Tier.STATE_MEDIA, authority_for=("KP",)),
    a_feed("yonhap", tier=Tier.WIRE, authority_for=("KR",)),
)


def a_rule(when: str, **changes: object) -> Watch:
    rule = Escalation(severity=Severity.HIGH, when=when, **changes)  # type: ignore[arg-type]
    return a_watch(escalations=(rule,))


def said_of(when: str, feeds: tuple[Feed, ...] | None = FEEDS) -> list[tuple[str, str, bool]]:
    return [(one.text, one.cure, one.fatal) for one in problems([a_rule(when)], feeds)]


@pytest.mark.parametrize(
    ("when", "never"),
    [
        ("claim == announced and claim == denied", "claim == announced and claim == denied"),
        (
            "tier == wire and watches > 1 and tier == press",
            "tier == wire and tier == press",
        ),
        ("tier > wire and tier < wire", "tier > wire and tier < wire"),
        ("watches < 1", "watches < 1"),
        ("carried_by reaches 0", "carried_by reaches 0"),
        ("languages > 3 and languages < 4", "languages > 3 and languages < 4"),
        ("claim changed to denied and not state == denied", None),
        ("claim == denied or watches == 0", "watches == 0"),
        ("party changed to none", "party changed to none"),
        ("authority == CN and not authority in [CN, KP]", None),
    ],
)
def test_what_can_never_be_true_is_refused(when: str, never: str | None) -> None:
    [(text, cure, fatal)] = said_of(when, None)

    assert text == f"{never or when} can never be true"
    assert fatal
    assert cure


@pytest.mark.parametrize(
    "when",
    [
        "claim in [announced, confirmed] and tier == official_primary and authority in [RU]",
        "authority == CN and authority == KP",
        "disputed changed to none",
        "independent_origins reaches 3",
        "claim == announced and state == denied",
        "not (claim == announced and claim == denied and watches == 1) and tier == wire",
        "owner == a or publisher == b and not language == zh",
        "effective_date changed and claim changed",
    ],
)
def test_what_may_be_true_is_not(when: str) -> None:
    assert said_of(when, None) == []


def test_what_is_always_true_is_doubted() -> None:
    assert [text for text, *_ in said_of("watches >= 1")] == ["watches >= 1 is always true"]
    assert not can_fail(parse("claim != denied or claim != delayed"))
    assert can_fail(parse("claim changed"))


def test_party_that_no_feed_speaks_for_is_told_with_the_nearest() -> None:
    assert said_of("authority in [RU, Kp]") == [
        ("no feed has authority for 'Kp'", "did you mean 'KP'?", False)
    ]


def test_misspelt_owner_is_told_but_not_one_that_may_be_a_site() -> None:
    assert said_of("owner == yonhp") == [
        ("no feed has the owner 'yonhp'", "did you mean 'yonhap'?", False)
    ]
    assert said_of("owner == 'nk.example.net'") == []


def test_source_that_is_not_asked_is_told_with_the_feed_to_be_enabled() -> None:
    assert said_of("tier == official_primary and authority in [CN, KP]") == [
        ("no enabled feed can make it true", "enable cn-mfa", False)
    ]
    assert said_of("tier == official_primary and authority in [CN, RU]") == []
    assert said_of("tier == specialist") == [
        (
            "no enabled feed can make it true",
            "no feed could: add one of that tier and authority",
            False,
        )
    ]


def test_number_that_cannot_be_reached_is_told() -> None:
    assert said_of("watches >= 2") == [
        (
            "watches >= 2 is out of reach: there are 1 enabled watches",
            "write a smaller number",
            False,
        )
    ]
    assert [text for text, *_ in said_of("parties reaches 3")] == [
        "parties reaches 3 is out of reach: there are 2 parties with an enabled feed"
    ]
    assert said_of("not watches >= 2 and tier == wire") == []


def test_condition_does_not_stand_beside_a_query_or_tiers() -> None:
    both = problems([a_rule("tier == wire", query="x"), a_rule("tier == wire", tiers={OFFICIAL})])

    assert [one.text for one in both] == ["does not go with query", "does not go with tiers"]
    assert both[0].key == "escalate[0].when"


def test_what_cannot_be_read_is_told_with_its_place() -> None:
    assert said_of("tier == wir") == [("character 9: no tier 'wir'", "did you mean 'wire'?", True)]


def test_watch_that_is_switched_off_may_wait_for_anybody() -> None:
    off = a_watch(escalations=a_rule("tier == specialist").escalations, enabled=False)

    assert problems([off], FEEDS) == []


def test_too_many_possibilities_are_taken_for_possible() -> None:
    many = " and ".join(
        f"{name} changed and {name} not in [denied, delayed, reported, rumoured, announced]"
        for name in ("claim", "disputed", "official", "party")
    )

    assert can_hold(parse(many))
    assert contradiction_in(parse(many)) is None


def test_voices_are_the_feeds_that_could_satisfy_what_only_officials_can() -> None:
    official = "tier == official_primary and authority in [CN, RU]"
    watch = a_rule(f"claim == confirmed and {official}")

    assert {text: [f.id for f in able] for text, able in voices_of(watch, FEEDS).items()} == {
        f"claim == confirmed and {official}": ["cn-mfa", "mid"]
    }
    assert voices_of(a_rule("tier >= state_media"), FEEDS) == {}
    assert needs(parse("tier > state_media"), OFFICIAL)
    assert waits_for(watch, OFFICIAL, "RU")
    assert not waits_for(watch, OFFICIAL, "KP")
