"""The grammar of conditions, by recursive descent: one method a rule.

condition = all { "or" all }
all       = one { "and" one }
one       = "not" one | "(" condition ")" | test
test      = field ("==" | "!=" | ">=" | ">" | "<=" | "<") value
          | field ["not"] "in" list
          | field "reaches" value
          | field "changed" [ "to" (list | value) ]
list      = "[" value { "," value } "]"
value     = word | "quoted" | 'quoted'
"""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache
from typing import NamedTuple

from monitor.core.conditions.facts import FIELDS, NONE, Kind
from monitor.core.conditions.tree import KEYWORDS, And, Condition, Not, Op, Or, Test
from monitor.errors import ConditionError
from monitor.model import Claim, Tier

MAX_LENGTH = 4_000  # characters
MAX_DEPTH = 40
_TOKEN = re.compile(
    r"""(?P<op>[=!<>]+)|(?P<mark>[()\[\],])|(?P<word>[^\s()\[\],"'=!<>]+)
    |"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>(?:[^'\\]|\\.)*)'|(?P<open>["'])""",
    re.VERBOSE | re.DOTALL,
)
_NUMBER = re.compile(r"[0-9]{1,6}")
_SIGNS = tuple(op.value for op in (Op.EQ, Op.NE, Op.GE, Op.GT, Op.LE, Op.LT))
_MEANT = {
    "=": "write ==",
    "===": "write ==",
    "<>": "write !=",
    "=>": "write >=",
    "=<": "write <=",
    "!": "write not",
    "&": "write and",
    "&&": "write and",
    "|": "write or",
    "||": "write or",
    "equals": "write ==",
    "is": "write ==",
}
_ELSEWHERE = {
    "origins": "independent_origins",
    "origin": "independent_origins",
    "carriers": "carried_by",
    "source": "publisher",
    "lang": "language",
    "country": "authority",
    "effective_on": "effective_date",
    "date": "effective_date",
}
_EQUAL = frozenset((Op.EQ, Op.NE, Op.IN, Op.NOT_IN))
_ORDER = frozenset((Op.GE, Op.GT, Op.LE, Op.LT))
_CHANGE = frozenset((Op.CHANGED, Op.CHANGED_TO))
_OPS = {
    Kind.CLAIM: _EQUAL | _CHANGE,
    Kind.TIER: _EQUAL | _ORDER,
    Kind.PARTIES: _EQUAL,
    Kind.NUMBER: _ORDER | {Op.EQ, Op.NE, Op.REACHES},
    Kind.TEXT: _EQUAL,
    Kind.DAY: frozenset((Op.CHANGED,)),
}
_EXAMPLES = {
    Kind.CLAIM: "{} in [announced, confirmed] or {} changed to denied",
    Kind.TIER: "{} >= wire",
    Kind.PARTIES: "{} in [CN, KP]",
    Kind.NUMBER: "{} >= 3",
    Kind.TEXT: "{} == name",
    Kind.DAY: "{} changed",
}


class _Token(NamedTuple):
    """Of kind "op", "mark", "word", "quoted" or "end"."""

    kind: str
    text: str
    at: int


@lru_cache(maxsize=1024)
def parse(text: str) -> Condition:
    """Read a condition.

    Raises:
        ConditionError: With its place, and what to write instead.
    """
    if len(text) > MAX_LENGTH:
        raise ConditionError(f"longer than {MAX_LENGTH:,} characters", at=MAX_LENGTH)
    parser = _Parser(text)
    condition = parser.condition()
    parser.expect_end()
    return condition


def _tokens_of(text: str) -> list[_Token]:
    tokens = []
    for found in _TOKEN.finditer(text):
        kind = str(found.lastgroup)
        if kind == "open":
            raise ConditionError("a quote is not closed", at=found.start())
        value = found[kind]
        if kind in ("double", "single"):
            kind, value = "quoted", re.sub(r"\\(.)", r"\1", value, flags=re.DOTALL)
        tokens.append(_Token(kind, value, found.start()))
    return [*tokens, _Token("end", "", len(text))]


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = _tokens_of(text)
        self._position = 0
        self._depth = 0

    # --- rules -----------------------------------------------------------------------------------

    def condition(self) -> Condition:
        children = [self._all()]
        while self._take_word("or"):
            children.append(self._all())
        return Or(tuple(children)) if len(children) > 1 else children[0]

    def _all(self) -> Condition:
        children = [self._one()]
        while self._take_word("and"):
            children.append(self._one())
        return And(tuple(children)) if len(children) > 1 else children[0]

    def _one(self) -> Condition:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._error(f"more than {MAX_DEPTH} levels of brackets")
        node = self._bracketed() or (Not(self._one()) if self._take_word("not") else self._test())
        self._depth -= 1
        return node

    def _bracketed(self) -> Condition | None:
        opening = self._next
        if not self._take_mark("("):
            return None
        node = self.condition()
        if not self._take_mark(")"):
            raise ConditionError("a bracket is not closed", at=opening.at, cure="add )")
        return node

    def _test(self) -> Condition:
        token = self._next
        name = self._field_name()
        op = self._operator(name)
        if op is Op.CHANGED:
            return Test(field=name, op=op, at=token.at)
        is_list = op in (Op.IN, Op.NOT_IN) or (op is Op.CHANGED_TO and self._next.text == "[")
        values = self._list(name) if is_list else (self._value(name),)
        return Test(field=name, op=op, values=values, at=token.at)

    def _field_name(self) -> str:
        token, name = self._next, self._next.text.lower()
        if token.kind == "word" and name in FIELDS:
            self._position += 1
            return name
        if token.kind == "word" and name not in KEYWORDS:
            cure = _MEANT.get(name) or _nearest(_ELSEWHERE.get(name, name), FIELDS)
            raise self._error(f"no field {token.text[:40]!r}", cure)
        raise self._expected("a field", _MEANT.get(token.text, "as in claim == confirmed"))

    def _operator(self, name: str) -> Op:
        token = self._next
        op = self._written_operator()
        field = FIELDS[name]
        if op is None:
            cure = _MEANT.get(token.text.lower(), f"as in {_example(name)}")
            raise self._expected(f"what {name} is compared by", cure)
        if op is Op.REACHES and field.kind is Kind.NUMBER and field.changed is None:
            cure = f"write {name} >= and a number"
            raise ConditionError(
                f"{name} never changes, so it reaches nothing", at=token.at, cure=cure
            )
        if op not in _OPS[field.kind]:
            cure = f"write it as in {_example(name)}"
            raise ConditionError(f"{op.value!r} does not go with {name}", at=token.at, cure=cure)
        return op

    def _written_operator(self) -> Op | None:
        token = self._next
        if token.kind == "op" and token.text in _SIGNS:
            self._position += 1
            return Op(token.text)
        if self._take_word("not"):
            if not self._take_word("in"):
                raise self._expected("in", "as in claim not in [denied, delayed]")
            return Op.NOT_IN
        for op in (Op.IN, Op.REACHES):
            if self._take_word(op.value):
                return op
        if self._take_word("changed"):
            return Op.CHANGED_TO if self._take_word("to") else Op.CHANGED
        return None

    def _list(self, name: str) -> tuple[str, ...]:
        opening = self._next
        if not self._take_mark("["):
            shown = opening.text[:40] or "a, b"
            raise self._expected("a list", f"write [{shown}]")
        values = [self._value(name)]
        while self._take_mark(","):
            values.append(self._value(name))
        if not self._take_mark("]"):
            raise ConditionError("a list is not closed", at=opening.at, cure="add ]")
        return tuple(values)

    def _value(self, name: str) -> str:
        token = self._next
        is_word = token.kind == "word" and token.text.lower() not in KEYWORDS
        if not is_word and token.kind != "quoted":
            raise self._expected(f"a value of {name}", f"as in {_example(name)}")
        value = self._checked(name, token)
        self._position += 1
        return value

    def _checked(self, name: str, token: _Token) -> str:
        kind, text = FIELDS[name].kind, token.text
        match kind:
            case Kind.CLAIM | Kind.TIER:
                known = [*Tier] if kind is Kind.TIER else [*Claim, NONE]
                value = text.lower()
                if value not in known:
                    raise self._error(f"no {kind} {text[:40]!r}", _nearest(value, known))
                return value
            case Kind.NUMBER:
                if not _NUMBER.fullmatch(text):
                    raise self._error(
                        f"{text[:40]!r} is no whole number", f"as in {_example(name)}"
                    )
                return str(int(text))
            case _:
                if not text.strip():
                    raise self._error(f"an empty value of {name}")
                return text

    # --- tokens ----------------------------------------------------------------------------------

    @property
    def _next(self) -> _Token:
        return self._tokens[self._position]

    def _take_word(self, word: str) -> bool:
        return self._take("word", word)

    def _take_mark(self, mark: str) -> bool:
        return self._take("mark", mark)

    def _take(self, kind: str, text: str) -> bool:
        found = self._next.kind == kind and self._next.text.lower() == text
        self._position += found
        return found

    def expect_end(self) -> None:
        if self._next.kind != "end":
            raise self._expected("and, or or the end", _MEANT.get(self._next.text, ""))

    def _expected(self, what: str, cure: str = "") -> ConditionError:
        found = repr(self._next.text[:40]) if self._next.kind != "end" else "the end"
        return self._error(f"{what} is expected, not {found}", cure)

    def _error(self, problem: str, cure: str = "") -> ConditionError:
        return ConditionError(problem, at=self._next.at, cure=cure)


def _example(name: str) -> str:
    return _EXAMPLES[FIELDS[name].kind].replace("{}", name)


def _nearest(written: str, known: Iterable[str]) -> str:
    words = [str(one) for one in known]
    near = get_close_matches(written, words, n=1, cutoff=0.6)
    return f"did you mean '{near[0]}'?" if near else f"known: {', '.join(words)}"
