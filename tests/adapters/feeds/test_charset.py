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


FRENCH = "Déjà l’été à la gare – « voilà »"


@pytest.mark.parametrize("declared", ["", "utf-8", "us-ascii", "no-such-codec", "utf-16"])
@pytest.mark.parametrize("language", ["", "fr", "en-gb"])
def test_western_text_is_never_taken_for_another_script(declared: str, language: str):
    body = a_document(FRENCH, declared=declared, language=language).encode("cp1252")

    assert the_title(body) == FRENCH


def test_western_text_declared_as_chinese_is_western():
    body = a_document("Größe veröffentlicht, für München, Menü da", declared="gb2312").encode(
        "cp1252"
    )

    assert the_title(body) == "Größe veröffentlicht, für München, Menü da"


def test_accents_are_those_of_the_language():
    polish = "Pociąg ruszył z Pjongjangu do Moskwy, podróż trwa osiem dni"

    assert the_title(a_document(polish, language="pl").encode("cp1250")) == polish


@pytest.mark.parametrize("stray", ["It’s fine", "Trains – and buses", "£500", "à"])
def test_one_byte_that_is_no_utf8_is_western(stray: str):
    assert the_title(a_document(stray, declared="utf-8").encode("cp1252")) == stray


@pytest.mark.parametrize("text", [RUSSIAN, KOREAN, JAPANESE, "Über “Größe” — naïve"])
def test_stray_bytes_in_utf8_cost_no_other_character(text: str):
    body = a_document(f"{text} @", declared="utf-8").encode()

    assert the_title(body.replace(b"@", b"caf\xe9 \x96 It\x92s")) == f"{text} café – It’s"


@pytest.mark.parametrize("declared", ["utf-8", "UTF8"])
@pytest.mark.parametrize("charset", ["", "; charset=iso-8859-1", "; charset=utf-8"])
def test_stray_byte_does_not_make_the_header_right(declared: str, charset: str):
    body = a_document(f"{RUSSIAN} @", declared=declared).encode().replace(b"@", b"caf\xe9")

    assert the_title(body, f"text/xml{charset}") == f"{RUSSIAN} café"


def test_as_many_stray_bytes_as_good_characters_are_both_read():
    body = a_document("It’s “good” – @", declared="utf-8").encode()

    title = the_title(body.replace(b"@", b"isn\x92t \x93bad\x94 \x97 d\xe9j\xe0"))

    assert title == "It’s “good” – isn’t “bad” — déjà"


def test_half_a_character_of_another_script_is_not_made_an_accent():
    body = a_document("Поезд Пхеньян - Москва@ и", declared="utf-8").encode()

    assert the_title(body.replace(b"@", b"\xd0")) == "Поезд Пхеньян - Москва\ufffd и"


@pytest.mark.parametrize("text", [RUSSIAN, "<![CDATA[Поезд]]>"])
@pytest.mark.parametrize("declared", ["", "utf-8"])
def test_letters_of_cdata_do_not_count_as_latin(text: str, declared: str):
    body = a_document(text, declared=declared, language="ru").encode("cp1251")

    assert the_title(body) == text.removeprefix("<![CDATA[").removesuffix("]]>")


@pytest.mark.parametrize("before", ["\n<!-- cached -->\n", "Warning: fopen() failed\n"])
def test_declaration_behind_other_things_is_heeded(before: str):
    body = (before + a_document(RUSSIAN, declared="windows-1251")).encode("cp1251")

    assert the_title(body) == RUSSIAN


def test_byte_order_mark_before_western_bytes_leaves_no_trace():
    body = b"\xef\xbb\xbf" + a_document(FRENCH, declared="utf-8").encode("cp1252")

    assert decode(body).text.startswith("<rss")
    assert the_title(body) == FRENCH


@pytest.mark.parametrize("declared", ["utf-16", "UTF-16LE", "ucs-2", "utf-32"])
@pytest.mark.parametrize("title", ["odd", "even", "Müller", RUSSIAN])
def test_utf16_that_is_none_is_ignored(declared: str, title: str):
    codec = "utf-8" if title == RUSSIAN else "cp1252"
    inside = a_document(title, declared=declared).encode(codec)
    outside = a_document(title).encode(codec)

    assert the_title(inside) == title
    assert the_title(outside, f"text/html; charset={declared}") == title


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("declared", ["", "utf-8", "iso-8859-1"])
def test_wide_characters_show_without_being_declared(codec: str, declared: str):
    for before in ("", "\n"):
        body = (before + a_document(JAPANESE, declared=declared)).encode(codec)

        assert the_title(body) == JAPANESE


def test_one_foreign_character_of_declared_utf8_outweighs_the_header():
    body = a_document("£2", declared="utf-8").encode()

    assert the_title(body, "text/xml; charset=windows-1251") == "£2"


@pytest.mark.parametrize(
    ("bytes_", "text"), [(b"\xed\xa0\xbd\xed\xb8\x80", "😀"), (b"\xed\xa0\xbd", "\ufffd")]
)
def test_surrogates_in_utf8_do_not_make_it_chinese(bytes_: bytes, text: str):
    body = a_document(f"{RUSSIAN} @", declared="utf-8").encode().replace(b"@", bytes_)

    assert the_title(body) == f"{RUSSIAN} {text}"


def test_japanese_in_seven_bits_is_read_under_a_wrong_name():
    assert the_title(a_document(JAPANESE, declared="utf-8").encode("iso2022_jp")) == JAPANESE


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
        ("AT&AMP;T &LT;b&GT; &QUOT;", "AT&amp;T &lt;b&gt; &quot;"),
        ("&nvlt;", "&lt;\u20d2"),
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
