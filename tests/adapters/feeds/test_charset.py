"""Bytes are read as what they are, whatever is declared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.adapters.feeds import read
from monitor.adapters.feeds.charset import decode
from tests.adapters.feeds.documents import saved

RUSSIAN = "Поезд Пхеньян - Москва снова отправился из столицы, сообщили железные дороги"
KOREAN = "평양과 베이징을 오가는 여객열차 운행이 재개됐다고 철도당국이 밝혔다"
JAPANESE = "平壌と北京を結ぶ旅客列車の運行が再開されたと、中国の鉄道当局が発表した"
CHINESE = "平壤至北京的旅客列车恢复开行,中国国家铁路集团发布消息称"


def a_document(title: str, *, declared: str = "", language: str = "") -> str:
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    hint = f"<language>{language}</language>" if language else ""
    item = f"<item><title>{title}</title></item>"
    return f'{head}<rss version="2.0"><channel>{hint}{item}</channel></rss>'


def the_title(body: bytes, content_type: str = "") -> str:
    return read(body, content_type=content_type).entries[0].title


@pytest.mark.parametrize(
    ("text", "codec", "language"),
    [
        (RUSSIAN, "cp1251", "ru"),
        (RUSSIAN, "koi8-r", "ru"),
        (KOREAN, "euc-kr", "ko"),
        (JAPANESE, "shift_jis", "ja"),
        (JAPANESE, "euc-jp", "ja"),
        (JAPANESE, "iso2022_jp", "ja"),
        (CHINESE, "gb18030", "zh-cn"),
    ],
)
class TestLegacyEncodings:
    def test_declared_in_the_document(self, text: str, codec: str, language: str):
        declared = codec.replace("cp", "windows-").replace("iso2022_jp", "iso-2022-jp")

        assert the_title(a_document(text, declared=declared).encode(codec)) == text

    def test_declared_by_the_server(self, text: str, codec: str, language: str):
        content_type = f"application/rss+xml; charset={codec}"

        assert the_title(a_document(text).encode(codec), content_type) == text

    def test_undeclared_in_a_feed_that_names_its_language(
        self, text: str, codec: str, language: str
    ):
        assert the_title(a_document(text, language=language).encode(codec)) == text

    def test_undeclared_everywhere(self, text: str, codec: str, language: str):
        assert the_title(a_document(text).encode(codec)) == text


@pytest.mark.parametrize(
    ("text", "codec"),
    [(RUSSIAN, "cp1251"), (KOREAN, "euc-kr"), (JAPANESE, "shift_jis"), (CHINESE, "gb18030")],
)
def test_declared_as_utf8_by_mistake_is_read_as_it_is(text: str, codec: str):
    assert the_title(a_document(text, declared="utf-8").encode(codec)) == text


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
def test_unicode_of_any_width_is_read(codec: str):
    declared = codec[:6] if codec.startswith("utf-1") else codec.removesuffix("-sig")

    assert the_title(a_document(JAPANESE, declared=declared).encode(codec)) == JAPANESE


def test_utf8_is_utf8_even_if_the_server_says_latin():
    content_type = "text/xml; charset=iso-8859-1"

    assert the_title(a_document(RUSSIAN, declared="utf-8").encode(), content_type) == RUSSIAN


def test_document_knows_better_than_the_latin_default_of_a_server():
    body = a_document(KOREAN, declared="euc-kr").encode("euc-kr")

    assert the_title(body, "text/xml; charset=ISO-8859-1") == KOREAN


def test_one_broken_character_does_not_turn_the_rest_to_mojibake():
    body = a_document(RUSSIAN, declared="utf-8").encode().replace("Поезд".encode(), b"\xd0oezd", 1)

    decoded = decode(body)

    assert "Пхеньян" in decoded.text
    assert decoded.note == "declared as utf-8; read as utf-8"


def test_korean_beyond_the_declared_set_is_read():
    """euc-kr as browsers understand it is cp949."""
    assert (
        the_title(a_document("똠방각하 펲시", declared="euc-kr").encode("cp949")) == "똠방각하 펲시"
    )


@pytest.mark.parametrize("declared", ["zip", "punycode", "undefined", "idna", "no-such-codec"])
def test_declared_codec_that_is_none_for_text_is_ignored(declared: str):
    assert the_title(a_document("Train", declared=declared).encode()) == "Train"


def test_guess_is_told():
    assert read(saved("rss20_cp1251_undeclared.xml")).flaw == (
        "no character encoding declared; read as cp1251"
    )


@pytest.mark.parametrize(
    ("written", "mended"),
    [
        ("a & b", "a &amp; b"),
        ("Q&A", "Q&amp;A"),
        ("?a=1&b=2", "?a=1&amp;b=2"),
        ("&nbsp;&eacute;", "\xa0é"),
        ("&nosuchname;", "&amp;nosuchname;"),
        ("&amp;&lt;&#39;&#x4e2d;", "&amp;&lt;&#39;&#x4e2d;"),
        ("<![CDATA[a & b &nbsp;]]> & c", "<![CDATA[a & b &nbsp;]]> &amp; c"),
        ("<!-- a & b --> & c", "<!-- a & b --> &amp; c"),
        ("&#55357;&#56966;", "🚆"),
        ("&#xD83D;&#xDE86;", "🚆"),
        ("&#55357;x", "x"),
        ("&#55357;&#65;", "&#65;"),
        ("&#8;&#0;&#9;", "&#9;"),
        ("&#x110000;", ""),
        ("bell\x07 tab\x0b", "bell tab "),
    ],
)
def test_what_xml_forbids_is_mended(written: str, mended: str):
    assert decode(f"<a>{written}</a>".encode()).text == f"<a>{mended}</a>"


@given(st.text(), st.sampled_from(["utf-8", "utf-16", "utf-32"]))
def test_any_text_decodes(text: str, codec: str):
    body = f"<?xml version='1.0'?><a>{text}</a>".encode(codec, "replace")

    assert decode(body).text.endswith("</a>")


@given(st.binary(max_size=200), st.text(max_size=30))
def test_any_bytes_under_any_header_decode(body: bytes, content_type: str):
    decode(body, content_type).text.encode()
