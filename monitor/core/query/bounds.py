"""What a regular expression may cost: in its own size, for one text, and for a whole document.

The engine stops by itself when a text makes it slow, in little memory. Three things it does not
bound: it writes out repeats (`(?:a{9999}){9999}` takes gigabytes before the first text is seen),
a pattern that calls itself keeps every level, and one that need match only nearly (`{e<=2}`) keeps
every guess. They are refused.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

MAX_LENGTH = 2_000
MAX_SIZE = 20_000  # about 20 MiB written out
TIMEOUT_S = 0.5  # for one text
DOCUMENT_S = 5.0  # for all patterns over the entries of one document

_TOKEN = re.compile(
    r"\\(?:[pPN]\{[^}]*\}|.)|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]"
    r"|\((?:\?(?:P?<\w+>|P?<[=!]|[=!>|]|[\w-]*:)?)?|\)|\{(\d+)(?:,\d*)?\}"
    r"|\{[^}]*\}|.",
    re.DOTALL,
)
_NEARLY = re.compile(r"\{[\s\d<=,+]*[deis][\s\d<=,+deis]*(?::[^}]*)?\}")
_CALL = re.compile(r"\(\?(?:R|[+-]?\d+|&|P>|P&)|\(\?\(DEFINE\)")


def check_pattern(pattern: str) -> None:
    """Refuse what costs much before or beside the time that is limited.

    Raises:
        ValueError: Too long, too big once its repeats are written out, calls itself, or need match
            only nearly.
    """
    if len(pattern) > MAX_LENGTH:
        raise ValueError(
            f"the pattern has {len(pattern):,} characters; {MAX_LENGTH:,} are the limit"
        )
    if any(_CALL.match(pattern, found.start()) for found in _tokens(pattern) if found[0][0] == "("):
        raise ValueError("the pattern calls itself or a group, as in (?R) or (?1); write it out")
    if any(_NEARLY.fullmatch(found[0]) for found in _tokens(pattern)):
        raise ValueError("the pattern allows for errors, as in {e<=1}; write the spellings out")
    if (size := _size(pattern)) > MAX_SIZE:
        raise ValueError(
            f"the pattern is {size:,} signs long with its repeats written out;"
            f" {MAX_SIZE:,} are the limit"
        )


def _tokens(pattern: str) -> Iterator[re.Match[str]]:
    return _TOKEN.finditer(pattern)


def _size(pattern: str) -> int:
    """How many signs it has with each repeat's least count written out."""
    open_groups: list[tuple[int, int]] = []
    whole = last = 0
    for token in _tokens(pattern):
        sign = token[0][0]
        if sign == "(":
            open_groups.append((whole, last))
            whole = last = 0
        elif sign == ")" and open_groups:
            inner = whole + 1
            whole, _ = open_groups.pop()
            whole, last = whole + inner, inner
        elif token[1] is not None:
            times = max(int(token[1]), 1)
            whole += last * (times - 1)
            last *= times
        elif sign not in "*+?":
            whole, last = whole + 1, 1
    return whole + sum(outer for outer, _ in open_groups)


class Patience:
    """Time that patterns may still take: no document, however hostile, holds up the others.

    Args:
        clock: Seconds of processor time: a machine that sleeps or is busy elsewhere costs nothing.
    """

    def __init__(self, clock: Callable[[], float], seconds: float = DOCUMENT_S) -> None:
        self._clock = clock
        self._left = seconds

    @property
    def left(self) -> float:
        """Seconds; 0 when it is at its end."""
        return max(0.0, self._left)

    @contextmanager
    def spent(self) -> Iterator[None]:
        """Counts what is done inside."""
        started = self._clock()
        try:
            yield
        finally:
            self._left -= self._clock() - started
