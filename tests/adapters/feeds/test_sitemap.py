"""Google News sitemaps are feeds; indexes of sitemaps name their parts."""

import gzip
from datetime import UTC, datetime

import pytest

from monitor.adapters.feeds import read
from monitor.adapters.feeds.sitemap import MAX_UNPACKED, read_sitemap_index
from monitor.errors import ParseError
from monitor.model import NEWS_SITEMAP, Health, RawEntry

HEAD = (
    "<?xml version='1.0' encoding='UTF-8'?>"
    "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'"
    " xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'"
    " xmlns:image='http://www.google.com/schemas/sitemap-image/1.1'>"
)
ARTICLE = """<url><loc>https://pennant.example.org/a/1?x=1&amp;y=2</loc>
<image:image><image:loc>https://pennant.example.org/1.jpg</image:loc></image:image>
<news:news><news:publication><news:name>Pennant Wire</news:name><news:language>ko</news:language>
</news:publication><news:publication_date>2025-06-12T18:30:00+09:00</news:publication_date>
<news:title>평양 열차 &amp; more</news:title><news:keywords>rail, asia, rail</news:keywords>
</news:news></url>"""


def a_sitemap(*urls: str, head: str = HEAD) -> bytes:
    return f"{head}{''.join(urls)}</urlset>".encode()


def refusal(body: bytes) -> ParseError:
    with pytest.raises(ParseError) as caught:
        read(body)
    return caught.value


def test_every_element_is_read():
    feed = read(a_sitemap(ARTICLE))

    assert (feed.version, feed.title, feed.flaw) == (NEWS_SITEMAP, "Pennant Wire", "")
    assert feed.entries == (
        RawEntry(
            link="https://pennant.example.org/a/1?x=1&y=2",
            title="평양 열차 & more",
            published="2025-06-12T18:30:00+09:00",
            published_at=datetime(2025, 6, 12, 9, 30, tzinfo=UTC),
            categories=("rail", "asia"),
            language="ko",
            source_title="Pennant Wire",
        ),
    )


def test_pages_among_the_news_are_left_out():
    page = "<url><loc>https://pennant.example.org/about</loc></url>"

    assert len(read(a_sitemap(page, ARTICLE, page)).entries) == 1


def test_prefixed_root_and_other_encodings_are_read():
    text = a_sitemap(ARTICLE).decode().replace("UTF-8", "EUC-KR").replace("xmlns=", "xmlns:s=")
    for name in ("urlset", "url>", "loc>"):
        text = text.replace(f"<{name}", f"<s:{name}").replace(f"</{name}", f"</s:{name}")

    (entry,) = read(text.encode("cp949")).entries

    assert (entry.title, entry.link) == (
        "평양 열차 & more",
        "https://pennant.example.org/a/1?x=1&y=2",
    )


def test_sitemap_without_news_is_no_feed():
    bare = HEAD.replace("sitemap-news", "sitemap-video")

    error = refusal(a_sitemap("<url><loc>https://x.example.org/</loc></url>", head=bare))

    assert error.health is Health.NOT_A_FEED
    assert "without news" in str(error)


def test_quiet_news_sitemap_is_no_fault():
    """It lists the last two days: a weekend empties that of a small site."""
    feed = read(a_sitemap())

    assert feed.entries == ()
    assert feed.may_be_empty


def test_index_is_no_feed_but_says_what_finds_its_parts():
    error = refusal(b"<sitemapindex><sitemap><loc>https://x/1.xml</loc></sitemap></sitemapindex>")

    assert "feeds discover" in str(error)


@pytest.mark.parametrize(
    "before",
    [
        "<!DOCTYPE urlset [<!ENTITY a 'ha'>]>",
        "<!DOCTYPE urlset SYSTEM 'http://127.0.0.1:9/x.dtd'>",
        "<!DOCTYPE urlset [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>",
    ],
)
def test_document_type_is_refused(before: str):
    error = refusal(a_sitemap(ARTICLE, head=HEAD.replace("?>", f"?>{before}", 1)))

    assert error.health is Health.FAILING
    assert "root:" not in str(error)


def test_document_that_ends_in_the_middle_gives_what_came_before():
    body = a_sitemap(ARTICLE, ARTICLE)

    feed = read(body[: len(body) - 200])

    assert len(feed.entries) == 1
    assert not feed.complete
    assert "not well-formed" in feed.flaw


def test_document_of_which_nothing_can_be_read_is_a_fault():
    assert refusal(HEAD.encode() + b"<url><<<").health is Health.FAILING


def test_bare_ampersands_are_read():
    raw = ARTICLE.replace("&amp;", "&")

    assert read(a_sitemap(raw)).entries[0].title == "평양 열차 & more"


def test_no_more_than_the_newest_five_thousand_are_kept():
    many = [ARTICLE.replace("/a/1", f"/a/{number}") for number in range(5_010)]

    feed = read(a_sitemap(*many))

    assert len(feed.entries) == 5_000
    assert "5,010 entries" in feed.flaw


def test_gzip_file_is_unpacked_but_no_bomb():
    assert len(read(gzip.compress(a_sitemap(ARTICLE))).entries) == 1
    bomb = gzip.compress(b" " * (MAX_UNPACKED + 1))
    assert "bigger than 10 MiB" in str(refusal(bomb))
    assert "ends too early" in str(refusal(gzip.compress(a_sitemap(ARTICLE))[:-20]))
    assert "damaged" in str(refusal(b"\x1f\x8b\x08\xff" + b"x" * 100))


def test_parts_of_an_index_come_newest_first_and_undated_ones_last():
    index = """<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
      <sitemap><loc>/undated.xml</loc></sitemap>
      <sitemap><loc>/old.xml</loc><lastmod>2025-01-01</lastmod></sitemap>
      <sitemap><loc>/new.xml</loc><lastmod>2025-06-12T09:00:00Z</lastmod></sitemap>
    </sitemapindex>"""

    parts = read_sitemap_index(index, url="https://x.example.org/s.xml")

    assert [part.url.rpartition("/")[2] for part in parts] == ["new.xml", "old.xml", "undated.xml"]
    assert parts[0].changed_at == datetime(2025, 6, 12, 9, tzinfo=UTC)
