"""What people write who come from other systems, or mistype, and what they meant."""

import re
from difflib import get_close_matches

from monitor.core.languages import LANGUAGES, tidy
from monitor.core.query.ast import FIELDS, FILTERS
from monitor.model import Tier

# Names of other systems (Google, Meltwater, Brandwatch, Lucene) = what they are called here.
_ELSEWHERE = {
    "site": "domain",
    "host": "domain",
    "website": "domain",
    "inurl": "url",
    "link": "url",
    "intitle": "title",
    "allintitle": "title",
    "headline": "title",
    "heading": "title",
    "body": "summary",
    "description": "summary",
    "intext": "text",
    "publisher": "source",
    "outlet": "source",
    "medium": "source",
    "language": "lang",
    "location": "country",
    "tag": "category",
    "tags": "category",
    "by": "author",
}
_TIMES = frozenset(("after", "before", "since", "until", "date", "when", "older", "newer"))
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+\.?")


def unknown_field(name: str) -> str:
    """The message for a word before a colon that is neither a field nor a filter."""
    known = (*FIELDS, *FILTERS)
    folded = name.lower()
    close = [_ELSEWHERE[folded]] if folded in _ELSEWHERE else get_close_matches(folded, known, n=1)
    if folded in _TIMES:
        meant = "how old an item may be is said by max_age of the watch"
    elif close:
        meant = f"did you mean {close[0]}:"
    else:
        meant = f"known are {', '.join(known)}"
    return f"no field or filter {name!r}; {meant} (quote text that holds a colon)"


def value_flaw(name: str, value: str) -> str:
    """What is wrong with the value of a filter; empty if it can be meant."""
    match name:
        case "tier":
            if value.lower() in set(Tier):
                return ""
            close = get_close_matches(value.lower(), list(Tier), n=1)
            cure = f"did you mean {close[0]}?" if close else f"known are {', '.join(Tier)}"
            return f"no tier {value!r}; {cure}"
        case "lang":
            meant = tidy(value).partition("-")[0]
            if value.lower().replace("_", "-").partition("-")[0] in LANGUAGES:
                return ""
            cure = f"did you mean {meant}?" if meant else "as in en, ko, ja, ru, zh"
            return f"{value!r} is not a language; {cure}"
        case "domain":
            if _HOST.fullmatch(value):
                return ""
            return f"{value!r} is not a host; write it alone, as in domain:bbc.co.uk"
        case _:
            return ""
