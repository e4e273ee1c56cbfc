"""Conditions: what holds when, of what it is told, how it is written and what cannot be read."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.conditions import And, Condition, Facts, Not, Op, Or, Test, parse
from monitor.core.conditions.facts import FIELDS, NONE, Kind
from monitor.core.conditions.parser import MAX_DEPTH, MAX_LENGTH
from monitor.errors import ConditionError
from monitor.model import Claim, Tier

CN = frozenset({"CN"})
OFFICIAL: dict[str, Any] = {"tier": Tier.OFFICIAL_PRIMARY, "authority": CN}


@pytest.mark.parametrize(
    ("text", "facts", "told"),
    [
        ("claim == confirmed", {"claim": Claim.CONFIRMED}, "claim=confirmed"),
        ("claim == confirmed", {"claim": Claim.DENIED}, ""),
        ("claim == confirmed", {}, ""),
        ("claim == none", {}, "claim=none"),
        ("CLAIM == 'Confirmed'", {"claim": Claim.CONFIRMED}, "claim=confirmed"),
        ("claim in [announced, confirmed]", {"claim": Claim.ANNOUNCED}, "claim=announced"),
        ("claim in [announced, confirmed]", {"claim": Claim.REPORTED}, ""),
        ("claim != analysis", {"claim": Claim.REPORTED}, "claim!=analysis"),
        ("claim != analysis", {}, "claim!=analysis"),
        ("claim != analysis", {"claim": Claim.ANALYSIS}, ""),
        ("claim not in [denied, delayed]", {}, "claim!=denied,delayed"),
        ("claim NOT IN [denied, delayed]", {"claim": Claim.DELAYED}, ""),
        ("state == announced", {"state": Claim.ANNOUNCED, "claim": None}, "state=announced"),
        ("tier == official_primary", OFFICIAL, "tier=official_primary"),
        ("tier == official_primary", {"tier": Tier.STATE_MEDIA}, ""),
        ("tier != press", {"tier": Tier.WIRE}, "tier!=press"),
        ("tier >= wire", {"tier": Tier.STATE_MEDIA}, "tier>=wire"),
        ("tier >= wire", {"tier": Tier.WIRE}, "tier>=wire"),
        ("tier >= wire", {"tier": Tier.PRESS}, ""),
        ("tier > wire", {"tier": Tier.WIRE}, ""),
        ("tier < wire", {"tier": Tier.PRESS}, "tier<wire"),
        ("tier <= wire", {"tier": Tier.STATE_MEDIA}, ""),
        ("tier in [wire, press]", {"tier": Tier.PRESS}, "tier=press"),
        ("authority in [CN, KP]", {"authority": CN | {"RU"}}, "authority=CN"),
        ("authority in [KP, RU]", {"authority": CN}, ""),
        ("authority == CN", {"authority": CN}, "authority=CN"),
        ("authority != CN", {"authority": CN}, ""),
        ("authority not in [KP]", {"authority": CN}, "authority!=KP"),
        ("independent_origins >= 3", {"origins": 3}, "independent_origins>=3"),
        ("independent_origins >= 3", {"origins": 2}, ""),
        ("carried_by > 3", {"carriers": 4}, "carried_by>3"),
        ("parties == 2", {"parties": 2}, "parties==2"),
        ("languages != 1", {"languages": 2}, "languages!=1"),
        ("watches <= 2", {"watches": 2}, "watches<=2"),
        ("watches < 2", {"watches": 2}, ""),
        (
            "independent_origins reaches 3",
            {"origins": 4, "origins_before": 2},
            "independent_origins reaches 3",
        ),
        ("independent_origins reaches 3", {"origins": 4, "origins_before": 3}, ""),
        ("independent_origins reaches 3", {"origins": 2, "origins_before": 1}, ""),
        ("language in [zh, ko]", {"language": "zh-Hans"}, "language=zh"),
        ("language == zh", {"language": "ja"}, ""),
        ("owner == Yonhap", {"owner": "yonhap"}, "owner=Yonhap"),
        ('publisher == "Pennant Wire"', {"publisher": "Pennant Wire"}, "publisher=Pennant Wire"),
        ("disputed == denied", {"disputed": Claim.DENIED}, "disputed=denied"),
        ("official == no_comment", {"official": Claim.NO_COMMENT}, "official=no_comment"),
        ("claim changed", {"state": Claim.DENIED}, "claim changed to denied"),
        ("claim changed", {"claim": Claim.DENIED}, ""),
        ("claim changed", {"state_before": Claim.DENIED}, ""),
        ("claim changed", {"state": Claim.DENIED, "state_before": Claim.DENIED}, ""),
        (
            "claim changed to [denied, delayed]",
            {"state": Claim.DELAYED},
            "claim changed to delayed",
        ),
        ("claim changed to denied", {"state": Claim.DELAYED}, ""),
        ("party changed", {"party": Claim.ANNOUNCED}, "party changed to announced"),
        ("official changed", {"official_before": Claim.DENIED}, ""),
        ("disputed changed", {"disputed_before": Claim.DENIED}, "disputed changed to none"),
        ("disputed changed to none", {"disputed_before": Claim.DENIED}, "disputed changed to none"),
        ("disputed changed to denied", {"disputed_before": Claim.DENIED}, ""),
        (
            "effective_date changed",
            {"effective_on": date(2025, 6, 12)},
            "effective_date changed to 2025-06-12",
        ),
        ("effective_date changed", {"effective_before": date(2025, 6, 12)}, ""),
        ("not claim == denied", {}, "not claim == denied"),
        ("not claim == denied", {"claim": Claim.DENIED}, ""),
        (
            "claim == denied and tier >= wire",
            {"claim": Claim.DENIED, "tier": Tier.WIRE},
            "claim=denied & tier>=wire",
        ),
        ("claim == denied and tier >= wire", {"claim": Claim.DENIED}, ""),
        ("claim == denied or languages > 1", {"languages": 2}, "languages>1"),
        (
            "claim == denied or languages > 1",
            {"languages": 2, "claim": Claim.DENIED},
            "claim=denied",
        ),
        ("claim == denied or claim == delayed and tier == wire", {"claim": Claim.DELAYED}, ""),
        ("(claim == denied or claim == none) and tier == wire", {"tier": Tier.PRESS}, ""),
    ],
)
def test_condition_holds_and_says_of_what(text: str, facts: dict[str, Any], told: str) -> None:
    condition = parse(text)

    assert condition.told_of(Facts(**facts)) == told
    assert condition.holds(Facts(**facts)) is bool(told)
    assert parse(str(condition)) == condition


def test_rung_is_another_one_for_another_claim_or_party_but_not_for_another_source() -> None:
    condition = parse("claim in [announced, confirmed] and authority in [CN, KP]")

    def told(claim: Claim, party: str, owner: str = "") -> str:
        return condition.told_of(Facts(claim=claim, authority=frozenset({party}), owner=owner))

    assert told(Claim.ANNOUNCED, "CN", "cn-mfa") == told(Claim.ANNOUNCED, "CN", "xinhua")
    assert len({told(c, p) for c in (Claim.ANNOUNCED, Claim.CONFIRMED) for p in ("CN", "KP")}) == 4


def test_condition_knows_its_fields() -> None:
    assert parse("not (claim changed and tier == wire) or watches > 1").fields == {
        "claim",
        "tier",
        "watches",
    }


@pytest.mark.parametrize(
    ("text", "at", "problem", "cure"),
    [
        ("", 0, "a field is expected, not the end", "as in claim == confirmed"),
        ("clam == x", 0, "no field 'clam'", "did you mean 'claim'?"),
        ("origins >= 3", 0, "no field 'origins'", "did you mean 'independent_origins'?"),
        ("claim == confimed", 9, "no claim 'confimed'", "did you mean 'confirmed'?"),
        ("tier >= wir", 8, "no tier 'wir'", "did you mean 'wire'?"),
        ("claim = denied", 6, "what claim is compared by is expected, not '='", "write =="),
        ("claim in denied", 9, "a list is expected, not 'denied'", "write [denied]"),
        ("claim in []", 10, "a value of claim is expected, not ']'", "as in claim in"),
        ("claim in [denied", 9, "a list is not closed", "add ]"),
        ("(claim == denied", 0, "a bracket is not closed", "add )"),
        ("claim == denied )", 16, "and, or or the end is expected, not ')'", ""),
        ("claim == denied && tier == wire", 16, "and, or or the end is expected", "write and"),
        ("claim >= denied", 6, "'>=' does not go with claim", "write it as in claim in"),
        ("authority >= CN", 10, "'>=' does not go with authority", "authority in [CN, KP]"),
        ("owner changed", 6, "'changed' does not go with owner", "owner == name"),
        ("effective_date == 2025", 15, "'==' does not go with effective_date", "changed"),
        ("watches reaches 2", 8, "watches never changes", "write watches >="),
        ("watches >= many", 11, "'many' is no whole number", "watches >= 3"),
        ("watches >= -1", 11, "'-1' is no whole number", "watches >= 3"),
        ("claim not confirmed", 10, "in is expected, not 'confirmed'", "claim not in"),
        ('owner == "x', 9, "a quote is not closed", ""),
        ('owner == " "', 9, "an empty value of owner", ""),
        ("! claim == denied", 0, "a field is expected, not '!'", "write not"),
        ("not " * (MAX_DEPTH + 1) + "claim changed", 160, f"more than {MAX_DEPTH} levels", ""),
        ("x" * (MAX_LENGTH + 1), MAX_LENGTH, "longer than 4,000 characters", ""),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place_and_a_cure(
    text: str, at: int, problem: str, cure: str
) -> None:
    with pytest.raises(ConditionError) as caught:
        parse(text)

    assert caught.value.at == at
    assert problem in caught.value.problem
    assert cure in caught.value.cure
    assert str(caught.value).startswith(f"character {at + 1}: ")


WORDS = st.text(min_size=1, max_size=12).filter(str.strip)
VALUES = {
    Kind.CLAIM: st.sampled_from([*map(str, Claim), NONE]),
    Kind.TIER: st.sampled_from([str(tier) for tier in Tier]),
    Kind.PARTIES: WORDS | st.sampled_from(["CN", "and", "not"]),
    Kind.NUMBER: st.integers(0, 999_999).map(str),
    Kind.TEXT: WORDS,
}
EQUAL = [Op.EQ, Op.NE, Op.IN, Op.NOT_IN]
ORDER = [Op.GE, Op.GT, Op.LE, Op.LT]
OPS = {
    Kind.CLAIM: [*EQUAL, Op.CHANGED, Op.CHANGED_TO],
    Kind.TIER: [*EQUAL, *ORDER],
    Kind.PARTIES: EQUAL,
    Kind.NUMBER: [*ORDER, Op.EQ, Op.NE],
    Kind.TEXT: EQUAL,
    Kind.DAY: [Op.CHANGED],
}


@st.composite
def a_test(draw: st.DrawFn) -> Test:
    name = draw(st.sampled_from(list(FIELDS)))
    field = FIELDS[name]
    reaches = [Op.REACHES] if field.kind is Kind.NUMBER and field.changed else []
    op = draw(st.sampled_from([*OPS[field.kind], *reaches]))
    if op is Op.CHANGED:
        return Test(field=name, op=op)
    many = 3 if op in (Op.IN, Op.NOT_IN, Op.CHANGED_TO) else 1
    values = draw(st.lists(VALUES[field.kind], min_size=1, max_size=many))
    return Test(field=name, op=op, values=tuple(values))


CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    a_test(),
    lambda inner: (
        inner.map(Not)
        | st.lists(inner, min_size=2, max_size=3).map(tuple).map(And)
        | st.lists(inner, min_size=2, max_size=3).map(tuple).map(Or)
    ),
    max_leaves=8,
)
CLAIMS = st.none() | st.sampled_from(Claim)
FACTS = st.builds(
    Facts,
    claim=CLAIMS,
    state=CLAIMS,
    state_before=CLAIMS,
    disputed=CLAIMS,
    disputed_before=CLAIMS,
    party=CLAIMS,
    tier=st.sampled_from(Tier),
    authority=st.frozensets(WORDS | st.just("CN"), max_size=2),
    origins=st.integers(0, 4),
    language=st.sampled_from(["", "zh-Hans", "en"]),
    effective_on=st.none() | st.dates(),
)


@given(condition=CONDITIONS)
def test_condition_is_written_as_it_is_read(condition: Condition) -> None:
    assert parse(str(condition)) == condition


@given(condition=CONDITIONS, facts=FACTS)
def test_not_turns_the_answer_round_and_what_holds_is_told(
    condition: Condition, facts: Facts
) -> None:
    assert Not(condition).holds(facts) is not condition.holds(facts)
    assert bool(condition.told_of(facts)) is condition.holds(facts)


PIECES = st.sampled_from(
    [
        "claim",
        "==",
        "in",
        "[",
        "]",
        "(",
        ")",
        "not",
        "and",
        "or",
        "denied",
        ",",
        "'",
        '"',
        "changed",
    ]
)


@given(text=st.text() | st.lists(PIECES | st.text(max_size=3)).map(" ".join))
def test_any_text_is_read_or_refused_with_a_place_in_it(text: str) -> None:
    at = None
    try:
        condition = parse(text)
    except ConditionError as error:
        at = error.at

    if at is None:
        assert parse(str(condition)) == condition
        condition.told_of(Facts())
    else:
        assert 0 <= at <= len(text)
