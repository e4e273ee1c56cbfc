"""Two spellings of one address are equal; two articles never are."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.core.urls import canonical_url, host_of, is_http, join

ARTICLE = "https://example.com/news/train-leaves?id=7"
VARIANTS = (
    "http://example.com/news/train-leaves?id=7",
    "HTTPS://EXAMPLE.COM/news/train-leaves?id=7",
    "https://www.example.com/news/train-leaves?id=7",
    "https://m.example.com/news/train-leaves?id=7",
    "https://amp.example.com/news/train-leaves?id=7",
    "https://WWW.m.example.com/news/train-leaves?id=7",
    "https://example.com./news/train-leaves?id=7",
    "https://example.com:443/news/train-leaves?id=7",
    "http://example.com:80/news/train-leaves?id=7",
    "https://reader@example.com/news/train-leaves?id=7",
    "https://example.com/news/train-leaves?id=7#comments",
    "https://example.com/news/train-leaves?id=7#xtor=RSS-1",
    "https://example.com/news/train-leaves/?id=7",
    "https://example.com//news///train-leaves?id=7",
    "https://example.com/./news/x/../train-leaves?id=7",
    "https://example.com/news/train-leaves/amp?id=7",
    "https://example.com/news/train-leaves/amp/?id=7",
    "https://example.com/news/train-leaves.amp?id=7",
    "https://example.com/news/train-leaves.amp.html?id=7",
    "https://example.com/news/train-leaves/index.html?id=7",
    "https://example.com/news/train-leaves/index.htm?id=7",
    "https://example.com/news/train-leaves/index.php?id=7",
    "https://example.com/news/train-leaves;jsessionid=0A1B2C?id=7",
    "https://example.com/news/train%2Dleaves?id=7",
    "https://example.com/news/tr%61in-leaves?id=%37",
    "  https://example.com/news/train-leaves?id=7\n",
    "https://example.com/news/train-\nleaves?id=7",
    "https://example.com/news/train-leaves?&id=7&",
    "https://example.com/news/train-leaves?id=7?utm_source=rss",
    "https://example.com/news/train-leaves?amp=1&id=7",
    "https://example.com/news/train-leaves?id=7&amp",
    "https://example.com/news/train-leaves?id=7&outputType=amp",
    "https://example.com/news/train-leaves?id=7&amp;utm_source=rss",
    "https://example.com/news/train-leaves?utm_medium=feed&amp;amp;id=7",
    "https://www.google.com/url?rct=j&sa=t&url=https://example.com/news/train-leaves%3Fid%3D7&ct=ga",
    "https://www.google.co.kr/url?q=https://www.example.com/news/train-leaves?id%3D7&usg=AOvV",
)
TRACKING = (
    "utm_source=rss",
    "utm_medium=feed",
    "utm_campaign=x",
    "UTM_Source=Twitter",
    "Utm_Content=a%20b",
    "utm_hp_ref=world",
    "utm_referrer=https%3A%2F%2Fdzen.ru",
    "utm_id=1",
    "at_medium=RSS",
    "at_campaign=KARANGA",
    "at_campaign_type=owned",
    "at_custom1=link",
    "at_link_origin=BBCWorld",
    "at_ptr_name=twitter",
    "at_format=link",
    "at_bbc_team=editorial",
    "cmpid=rss",
    "cmp=rss",
    "CMP=Share_iOSApp_Other",
    "ncid=edlinkus",
    "oc=5",
    "ocid=msedg",
    "fbclid=IwAR0",
    "gclid=Cj0K",
    "gbraid=0AAA",
    "dclid=x",
    "msclkid=x",
    "twclid=2-1",
    "yclid=1",
    "ysclid=l1",
    "ttclid=E.C",
    "igshid=abc",
    "igsh=abc",
    "mibextid=Zxz2cZ",
    "mc_cid=1",
    "mc_eid=2",
    "mkt_tok=x",
    "_hsenc=p2",
    "_hsmi=1",
    "__hstc=1",
    "hsa_acc=1",
    "_openstat=x",
    "xtor=RSS-3208",
    "ito=1490",
    "ICID=most-read",
    "intcmp=related",
    "smid=tw-share",
    "soc_src=social-sh",
    "spm=a2c",
    "guccounter=1",
    "guce_referrer=aHR0",
    "ref_src=twsrc%5Etfw",
    "ref_url=https%3A%2F%2Fx.org",
    "ns_mchannel=rss",
    "ns_source=PublicRSS20-sa",
    "pk_campaign=feed",
    "mtm_source=a",
    "piwik_campaign=a",
    "matomo_kwd=a",
    "wt.mc_id=x",
    "WT.mc=x",
    "feedType=RSS",
    "feedName=topNews",
    "__twitter_impression=true",
    "_ga=2.1",
    "_gl=1",
    "srsltid=Af",
    "gaa_at=la",
    "mbid=social_twitter",
    "ftag=CAD590a51e",
    "wprov=sfla1",
    "usqp=mq331",
    "source=rss",
    "src=rss",
    "src=rss20",
    "from=rss",
    "ref=rss",
    "ref=twitter",
    "ref=share",
    "feed=rss2",
    "mod=rss_markets_main",
    "mod=newsletter-daily",
    "partner=rss",
    "via=newsletter",
    "via=newsbreak",
    "cid=rss",
    "cid=social_twitter",
    "hl=push",
    "tid=facebook",
    "origin=telegram",
    "feature=share",
    "share=kakaotalk",
    "sns=fb",
    "rss",
    "rss=1",
    "rss=yes",
    "medium=email",
    "referrer=news.google.com",
    "referer=naver",
    "source=google_news",
    "campaign=rss-feed",
    "channel=yandex",
    "trackback=rss",
)
DIFFERENT = (
    ("https://a.org/news.php?newsid=1", "https://a.org/news.php?newsid=2"),
    ("https://a.org/?ELEMENT_ID=101", "https://a.org/?ELEMENT_ID=102"),
    ("https://a.org/?sid=1", "https://a.org/?sid=2"),
    ("https://a.org/?num=1", "https://a.org/?num=2"),
    ("https://a.org/?id=1", "https://a.org/?id=2"),
    ("https://a.org/?p=1", "https://a.org/?p=2"),
    ("https://a.org/?no=1", "https://a.org/"),
    ("https://a.org/?idxno=1", "https://a.org/?idxno=2"),
    ("https://a.org/?aid=1", "https://a.org/?aid=2"),
    ("https://a.org/?cid=1", "https://a.org/?cid=2"),
    ("https://a.org/?cid=N1&nid=5", "https://a.org/?cid=N1&nid=6"),
    ("https://a.org/?tid=1", "https://a.org/?tid=2"),
    ("https://a.org/?source=17", "https://a.org/?source=18"),
    ("https://a.org/?src=41", "https://a.org/?src=42"),
    ("https://a.org/?from=seoul", "https://a.org/?from=dandong"),
    ("https://a.org/?ref=2024-17", "https://a.org/?ref=2024-18"),
    ("https://a.org/?mod=view&no=1", "https://a.org/?mod=view&no=2"),
    ("https://a.org/?feed=12", "https://a.org/?feed=13"),
    ("https://a.org/?hl=ko", "https://a.org/?hl=en"),
    ("https://a.org/?channel=1", "https://a.org/?channel=2"),
    ("https://a.org/?page=1", "https://a.org/?page=2"),
    ("https://a.org/?date=20250611", "https://a.org/?date=20250612"),
    ("https://a.org/?lang=en", "https://a.org/?lang=zh"),
    ("https://a.org/?at=1", "https://a.org/?at=2"),
    ("https://a.org/?at_id=1", "https://a.org/?at_id=2"),
    ("https://a.org/?code=utm_source", "https://a.org/?code=utm_medium"),
    ("https://a.org/?q=a%26b", "https://a.org/?q=a&b"),
    ("https://a.org/?q=1%2B1", "https://a.org/?q=1+1"),
    ("https://a.org/?ID=1", "https://a.org/?id=1"),
    ("https://a.org/a", "https://a.org/A"),
    ("https://a.org/a%2Fb", "https://a.org/a/b"),
    ("https://a.org/a%3Fb", "https://a.org/a?b"),
    ("https://a.org/amplify", "https://a.org/"),
    ("https://a.org/lamp", "https://a.org/l"),
    ("https://a.org/index.html.en", "https://a.org/"),
    ("https://a.org/story-1", "https://a.org/story-2"),
    ("https://a.org/1", "https://b.org/1"),
    ("https://en.a.org/1", "https://ko.a.org/1"),
    ("https://a.org/1", "https://news.a.org/1"),
    ("https://a.org:8080/1", "https://a.org/1"),
    ("https://m.org/1", "https://amp.org/1"),
    (
        "https://news.google.com/rss/articles/CBMiAA?oc=5",
        "https://news.google.com/rss/articles/CBMiAB?oc=5",
    ),
    ("https://www.google.com/url?sa=t&id=1", "https://www.google.com/url?sa=t&id=2"),
    ("https://a.org/url?url=https://b.org/1", "https://b.org/1"),
    ("https://a.org/열차", "https://a.org/列车"),
)


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_spelling_of_the_same_address_is_equal(variant: str) -> None:
    assert canonical_url(variant) == ARTICLE


@pytest.mark.parametrize("parameter", TRACKING)
def test_a_tracking_parameter_makes_no_difference(parameter: str) -> None:
    assert canonical_url(f"https://example.com/news/train-leaves?{parameter}&id=7") == ARTICLE
    assert canonical_url(f"https://example.com/news/train-leaves?id=7&{parameter}") == ARTICLE


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_articles_stay_different(one: str, other: str) -> None:
    assert canonical_url(one)
    assert canonical_url(other)
    assert canonical_url(one) != canonical_url(other)


def test_the_tables_are_as_large_as_promised() -> None:
    assert len(VARIANTS) + len(TRACKING) >= 100
    assert len(set(TRACKING)) == len(TRACKING)


def test_the_order_of_parameters_makes_no_difference() -> None:
    assert canonical_url("https://a.org/?b=2&a=1") == canonical_url("https://a.org/?a=1&b=2")


def test_raw_and_escaped_spellings_of_other_scripts_are_equal() -> None:
    raw = canonical_url("https://a.org/열차?q=列车 一")

    assert raw == canonical_url("https://a.org/%ec%97%b4%EC%B0%A8?q=%E5%88%97%E8%BD%A6+%E4%B8%80")


def test_an_international_host_is_equal_in_both_spellings() -> None:
    assert canonical_url("https://BÜCHER.de/1") == canonical_url("https://xn--bcher-kva.de/1")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com/a",
        "//example.com/a",
        "/a",
        "ftp://example.com/",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "mailto:a@example.com",
        "tag:example.com,2025:1",
        "urn:uuid:1",
        "http://",
        "http:///a",
        "https://[::1",
        "https://[not-an-address]/",
        "https://exa mple.com/",
        "https://example.com:port/",
        "https://example.com:99999/",
        "https://./",
    ],
)
def test_what_is_not_a_web_address_has_no_canonical_form(url: str) -> None:
    assert canonical_url(url) == ""


def test_an_ipv6_host_keeps_its_brackets() -> None:
    assert canonical_url("http://[2001:DB8::1]:80/a") == "https://[2001:db8::1]/a"


url_like = st.one_of(
    st.text(),
    st.from_regex(
        r"https?://(www\.|m\.|amp\.|)[a-z.\-]{0,8}(:\d{1,3})?(/[a-z%.;=A-F0-9/+]{0,12}){0,4}"
        r"(/amp|/index\.html|\.amp|\.amp\.html)*/?(\?[a-z=&;%+?#/0-9A-F_]{0,30})?",
        fullmatch=True,
    ),
    st.builds(
        "https://{}/{}?{}".format,
        st.text(max_size=8),
        st.text(max_size=12),
        st.text(max_size=12),
    ),
)


@given(url_like)
@example("https://a.org/x...amp")
@example("https://a.org/?amp;amp;a")
@example("https://a.org/?a?utm_=&b")
@example("https://www.google.com//url?url=https://google.com/url?q=http://a.org")
def test_any_text_has_a_canonical_form_and_that_is_final(url: str) -> None:
    canonical = canonical_url(url)

    assert canonical == "" or canonical.startswith("https://")
    assert canonical_url(canonical) == canonical
    assert canonical.isascii()


@given(st.text(), st.text())
def test_joining_never_fails_and_gives_a_web_address_or_nothing(base: str, link: str) -> None:
    joined = join(base, link)

    assert joined == "" or is_http(joined)


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("/b", "https://a.org/b"),
        ("b", "https://a.org/x/b"),
        ("//b.org/c", "https://b.org/c"),
        ("?id=2", "https://a.org/x/y?id=2"),
        (" https://b.org/a b \n", "https://b.org/a%20b"),
        ("http://b.org/", "http://b.org/"),
        ("javascript:alert(1)", ""),
        ("java\nscript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("mailto:x@a.org", ""),
        ("http://[", ""),
        ("http://b.org/\x01", ""),
    ],
)
def test_links_are_joined_to_their_feed(link: str, expected: str) -> None:
    assert join("https://a.org/x/y", link) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://a.org", True),
        ("HTTPS://a.org/x", True),
        ("https://a.org/a b", True),
        ("ht\ntp://a.org/", False),
        (" http://a.org/", False),
        ("https:a.org", False),
        ("https://", False),
        ("ftp://a.org/", False),
        ("a.org", False),
        ("javascript://a.org/%0aalert(1)", False),
        ("https://[::1", False),
    ],
)
def test_only_absolute_web_addresses_are_links(url: str, expected: bool) -> None:
    assert is_http(url) is expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://WWW.Example.org:8443/a", "www.example.org"),
        ("http://user@example.org./", "example.org"),
        ("http://[::1]:80/", "::1"),
        ("ftp://example.org/", ""),
        ("nonsense", ""),
        ("https://[", ""),
    ],
)
def test_the_host_of_an_address(url: str, expected: str) -> None:
    assert host_of(url) == expected
