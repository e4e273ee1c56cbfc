"""Alerts of every shape, for the properties of all kinds."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from monitor.model import Alert, AlertKind, Claim, Found, Severity, Situation, Step, Tier
from tests.builders import an_alert

# What services would obey if it reached them as it is.
HOSTILE = (
    "@everyone @here <@123456789012345678> <@&1> <#42>",
    "<!channel> <!here> <!everyone> <@U012AB3CD> <!subteam^S01|x>",
    "<https://evil.example|https://bank.example> [bank](https://evil.example)",
    "[label](spoof) ![img](https://evil.example/x.png) <at>Everyone</at>",
    "``` **bold** __u__ ~~s~~ ||spoiler|| `code` > quote # head - list",
    "&lt;!channel&gt; &amp; <b>bold</b> <script>alert(1)</script>",
    "{{7*7}} ${7*7} {0.__class__} %s @{triggerBody()}",
    'quote " backslash \\ slash \\n \\u202e',
    "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x9b0m \u202egnp.exe \u2066x\u2069 a\u200bb \x00 \ud83d",
    "https://evil.example/ evil.example :rocket: <t:0:R> </cmd:1>",
    "\n\n# Fake second alert\n[CRITICAL] all clear\r\n",
)

_characters = st.characters(codec=None, exclude_categories=())
_special = st.sampled_from(["@everyone", "<!channel>", "](", "```", "&", "\ud83d", "\u202e", "🚆"])
texts = st.one_of(st.text(_characters), st.lists(_special).map("".join), st.sampled_from(HOSTILE))
_moments = st.datetimes(timezones=st.just(UTC))
_urls = st.one_of(texts, texts.map("https://a.example/".__add__), texts.map("http://".__add__))
_found = st.builds(
    Found,
    term=texts,
    group=st.none() | texts,
    field=st.sampled_from(["title", "summary", "feed"]) | texts,
    start=st.integers(-9, 10**6),
    end=st.integers(-9, 10**6),
)


_claims = st.sampled_from(Claim)
_steps = st.builds(
    Step,
    item_id=texts,
    at=_moments,
    publisher=texts,
    tier=st.sampled_from(Tier),
    claim=_claims,
    party=texts,
    moved=st.booleans(),
)
_diffs = st.lists(texts | texts.map("[-{}-]".format) | texts.map("{{+{}+}}".format)).map("".join)
_situations = st.builds(
    Situation,
    title=texts,
    claim=st.none() | _claims,
    state=st.none() | _claims,
    was=st.none() | _claims,
    disputed=st.none() | _claims,
    disputed_by=texts,
    official=st.none() | _steps,
    parties=st.lists(_steps, max_size=4).map(tuple),
    effective_on=st.none() | st.dates(),
    independent=st.lists(texts, max_size=12).map(tuple),
    carried_by=st.lists(texts, max_size=12).map(tuple),
    timeline=st.lists(_steps, max_size=12).map(tuple),
    also_in=st.lists(texts, max_size=6).map(tuple),
    diff=_diffs,
)


def alerts() -> st.SearchStrategy[Alert]:
    """Any alert that the types allow, sense or not."""
    return st.builds(
        Alert,
        id=texts,
        kind=st.sampled_from(AlertKind),
        severity=st.sampled_from(Severity),
        reason=texts,
        watch_id=texts,
        watch_name=texts,
        created_at=_moments,
        title=texts,
        snippet=texts,
        url=_urls,
        language=texts,
        item_id=texts,
        revision=st.integers(),
        story_id=texts,
        seq=st.integers(),
        supersedes=st.none() | texts,
        feed_id=texts,
        feed_name=texts,
        publisher=texts,
        owner=texts,
        tier=st.none() | st.sampled_from(Tier),
        authority_for=st.lists(texts, max_size=20).map(tuple),
        published_at=st.none() | _moments,
        seen_at=st.none() | _moments,
        found=st.lists(_found, max_size=20).map(tuple),
        score=st.floats(),
        situation=st.none() | _situations,
    )


_LATEST = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)


def a_situation_of(text: str, times: int = 100) -> Situation:
    """With the text for every name, and so many entries wherever there may be several."""
    step = Step(
        item_id=text,
        at=_LATEST,
        publisher=text,
        tier=Tier.OFFICIAL_PRIMARY,
        claim=Claim.TIMETABLE,
        party=text,
        moved=True,
    )
    return Situation(
        title=text,
        claim=Claim.TIMETABLE,
        state=Claim.TIMETABLE,
        was=Claim.IN_EFFECT,
        disputed=Claim.SUSPENDED,
        disputed_by=text,
        official=step,
        parties=(step,) * times,
        effective_on=_LATEST.date(),
        independent=(text,) * times,
        carried_by=(text,) * times,
        timeline=(step,) * times,
        also_in=(text,) * times,
        diff=f"[-{text}-] {{+{text}+}}",
    )


def a_huge_alert(character: str, **changes: Any) -> Alert:
    """Every text as long as a parser lets through, 1,000 terms; only the link is usable."""
    text = character * 20_000
    names = (
        "id", "reason", "watch_id", "watch_name", "title", "snippet", "language", "item_id",
        "story_id", "supersedes", "feed_id", "feed_name", "publisher", "owner",
    )  # fmt: skip
    given: dict[str, Any] = {
        "url": "https://" + "a" * 60 + ".example/" + "&" * 1_970,
        "authority_for": (text,) * 100,
        "found": tuple(
            Found(term=str(n) + word, group=str(n) + word, field=str(n) + word, start=n, end=n + 1)
            for n, word in enumerate([character * 300] * 1_000)
        ),
        "created_at": _LATEST,
        "situation": a_situation_of(text),
    }
    return an_alert(**(dict.fromkeys(names, text) | given | changes))
