"""Bytes to text: what is declared, what it really is, and what XML forbids mended.

A document that is mended here is read by expat; else feedparser's lenient parser gets it, which
makes "Q&A;" of "Q&A" and fails on half an emoji (&#55357;).
"""

import codecs
import re
from dataclasses import dataclass
from html.entities import html5

import charset_normalizer
from feedparser.encodings import convert_to_utf8, parse_content_type

# What feedparser falls back to when nothing declared fits: they accept almost any bytes, so
# their success proves nothing.
_FALLBACKS = frozenset({"windows-1252", "iso-8859-2", ""})
_LATIN = frozenset({"iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii", "windows-1252"})
# Codecs of Python that are no character encodings.
_NO_CHARSETS = frozenset({"punycode", "idna", "undefined", "unicode_escape", "raw_unicode_escape"})
# What servers mean: the common superset, under the name Python knows.
_MEANT = {
    "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "windows-949": "cp949", "ksc5601": "cp949",
    "shift_jis": "cp932", "shift-jis": "cp932", "x-sjis": "cp932", "windows-31j": "cp932",
    "gb2312": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "big5": "big5hkscs",
    "x-euc-jp": "euc_jp", "iso-8859-1": "cp1252", "latin1": "cp1252", "utf8mb4": "utf-8",
    "unicode": "utf-8", "win-1251": "cp1251", "windows-1251": "cp1251",
}  # fmt: skip
# Undeclared bytes of a feed that names its language: codecs in the order in which each refuses
# what is in the next.
_OF_LANGUAGE = {
    "ru": ("cp1251", "koi8-r"), "uk": ("cp1251", "koi8-u"), "be": ("cp1251",), "bg": ("cp1251",),
    "sr": ("cp1251",), "mk": ("cp1251",), "ko": ("cp949",), "ja": ("euc_jp", "cp932"),
    "zh-tw": ("big5hkscs", "gb18030"), "zh-hk": ("big5hkscs", "gb18030"), "zh": ("gb18030",),
    "el": ("cp1253",), "tr": ("cp1254",), "he": ("cp1255",), "ar": ("cp1256",), "fa": ("cp1256",),
    "pl": ("cp1250",), "cs": ("cp1250",), "hu": ("cp1250",), "sk": ("cp1250",), "th": ("cp874",),
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

_DECLARED = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*['\"]([A-Za-z0-9._:-]{1,40})['\"]")
_DECLARATION = re.compile(r"^\s*<\?xml\s[^>]{0,300}\?>\s*")
_LANGUAGE = re.compile(
    rb"<(?:dc:)?language>\s*([A-Za-z]{2}(?:-[A-Za-z]{2,4})?)|xml:lang\s*=\s*['\"]([A-Za-z-]{2,7})"
)
_ISO_2022_JP = re.compile(rb"\x1b\$[@B]")
_LEADING = re.compile(rb"(\xef\xbb\xbf)?\s+(?=<)")
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_AMPERSAND = re.compile(
    # CDATA and what is not text come first, so that an ampersand inside them stays.
    r"<!\[CDATA\[(?:[^\]]++|\](?!\]>))*+|<!--(?:[^-]++|-(?!->))*+|<\?[^?]*+"
    r"|&(?:(#[0-9]+;|#[xX][0-9A-Fa-f]+;|(?:amp|lt|gt|quot|apos);)|([A-Za-z][A-Za-z0-9]*;)|)"
)
_CHARREF = re.compile(
    r"&#(?:([0-9]{1,9})|[xX]([0-9A-Fa-f]{1,8}));"
    # What may be the second half of a character that was written as a surrogate pair.
    r"(?:&#(?:(5[67][0-9]{3})|[xX]([Dd][C-Fc-f][0-9A-Fa-f]{2}));)?"
)
# So many whole characters must come to one broken for a document to be what it says.
_WHOLE_PER_BROKEN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A document as text. `note` says what was not as declared; empty: nothing to tell."""

    text: str
    note: str = ""


def decode(body: bytes, content_type: str = "") -> Decoded:
    """Read the bytes as what they are, which often is not what the server says.

    Valid UTF-8 is UTF-8 whatever is declared; else feedparser's rules (RFC 7303); where these
    end in a guess, ours is better: damaged text of the declared kind, then the feed's language.
    """
    body = _LEADING.sub(rb"\1", body, count=1) if _LEADING.match(body) else body
    decoded = _valid_utf8(body) or _as_declared(body, content_type) or _rescued(body, content_type)
    return Decoded(text=_legal(decoded.text), note=decoded.note)


def _valid_utf8(body: bytes) -> Decoded | None:
    if body.isascii() or b"\0" in body[:64]:
        return None  # either nothing to prove, or UTF-16
    try:
        # Not final: a document cut inside a character is cut, not of another kind.
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(body, final=False)
    except UnicodeDecodeError:
        return None
    foreign = len(body) - len(text)
    return Decoded(text=text) if foreign >= 10 else None


def _as_declared(body: bytes, content_type: str) -> Decoded | None:
    names = _declared(body, content_type)
    if not names and _ISO_2022_JP.search(body):
        return Decoded(text=body.decode("iso2022_jp", "replace"))
    if len(names) == 2 and names[0] in _LATIN and names[1] not in _LATIN:
        # The server adds its default to everything; the document knows better.
        content_type = content_type.partition(";")[0]
        names = names[1:]
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


def _rescued(body: bytes, content_type: str) -> Decoded:
    names = _declared(body, content_type)
    said = f"declared as {names[0]}" if names else "no character encoding declared"
    meant = [_MEANT.get(name, name) for name in names if name not in _NO_CHARSETS]
    for name in dict.fromkeys([*meant, "utf-8"]):
        if (text := _leniently(body, name)) is not None:
            return Decoded(text=text, note=f"{said}; read as {name}")
    for name in _of_language(body) or _guesses(body):
        try:
            return Decoded(text=body.decode(name), note=f"{said}; read as {name}")
        except UnicodeDecodeError:
            continue
    return Decoded(text=body.decode("cp1252", "replace"), note=f"{said}; read as cp1252")


def _declared(body: bytes, content_type: str) -> list[str]:
    """Encodings as named by the header, then by the document; lower case."""
    names = [parse_content_type(content_type)[1]]
    if found := _DECLARED.match(body[3:] if body.startswith(codecs.BOM_UTF8) else body):
        names.append(found[1].decode("ascii"))
    return [name.lower() for name in names if name]


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
    text = _DECLARATION.sub("", text.lstrip("\ufeff"), count=1)
    text = _NO_TEXT.sub(lambda found: " " if found[0] in "\x0b\x0c" else "", text)
    if "<!ENTITY" not in text:
        text = _AMPERSAND.sub(_mended_ampersand, text)
    return _CHARREF.sub(_legal_reference, text)


def _mended_ampersand(found: re.Match[str]) -> str:
    """Bare ones escaped ("Q&A"), names that only HTML knows resolved ("&nbsp;")."""
    if not found[0].startswith("&") or found[1]:
        return found[0]
    character = html5.get(found[2]) if found[2] else None
    return character or "&amp;" + found[0][1:]


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
