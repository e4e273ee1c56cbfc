"""The watch language's grammar, by recursive descent: one method a rule.

query     = or_expr
or_expr   = and_expr { ("OR" | "|") and_expr }
and_expr  = not_expr { ["AND" | "&"] not_expr }
not_expr  = ("NOT" | "-" | "!") not_expr | near_expr
near_expr = boosted { ("NEAR/n" | "ONEAR/n") boosted }
boosted   = atom ["^" number]
atom      = "(" or_expr ")" | field ":" atom | filter | phrase | word | {raw} | re"..."
          | "@" group ["/" count]
"""

import math
import re
from dataclasses import replace
from functools import lru_cache

from monitor.core.query.ast import (
    COMPARISONS,
    FIELDS,
    FILTERS,
    And,
    Boost,
    Field,
    Filter,
    Group,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Raw,
    Regex,
    Word,
    walk,
)
from monitor.core.query.lexer import (
    QUOTES,
    Kind,
    Token,
    error_at,
    group_of,
    near_of,
    tokens_of,
)
from monitor.core.query.literals import required_literals
from monitor.core.query.mistakes import unknown_field, value_flaw
from monitor.core.query.printer import term_text
from monitor.core.text import fold_text
from monitor.errors import QueryError

MAX_DEPTH = 60
MAX_LENGTH = 100_000  # characters
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e[+-]?\d+)?")
_STARTS_ATOM = frozenset(
    (Kind.OPEN, Kind.WORD, Kind.QUOTED, Kind.RAW, Kind.REGEX, Kind.GROUP, Kind.EXACT, Kind.STAR)
)
_CLOSED = frozenset((Kind.QUOTED, Kind.RAW, Kind.REGEX, Kind.GROUP))  # what a word may not touch
_COMMA_CURE = "',' joins nothing: a blank means AND, write OR for either"


def parse(text: str) -> Node:
    """Read a query.

    Raises:
        QueryError: With line and column, and what was expected there.
    """
    if len(text) > MAX_LENGTH:
        problem = (
            f"{len(text):,} characters; {MAX_LENGTH:,} are the limit: make groups of the words"
        )
        raise error_at(text, 0, problem)
    parser = _Parser(text)
    node = parser.or_expr()
    parser.expect_end()
    return node


@lru_cache(maxsize=16_384)  # each is read for lint, for every watch and for every language
def parse_entry(text: str) -> Node:
    """Read one entry of a lexicon: a term, a phrase without quotes, or a @group.

    Raises:
        QueryError: As for a query.
    """
    entry = text.strip()
    if entry.startswith(("@", 're"', *QUOTES)) or (entry.startswith("{") and "}" in entry):
        parser = _Parser(entry)
        node = parser.atom()
        if not parser.is_at_end:
            raise error_at(text, 0, f"{parser.first_kind} stands alone in an entry")
        if isinstance(node, Group) and node.count > 1:
            problem = f"a count stands in a query only: write @{node.name} here"
            raise error_at(text, 0, problem)
        return node
    for part in entry.split():
        if "*" in part.strip("*") and fold_text(part).strip():
            problem = f"'*' in the middle of {part!r}: it stands before or after a word"
            raise error_at(text, 0, problem)
    if len(entry.split()) != 1:
        phrase = Phrase(text=entry)
        if not words_of(phrase):
            raise error_at(text, 0, f"{entry!r} holds no letter or digit")
        return phrase
    word = _marked(entry)
    if word.all_forms and (word.exact or word.open_left or word.open_right):
        raise error_at(text, 0, "'~' (all forms) does not go with '=' or '*'")
    return checked(word, entry)


def checked(node: Word | Phrase | Raw | Regex, source: str) -> Node:
    """The leaf, if something can be searched for.

    Raises:
        QueryError: It holds no letter or digit, its wildcard is too short, or its pattern is bad.
    """
    if isinstance(node, Regex):
        try:
            required_literals(node.pattern)
        except ValueError as exc:
            raise error_at(source, node.at, str(exc)) from exc
        return node
    letters = fold_text(node.text).replace(" ", "")
    if not letters and not isinstance(node, Phrase):
        raise error_at(source, node.at, _letterless(node, source))
    if isinstance(node, Word) and (node.open_left or node.open_right) and len(letters) < 2:
        problem = f"the wildcard {term_text(node)} needs at least 2 letters"
        raise error_at(source, node.at, problem)
    return node


def _letterless(node: Word | Raw, source: str) -> str:
    """What is wrong with a term of signs alone."""
    # Marks without a word: only an entry of a lexicon can be that.
    written = term_text(node) if node.text or isinstance(node, Raw) else source.strip()
    return f"{written!r} holds no letter or digit"


def _marked(text: str) -> Word:
    """One word with its marks, as an entry of a lexicon or a part of a phrase has it."""
    exact, text = text.startswith("="), text.removeprefix("=")
    all_forms, text = text.endswith("~"), text.removesuffix("~")
    return Word(
        text=text.strip("*"),
        exact=exact,
        open_left=text.startswith("*"),
        open_right=text.endswith("*"),
        all_forms=all_forms,
    )


def words_of(phrase: Phrase) -> tuple[Word, ...]:
    """The words of a phrase; what holds no letter is punctuation and left out.

    A mark that says nothing (a star beside a single letter) is punctuation too: quoted text may
    be anything.
    """
    marked = [_marked(part) for part in phrase.text.split()]
    words = []
    for word in marked:
        letters = fold_text(word.text).replace(" ", "")
        if letters:
            is_open = len(letters) > 1 or len(marked) > 1
            words.append(
                Word(
                    text=word.text,
                    exact=word.exact or phrase.exact,
                    open_left=word.open_left and is_open,
                    open_right=word.open_right and is_open,
                    all_forms=word.all_forms,
                )
            )
    return tuple(words)


class _Parser:
    """A place in the list of tokens, and the rules that move it on."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._tokens = tokens_of(source)
        self._next = 0
        self._depth = 0

    def or_expr(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(f"nested more than {MAX_DEPTH} deep")
        first = self._and_expr()
        children = [first]
        while self._take(Kind.OR):
            children.append(self._and_expr())
        self._depth -= 1
        return Or(children=tuple(children), at=first.at) if len(children) > 1 else first

    def _and_expr(self) -> Node:
        first = self._not_expr()
        children = [first]
        while self._take(Kind.AND) or self._peek.kind in _STARTS_ATOM | {Kind.NOT}:
            before = self._tokens[self._next - 1]
            if self._peek.kind is Kind.WORD and self._peek.glued and before.kind in _CLOSED:
                what = "patterns take no flags; " if before.kind is Kind.REGEX else ""
                problem = f"{what}leave a blank between {before.kind} and {self._peek.text!r}"
                raise self._error(problem, self._peek)
            children.append(self._not_expr())
        return And(children=tuple(children), at=first.at) if len(children) > 1 else first

    def _not_expr(self) -> Node:
        sign = self._take(Kind.NOT)
        if sign is None:
            return self._near_expr()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(f"nested more than {MAX_DEPTH} deep")
        child = self._not_expr()
        self._depth -= 1
        return Not(child=child, at=sign.start)

    def _near_expr(self) -> Node:
        left = self._boosted()
        for _ in range(MAX_DEPTH):
            sign = self._take(Kind.NEAR)
            if sign is None:
                return left
            ordered, distance = near_of(self._source, sign)
            right = self._boosted()
            self._refuse_counted(left, right)
            left = Near(left=left, right=right, distance=distance, ordered=ordered, at=left.at)
        raise self._error(f"more than {MAX_DEPTH} NEAR in a row")

    def _refuse_counted(self, *sides: Node) -> None:
        for part in (part for side in sides for part in walk(side)):
            if isinstance(part, Group) and part.count > 1:
                problem = f"@{part.name}/{part.count} has no single place, so nothing is NEAR it"
                raise error_at(self._source, part.at, problem)

    def _boosted(self) -> Node:
        node = self.atom()
        if self._take(Kind.BOOST) is None:
            return node
        number = self._take(Kind.WORD)
        if number is None or not number.glued or _NUMBER.fullmatch(number.text) is None:
            raise self._error("expected a number after '^', as in train^2", number)
        factor = float(number.text)
        if not math.isfinite(factor):
            raise self._error("the boost is too big", number)
        return Boost(child=node, factor=factor, at=node.at)

    def atom(self) -> Node:
        """One operand: whatever binds most tightly."""
        token = self._advance()
        match token.kind:
            case Kind.OPEN:
                node = self.or_expr()
                if self._take(Kind.CLOSE) is None:
                    raise self._unclosed(token)
                return replace(node, in_parens=True) if isinstance(node, And | Or) else node
            case Kind.RAW:
                return checked(Raw(text=token.text, at=token.start), self._source)
            case Kind.REGEX:
                return checked(Regex(pattern=token.text, at=token.start), self._source)
            case Kind.GROUP:
                name, count = group_of(self._source, token)
                return Group(name=name, count=count, at=token.start)
            case Kind.WORD | Kind.STAR | Kind.EXACT | Kind.QUOTED:
                self._next -= 1
                return self._field() or self._term()
            case _:
                raise self._error(self._missing_term(token), token)

    def _missing_term(self, token: Token) -> str:
        """What is wrong where a term should stand."""
        index = self._tokens.index(token)
        before = self._tokens[index - 1].kind if index else None
        if token.kind is Kind.OR:
            doubled = f"; write one {token.text}" if before is Kind.OR else ""
            return f"an alternative is empty: nothing stands before {token.text!r}{doubled}"
        if before is Kind.OR and token.kind in (Kind.END, Kind.CLOSE):
            return "an alternative is empty: nothing stands after OR"
        if before is Kind.OPEN and token.kind is Kind.CLOSE:
            return "the parentheses are empty"
        if token.kind is Kind.COMMA:
            return _COMMA_CURE
        if before is token.kind is Kind.AND:
            return f"write one {token.text}"
        found = "the query ends" if token.kind is Kind.END else f"found {token.text!r}"
        return f"expected a term or '(', but {found}"

    def _field(self) -> Node | None:
        """`title:` before an atom, or a filter; None if the next token is neither."""
        name, colon = self._tokens[self._next], self._tokens[self._next + 1 :][:1]
        if name.kind is not Kind.WORD or not colon or colon[0].kind is not Kind.COLON:
            return None
        self._next += 2
        if name.text in FILTERS:
            return self._filter(name)
        if name.text not in FIELDS:
            raise self._error(unknown_field(name.text), name)
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(f"nested more than {MAX_DEPTH} deep")
        child = self.atom()
        self._depth -= 1
        return Field(name=name.text, child=child, at=name.start)

    def _unclosed(self, opening: Token) -> QueryError:
        token = self._peek
        if token.kind is Kind.END:
            return self._error("this '(' is never closed; add ')' where it ends", opening)
        if token.kind is Kind.COMMA:
            return self._error(_COMMA_CURE, token)
        return self._error(f"expected ')' or another term, found {token.text!r}", token)

    def _filter(self, name: Token) -> Filter:
        comparison = self._take(Kind.COMPARE)
        if comparison is not None and (name.text != "tier" or comparison.text not in COMPARISONS):
            raise self._error(f"only tier: can be compared, not {name.text}:", comparison)
        values = [] if self._take(Kind.OPEN) is None else self._listed_values(name.text)
        if not values:
            values = [self._value(name.text)]
            if self._peek.glued and self._peek.kind is Kind.COMMA:
                problem = f"several values stand in parentheses: {name.text}:({values[0]}, ...)"
                raise self._error(problem, self._peek)
        elif comparison is not None and len(values) > 1:
            raise self._error("a comparison takes one tier", comparison)
        return Filter(
            name=name.text,
            values=tuple(values),
            comparison=comparison.text if comparison else "",
            at=name.start,
        )

    def _listed_values(self, name: str) -> list[str]:
        values = [self._value(name)]
        while self._take(Kind.OR) or self._take(Kind.COMMA):
            values.append(self._value(name))
        if self._take(Kind.CLOSE) is None:
            raise self._error("expected ',', 'OR' or ')' in the list of values", self._peek)
        return values

    def _value(self, name: str) -> str:
        token = self._advance()
        if token.kind is Kind.NOT:
            raise self._error(f"the NOT stands before the filter: NOT {name}:", token)
        if token.kind not in (Kind.WORD, Kind.QUOTED) or not token.text.strip():
            raise self._error(f"expected a value after {name}:", token)
        if self._peek.glued and self._peek.kind in (Kind.STAR, Kind.COLON, Kind.TILDE):
            problem = f"{name}: takes a whole value, without {self._peek.text!r}"
            if name == "domain":
                problem = "a domain is a host alone, as in domain:bbc.co.uk"
            raise self._error(problem, self._peek)
        if flaw := value_flaw(name, token.text):
            raise self._error(flaw, token)
        return token.text.lower() if name == "tier" else token.text

    def _term(self) -> Node:
        """A word or a phrase with its marks; the marks touch it."""
        first = self._peek
        exact = self._take(Kind.EXACT) is not None
        if self._peek.kind is Kind.QUOTED and (not exact or self._peek.glued):
            return self._phrase(exact, first.start)
        open_left = self._take(Kind.STAR, glued=exact) is not None
        word = self._take(Kind.WORD, glued=exact or open_left)
        if word is None:
            sign = first.text
            raise self._error(f"expected a word directly after {sign!r}", first)
        open_right = self._take(Kind.STAR, glued=True) is not None
        all_forms = self._take(Kind.TILDE, glued=True) is not None
        if self._peek.glued and self._peek.kind in (Kind.WORD, Kind.STAR, Kind.TILDE, Kind.EXACT):
            problem = "marks stand only before (=, *) or after (*, ~) a word; quote other signs"
            if all_forms and self._peek.text.isdecimal():
                problem = "'~' after a word means all its forms and takes no number"
            raise self._error(problem, self._peek)
        if all_forms and (exact or open_left or open_right):
            raise self._error("'~' (all forms) does not go with '=' or '*'", first)
        node = Word(
            text=word.text,
            exact=exact,
            open_left=open_left,
            open_right=open_right,
            all_forms=all_forms,
            at=first.start,
        )
        return checked(node, self._source)

    def _phrase(self, exact: bool, start: int) -> Node:
        text = self._advance().text
        slop = None
        if self._take(Kind.TILDE, glued=True):
            number = self._take(Kind.WORD, glued=True)
            if number is None or not number.text.isdecimal() or not 0 <= int(number.text) <= 50:
                raise self._error("expected a number up to 50 after '~', as in \"a b\"~3", number)
            slop = int(number.text)
        return checked(Phrase(text=text, exact=exact, slop=slop, at=start), self._source)

    @property
    def is_at_end(self) -> bool:
        return self._peek.kind is Kind.END

    @property
    def first_kind(self) -> Kind:
        return self._tokens[0].kind

    @property
    def _peek(self) -> Token:
        return self._tokens[self._next]

    def _advance(self) -> Token:
        token = self._tokens[self._next]
        self._next = min(self._next + 1, len(self._tokens) - 1)
        return token

    def _take(self, kind: Kind, *, glued: bool = False) -> Token | None:
        """The next token if it is of this kind (and touches the one before), else None."""
        token = self._peek
        if token.kind is not kind or (glued and not token.glued):
            return None
        return self._advance()

    def _error(self, problem: str, token: Token | None = None) -> QueryError:
        return error_at(self._source, (token or self._peek).start, problem)

    def expect_end(self) -> None:
        """Raises QueryError if anything is left over."""
        token = self._peek
        if token.kind is Kind.END:
            return
        if token.kind is Kind.CLOSE:
            problem = "this ')' closes nothing; remove it, or add the '(' it belongs to"
        elif token.kind is Kind.COMMA:
            problem = _COMMA_CURE
        else:
            problem = f"expected a term or the end of the query, found {token.text!r}"
        raise self._error(problem)
