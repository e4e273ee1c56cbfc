"""Markup to plain text: paragraphs for bodies, one line for titles."""

import re
from collections.abc import Iterator
from html import unescape

import regex
from selectolax.lexbor import LexborHTMLParser, LexborNode

MAX_MARKUP = 200_000
MAX_TEXT = 20_000
MAX_DEPTH = 500

_SKIPPED = frozenset(
    re.findall(
        r"\w+",
        """script style template noscript head svg math embed audio video canvas select applet
        iframe title textarea""",
    )
)
_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        """address article aside blockquote body caption center dd details dialog dir div dl dt
        fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr li main menu nav
        object ol optgroup option p pre section summary table tbody tfoot thead tr ul""",
    )
)
_INLINE = frozenset(
    re.findall(
        r"\w+",
        """a abbr acronym area b bdi bdo big br button cite code col colgroup data datalist del dfn
        em font html i img input ins kbd label legend link map mark meta meter nobr output param
        picture progress q rp rt ruby s samp small source span strike strong sub sup td th time
        track tt u var wbr basefont bgsound blink command event frame frameset keygen marquee m
        multicol noembed noframes plaintext rb rtc slot sound spacer xmp""",
    )
)
_KNOWN = _SKIPPED | _BLOCKS | _INLINE
_CELLS = frozenset({"td", "th"})
# Elements that hold nothing, or that HTML closes by itself: they don't count as depth.
_FLAT = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "p", "li", "wbr"})

_BREAK = "\x1e"  # stands for <br>: control characters of the document itself are dropped first
_UNSEEN = {
    code: None if code not in (0x0B, 0x0C, 0x1C, 0x1D, 0x1E, 0x1F, 0x85) else " "
    for code in [*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0xA0)]
}
_SURROGATE = re.compile("[\ud800-\udfff]")
# Marks in a row, what nobody sees between them included: sorting them, as every comparison of texts
# does, takes time by the square of their number. No script stacks as many.
# Source: Unicode Standard Annex 15, section 13 (Stream-Safe Text Format).
_MARK = r"[\p{M}\p{Cf}\p{Default_Ignorable_Code_Point}\uff9e\uff9f]"
_MANY_MARKS = regex.compile(f"({_MARK}{{30}}){_MARK}+")
# One character that is eighteen when texts are compared; a text may hold it a few times.
_LIGATURE, _LIGATURES = "\ufdfa", 100
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_TAG = re.compile(r"<(/?)([A-Za-z][^\s/<>]*)[^<>]*>")
_CDATA = re.compile(r"<!\[CDATA\[([^<>]*)\]\]>")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
# In a title: each "<", with the tag that it begins, if it begins one.
# regex: nested possessive repeats go wrong in the `re` of Python 3.11.2.
_OPENED = regex.compile(
    r"<(?:(/?)([A-Za-z][^\s/<>]*+)("
    r"(?:[^<>\"']++|\"[^\"]{0,1000}+\"|'[^']{0,1000}+'){0,50}+>|[^<>]*+>)"
    r"|![A-Za-z][^<>]*+>|)"
)
_CUT_TAG = re.compile(r"<[A-Za-z][A-Za-z0-9]*\s+[a-z-]+=[^<>]*$")
# Elements that titles are set in; of the others, a lone opening tag is what a title talks about.
_SET_IN = frozenset(
    re.findall(
        r"\w+",
        """a abbr acronym b bdi bdo big blockquote br center cite code del dfn div em embed font h1
        h2 h3 h4 h5 h6 hr i img ins kbd li mark nobr ol p pre q s samp small span strike strong
        sub sup td th tr tt u ul var wbr""",
    )
)
_MARKUP = re.compile(
    r"</(?:p|div|a|b|i|em|strong|span|li|ul|ol|h[1-6]|td|tr|table|font|blockquote)\s*>|<br\s*/?>"
    r"|<(?:p|img|a|div|b|i|em|strong|span|font)(?:\s[^<>]*)?>",
    re.IGNORECASE,
)
# Elements whose inside HTML reads as text up to their end: an unclosed one would take the rest.
_GREEDY = re.compile(
    r"<(iframe|noembed|noframes|textarea|title|xmp)\b[^<>]*>(?:[^<]*</\1\s*>)?"
    r"|<plaintext\b[^<>]*>",
    re.IGNORECASE,
)
_DATA_URI = re.compile(r"data:[\w/+.-]{0,100};base64,[A-Za-z0-9+/=%\s]+")
_BLANK_LINES = re.compile(r"\n\s*\n")
_BREAKS = re.compile(_BREAK + r"(?:\s*" + _BREAK + ")+")


def paragraphs(html: str) -> tuple[str, ...]:
    """What a reader would see, one text a paragraph, whitespace collapsed, at most 20,000 in all.

    Block elements, two <br> in a row and table rows are breaks. Text without any markup breaks
    at blank lines. Markup beyond 200,000 characters is not looked at.
    """
    html = _bounded(html)
    if "<" not in html:
        html = unescape(html)
        # Escaped once too often: what comes out is markup again.
        if not _MARKUP.search(html):
            return lines(html)
    if _too_deep(html):
        return _limited(_without_tree(html))
    return _limited(_shown(html))


def plain(html: str) -> str:
    """Markup as one line, at most 20,000 characters.

    What looks like a tag but is none in HTML stays: titles say "List<String>" and "a < b".
    """
    html = _bounded(html)
    if "<" in html:
        html = _CUT_TAG.sub("", _CDATA.sub(r"\1", without_comments(html)))
        closed = {name.lower() for slash, name in _TAG.findall(html) if slash}
        html = _OPENED.sub(lambda found: _markup_only(found, closed), html)
    if "<" not in html:
        return one_line(unescape(html))
    return one_line(" ".join(paragraphs(html))) or one_line(unescape(_TAG.sub(" ", html)))


def lines(text: str) -> tuple[str, ...]:
    """Plain text to paragraphs: blank lines are breaks."""
    return _limited(_BLANK_LINES.split(_seen(text)))


def one_line(text: str, limit: int = MAX_TEXT) -> str:
    """Whitespace collapsed, control characters dropped, cut to `limit` characters."""
    return " ".join(storable(text[: limit * 4]).split())[:limit].rstrip()


def storable(text: str) -> str:
    """Without what cannot be stored, or would cost too much to be compared.

    That is control characters, halves of surrogate pairs, which UTF-8 cannot hold, and marks
    beyond the thirtieth of a row.
    """
    text = _seen(text)
    if text.isascii():
        return text
    if text.count(_LIGATURE) > _LIGATURES:
        text = text.replace(_LIGATURE, "")
    return _MANY_MARKS.sub(r"\1", _SURROGATE.sub("\ufffd", text))


def _seen(text: str) -> str:
    # What is printable holds nothing unseen, and that is soon asked.
    return text if text.isprintable() else text.translate(_UNSEEN)


def without_comments(markup: str) -> str:
    """Without <!-- comments -->; one that never ends is none."""
    end = markup.rfind("-->") + 3
    # Up to the last end every search finds one, or else time would grow with the square.
    return _COMMENT.sub("", markup[:end]) + markup[end:] if end > 2 else markup


def decoded(text: str) -> str:
    """Plain text with complete character references replaced ("AT&amp;T", not "&copy=2")."""
    return _ENTITY.sub(lambda found: unescape(found[0]), text)


def is_markup(text: str) -> bool:
    """Whether text that claims to be plain holds tags of HTML."""
    return _MARKUP.search(text[:MAX_MARKUP]) is not None


def _bounded(html: str) -> str:
    if ";base64," in html:
        html = _DATA_URI.sub("", html[: MAX_MARKUP * 20])
    return html[:MAX_MARKUP]


def _limited(texts: Iterator[str] | list[str]) -> tuple[str, ...]:
    kept: list[str] = []
    room = MAX_TEXT
    for text in texts:
        if (line := one_line(text, room)) and room > 0:
            kept.append(line)
            room -= len(line)
    return tuple(kept)


def _markup_only(found: regex.Match[str], closed: set[str]) -> str:
    """A tag as it is, "<" escaped where it is text, nothing where it would swallow the rest."""
    if found[2] is None:
        return found[0] if len(found[0]) > 1 else "&lt;"
    name = found[2].lower()
    if ":" in name or name in _SET_IN or (name in _KNOWN and name in closed):
        return found[0]
    if name in _KNOWN and (found[1] or found[3].strip(" />")):
        return " "  # "<iframe src='x'>" is no text, either
    return "&lt;" + found[0][1:]


def _shown(html: str) -> list[str]:
    body = LexborHTMLParser(_GREEDY.sub(" ", html)).body
    if body is None:
        return []
    blocks = [part for block in _blocks(body) for part in _BREAKS.split(block) if part.strip()]
    # A long text whose only structure is single breaks: each of them is meant as a paragraph.
    if len(blocks) == 1 and len(blocks[0]) > 500:
        blocks = blocks[0].split(_BREAK)
    return [block.replace(_BREAK, " ") for block in blocks]


def _blocks(body: LexborNode) -> Iterator[str]:
    run: list[str] = []
    for text in _pieces(body):
        if text is None:
            yield "".join(run)
            run.clear()
        else:
            run.append(text)
    yield "".join(run)


def _pieces(body: LexborNode) -> Iterator[str | None]:
    """Text in document order; None where a block begins or ends. No recursion: depth is theirs."""
    above: list[LexborNode] = []
    node = body.first_child
    while node is not None:
        tag = node.tag or ""
        if node.is_text_node:
            yield _seen(node.text_content or "")
        elif node.is_element_node and tag not in _SKIPPED:
            yield from _edge(tag)
            if (inner := node.first_child) is not None:
                above.append(node)
                node = inner
                continue
        while node is not None and node.next is None:
            node = above.pop() if above else None
            if node is not None:
                yield from _edge(node.tag or "")
        node = node.next if node is not None else None


def _edge(tag: str) -> tuple[str | None, ...]:
    if tag in _BLOCKS:
        return (None,)
    if tag == "br":
        return (_BREAK,)
    return (" ",) if tag in _CELLS else ()


def _too_deep(html: str) -> bool:
    """Lexbor's time grows with the square of the nesting of block elements."""
    if html.count("<") <= MAX_DEPTH:
        return False
    depth = deepest = 0
    for closing, name in _TAG.findall(html):
        if name.lower() not in _FLAT:
            depth = max(0, depth - 1) if closing else depth + 1
            deepest = max(deepest, depth)
    return deepest > MAX_DEPTH


def _without_tree(html: str) -> list[str]:
    flat = _TAG.sub(lambda tag: "\n\n" if tag[2].lower() in _BLOCKS else " ", html)
    return [unescape(text) for text in _BLANK_LINES.split(flat)]
