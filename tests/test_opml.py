import tomllib
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor import config
from monitor.errors import ConfigError
from monitor.model import Feed, Secret, Tier
from monitor.opml import NAMESPACE, export_opml, import_feeds, read_opml
from tests.builders import a_feed

FOREIGN = b"""<?xml version="1.0" encoding="UTF-8"?>
<opml version="1.0">
  <head><title>mine</title></head>
  <body>
    <outline text="Rail">
      <outline text="Pennant &amp; Co" type="rss" xmlUrl="https://www.pennant.example.org/feed?a=1&amp;b=2"/>
      <outline text="Harbour" type="rss" xmlUrl="https://feeds.harbour.example.org/" language="ja"/>
    </outline>
    <outline title="Harbour" type="rss" xmlUrl="https://harbour.example.org/2"/>
  </body>
</opml>
"""


def loaded(toml: str, folder: Path) -> dict[str, Feed]:
    """The feeds of an import, read as configuration is read."""
    (folder / "feeds").mkdir(parents=True)
    (folder / "feeds" / "imported.toml").write_text(toml, encoding="utf-8")
    (folder / "webhooks.toml").write_text('[webhooks.console]\nkind = "console"\n')
    kinds: dict[str, type] = {"console": type("None", (), {"__dataclass_fields__": {}})}
    return dict(config.load(folder, kinds, {}).feeds)


def test_list_of_another_reader_is_read_with_its_folders_as_topics() -> None:
    pennant, harbour, second = read_opml(FOREIGN)

    assert pennant.url == "https://www.pennant.example.org/feed?a=1&b=2"
    assert pennant.name == "Pennant & Co"
    assert pennant.topics == ("Rail",)
    assert harbour.language == "ja"
    assert second.topics == ()


def test_import_makes_a_file_that_loads_as_it_is(tmp_path: Path) -> None:
    result = import_feeds(FOREIGN, {})

    feeds = loaded(result.toml, tmp_path)

    assert result.added == ("pennant-co", "harbour", "harbour-2")
    assert tuple(feeds) == result.added
    assert feeds["pennant-co"] == Feed(
        id="pennant-co",
        url="https://www.pennant.example.org/feed?a=1&b=2",
        name="Pennant & Co",
        owner="pennant.example.org",
        topics=frozenset({"Rail"}),
        evidence="imported from a subscription list, not probed",
    )
    assert feeds["harbour"].owner == "harbour.example.org"


def test_import_leaves_out_what_is_there_already_and_says_so() -> None:
    existing = {
        "harbour": a_feed("harbour", mirrors=("https://harbour.example.org/2",)),
        "p": a_feed("p", url="https://www.pennant.example.org/feed?a=1&b=2", enabled=False),
    }

    result = import_feeds(FOREIGN, existing)

    assert result.added == ("harbour-2",)
    assert result.known == {
        "https://www.pennant.example.org/feed?a=1&b=2": "p",
        "https://harbour.example.org/2": "harbour",
    }


def test_import_of_nothing_new_gives_no_file() -> None:
    feed = a_feed()

    result = import_feeds(export_opml([feed]), {feed.id: feed})

    assert result.toml == ""
    assert result.known == {feed.url: feed.id}


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "javascript:alert(1)", "http://127.0.0.1/", "https://me:pw@x.org/", "x"],
)
def test_addresses_that_may_not_be_asked_are_refused(url: str) -> None:
    result = import_feeds(f'<opml><outline xmlUrl="{url}" text="a"/></opml>'.encode(), {})

    assert result.added == ()
    assert result.toml == ""
    assert list(result.refused) == [url]


def test_permission_to_connect_to_private_addresses_is_never_imported() -> None:
    """A stranger's list must not open our network."""
    feed = a_feed(allow_private=("10.0.0.0/8",))

    toml = tomllib.loads(import_feeds(export_opml([feed]), {}).toml)

    assert "allow_private" not in toml["feed"][0]


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        ("en-us", "en-US"),
        ("zh-cn", "zh-Hans"),
        ("KR", "ko"),
        ("Korean", "ko"),
        ("xx", ""),
        ("", ""),
    ],
)
def test_languages_of_other_readers_become_tags_that_load(
    tmp_path: Path, written: str, tag: str
) -> None:
    outline = f'<outline text="a" xmlUrl="https://a.example.org/" language="{written}"/>'

    feeds = loaded(import_feeds(f"<opml>{outline}</opml>".encode(), {}).toml, tmp_path)

    assert feeds["a"].language == tag


def test_own_export_comes_back_whole(tmp_path: Path) -> None:
    feed = Feed(
        id="kcna-watch",
        url="https://kcna.example.org/feed?a=1&b=<2>",
        name='조선 "중앙" <통신>',
        owner="kcna",
        tier=Tier.STATE_MEDIA,
        authority_for=("KP", "CN"),
        language="ko",
        country="KP",
        topics=frozenset({"rail, freight", "a/b"}),
        implied_groups=frozenset(),
        interval=timedelta(minutes=15),
        max_age=timedelta(hours=72),
        expect_every=timedelta(days=14),
        mirrors=("https://mirror.example.org/?x=1&y=2",),
        enabled=False,
        disabled_reason="dead: gone",
        evidence="measured 2026-09-01: [public] list",
        note="true",
    )

    assert loaded(import_feeds(export_opml([feed]), {}).toml, tmp_path) == {feed.id: feed}


def test_export_is_opml_that_other_readers_understand() -> None:
    root = ET.fromstring(export_opml([a_feed(topics=frozenset({"rail"}), name="<b>&\"'")]))

    outline = root.find("body/outline")
    assert root.tag == "opml"
    assert root.get("version") == "2.0"
    assert root.findtext("head/title") == "news-monitor"
    assert outline is not None
    assert outline.attrib["type"] == "rss"
    assert outline.attrib["text"] == "<b>&\"'"
    assert outline.attrib["xmlUrl"] == "https://pennant.example.org/feed.xml"
    assert outline.attrib["language"] == "en"
    assert outline.attrib["category"] == "/rail"
    assert outline.attrib[f"{{{NAMESPACE}}}owner"] == "pennant"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"not xml",
        b"<html><body>Sign in</body></html>",
        b"http://127.0.0.1:9/list.opml",
        b"<opml></outline></outline></opml>",
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_subscription_list_is_refused(text: bytes) -> None:
    with pytest.raises(ConfigError, match="OPML: holds no feed"):
        read_opml(text)


def test_list_that_is_too_big_is_refused() -> None:
    with pytest.raises(ConfigError, match="bigger than 16 MB"):
        read_opml(b" " * (16 * 1024 * 1024 + 1))


def test_entities_are_not_expanded() -> None:
    """The 'billion laughs': a few lines that unfold to gigabytes."""
    bomb = b'<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'

    feeds = read_opml(bomb + b'<opml><outline text="&b;" xmlUrl="https://a.example.org/"/></opml>')

    assert feeds[0].name == "&b;"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "euc-kr", "nonsense"])
def test_lists_in_other_encodings_are_read(encoding: str) -> None:
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?><opml><body>'
        '<outline text="연합뉴스" xmlUrl="https://a.example.org/"/></body></opml>'
    )

    feeds = read_opml(text.encode("utf-8" if encoding == "nonsense" else encoding))

    assert feeds[0].name == "연합뉴스"


@pytest.mark.parametrize("value", ["[1]", "[null]", "{}", "[[", '"', "[" * 5000, "3"])
def test_attributes_that_only_look_like_ours_make_no_broken_file(value: str) -> None:
    outline = f'<outline text="a" xmlUrl="https://a.example.org/" nm:owner="{value}"/>'
    text = f'<opml xmlns:nm="{NAMESPACE}"><body>{outline}</body></opml>'

    toml = import_feeds(text.replace('""', "'\"'").encode(), {}).toml

    assert len(tomllib.loads(toml)["feed"]) == 1


def test_secrets_are_in_no_list_and_are_taken_from_none() -> None:
    """A stranger's list could have them sent to an address of its choice."""
    headers = {"X-Key": Secret("c4nary", reference="env:C4NARY")}
    feed = a_feed(headers=headers, auth=Secret("me:c4nary", reference="env:C4NARY"))
    stranger = f"""<opml xmlns:nm="{NAMESPACE}"><body><outline text="a"
        xmlUrl="https://a.example.org/" nm:auth="env:AWS_KEY" nm:headers='["env:AWS_KEY"]'/>
        </body></opml>"""

    assert "c4nary" not in export_opml([feed]).decode().lower()
    assert "AWS_KEY" not in import_feeds(stranger.encode(), {}).toml


# Any text that can stand in XML; the rest cannot be written in OPML at all.
TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=["\ufffe", "\uffff"]),
    max_size=12,
)
WORDS = st.text(st.sampled_from("abcxyz"), min_size=1, max_size=6)
FEEDS = st.builds(
    Feed,
    id=WORDS,
    url=WORDS.map("https://{}.example.org/feed?a=1&copy=2".format),
    name=TEXTS.filter(lambda text: text.strip() != ""),
    owner=TEXTS.filter(lambda text: text.strip() != ""),
    tier=st.sampled_from(Tier),
    authority_for=st.lists(TEXTS, max_size=2).map(tuple),
    language=st.sampled_from(["", "en", "zh-Hans"]),
    country=TEXTS,
    topics=st.frozensets(TEXTS, max_size=2),
    interval=st.integers(300, 7 * 86_400).map(lambda seconds: timedelta(seconds=seconds)),
    max_age=st.none() | st.integers(1, 10**6).map(lambda seconds: timedelta(seconds=seconds)),
    expect_every=st.none() | st.integers(1, 10**6).map(lambda seconds: timedelta(seconds=seconds)),
    mirrors=st.just(()) | st.just(("https://m.example.org/?x=%22",)),
    enabled=st.just(False),
    disabled_reason=TEXTS.filter(lambda text: text != ""),
    evidence=TEXTS.filter(lambda text: text != ""),
    note=TEXTS,
)


@given(feed=FEEDS)
@example(feed=a_feed("x", name="]]>", note='"quoted"', enabled=False, disabled_reason="[x"))
@example(feed=a_feed("x", name="a", note="]", evidence='["a"]', enabled=True))
def test_whatever_was_written_comes_back(
    feed: Feed, tmp_path_factory: pytest.TempPathFactory
) -> None:
    back = loaded(import_feeds(export_opml([feed]), {}).toml, tmp_path_factory.mktemp("config"))

    evidence = feed.evidence or "imported from a subscription list, not probed"
    assert back == {feed.id: replace(feed, evidence=evidence)}


@given(st.binary(max_size=200) | TEXTS.map(lambda t: f"<opml><outline {t}".encode()))
def test_any_bytes_are_a_list_or_refused(text: bytes) -> None:
    assert _read_or_none(text) is None or _read_or_none(text)


def _read_or_none(text: bytes) -> list[object] | None:
    try:
        return list(read_opml(text))
    except ConfigError:
        return None
