"""Which alerts a matcher means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.matchers import (
    LABELS,
    MatcherError,
    all_match,
    labels_of,
    parse,
    parse_all,
    unknown_values,
)
from monitor.model import AlertKind, Severity, Tier
from tests.builders import an_alert

ALERT = an_alert(language="zh-Hans", tier=Tier.STATE_MEDIA, severity=Severity.HIGH)
SEEN = labels_of(ALERT, ("rail", "korea"), "slack")


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("watch=kp-border-rail", True),
        ("watch=kp-*", True),
        ("watch = kp-* , other", True),
        ("watch!=kp-*", False),
        ("watch!=other", True),
        ("severity=high", True),
        ("severity>=high", True),
        ("severity>high", False),
        ("severity>=medium", True),
        ("severity<critical", True),
        ("severity<=medium", False),
        ("tier>=wire", True),
        ("tier>state_media", False),
        ("tier<official_primary", True),
        ("tier=official_primary,state_media", True),
        ("kind=new", True),
        ("kind=health", False),
        ("language=zh", True),
        ("language=ZH", True),
        ("language=zh-Hans", True),
        ("language=z", False),
        ("language!=zh,ja", False),
        ("topic=rail", True),
        ("topic=sanctions", False),
        ("topic!=sanctions", True),
        ("authority=CN", True),
        ("authority=", False),
        ("owner=pennant", True),
        ("publisher=Pennant ?ire", True),
        ("webhook=slack", True),
        ("feed=pennan", False),
    ],
)
def test_matcher_means(text: str, *, matches: bool) -> None:
    assert parse(text).matches(SEEN) is matches


def test_label_that_is_missing_is_an_empty_text() -> None:
    health = labels_of(an_alert(kind=AlertKind.HEALTH, tier=None, authority_for=(), language=""))

    assert parse("authority=").matches(health)
    assert parse("language=").matches(health)
    assert not parse("tier>=aggregator").matches(health)
    assert parse("topic!=rail").matches(health)


def test_all_must_hold_and_none_means_every_alert() -> None:
    assert all_match(parse_all(["watch=kp-*", "severity>=high"]), SEEN)
    assert not all_match(parse_all(["watch=kp-*", "severity=low"]), SEEN)
    assert all_match((), SEEN)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("watch", "is not label, sign and value"),
        ("wacht=x", "no label named 'wacht'"),
        ("watch>=x", "watch has no order"),
        ("severity>=high,low", "takes one value"),
        ("severity>=hi*", "takes one severity"),
        ("severity=hihg", "is no severity"),
        ("tier=offical_primary", "is no tier"),
        ("kind=digests", "is no kind"),
        ("watch=~kp.*", "=~ is not a sign"),
        ("severity==high", "== is not a sign"),
        ("", "is not label"),
    ],
)
def test_what_is_no_matcher_is_refused_in_words(text: str, said: str) -> None:
    with pytest.raises(MatcherError, match=said.replace("*", r"\*")):
        parse(text)


def test_values_that_nothing_has_are_found() -> None:
    known = {"watch": ["kp-rail", "cn-rail"], "feed": ["a"]}
    matchers = parse_all(["watch=kp-*,us-*", "feed=b", "story=s_1", "severity=low"])

    assert [(str(m), value) for m, value in unknown_values(matchers, known)] == [
        ("watch=kp-*,us-*", "us-*"),
        ("feed=b", "b"),
    ]


@given(
    text=st.text(max_size=40)
    | st.builds(
        "{}{}{}".format,
        st.sampled_from(LABELS),
        st.sampled_from(["=", "!=", ">=", "<", ">"]),
        st.text(max_size=20),
    )
)
def test_any_text_is_a_matcher_or_an_error(text: str) -> None:
    try:
        matcher = parse(text)
    except MatcherError:
        return
    assert parse(str(matcher)) == matcher
    matcher.matches(SEEN)
