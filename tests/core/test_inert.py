"""Text of strangers made harmless."""

import re
import sys
import unicodedata

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.core.inert import Unit, cut, cut_together, inert, inert_link, length, one_line

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))
UNITS: list[Unit] = ["chars", "utf16", "utf8"]


@pytest.mark.parametrize(
    ("what", "given_text"),
    [
        ("NUL", "tra\x00in"),
        ("escape", "tra\x1bin"),
        ("one-character CSI", "tra\x9bin"),
        ("right-to-left override", "tra\u202ein"),
        ("isolates", "\u2066tra\u2069in"),
        ("arabic letter mark", "tra\u061cin"),
        ("zero-width space", "tra\u200bin"),
        ("joiners", "t\u200cra\u200din"),
        ("byte order mark", "\ufefftrain"),
        ("soft hyphen", "tra\xadin"),
        ("tag characters", "tra\U000e0041\U000e007fin"),
        ("lone surrogates", "tra\ud83din\udc00"),
        ("noncharacters", "tra\ufffein\U0010ffff"),
    ],
)
def test_what_acts_or_hides_is_removed(what: str, given_text: str) -> None:
    assert inert(given_text) == "train"


@pytest.mark.parametrize(
    "headline",
    [
        "关于6月12日起开行北京、丹东—平壤国际旅客列车的公告",
        "접경일보 “국제열차 12일 재개”",
        "Поезд Пекин — Пхеньян: «двенадцатого»",
        "葛󠄀城市　北京・平壌間の列車",  # ideographic variation, ideographic space
        "❤️ L'accord à 100 % … n° 5",
        "हिन्दी और ไทย และ עברית",
    ],
)
def test_headlines_are_left_untouched(headline: str) -> None:
    assert inert(headline) == headline


def test_what_is_left_at_first_sight_would_be_left_at_the_second() -> None:
    """A text that can be printed is not looked through, but for three that show nothing."""
    printable = "".join(filter(str.isprintable, map(chr, range(sys.maxunicode + 1))))
    shown = re.sub("[\u034f\u3164\uffa0]", "", printable)

    assert inert(f"{shown}\x00") == inert(shown) == shown
    assert inert(printable) == re.sub("[\u3164\uffa0]", " ", printable).replace("\u034f", "")


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029"])
def test_line_breaks_become_a_space_or_a_newline(line_break: str) -> None:
    assert inert(f"a{line_break}b") == "a b"
    assert inert(f"a{line_break}b", newlines=True) == "a\nb"


def test_white_space_that_moves_the_text_is_folded_on_one_line() -> None:
    assert one_line("\n\n  a \t\t\u3164 b\u00a0\n") == "a b"


@given(text=ANY_TEXT, newlines=st.booleans())
@example(text="\r\u200b\n", newlines=True)
def test_nothing_harmful_is_left_of_any_text(text: str, newlines: bool) -> None:
    clean = inert(text, newlines=newlines)

    harmful = {
        c for c in clean if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") and c != "\n"
    }
    assert not harmful
    assert ("\n" in clean) <= newlines
    assert not {unicodedata.bidirectional(c) for c in clean} & {
        "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"
    }  # fmt: skip
    assert inert(clean, newlines=newlines) == clean
    clean.encode()


@given(text=st.text(), at=st.integers(0, 50))
def test_offsets_can_be_followed_into_the_inert_text(text: str, at: int) -> None:
    if text[at - 1 : at + 1] != "\r\n":
        assert inert(text).startswith(inert(text[:at]))


# --- cut ---


@given(text=st.text(), limit=st.integers(0, 30), unit=st.sampled_from(UNITS))
@example(text="a\u0301\u0301\u0301", limit=2, unit="chars")
@example(text="\U0001f1f0\U0001f1f5\U0001f1e8\U0001f1f3", limit=7, unit="utf16")
def test_a_cut_text_fits_and_ends_between_grapheme_clusters(
    text: str, limit: int, unit: Unit
) -> None:
    short = cut(text, limit, unit)

    assert length(short, unit) <= limit
    if short != text and short:
        assert short.endswith("…")
        kept = short.removesuffix("…")
        clusters = regex.findall(r"\X", text)
        starts = {"".join(clusters[:n]).rstrip() for n in range(len(clusters) + 1)}
        assert kept in starts


@given(text=st.text(), limit=st.integers(0, 60))
def test_escaped_text_fits_too(text: str, limit: int) -> None:
    def escape(plain: str) -> str:
        return plain.replace("&", "&amp;").replace("0", "(zero)")

    assert len(escape(cut(text, limit, escape=escape))) <= limit


@pytest.mark.parametrize(
    ("unit", "limit", "short"),
    [("chars", 4, "🚆🚆🚆…"), ("utf16", 5, "🚆🚆…"), ("utf8", 11, "🚆🚆…")],
)
def test_each_unit_counts_in_its_own_way(unit: Unit, limit: int, short: str) -> None:
    assert cut("🚆🚆🚆🚆🚆", limit, unit) == short


@pytest.mark.parametrize("unit", UNITS)
def test_text_that_fits_is_left_alone(unit: Unit) -> None:
    assert cut("train", 5, unit) == "train"


def test_a_family_is_kept_or_dropped_as_a_whole() -> None:
    assert cut("👩‍👩‍👧 on a train", 6) == "👩‍👩‍👧…"
    assert cut("👩‍👩‍👧 on a train", 5) == "…"


# --- links ---


@pytest.mark.parametrize(
    "url",
    [
        "https://pennant.example.org/a/1",
        "http://192.0.2.1:8080/x?q=1&r=%E4%B8%AD#top",
        "http://[2001:db8::1]/",
        "https://example.org",
        "https://news.google.com/rss/articles/CBMi_-9?oc=5",
    ],
)
def test_plain_addresses_are_left_as_they_are(url: str) -> None:
    assert inert_link(url) == url


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://例え.jp/路?q=車", "https://xn--r8jz45g.jp/%E8%B7%AF?q=%E8%BB%8A"),
        ("HTTPS://Example.ORG/A b", "https://example.org/A%20b"),
        ('https://example.org/<a>|"b"`c`{d}^', "https://example.org/%3Ca%3E%7C%22b%22%60c%60%7Bd%7D%5E"),
    ],
)  # fmt: skip
def test_what_markup_could_trip_over_is_encoded(url: str, link: str) -> None:
    assert inert_link(url) == link


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org/a",
        "//example.org/a",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://example.org/",
        "https:example.org",
        "https:///path",
        " https://example.org/",
        "https://bank.example@evil.example/",
        "https://evil.example\\@bank.example/",
        "https://example.org/\u202egpj.exe",
        "https://exam\nple.org/",
        "https://exa mple.org/",
        "https://a..b/",
        "https://-a-/",
        "https://example.org:99999/",
        "https://[::1",
        "https://" + "ü" * 70 + ".example/",
        "https://example.org/" + "a" * 2_050,
        "https://example.org/" + "字" * 800,
    ],
)
def test_other_addresses_are_not_offered(url: str) -> None:
    assert inert_link(url) == ""


@given(ANY_TEXT | st.text().map("https://".__add__) | st.text().map("https://a.example/".__add__))
def test_any_link_is_short_ascii_and_cannot_leave_its_markup(url: str) -> None:
    link = inert_link(url)

    assert len(link) <= 2_048
    assert regex.fullmatch(
        r"""(?:https?://[^\s\\<>"|`{}^\x00-\x20\x7f-\U0010ffff@/?#]+\S*)?""", link
    )
    assert not set(link) & set(' <>"|\\`{}^')


@given(lines=st.lists(st.text(), max_size=12), room=st.integers(0, 99), unit=st.sampled_from(UNITS))
def test_lines_that_are_cut_together_fit_together(lines: list[str], room: int, unit: Unit) -> None:
    room += len(lines)  # for the line breaks

    cut_lines = cut_together(lines, room, unit, escape=_doubled)

    assert len(cut_lines) == len(lines)
    assert sum(length(_doubled(line), unit) + 1 for line in cut_lines) <= room


def test_the_longest_of_the_lines_is_cut_and_the_others_are_not() -> None:
    assert cut_together(["ab", "c" * 99, "de"], 20) == ["ab", "c" * 12 + "…", "de"]
    assert cut_together(["ab", "cd"], 6) == ["ab", "cd"]


def _doubled(text: str) -> str:
    return text.replace("a", "&a;")
