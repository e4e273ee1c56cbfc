"""What came in a feed's place: a page, a log-in, a check of browsers, an error posing as news."""

import re

from monitor.adapters.feeds.guard import is_page, read_prolog
from monitor.adapters.feeds.html import one_line, plain
from monitor.errors import ParseError
from monitor.model import Health, ParsedFeed, RawEntry

_BEGINNING = 20_000  # characters of a page that are looked at; more would be its articles

_PAGE_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{0,300})", re.IGNORECASE)
_HTML_TAG = re.compile(r"<(?:html|body|head)[\s>]", re.IGNORECASE)
_LOGIN = re.compile(r"<input[^>]{0,300}type\s*=\s*[\"']?password", re.IGNORECASE)
_LOGIN_TITLE = re.compile(
    r"(?:please )?(?:log|sign)[ -]?(?:in|on)\b|登录|登入|登錄|로그인|ログイン|вход\b|авторизаци",
    re.IGNORECASE,
)
_CHALLENGE_TITLE = re.compile(
    r"just a moment|attention required|access denied|checking your browser|ddos-guard"
    r"|(?:security|browser|bot) (?:check|verification)|are you a (?:human|robot)"
    r"|verify(?:ing)? you are",
    re.IGNORECASE,
)
# Of Cloudflare, DDoS-Guard, Imperva, Qrator and Servicepipe.
_CHALLENGE = re.compile(
    r"_cf_chl_opt|/cdn-cgi/challenge-platform/|__ddg_?\d|_Incapsula_Resource|__qrator/"
    r"|servicepipe\.ru|enable javascript and cookies to continue",
    re.IGNORECASE,
)
_NOT_INERT = re.compile("[<>\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")

# RSS-Bridge puts its errors where the entries were, a new one each day, dated now.
# Source: https://github.com/RSS-Bridge/rss-bridge/issues/1849 and pull request 3237.
_OF_A_BRIDGE = re.compile(r"(?:.{1,100}: ?)?Bridge returned error -?\d{1,5}! \(\d{1,7}\)")
# Other programs give the status line as the only entry.
_STATUS_LINE = re.compile(
    r"(?:HTTP(?:/[\d.]+)? ?)?(?:Error:? ?)?[45]\d\d(?:[ :-]+(?:Error|Bad Request|Unauthori[sz]ed"
    r"|Payment Required|Forbidden|(?:Page )?Not Found|Gone|Too Many Requests"
    r"|Internal Server Error|Bad Gateway|Service (?:Temporarily )?Unavailable|Gateway Time-?out))?",
    re.IGNORECASE,
)


def no_feed(text: str) -> ParseError:
    """Why a document is no feed: how it is with the source, in words for the operator."""
    return ParseError(describe(text), health=_health(text))


def describe(text: str) -> str:
    """What a document that is no feed seems to be."""
    prolog = read_prolog(text)
    if is_page(prolog) or _HTML_TAG.search(text[:4_000]):
        form = {
            Health.LOGIN: " that asks to log in",
            Health.BLOCKED: " that checks browsers",
        }.get(_health(text), "")
        title = _title(text)
        return f"an HTML page{form}" + (f' (title: "{title}")' if title else "") + ", not a feed"
    if prolog.root:
        return f"an XML document with the root element <{prolog.root[:40]}>, not a feed"
    return "neither XML nor JSON, not a feed"


def _health(text: str) -> Health:
    beginning, title = text[:_BEGINNING], _title(text)
    if _CHALLENGE_TITLE.match(title) or _CHALLENGE.search(beginning):
        return Health.BLOCKED
    if _LOGIN_TITLE.match(title) or _LOGIN.search(text):
        return Health.LOGIN
    return Health.NOT_A_FEED


def _title(text: str) -> str:
    found = _PAGE_TITLE.search(text)
    return _NOT_INERT.sub("", plain(found[1]))[:80].strip() if found else ""


def refuse_errors(document: ParsedFeed) -> ParsedFeed:
    """The document, if it is not an error alone that poses as news.

    Raises:
        ParseError: All of its entries are errors of the program that makes it.
    """
    entries = document.entries
    alone = len(entries) == 1 and _STATUS_LINE.fullmatch(entries[0].title) is not None
    if entries and (alone or all(_is_of_a_bridge(entry) for entry in entries)):
        raise ParseError(
            f'an error in place of entries: "{one_line(entries[0].title, 120)}"',
            health=Health.ERROR_FEED,
        )
    return document


def _is_of_a_bridge(entry: RawEntry) -> bool:
    return _OF_A_BRIDGE.fullmatch(entry.title) is not None
