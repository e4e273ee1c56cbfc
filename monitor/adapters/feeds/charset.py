"""Bytes to text: what is declared, what it really is, and what XML forbids mended.

A document that is mended here is read by expat; else feedparser's lenient parser gets it, which
makes "Q&A;" of "Q&A" and fails on half an emoji (&#55357;).
"""

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html.entities import html5
from itertools import islice
from xml.sax.saxutils import escape

import charset_normalizer
import regex
from feedparser.encodings import convert_to_utf8, parse_content_type

# What feedparser falls back to when nothing declared fits: they accept almost any bytes, so
# their success proves nothing.
_FALLBACKS = frozenset({"windows-1252", "iso-8859-2", ""})
_LATIN = frozenset({"iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii", "windows-1252"})
# What software writes that never looked: no more than "I don't know".
_SAYS_NOTHING = frozenset({"us-ascii", "ascii"})
# Codecs of Python that are no character encodings.
_NO_CHARSETS = frozenset({"punycode", "idna", "undefined", "unicode_escape", "raw_unicode_escape"})
# What servers mean: the common superset, under the name Python knows.
_MEANT = {
    "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "windows-949": "cp949", "ksc5601": "cp949",
    "shift_jis": "cp932", "shift-jis": "cp932", "x-sjis": "cp932", "windows-31j": "cp932",
    "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "big5": "big5hkscs",
    "x-euc-jp": "euc_jp", "iso-8859-1": "cp1252", "latin1": "cp1252", "utf8mb4": "utf-8",
    "utf8": "utf-8", "utf_8": "utf-8", "unicode": "utf-8", "win-1251": "cp1251",
    "windows-1251": "cp1251",
}  # fmt: skip
_EAST_ASIAN = frozenset({"cp949", "cp932", "gb18030", "big5hkscs", "euc_jp", "euc-jp", "big5"})
# Undeclared bytes of a feed that names its language: codecs in the order in which each refuses
# what is in the next.
_OF_LANGUAGE = {
    "ru": ("cp1251", "koi8-r"), "uk": ("cp1251", "koi8-u"), "be": ("cp1251",), "bg": ("cp1251",),
    "sr": ("cp1251",), "mk": ("cp1251",), "ko": ("cp949",), "ja": ("euc_jp", "cp932"),
    "zh-tw": ("big5hkscs", "gb18030"), "zh-hk": ("big5hkscs", "gb18030"), "zh": ("gb18030",),
    "el": ("cp1253",), "tr": ("cp1254",), "he": ("cp1255",), "ar": ("cp1256",), "fa": ("cp1256",),
    "pl": ("cp1250",), "cs": ("cp1250",), "hu": ("cp1250",), "sk": ("cp1250",), "th": ("cp874",),
    "ro": ("cp1250",), "hr": ("cp1250",), "sl": ("cp1250",), "az": ("cp1254",), "lt": ("cp1257",),
    "lv": ("cp1257",), "et": ("cp1257",),
}  # fmt: skip
_GUESSED = [
    "cp1251",
    "koi8_r",
    "cp949",
    "euc_jp",
    "cp932",
    "gb18030",
    "big5",
    "cp1252",
    "cp1250",
    "cp1255",
    "cp1256",
    "cp1253",
    "cp1254",
]

# So far into a document a declaration is looked for: caches and PHP put comments and warnings
# before it.
_HEAD = 2_048
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?(\sencoding\s*=\s*['\"]([A-Za-z0-9._:-]{1,40})['\"])")
_DECLARATION = re.compile(r"<\?xml\s[^>]{0,300}\?>\s*")
# What is written with two or four bytes a character, and how any document in it shows that.
_WIDE_NAME = re.compile(
    r"utf[-_]?(?:16|32)|u16|u32|(?:iso-10646-)?ucs|csucs|csunicode", re.IGNORECASE
)
_WIDE = {
    "utf-32": re.compile(rb"\xff\xfe\0\0|\0\0\xfe\xff"),
    "utf-16": re.compile(rb"\xff\xfe|\xfe\xff"),
    "utf-32-le": re.compile(rb"(?:[^<]{4}){0,100}?<\0\0\0"),
    "utf-32-be": re.compile(rb"(?:[^<]{4}){0,100}?\0\0\0<"),
    "utf-16-le": re.compile(rb"(?:[^<]{2}){0,200}?<\0[^\0]\0"),
    "utf-16-be": re.compile(rb"(?:[^<]{2}){0,200}?\0<\0[^\0]"),
}
_LANGUAGE = re.compile(
    rb"<(?:dc:)?language>\s*([A-Za-z]{2}(?:-[A-Za-z]{2,4})?)|xml:lang\s*=\s*['\"]([A-Za-z-]{2,7})"
)
_ISO_2022_JP = re.compile(rb"\x1b\$[@B]")
# Halves of a surrogate pair, each in three bytes as if it were a character (CESU-8).
_SURROGATES = re.compile(
    rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]|\xed[\xa0-\xbf][\x80-\xbf]"
)
# Bytes that are not UTF-8, as `surrogateescape` keeps them. Behind a letter of another script it
# is half a character, where a program cut by bytes.
_STRAY = re.compile(
    "(?<=[\u0370-\u1fff\u2e80-\ud7ff\U00010000-\U0010ffff])([\udcc2-\udcf4][\udc80-\udcbf]*)"
    "|[\udc80-\udcff]+"
)
_WORD = re.compile("[@-~\x80-\U0010ffff]+")
_FOREIGN = re.compile("[\x80-\U0010ffff]+")
_LEADING = re.compile(rb"(\xef\xbb\xbf)?\s+(?=<)")
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
# regex: nested possessive repeats go wrong in the `re` of Python 3.11.2.
_AMPERSAND = regex.compile(
    # CDATA and what is not text come first, so that an ampersand inside them stays.
    r"<!\[CDATA\[(?:[^\]]++|\](?!\]>))*+|<!--(?:[^-]++|-(?!->))*+|<\?[^?]*+"
    r"|&(?:(#[0-9]+;|#[xX][0-9A-Fa-f]+;|(?:amp|lt|gt|quot|apos);)|([A-Za-z_][\w.-]*;)|)"
)
_CHARREF = re.compile(
    r"&#(?:([0-9]{1,9})|[xX]([0-9A-Fa-f]{1,8}));"
    # What may be the second half of a character that was written as a surrogate pair.
    r"(?:&#(?:(5[67][0-9]{3})|[xX]([Dd][C-Fc-f][0-9A-Fa-f]{2}));)?"
)
# So many bytes beyond ASCII that are valid UTF-8 are no chance.
_FOREIGN_ENOUGH = 10
# So many whole characters must come to one broken for a document to be what it says.
_WHOLE_PER_BROKEN = 4
# Of the letters of words with foreign bytes, these are at most half in Latin script (measured:
# 0.15 to 0.50) and nearly all in any other (0.81 and more).
_LATIN_SHARE = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A document as text. `note` says what was not as declared; empty: nothing to tell."""

    text: str
    note: str = ""


def decode(body: bytes, content_type: str = "") -> Decoded:
    """Read the bytes as what they are, which often is not what the server says.

    Valid UTF-8 is UTF-8 whatever is declared; else feedparser's rules (RFC 7303); where these
    end in a guess, ours is better: damaged text of the declared kind, then by script and language.
    """
    body = _LEADING.sub(rb"\1", body, count=1) if _LEADING.match(body) else body
    if wide := next((name for name, mark in _WIDE.items() if mark.match(body)), ""):
        return Decoded(text=_legal(body.decode(wide, "replace")))
    header, document = _declared(body, content_type)
    if _WIDE_NAME.match(document):  # a lie: .NET writes "utf-16" into any string
        body = _DECLARED.sub(lambda found: found[0][: -len(found[1])], body, count=1)
        document = ""
    if _WIDE_NAME.match(header):
        content_type, header = content_type.partition(";")[0], ""
    if header in _LATIN and document and document not in _LATIN:
        # The server adds its default to everything; the document knows better.
        content_type, header = content_type.partition(";")[0], ""
    names = [name for name in (header, document) if name]
    decoded = (
        _valid_utf8(body, names)
        or _as_declared(body, content_type, header, document)
        or _rescued(body, names)
    )
    return Decoded(text=_legal(decoded.text), note=decoded.note)


def is_utf8(body: bytes, content_type: str) -> bool:
    """Whether `decode` reads the bytes as UTF-8, and would read any part of them so."""
    header, document = _declared(body, content_type)
    names = [name for name in (header, document) if name]
    if any(_WIDE_NAME.match(name) for name in names):
        return False
    if body.isascii():
        return {_MEANT.get(name, name) for name in names} <= {"utf-8", "cp1252", *_LATIN} and (
            not _ISO_2022_JP.search(body)
        )
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return False
    is_declared = any(_MEANT.get(name, name) == "utf-8" for name in names)
    return is_declared or len(body) - len(text) >= _FOREIGN_ENOUGH


def _valid_utf8(body: bytes, names: list[str]) -> Decoded | None:
    if body.isascii():
        return None  # nothing to prove
    try:
        # Not final: a document cut inside a character is cut, not of another kind.
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(_paired(body), final=False)
    except UnicodeDecodeError:
        return None
    foreign = len(body) - len(text)
    is_declared = any(_MEANT.get(name, name) == "utf-8" for name in names)
    return Decoded(text=text) if foreign >= _FOREIGN_ENOUGH or is_declared else None


def _paired(body: bytes) -> bytes:
    """UTF-8 for CESU-8; what is only half a pair becomes U+FFFD."""
    if b"\xed" not in body:
        return body
    return _SURROGATES.sub(_whole_character, body)


def _whole_character(found: re.Match[bytes]) -> bytes:
    if len(found[0]) == 3:
        return b"\xef\xbf\xbd"
    halves = found[0].decode("utf-8", "surrogatepass")
    return halves.encode("utf-16", "surrogatepass").decode("utf-16").encode()


def _as_declared(body: bytes, content_type: str, header: str, document: str) -> Decoded | None:
    names = [name for name in (header, document) if name]
    is_named = any(name.startswith("iso-2022") for name in names)
    if body.isascii() and not is_named and _ISO_2022_JP.search(body):
        return Decoded(text=body.decode("iso2022_jp", "replace"))
    if document and not header and not body.removeprefix(codecs.BOM_UTF8).startswith(b"<?xml"):
        # feedparser looks for a declaration at the first byte only.
        content_type = f"application/xml; charset={document}"
    if not _NO_CHARSETS.isdisjoint(names):
        return None
    headers = {"content-type": content_type} if content_type else {}
    result: dict[str, object] = {}
    try:
        data = convert_to_utf8(headers, body, result)
    except (LookupError, ValueError):  # codecs that are none for text; UnicodeError is a ValueError
        return None
    used = str(result.get("encoding") or "").lower()
    if used in _FALLBACKS and used not in names:
        return None
    return Decoded(text=data.decode("utf-8", "replace"))


def _rescued(body: bytes, names: list[str]) -> Decoded:
    body = body.removeprefix(codecs.BOM_UTF8)
    said = f"declared as {names[0]}" if names else "no character encoding declared"
    meant = [_MEANT.get(n, n) for n in names if n not in _NO_CHARSETS and n not in _SAYS_NOTHING]
    escaped = _paired(body).decode("utf-8", "surrogateescape")
    is_latin = _is_latin(escaped)
    for name in dict.fromkeys(meant):
        if name == "utf-8" or (is_latin and name in _EAST_ASIAN):
            continue
        if (text := _leniently(body, name)) is not None:
            return Decoded(text=text, note=f"{said}; read as {name}")
    named = _of_language(body)
    western = next((name for name in named if name.startswith("cp125")), "cp1252")
    broken = sum(len(found[0]) for found in _STRAY.finditer(escaped))
    whole = len(escaped) - sum(map(len, re.findall("[\x00-\x7f]+", escaped))) - broken
    if whole and whole >= broken * _WHOLE_PER_BROKEN:
        return Decoded(text=_mixed(escaped, "cp1252"), note=f"{said}; read as utf-8")
    if is_latin:
        also = "utf-8 and " if whole else ""
        return Decoded(text=_mixed(escaped, western), note=f"{said}; read as {also}{western}")
    for name in named or _guesses(body):
        try:
            return Decoded(text=body.decode(name), note=f"{said}; read as {name}")
        except UnicodeDecodeError:
            continue
    return Decoded(text=body.decode("cp1252", "replace"), note=f"{said}; read as cp1252")


def _declared(body: bytes, content_type: str) -> tuple[str, str]:
    """Encodings as named by the header and by the document; lower case, empty if there is none."""
    found = _DECLARED.search(body[:_HEAD])
    document = found[2].decode("ascii") if found else ""
    return parse_content_type(content_type)[1].lower(), document.lower()


def _mixed(escaped: str, codec: str) -> str:
    """UTF-8 as far as it went, and what it could not read in another encoding."""

    def read(found: re.Match[str]) -> str:
        if found[1]:
            return "\ufffd"
        return found[0].encode("ascii", "surrogateescape").decode(codec, "replace")

    return _STRAY.sub(read, escaped)


def _is_latin(escaped: str) -> bool:
    """Whether bytes that are no UTF-8 are accents and punctuation within Latin script."""
    text = escaped.replace("<![CDATA[", " ").replace("]]>", " ")
    holding = (word[0] for word in _WORD.finditer(text) if _STRAY.search(word[0]))
    words = list(islice(holding, 20_000))
    if all(len(run) == 1 for word in words for run in _FOREIGN.findall(word)):
        return True  # a dash between two spaces is a word of its own
    foreign = sum(len(run) for word in words for run in _FOREIGN.findall(word))
    return foreign < _LATIN_SHARE * sum(map(len, words))


def _leniently(body: bytes, name: str) -> str | None:
    try:
        text = body.decode(name, "replace")
    except (LookupError, ValueError):
        return None
    foreign = sum(len(run) for run in re.findall("[^\x00-\x7f]+", text))
    broken = text.count("\ufffd")
    return text if foreign - broken >= broken * _WHOLE_PER_BROKEN else None


def _of_language(body: bytes) -> list[str]:
    if not (found := _LANGUAGE.search(body[:4000])):
        return []
    language = (found[1] or found[2]).decode("ascii").lower()
    names = list(_OF_LANGUAGE.get(language) or _OF_LANGUAGE.get(language[:2], ()))
    if "koi8-r" in names or "koi8-u" in names:
        # Both accept anything; in the right one, small letters are the many.
        names.sort(key=lambda name: -sum(map(str.islower, body.decode(name, "replace"))))
    return names


def _guesses(body: bytes) -> list[str]:
    # Only what is not ASCII tells anything; words around it would drown it.
    sample = b" ".join(re.findall(rb"(?:[\x80-\xff][\x20-\x7e]?)+", body)[:4000])[:20_000]
    best = charset_normalizer.from_bytes(sample, cp_isolation=_GUESSED, threshold=0.5).best()
    return [best.encoding] if best is not None else []


def _legal(text: str) -> str:
    """Without what XML forbids: one such character and the strict parser gives up.

    The declaration goes, too: it speaks of bytes that are no more.
    """
    text = text.lstrip("\ufeff")
    if declaration := _DECLARATION.search(text[:_HEAD]):
        text = text[: declaration.start()] + text[declaration.end() :]
    text = _NO_TEXT.sub(lambda found: " " if found[0] in "\x0b\x0c" else "", text)
    if "<!ENTITY" not in text:
        text = mended(text, {})
    return _CHARREF.sub(_legal_reference, text)


def mended(text: str, entities: Mapping[str, str]) -> str:
    """Ampersands as XML wants them: bare ones escaped ("Q&A"), names of HTML resolved ("&nbsp;").

    Args:
        entities: What the document itself declares, as markup.
    """
    return _AMPERSAND.sub(lambda found: _mended_ampersand(found, entities), text)


def _mended_ampersand(found: regex.Match[str], entities: Mapping[str, str]) -> str:
    if found[2] and (own := entities.get(found[2][:-1])) is not None:
        return own
    if not found[0].startswith("&") or found[1]:
        return found[0]
    character = html5.get(found[2]) if found[2] else None
    # "&AMP;" and "&LT;" are names of HTML, too.
    return escape(character, {'"': "&quot;"}) if character else "&amp;" + found[0][1:]


def _legal_reference(found: re.Match[str]) -> str:
    """Halves of surrogate pairs become the character they stand for, forbidden ones nothing."""
    end = found[0].index(";") + 1
    first, second = _number(*found.group(1, 2)), _number(*found.group(3, 4))
    if 0xD800 <= first < 0xDC00 <= second < 0xE000:
        return chr(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
    kept = found[0][:end] if _is_legal(first) else ""
    return kept + (found[0][end:] if _is_legal(second) else "")


def _number(decimal: str | None, hexadecimal: str | None) -> int:
    return int(decimal) if decimal else int(hexadecimal or "0", 16)


def _is_legal(code: int) -> bool:
    """XML 1.0, section 2.2."""
    return (
        code in (9, 10, 13)
        or 0x20 <= code < 0xD800
        or 0xE000 <= code < 0xFFFE
        or 0x10000 <= code < 0x110000
    )
