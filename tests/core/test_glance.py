"""What a person must see of an alert."""

from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

import pytest

from monitor.core.glance import MAX_LINES, MAX_TOLD, NO_HEADLINE, glance
from monitor.model import AlertKind, Found, Severity, Tier
from tests.builders import NOW, an_alert


def a_find(term: str, group: str | None = None, field: str = "title") -> Found:
    return Found(term=term, group=group, field=field, start=0, end=1)


def test_first_line_says_how_bad_which_watch_and_what_changed() -> None:
    alert = an_alert(severity=Severity.CRITICAL, kind=AlertKind.ESCALATION, seq=3)

    assert glance(alert).lead == (
        "[CRITICAL] Trains across the DPRK border: escalation, alert 3 of this story"
    )


def test_a_watch_without_a_name_goes_by_its_id() -> None:
    assert glance(an_alert(watch_name="")).lead == "[HIGH] kp-border-rail: new"


def test_why_names_each_term_once_by_field_and_group() -> None:
    found = (
        a_find("평양", "kp"), a_find("train"), a_find("평양", "kp"),
        a_find("Beijing", "cn", "summary"), a_find("DPRK", "kp", "feed"),
    )  # fmt: skip

    assert glance(an_alert(found=found)).why == (
        "Why: first match | kp-border-rail [kp: 평양] [train] in title, "
        "[cn: Beijing] in summary, [kp: DPRK] in feed"
    )


def test_why_shows_what_stands_in_the_text() -> None:
    found = (replace(a_find('re"평양∼?베이징"', "route"), variant="평양∼베이징"),)

    assert glance(an_alert(found=found)).why.endswith("[route: 평양∼베이징] in title")


def test_terms_left_out_are_counted() -> None:
    found = tuple(a_find(f"term{n}") for n in range(15))

    assert glance(an_alert(found=found)).why.endswith("[term11] in title, and 3 more")


@pytest.mark.parametrize(
    ("changes", "source"),
    [
        ({}, "en | Pennant Wire | wire for CN"),
        ({"publisher": "접경일보"}, "en | 접경일보 via Pennant Wire | wire for CN"),
        ({"authority_for": ("CN", "KP")}, "en | Pennant Wire | wire for CN, KP"),
        ({"authority_for": (), "tier": Tier.STATE_MEDIA}, "en | Pennant Wire | state_media"),
        ({"authority_for": (), "tier": None, "language": ""}, "Pennant Wire"),
        (
            {"authority_for": (), "feed_name": "Pennant Wire via mirror rsshub.example"},
            "en | Pennant Wire via mirror rsshub.example | wire",
        ),
        (
            {"authority_for": (), "feed_name": "News search via mirror rsshub.example"},
            "en | Pennant Wire via News search via mirror rsshub.example | wire",
        ),
    ],
)
def test_source_says_who_and_how_close_to_the_event(changes: dict[str, Any], source: str) -> None:
    assert glance(an_alert(**changes)).source == source


def test_times_are_utc_and_an_unknown_one_is_called_so() -> None:
    tokyo = NOW.astimezone(timezone(timedelta(hours=9)))

    assert glance(an_alert(published_at=tokyo, seen_at=None)).times == "published 2025-06-12 09:30Z"
    assert glance(an_alert(published_at=None)).times == (
        "published at an unknown time, first seen 2025-06-12 09:30Z"
    )


def test_an_alert_without_a_headline_says_so() -> None:
    assert glance(an_alert("\u200b \n")).headline == NO_HEADLINE


def test_the_headline_is_untouched_on_its_one_line() -> None:
    assert glance(an_alert("“列车” <b> *6月*\n12日")).headline == "“列车” <b> *6月* 12日"


def test_a_link_is_offered_only_if_it_is_one() -> None:
    assert glance(an_alert()).link == "https://pennant.example.org/a/1"
    assert glance(an_alert(url="javascript:alert(1)")).link == ""


def test_report_is_told_line_by_line_and_nothing_besides() -> None:
    """It is a digest that tells of no alerts."""
    report = an_alert(kind=AlertKind.DIGEST, snippet="Items: 3\n\nStories: \u202e1 new\n", url="")

    seen = glance(report)

    assert seen.details() == ("Items: 3", "Stories: 1 new")
    assert glance(replace(report, members=("a_1",))).told is None
    assert glance(replace(report, snippet="")).told is None


def test_report_of_any_length_fits() -> None:
    told = glance(an_alert(kind=AlertKind.DIGEST, snippet="words " * 999 + "\nline" * 999)).told

    assert told is not None
    assert len(told) <= MAX_LINES
    assert len("\n".join(told)) <= MAX_TOLD
