"""Markup to plain text."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.adapters.feeds import paragraphs, plain
from monitor.adapters.feeds.html import one_line
from monitor.core.normalise import clean, same_text
from monitor.core.text import fold_text


@pytest.mark.parametrize(
    ("html", "texts"),
    [
        ("<p>One</p><p>Two</p>", ["One", "Two"]),
        ("One<br><br/>Two<br>still two", ["One", "Two still two"]),
        ("<div>One<ul><li>Two<li>Three</ul></div>", ["One", "Two", "Three"]),
        ("<h2>Head</h2>text <b>bold</b>face", ["Head", "text boldface"]),
        (
            "<table><tr><td>K27</td><td>17:25</td></tr><tr><td>x</td></tr></table>",
            ["K27 17:25", "x"],
        ),
        ("a<script>evil()</script><style>b{}</style>c", ["ac"]),
        ("AT&amp;T &eacute;&nbsp;&#8212; x", ["AT&T é — x"]),
        ("no  markup\n\nsecond\nline", ["no markup", "second line"]),
        ("&lt;p&gt;Escaped&lt;/p&gt;&lt;p&gt;too often&lt;/p&gt;", ["Escaped", "too often"]),
        ("a < b &amp; c", ["a < b & c"]),
        ("safe<iframe src='x'> and on", ["safe and on"]),
        ("x<iframe src='y'>none</iframe>z", ["x z"]),
        ("<!-- hidden -->seen", ["seen"]),
        ("", []),
        ("<p> </p><br>", []),
    ],
)
def test_blocks_are_paragraphs(html: str, texts: list[str]):
    assert list(paragraphs(html)) == texts


def test_long_text_with_single_breaks_only_is_broken_at_these():
    """Transcripts: one question must not run into the next."""
    question, answer = "Q" * 400, "A" * 400

    assert paragraphs(f"{question}<br>{answer}") == (question, answer)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("List<String> and a < b", "List<String> and a < b"),
        ("x <b>y</b> z", "x y z"),
        ("<p>a</p><p>b</p>", "a b"),
        ("Tom &amp; Jerry", "Tom & Jerry"),
        ("1 <2 and 3> 2", "1 <2 and 3> 2"),
        ("<o:p>Office</o:p>", "Office"),
        ("The <video> tag &amp; you", "The <video> tag & you"),
        ("<canvas> fun &amp; more", "<canvas> fun & more"),
        ("<svg> icons", "<svg> icons"),
        ("<select>, <template> and <script>", "<select>, <template> and <script>"),
        ("What is <option>? &amp; <main>", "What is <option>? & <main>"),
        ("a<script>evil()</script>b", "ab"),
        ("seen <iframe src='x'> and on", "seen and on"),
        ("seen </video> and on", "seen and on"),
        ("a </ b &amp; c", "a </ b & c"),
        ("a < b, x<y, i<n &amp; on", "a < b, x<y, i<n & on"),
        ("what <!-- is &amp; was", "what <!-- is & was"),
        ("a <!-- b --> c", "a c"),
        ("use <?= $x ?> &amp; win", "use <?= $x ?> & win"),
        ("<![CDATA[Tom & Jerry]]>", "Tom & Jerry"),
        ("mail <a@b.org> &amp; wait", "mail <a@b.org> & wait"),
        ('<b title="a < b">bold</b> x', "bold x"),
        ("cut <a href='https://e.org/ab", "cut"),
        ("<strong>Breaking", "Breaking"),
        ("control\x00\x07 \x85 \ud83d", "control \ufffd"),
    ],
)
def test_one_line_keeps_what_is_no_tag(html: str, text: str):
    assert plain(html) == text


def test_text_is_limited():
    texts = paragraphs("<p>" + "word " * 100 + "</p>" * 1 + "<p>more text</p>" * 5_000)

    assert sum(map(len, texts)) <= 20_000


@pytest.mark.parametrize(
    "unit",
    ["<div>", "<div></p>", "<ul><li>", "<b></p>", "<a b=1 ", "<!--", "<", "&", "<table><td>"],
)
def test_hostile_markup_is_read_in_little_time(unit: str):
    started = time.process_time()

    paragraphs(unit * 400_000)

    assert time.process_time() - started < 3


@pytest.mark.parametrize(
    "unit", ["<", "<a '", '<a "<b" ', "<!--", "<a b=1 ", "<![CDATA[", "<p 'x'"]
)
def test_hostile_title_is_read_in_little_time(unit: str):
    started = time.process_time()

    plain(unit * 50_000)

    assert time.process_time() - started < 3


@pytest.mark.parametrize(
    "unit",
    [
        "\u0301\u0316",
        "\u0301" * 5_000 + "\u0316" * 5_000,
        "\u0345\u0301\u0316",
        "\u0301\u200b\u0316\u200b",
        "\u0301\ufe0f\u0316\u034f",
        "\u0301\u00ad\u0316\u3164",
        "\u0301\uff9e",
        "\ufdfa",
        "\ufdfb",
        "\u3300",
        "é",
        "한",
    ],
)
def test_what_is_kept_of_hostile_text_is_compared_in_little_time(unit: str):
    """The daemon does it, in the transaction of the poll: sorted marks took seconds a text."""
    kept = one_line(unit * (20_000 // len(unit)))
    started = time.thread_time()

    same_text(clean(kept))
    fold_text(kept)

    assert time.thread_time() - started < 0.5


def test_marks_that_a_script_needs_stay():
    for text in (
        "ก็ที่สุด ผู้ใหญ่",
        "Việt Nam điều",
        "שָׁלוֹם",
        "محمد ﷺ",
        "🏴\U000e0067\U000e0062\U000e007f",
    ):
        assert one_line(text) == text


@given(st.text())
def test_any_text_is_fit_to_be_stored(text: str):
    for line in (*paragraphs(text), plain(text)):
        line.encode()
        assert line == " ".join(line.split())
        assert not any(ord(character) < 32 for character in line)
