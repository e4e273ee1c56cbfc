"""Signs and operators that are searched as words, or not at all, though they were meant to do more.

Whoever comes from another system writes its operators; nothing is wrong with them as words, so
these are doubts, not errors.
"""

import re
from collections.abc import Iterator

from monitor.core.query.ast import FIELDS, FILTERS

Doubt = tuple[str, str]  # what is doubtful, cure

_OPERATORS = frozenset(("AND", "OR", "NOT"))
_NEAR = re.compile(r"O?NEAR/?\d*")
_DISTANCE = re.compile(
    r"(?:near|adj)\d+|(?:w|n|f|pre|adj|within|before|after|around)?/\d+f?|/[sp]|AROUND",
    re.IGNORECASE,
)
_SINGLE_QUOTES = "'\u2018\u2019\u201a\u201b`\u00b4"
_FIELD = re.compile(rf"(?:{'|'.join((*FIELDS, *FILTERS))}):\S", re.IGNORECASE)


def in_word(text: str) -> Iterator[Doubt]:
    """What of a word in a query, or in an entry, will not do what it seems to."""
    if _DISTANCE.fullmatch(text):
        number = re.search(r"\d+", text)
        distance = number[0] if number else "5"
        yield (
            f"{text!r} is a word to be found here",
            f"write NEAR/{distance}, or ONEAR/{distance} if the order counts",
        )
    elif text[:1] in _SINGLE_QUOTES:
        yield f"{text[0]} in {text!r} is not searched and makes no phrase", 'write "..."'
    elif text.startswith("+"):
        yield f"'+' in {text!r} is not searched", "leave it out, a blank means AND"
    elif text.startswith("/") and text.endswith("/") and len(text) > 2:
        yield f"{text!r} is no pattern", f're"{text.strip("/")}" is one'
    elif text[:1] in "[]" or text[-1:] in "[]":
        yield f"the bracket in {text!r} is not searched", "ranges and [lists] are not known here"
    elif "?" in text.rstrip("?") or (text.endswith("?") and len(text) > 1):
        yield (
            f"'?' in {text!r} is not searched, it is no wildcard",
            "list the forms, as in woman OR women",
        )


def in_entry(entry: str) -> Iterator[Doubt]:
    """What of an entry of a lexicon will not do what it would in a query."""
    parts = entry.split()
    operators = [part for part in parts if part in _OPERATORS or _NEAR.fullmatch(part)]
    if operators and not entry.isupper():
        what = f"{operators[0]!r} in {entry!r} is searched as a word"
        yield what, "an entry is one term; write an entry for each"
    elif any(part.endswith((",", ";")) for part in parts[:-1]):
        yield f"{entry!r} is one phrase", "write an entry for each term"
    elif _FIELD.match(entry):
        what = f"{entry.partition(':')[0]}: in {entry!r} is searched as a word"
        yield what, "a field stands in the query: title:@group"
    elif entry.startswith(("-", "!")):
        what = f"{entry[0]!r} in {entry!r} excludes nothing"
        yield what, "exclude it in the query, or put it into a mask"
    elif re.search(r"\^\d", entry):
        yield f"'^' in {entry!r} is no boost", "a boost stands in the query: @group^2"
    elif "#" in parts:
        what = f"'#' in {entry!r} begins no comment"
        yield what, "write the comment outside of the quotes"
    else:
        yield from (doubt for part in parts for doubt in in_word(part.strip("*=~")))
