"""A query as a list of tokens."""

import re
from dataclasses import dataclass
from enum import StrEnum

from monitor.errors import QueryError

QUOTES = {
    '"': '"',
    "“": "”",
    "”": "”",
    "„": "“”",
    "«": "»",
    "»": "«»",
    "‹": "›",
    "「": "」",
    "『": "』",
    "〝": "〞〟",
}
_CLOSING = "›」』〞〟"
# East Asian keyboards write the signs of the language twice as wide, and so its operators.
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {ord("、"): ord(",")}
_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_IN_WORD = f'\\s()"{"".join(QUOTES)}{_CLOSING}{{}}^~|:@*=,<>'
# A word ends where the language has a sign of its own. "&" and "-" are signs only at its start,
# where "#" would be a comment after a blank.
_WORD = re.compile(f"[^{_IN_WORD}!&#][^{_IN_WORD}]*")
_NAME = re.compile(r"\w(?:[\w-]|\.(?=\w))*")
_COUNT = re.compile(r"/\d*")
_NEAR = re.compile(r"(O?)NEAR(/?)(\d*)$")
_COMMENT = re.compile(r"(?<!\S)#[^\n]*")
_BLANK = re.compile(rf"(?:\s|{_COMMENT.pattern})+")
_OTHER_NEAR = re.compile(r"(O?NEAR)/(?:(\d+)f$)?")
_BAD_PATTERN = re.compile(r"(?:re|regexp?)[\"“”„«‘’'/]|r[\"“”„«‘’']", re.IGNORECASE)


class Kind(StrEnum):
    """What a token is, in words that an error message can use."""

    WORD = "a word"
    QUOTED = "a quoted phrase"
    RAW = "a {raw} term"
    REGEX = 'a re"..." pattern'
    GROUP = "a @group"
    NEAR = "NEAR/n"
    AND = "AND"
    OR = "OR"
    NOT = "NOT"
    OPEN = "'('"
    CLOSE = "')'"
    COLON = "':'"
    COMMA = "','"
    EXACT = "'='"
    STAR = "'*'"
    TILDE = "'~'"
    BOOST = "'^'"
    COMPARE = "a comparison"
    END = "the end of the query"


@dataclass(frozen=True, slots=True)
class Token:
    """A token. `glued`: no blank stands before it."""

    kind: Kind
    text: str
    start: int
    end: int
    glued: bool


_SIGNS = {
    "(": Kind.OPEN,
    ")": Kind.CLOSE,
    ":": Kind.COLON,
    ",": Kind.COMMA,
    "=": Kind.EXACT,
    "*": Kind.STAR,
    "~": Kind.TILDE,
    "^": Kind.BOOST,
    "|": Kind.OR,
    "&": Kind.AND,
    "!": Kind.NOT,
}
_OPERATORS = {"AND": Kind.AND, "OR": Kind.OR, "NOT": Kind.NOT}


def error_at(source: str, offset: int, problem: str) -> QueryError:
    """The problem with line and column of the offset, both counted from 1."""
    line = source.count("\n", 0, offset) + 1
    return QueryError(problem, line=line, column=offset - source.rfind("\n", 0, offset))


def tokens_of(written: str) -> list[Token]:
    """Cut a query into tokens; the last one is always END.

    Raises:
        QueryError: A quote, brace or pattern is not closed, or a sign stands where none can.
    """
    source = written.translate(_WIDE)
    found: list[Token] = []
    at = 0
    while True:
        blank = _BLANK.match(source, at)
        glued = blank is None and at > 0
        at = blank.end() if blank else at
        if at == len(source):
            return [*found, Token(Kind.END, "", at, at, glued)]
        token = _token_at(source, written, at, glued)
        found.append(token)
        at = token.end


def comments_of(written: str) -> list[tuple[int, str]]:
    """Offset and text of the comments of a query that can be read."""
    source = written.translate(_WIDE)
    tokens = tokens_of(written)
    ends = [0, *(token.end for token in tokens)]
    return [
        (comment.start(), comment[0])
        for end, token in zip(ends, tokens, strict=False)
        for comment in _COMMENT.finditer(source, end, token.start)
    ]


def _token_at(source: str, written: str, at: int, glued: bool) -> Token:
    sign = source[at]
    if source.startswith('re"', at):
        text, end = _pattern(source, written, at)
        return Token(Kind.REGEX, text, at, end, glued)
    if sign in QUOTES:
        text, end = _quoted(source, written, at)
        return Token(Kind.QUOTED, text, at, end, glued)
    if sign == "{":
        end = source.find("}", at)
        if end < 0:
            raise error_at(source, at, "'{' is never closed; add '}' where the literal term ends")
        return Token(Kind.RAW, source[at + 1 : end], at, end + 1, glued)
    if sign == "@":
        name = _NAME.match(source, at + 1)
        if name is None:
            raise error_at(source, at, "expected the name of a group after '@'")
        count = _COUNT.match(source, name.end())
        end = count.end() if count else name.end()
        return Token(Kind.GROUP, source[at + 1 : end], at, end, glued)
    if sign in "<>":
        end = at + 1 + source.startswith("=", at + 1)
        return Token(Kind.COMPARE, source[at:end], at, end, glued)
    if sign in _DASHES:
        following = source[at + 1 : at + 2]
        if not following or following.isspace() or following in f"{_DASHES})|&":
            raise error_at(source, at, f"{sign!r} must stand directly before what it excludes")
        return Token(Kind.NOT, "-", at, at + 1, glued)
    if sign in _SIGNS:
        return Token(_SIGNS[sign], sign, at, at + 1, glued)
    return _word_at(source, at, glued)


def _word_at(source: str, at: int, glued: bool) -> Token:
    word = _WORD.match(source, at)
    if word is None:
        raise error_at(source, at, f"unexpected {source[at]!r}; quote it to search for it")
    near = _NEAR.fullmatch(word[0])
    if near is not None:
        return Token(Kind.NEAR, word[0], at, word.end(), glued)
    if (other := _OTHER_NEAR.match(word[0])) is not None:
        ordered = f"; in this order is ONEAR/{other[2]}" if other[2] else ""
        problem = f"{other[1]} takes a whole number, as in {other[1]}/5{ordered}"
        raise error_at(source, at, problem)
    if _BAD_PATTERN.match(word[0] + source[word.end() : word.end() + 1]):
        problem = 'a pattern is written re"...": small letters, straight quotes, no blank between'
        raise error_at(source, at, problem)
    return Token(_OPERATORS.get(word[0], Kind.WORD), word[0], at, word.end(), glued)


def near_of(source: str, token: Token) -> tuple[bool, int]:
    """Whether the operator keeps the order, and its distance.

    Raises:
        QueryError: The distance is missing or above 50.
    """
    near = _NEAR.fullmatch(token.text)
    ordered = token.text.startswith("O")
    name = "ONEAR" if ordered else "NEAR"
    if near is None or not near[3]:
        raise error_at(source, token.start, f"{name} needs a distance, as in {name}/5")
    distance = int(near[3][:9])
    if distance > 50:
        raise error_at(source, token.start, f"{name}/{near[3]}: the distance may be 50 at most")
    return ordered, distance


def group_of(source: str, token: Token) -> tuple[str, int]:
    """The group's name, and of how many different members it asks for terms.

    Raises:
        QueryError: The count is missing, or not between 2 and 9.
    """
    name, slash, count = token.text.partition("/")
    if not slash:
        return name, 1
    if len(count) != 1 or count < "2":
        problem = f"@{name}/ needs a count from 2 to 9, as in @{name}/2"
        raise error_at(source, token.start, problem)
    return name, int(count)


def _quoted(source: str, written: str, start: int) -> tuple[str, int]:
    closing = QUOTES[source[start]]
    text: list[str] = []
    at = start + 1
    while at < len(source) and source[at] not in closing:
        if source[at] == "\\" and source[at + 1 : at + 2] in ("\\", '"', *closing):
            at += 1
        text.extend(written[at : at + 1])
        at += 1
    if at >= len(source):
        raise error_at(
            source,
            start,
            f"the quote {written[start]} is never closed; add {closing[-1]} where it ends",
        )
    return "".join(text), at + 1


def _pattern(source: str, written: str, start: int) -> tuple[str, int]:
    """Backslashes belong to the pattern, save the one that hides a quote."""
    text: list[str] = []
    at = start + 3
    while at < len(source) and source[at] != '"':
        pair = written[at : at + 2] if source[at] == "\\" else written[at]
        text.append('"' if pair == '\\"' else pair)
        at += len(pair)
    if at >= len(source):
        raise error_at(source, start, 'the pattern re" is never closed; add " where it ends')
    return "".join(text), at + 1
