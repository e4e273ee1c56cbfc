"""Every mistake is named with its file, its key and its cure, all of them in one go."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor import config
from monitor.config.files import FOLDERS, SINGLE
from monitor.plugins import WebhookOptions
from tests.config.conftest import KINDS, Writes

FEED = '[[feed]]\nid = "pennant"\nurl = "https://pennant.example.org/"\nowner = "pennant"\n'
WATCH = '[[watch]]\nid = "rail"\nquery = "@kp"\n'


def told(folder: Path, **env: str) -> list[str]:
    return [str(problem) for problem in config.check(folder, KINDS, env)]


def warned(folder: Path) -> list[str]:
    return [str(problem) for problem in config.check(folder, KINDS, {}) if not problem.fatal]


def test_valid_folder_has_no_problem(folder_with: Writes) -> None:
    assert told(folder_with()) == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('webhooks = ["consle"]', "webhooks: no webhook named 'consle'; did you mean 'console'?"),
        (
            'severity = "hihg"',
            "severity: 'hihg' is not one of low, medium, high, critical; did you mean 'high'?",
        ),
        ('masks = ["name"]', "masks: no mask named 'name'; did you mean 'names'?"),
        ('unless = ["rial"]', "unless: no watch named 'rial'; did you mean 'rail'?"),
        ('sevrity = "low"', "sevrity: unknown key; did you mean 'severity'?"),
        ("max_age = 48", 'max_age: 48 has no unit; write "48s" for seconds, "48m" for minutes,'),
        ('max_age = "P1M"', "max_age: 'P1M' counts years or months, which are not of one length"),
        ("min_score = -1", "min_score: -1 is out of range; it must be at least 0"),
        ("min_score = nan", "min_score: must be a finite number, not nan"),
        ("min_score = true", "min_score: must be a number, not true"),
        ('enabled = "yes"', "enabled: must be true or false, not a text"),
        ("name = 3", "name: must be a text in quotes, not a number"),
        ("name = 2025-01-01", "name: must be a text in quotes, not a date"),
        ("window = []", "window: [] is not one of paragraph, item"),
        (
            'webhooks = "console"',
            'webhooks: must be a list, as in ["a", "b"], not a text; write webhooks = ["console"]',
        ),
        ("masks = [1]", "masks: entry 1: must be a text in quotes, not a number"),
        ('languages = ["korean"]', "languages: 'korean' is not a language tag; did you mean 'ko'?"),
        ('unless = ["rail"]', "unless: silences itself; an item of all these watches would alert"),
        ('defer_to = ["rial"]', "defer_to: no watch named 'rial'; did you mean 'rail'?"),
        ('defer_to = ["rail"]', "defer_to: defers to itself; an item of all these watches would"),
        ("[[watch.escalate]]", "escalate: entry 1: severity: missing; add severity"),
        (
            '[[watch.escalate]]\nseverity = "high"\nteirs = ["wire"]',
            "escalate: entry 1: teirs: unknown key; did you mean 'tiers'?",
        ),
        (
            '[[watch.escalate]]\nseverity = "high"\ntiers = ["wrie"]',
            (
                "escalate: entry 1: tiers: entry 1: 'wrie' is not one of official_primary,"
                " state_media, wire, press, specialist, aggregator; did you mean 'wire'?"
            ),
        ),
        ("escalate = 3", "escalate: must be a list"),
        ("escalate = [3]", "escalate: entry 1: must be a table, not a number"),
    ],
)
def test_mistake_in_a_watch_is_named(folder_with: Writes, line: str, message: str) -> None:
    folder = folder_with({"watches/rail.toml": WATCH + line})

    problems = told(folder)

    assert len(problems) == 1
    assert problems[0].startswith(f'watches/rail.toml: watch "rail": {message}')


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            'tier = "pres"',
            (
                "tier: 'pres' is not one of official_primary, state_media, wire, press, specialist,"
                " aggregator; did you mean 'press'?"
            ),
        ),
        ('implied_groups = ["kpp"]', "implied_groups: no group named 'kpp'; did you mean 'kp'?"),
        ('langauge = "en"', "langauge: unknown key; did you mean 'language'?"),
        (
            'language = "zh_Hans"',
            "language: 'zh_Hans' is not a language tag; did you mean 'zh-Hans'?",
        ),
        ('language = "kr"', "language: 'kr' is not a language tag; did you mean 'ko'?"),
        (
            'language = "zh-CN"',
            (
                "language: 'zh-CN' names a country, but Chinese is told apart by script; "
                "did you mean 'zh-Hans'?"
            ),
        ),
        ('interval = "9999d"', 'interval: is longer than a week; write at most "7d"'),
        ('max_age = "1y"', "max_age: '1y' counts years or months"),
        ('mirrors = ["https://a..example.org/"]', "mirrors: entry 1: 'a..example.org' is not the"),
        ('mirrors = ["https://aexample/"]', "mirrors: entry 1: 'aexample' has no dot, so it is no"),
        ('mirrors = ["{rsshubb}/rss"]', "mirrors: entry 1: unknown placeholder {rsshubb}; only"),
        ("interval = 15", 'interval: 15 has no unit; write "15s" for seconds, "15m" for minutes, '),
        ('interval = "0s"', "interval: 0s is no time at all"),
        ('adaptive = "yes"', "adaptive: must be true or false, not a text"),
        (
            'adaptive = true\nmax_latency = "8d"',
            'max_latency: is longer than a week; write at most "7d"',
        ),
        (
            'adaptive = true\nmin_interval = "2h"\nmax_latency = "1h"',
            (
                "min_interval: 2h is longer than max_latency, 1h; a feed is asked not sooner than "
                "the one and not later than the other"
            ),
        ),
        ('topics = "rail"', 'topics: must be a list, as in ["a", "b"], not a text; write topics'),
        ('mirrors = ["ftp://x/"]', "mirrors: entry 1: 'ftp' is not http or https"),
        (
            'mirrors = ["http://10.0.0.1/"]',
            (
                "mirrors: entry 1: 10.0.0.1 is not a public address; "
                'if it is meant, add allow_private = ["10.0.0.1/32"]'
            ),
        ),
        (
            'mirrors = ["{rsshub}/a"]',
            "mirrors: entry 1: needs a bridge, and bridge.rsshub is empty",
        ),
        ('allow_private = ["10.0.0.1/8"]', "allow_private: '10.0.0.1/8' has host bits set"),
        ('auth = "me:c4n4ry"', "auth: a secret must not stand in the file; put it into an"),
        ('auth = "env:NO"', "auth: the environment variable NO is not set; set NO where the"),
        (
            'auth = "env:CANARY"',
            "auth: env:CANARY holds no login that can be used; it must be user:password, or Bearer",
        ),
        ('auth = ["c4n4ry"]', 'auth: must be a reference as in "env:DESK_URL", not a list'),
        (
            'auth = "env:LOGIN"\nheaders = { AUTHORIZATION = "env:CANARY" }',
            "auth: stands beside headers.authorization; keep one",
        ),
        (
            'headers = { X-Key = "c4n4ry" }',
            "headers: X-Key: a secret must not stand in the file; put it into an environment",
        ),
        (
            'headers = { Cookie = "env:CANARY" }',
            "headers: Cookie: Cookie is set by the monitor itself; no cookies are sent",
        ),
        (
            'headers = { If-None-Match = "c4n4ry" }',
            "headers: If-None-Match: If-None-Match is set by the monitor itself; remove it",
        ),
        ("headers = { 'a b' = 'c4n4ry' }", "headers: a b: 'a b' is no header name; remove it"),
        (
            'headers = { X-Key = "env:ODD" }',
            "headers: X-Key: the value of X-Key is empty or not printable ASCII; write one",
        ),
        ('headers = { Accept-Language = "" }', "headers: Accept-Language: the value of Accept-L"),
        ("headers = { Accept-Language = 3 }", "headers: Accept-Language: must be a reference"),
        ('headers = "c4n4ry"', "headers: must be a table, not a text"),
        ('proxy = "socks5://c4n4ry:1080"', "proxy: is no HTTP proxy; as in"),
        ('proxy = "https://c4n4ry:1080"', "proxy: is no HTTP proxy; as in"),
        ('proxy = "c4n4ry:3128"', "proxy: is no HTTP proxy; as in"),
        ('proxy = ""', "proxy: is no HTTP proxy; as in"),
        ('proxy = "http://c4n4ry"', "proxy: is not the address of a proxy; as in"),
        ('proxy = "http://c4n4ry:3128/x"', "proxy: is not the address of a proxy; as in"),
        ('proxy = "http://c4n4ry:x"', "proxy: the address cannot be read; as in"),
        ('proxy = "http://me:c4n4ry@p.example.org:1"', "proxy: a secret must not stand in the"),
        ('proxy = "env:CANARY"', "proxy: is no HTTP proxy; as in"),
        ('proxy = "env:NO"', "proxy: the environment variable NO is not set"),
    ],
)
def test_mistake_in_a_feed_is_named(folder_with: Writes, line: str, message: str) -> None:
    folder = folder_with({"feeds/pennant.toml": FEED + line})

    problems = told(folder, CANARY="c4n4ry", ODD="c4n4ry-ä", LOGIN="me:c4n4ry")

    assert len(problems) == 1
    assert problems[0].startswith(f'feeds/pennant.toml: feed "pennant": {message}')
    assert "c4n4ry" not in problems[0]


def test_secret_that_would_travel_in_plain_is_a_warning(folder_with: Writes) -> None:
    plain = """
        [[feed]]
        id = "plain"
        url = "http://plain.example.org/"
        owner = "plain"
    """
    own = 'headers = { Accept-Language = "ko", X-Key = "env:KEY" }'
    near = f'{own}\nallow_private = ["10.0.0.0/8"]'

    assert told(folder_with({"feeds/plain.toml": plain})) == []
    assert told(folder_with({"feeds/plain.toml": plain + near}), KEY="x") == []
    [problem] = told(folder_with({"feeds/plain.toml": plain + own}), KEY="x")
    assert problem == (
        'feeds/plain.toml: feed "plain": url: sends a secret in plain, for everybody on the way to '
        "read; use https://, if the server has it"
    )


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("@kpp", "query: line 1, column 1: no group named 'kpp'; did you mean 'kp'?"),
        ("(a", "query: line 1, column "),
        ("NOT a", "query: nothing has to be found"),
    ],
)
def test_mistake_in_a_query_is_named_with_line_and_column(
    folder_with: Writes, query: str, message: str
) -> None:
    folder = folder_with({"watches/rail.toml": WATCH.replace("@kp", query)})

    problems = told(folder)

    assert len(problems) == 1
    assert problems[0].startswith(f'watches/rail.toml: watch "rail": {message}')


def test_mistakes_in_an_escalation_and_in_a_term_are_counted_from_one(
    folder_with: Writes,
) -> None:
    folder = folder_with(
        {
            "lexicon/more.toml": '[groups.rail]\nen = ["train", "("]\n[masks.m]\nko = ["{"]\n',
            "watches/rail.toml": WATCH + '[[watch.escalate]]\nseverity = "high"\nquery = "@x"\n',
        }
    )

    places = [problem.split(": ") for problem in told(folder)]

    assert [": ".join(place[:4]) for place in places] == [
        'lexicon/more.toml: group "rail": en: entry 2',
        'lexicon/more.toml: mask "m": ko: entry 1',
        'watches/rail.toml: watch "rail": escalate: entry 1',
    ]
    assert places[2][4] == "query"


def test_mistake_beside_a_bad_query_is_told_too(folder_with: Writes) -> None:
    folder = folder_with(
        {"watches/rail.toml": WATCH.replace("@kp", "(") + 'severity = "x"\nmasks = ["m"]\n'}
    )

    assert [problem.split(": ")[2] for problem in told(folder)] == ["severity", "masks", "query"]


def test_missing_keys_are_named_with_the_place_of_the_table(folder_with: Writes) -> None:
    folder = folder_with({"feeds/new.toml": '[[feed]]\nname = "New"\n'})

    assert told(folder) == [
        'feeds/new.toml: feed number 1: id: missing; add id = "a-short-name"',
        'feeds/new.toml: feed number 1: url: missing; add url = "https://host/feed.xml"',
        (
            'feeds/new.toml: feed number 1: owner: missing; add owner = "newsroom", '
            "the same for all feeds of one newsroom"
        ),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[service]\ndatabse = "x"', "service.databse: unknown key; did you mean 'database'?"),
        ('[service]\nrsshub = "x"', "service.rsshub: unknown key; it belongs under [bridge]"),
        ('rsshub = "x"', "rsshub: unknown key or section; it belongs under [bridge]"),
        ("[alert]", "alert: unknown key or section; did you mean 'alerts'?"),
        ("[zzz]", "zzz: unknown key or section; known: [service], [alerts], [fetch]"),
        ("service = 3", "service: must be a section, not a number; write [service]"),
        ("[service]\nfetch_workers = 0", "service.fetch_workers: 0 is out of range; it must be at"),
        ("[service]\nfetch_workers = 1.5", "service.fetch_workers: must be a whole number, not 1"),
        ('[service]\ncontact = "jürgen"', "service.contact: holds characters that no HTTP header"),
        (
            '[service]\ncontact = "a\\r\\nb"',
            "service.contact: holds characters that no HTTP header",
        ),
        ('[service]\ndatabase = ""', "service.database: is a folder"),
        ('[service]\ndatabase = "mysql://h/d"', "service.database: is no address of a PostgreSQL"),
        (
            '[service]\ndatabase = "postgresql://u:p@h/d"',
            "service.database: a password must not stand in the file; put the address into an env",
        ),
        ('[service]\ndatabase = "env:NO_SUCH"', "service.database: "),
        ('[service]\ndatabase = "postgresql://[h/d"', "service.database: the address cannot be"),
        ('[alerts]\nwebhooks = ["x"]', "alerts.webhooks: no webhook named 'x'; known: console"),
        ('[alerts]\nwebhooks = "console"', "alerts.webhooks: must be a list"),
        (
            '[log]\nlevel = "INFO"',
            "log.level: 'INFO' is not one of debug, info, warning, error; did",
        ),
        ('[network]\nallow_private = ["x"]', "network.allow_private: 'x' is not a range of"),
        (
            '[network]\nproxy = "http://proxy"',
            "network.proxy: is not the address of a proxy; as in",
        ),
        ('[network]\nproxy = "http://me:x@p:1"', "network.proxy: a secret must not stand in the"),
        ('[network]\nproxy = "env:NO"', "network.proxy: the environment variable NO is not set"),
        ('[bridge]\nrsshub = "localhost:1"', "bridge.rsshub: 'localhost' is not http or https"),
        ('[bridge]\nrsshub = "{rsshub}"', "bridge.rsshub: names itself"),
        ('[fetch]\nhost_gap = "2"', "fetch.host_gap: 2 has no unit"),
        ('[fetch.host_gaps]\n"a.org" = 2', "fetch.host_gaps: a.org: 2 has no unit"),
        (
            '[fetch.host_gaps]\n"https://a.org" = "2s"',
            "fetch.host_gaps: https://a.org: 'https://a.org' is not the name of a host",
        ),
        (
            '[fetch]\nshared_hosts = ["a.org", ["b.org", "*.a.org"]]',
            "fetch.shared_hosts: entry 2: '*.a.org' is not the name of a host; as in",
        ),
        ("[fetch]\nshared_hosts = [[]]", "fetch.shared_hosts: entry 1: '' is not the name of a"),
        (
            "[fetch]\nshared_hosts = [3]",
            "fetch.shared_hosts: entry 1: must be a text in quotes or a",
        ),
        (
            '[fetch]\nshared_hosts = ["a.org", "*.a.org"]',
            "fetch.shared_hosts: entry 2: '*.a.org' is not the name of a host; as in",
        ),
        (
            '[fetch]\ntenant_hosts = ["a.org/feed"]',
            "fetch.tenant_hosts: entry 1: 'a.org/feed' is not the name of a host; as in",
        ),
    ],
)
def test_mistake_in_the_settings_is_named(folder_with: Writes, text: str, message: str) -> None:
    problems = told(folder_with({"monitor.toml": text}))

    assert len(problems) == 1
    assert problems[0].startswith(f"monitor.toml: {message}")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ('kind = "psot"', "kind: no kind named 'psot'; did you mean 'post'?"),
        ("", "kind: missing; add kind = ..., one of console, post"),
        ("kind = 3", "kind: must be a text in quotes, not a number; one of console, post"),
        ('kind = "post"', "url: missing"),
        ('kind = "console"\nurl = "env:X"', "url: unknown key"),
        ('kind = "post"\nurl = "env:GOOD"\nurll = "x"', "urll: unknown key; did you mean 'url'?"),
        ('kind = "console"\nenabled = 1', "enabled: must be true or false, not a number"),
        ('kind = "post"\nurl = "env:DESK"', "url: the environment variable DESK is not set; set"),
        ('kind = "post"\nurl = "file:no"', "url: the file no cannot be read (No such file or dir"),
        (
            'kind = "post"\nurl = "https://h/c4n4ry"',
            "url: a secret must not stand in the file; put",
        ),
        ('kind = "post"\nurl = ["c4n4ry"]', 'url: must be a reference as in "env:DESK_URL", not a'),
        ('kind = "post"\nurl = "env:CANARY"', "url: env:CANARY holds no address that can be used"),
        (
            'kind = "post"\nurl = "http://127.0.0.1:9/"',
            "url: 127.0.0.1 is not a public address; if",
        ),
        (
            'kind = "post"\nurl = "env:GOOD"\nsecrets = ["env:SHORT"]',
            "secrets: entry 1: env:SHORT: ['Secret(env:SHORT)'] are too short",
        ),
        (
            'kind = "post"\nurl = "env:GOOD"\nheaders = { authorization = "c4n4ry" }',
            "headers: authorization: a secret must not stand in the file",
        ),
    ],
)
def test_mistake_in_a_webhook_is_named_without_its_secret(
    folder_with: Writes, lines: str, message: str
) -> None:
    text = f'[webhooks.console]\nkind = "console"\n[webhooks.desk]\n{lines}'
    folder = folder_with({"webhooks.toml": text})

    problems = told(folder, CANARY="c4n4ry", SHORT="c4n", GOOD="https://hooks.example.org/c4n4ry")

    assert len(problems) == 1
    assert problems[0].startswith(f'webhooks.toml: webhook "desk": {message}')
    assert "c4n" not in problems[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[groups.a]\nen = 'x'", 'group "a": en: must be a list of texts, not a text; as in en ='),
        (
            "[groups.a]\nen = [3]",
            'group "a": en: every entry must be a text in quotes, not a number',
        ),
        (
            "[groups.a]\nenglish = ['x']",
            "group \"a\": english: 'english' is not a language; did you",
        ),
        ("[groups.a]\nkr = ['x']", "group \"a\": kr: 'kr' is not a language; did you mean 'ko'?"),
        (
            "[groups.a]\nzh-TW = ['x']",
            "group \"a\": zh-TW: 'zh-TW' is not a language; did you mean 'zh'? It holds both",
        ),
        (
            "[groups.a]\nnote = 3\nen = ['x']",
            'group "a": note: must be a text in quotes, not a number',
        ),
        ("[groups]\na = 3", 'group "a": must be a table, not a number; write [groups.a]'),
        ("groups = 3", "groups: must be tables, not a number; write [groups.name]"),
        ("[maks.a]", "maks: unknown key or section; did you mean 'masks'?"),
        (
            "[masks.'a b']\nen = ['x']",
            "mask \"a b\": id: 'a b' cannot be an id; Latin letters, digits",
        ),
    ],
)
def test_mistake_in_the_lexicon_is_named(folder_with: Writes, text: str, message: str) -> None:
    problems = told(folder_with({"lexicon/more.toml": text}))

    assert problems[0].startswith(f"lexicon/more.toml: {message}")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        (
            "feeds/a.toml",
            "[feed]\nid = 'a'",
            "feed: must be a list of tables, not a table; write [[",
        ),
        (
            "feeds/a.toml",
            "feed = [3]",
            "feed: entry 1 must be a table, not a number; write [[feed]]",
        ),
        ("feeds/a.toml", "[[feeds]]", "feeds: unknown key or section; did you mean 'feed'?"),
        ("watches/a.toml", "[x]", "x: unknown key or section; known: [[watch]]"),
        (
            "watches/a.toml",
            "[[watch]]\nid = kp",
            "line 2, column 6: not TOML: invalid value; texts",
        ),
        (
            "watches/a.toml",
            "a = 1\na = 2",
            "line 2: not TOML: cannot overwrite a value; the key is written twice",
        ),
        ("watches/a.toml", "a = [1", "line 1: not TOML: unclosed array; close the list with ]"),
        ("watches/a.toml", "a = " + "[" * 5000, "is not TOML that can be read"),
        ("watches/a.toml", "a = " + "9" * 5000, "is not TOML that can be read"),
        (
            "watches/a.toml",
            b"a = 1\nb = '\xff'",
            "line 2: is not UTF-8 text; save the file as UTF-8",
        ),
        ("watches/a.toml", "a = 1\n\nb = '\0'", "line 3: holds a NUL byte"),
        ("watches/a.toml", "a = 'ü'".encode("utf-16"), "line 1: is not UTF-8 text"),
    ],
)
def test_file_that_cannot_be_understood_is_named_with_the_line(
    folder_with: Writes, name: str, text: str | bytes, message: str
) -> None:
    problems = told(folder_with({name: text}))

    assert len(problems) == 1
    assert problems[0].startswith(f"{name}: {message}")


def test_byte_order_mark_is_no_mistake(folder_with: Writes) -> None:
    """Some editors put one first."""
    assert told(folder_with({"watches/rail.toml": b"\xef\xbb\xbf" + WATCH.encode()})) == []


def test_repeated_id_names_both_files(folder_with: Writes) -> None:
    folder = folder_with({"watches/a.toml": WATCH, "feeds/z.toml": FEED, "feeds/zz.toml": FEED})

    assert told(folder)[-1] == (
        "watches/rail.toml: watch \"rail\": id: 'rail' is used in watches/a.toml too; "
        "give one another id"
    )
    assert told(folder)[0].startswith(
        "feeds/z.toml: feed \"pennant\": id: 'pennant' is used in feeds/pennant.toml too"
    )
    assert "feeds/zz.toml" in told(folder)[1]


def test_id_repeated_in_one_file_is_named(folder_with: Writes) -> None:
    folder = folder_with({"watches/rail.toml": WATCH + WATCH})

    assert "'rail' is used twice in this file" in told(folder)[0]


def test_watches_that_silence_each_other_in_a_circle_are_refused(folder_with: Writes) -> None:
    folder = folder_with(
        {
            "watches/rail.toml": WATCH + 'unless = ["b"]\n'
            '[[watch]]\nid = "b"\nquery = "@kp"\nunless = ["c"]\n'
            '[[watch]]\nid = "c"\nquery = "@kp"\nunless = ["rail"]\n'
        }
    )

    assert [p.split(": ")[1] for p in told(folder)] == ['watch "rail"', 'watch "b"', 'watch "c"']


def test_every_problem_of_a_folder_is_told_in_one_go_sorted_by_file(folder_with: Writes) -> None:
    folder = folder_with(
        {
            "watches/broken.toml": "=",
            "watches/rail.toml": WATCH + 'severity = "hihg"\nmin_score = -1\nwebhooks = ["dsek"]',
            "feeds/pennant.toml": FEED + 'url = "x"\n',
            "feeds/more.toml": FEED.replace("pennant", "more").replace("https", "gopher"),
            "monitor.toml": "[log]\nlevel = 3\n",
            "webhooks.toml": '[webhooks.desk]\nkind = "post"\nurl = "env:DESK"\n',
        }
    )

    problems = told(folder)

    assert [problem.split(": ")[0] for problem in problems] == [
        "feeds/more.toml",
        "feeds/pennant.toml",
        "monitor.toml",
        "watches/broken.toml",
        "watches/rail.toml",
        "watches/rail.toml",
        "watches/rail.toml",
        "webhooks.toml",
        "webhooks.toml",
        "webhooks.toml",
    ]
    assert (
        "watches/rail.toml: watch \"rail\": webhooks: no webhook named 'dsek'; did you mean 'desk'?"
    ) in problems


@pytest.mark.parametrize("broken", ["lexicon/places.toml", "webhooks.toml", "watches/rail.toml"])
def test_file_that_cannot_be_read_brings_no_further_complaints(
    folder_with: Writes, broken: str
) -> None:
    """The names it defines are not 'unknown': they could not be seen."""
    folder = folder_with(
        {
            "feeds/pennant.toml": FEED + 'implied_groups = ["kp"]',
            "watches/more.toml": WATCH.replace("rail", "b").replace("@kp", "train")
            + 'unless = ["rail"]\nmasks = ["names"]\nwebhooks = ["console"]',
            broken: "=",
        }
    )

    assert [problem.split(": ")[0] for problem in told(folder)] == [broken]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "there is no such folder; 'news-monitor init"),
        (lambda path: path.mkdir(), "the folder holds no configuration; 'news-monitor init"),
        (
            lambda path: path.write_text(""),
            "is a file, not a folder; name the configuration folder: /",
        ),
    ],
)
def test_folder_without_configuration_is_told_with_the_way_to_get_one(
    tmp_path: Path, make: object, message: str
) -> None:
    folder = tmp_path / "config"
    assert callable(make)
    make(folder)

    assert told(folder)[0].startswith(f"{folder}: {message}")


def test_folders_and_files_in_each_others_place_are_told(folder_with: Writes) -> None:
    folder = folder_with()
    (folder / "feeds" / "more.toml").mkdir()
    (folder / "monitor.toml").mkdir()
    (folder / "watches" / "rail.toml").unlink()
    (folder / "watches").rmdir()
    (folder / "watches").write_text(WATCH)

    assert told(folder) == [
        "feeds/more.toml: is a folder where a file should be; move it away",
        "monitor.toml: is a folder where a file should be; move it away",
        "watches: is a file where a folder should be; move it to watches/watches.toml",
    ]


def test_file_that_nobody_reads_is_a_warning(folder_with: Writes) -> None:
    folder = folder_with({"watch/more.toml": WATCH, "watches/sub/more.toml": WATCH, "x.toml": ""})

    assert warned(folder) == [
        "watch/more.toml: this file is not read; did you mean 'watches'?",
        "watches/sub/more.toml: this file is not read; did you mean 'watches'?",
        (
            "x.toml: this file is not read; only monitor.toml, webhooks.toml, routes.toml and "
            "feeds/*.toml, lexicon/*.toml, watches/*.toml are"
        ),
    ]


@pytest.mark.parametrize(
    ("name", "cure"),
    [
        ("watches/x.tml", "did you mean 'watches/x.toml'?"),
        ("watches/x.yaml", "did you mean 'watches/x.toml'?"),
        ("feeds/x.toml.txt", "did you mean 'feeds/x.toml'?"),
        ("feeds/x.TOML", "did you mean 'feeds/x.toml'?"),
        ("monitor.yml", "did you mean 'monitor.toml'?"),
        ("feed/x.json", "did you mean 'feeds'?"),
        ("x.ini", "only monitor.toml, webhooks.toml, routes.toml and feeds/*.toml"),
    ],
)
def test_file_with_an_ending_that_nobody_reads_is_a_warning(
    folder_with: Writes, name: str, cure: str
) -> None:
    (problem,) = warned(folder_with({name: ""}))

    assert problem.startswith(f"{name}: this file is not read; {cure}")


def test_notes_and_secrets_beside_the_configuration_are_no_mistake(folder_with: Writes) -> None:
    assert told(folder_with({"README.md": "", "secrets/desk": "x", "feeds/notes.txt": ""})) == []


def test_files_that_editors_leave_are_passed_over(folder_with: Writes) -> None:
    folder = folder_with(
        {"watches/.#rail.toml": "=", ".git/x.toml": "=", "watches/rail.toml~": "="}
    )

    assert told(folder) == []


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"feeds/pennant.toml": None}, "feeds: there is no feed; add feeds/*.toml"),
        (
            {"feeds/pennant.toml": FEED + "enabled = false"},
            "feeds: every feed is disabled; set enabled = true in some",
        ),
        ({"watches/rail.toml": None}, "watches: there is no watch, so nothing alerts; add watches"),
        ({"watches/rail.toml": WATCH + "enabled = false"}, "watches: every watch is disabled"),
        (
            {
                "feeds/pennant.toml": FEED,
                "feeds/two.toml": FEED.replace('id = "pennant"', 'id = "two"'),
            },
            (
                'feeds/two.toml: feed "two": url: is the address of feed "pennant" '
                "(feeds/pennant.toml) too; disable one of them"
            ),
        ),
        (
            {"feeds/pennant.toml": FEED + 'max_latency = "2h"'},
            (
                'feeds/pennant.toml: feed "pennant": max_latency: does nothing, for the feed is '
                "not adaptive; write adaptive = true, or remove it"
            ),
        ),
        (
            {"feeds/pennant.toml": FEED + 'adaptive = true\nmin_interval = "1m"'},
            'feeds/pennant.toml: feed "pennant": min_interval: 1m is impolite; the least that',
        ),
        (
            {"feeds/pennant.toml": FEED + 'interval = "1m"\nlanguage = "en"'},
            'feeds/pennant.toml: feed "pennant": interval: 1m is impolite; the least that',
        ),
        (
            {
                "webhooks.toml": '[webhooks.console]\nkind = "console"\nenabled = false',
                "monitor.toml": '[alerts]\nwebhooks = ["console"]',
            },
            (
                "monitor.toml: alerts.webhooks: every webhook named here is disabled, so alerts "
                "are stored, but sent nowhere"
            ),
        ),
        (
            {"webhooks.toml": '[webhooks.console]\nkind = "console"\nenabled = false'},
            "webhooks.toml: alerts.webhooks: every webhook named here is disabled",
        ),
        (
            {"monitor.toml": "[alerts]\nwebhooks = []"},
            (
                "monitor.toml: alerts.webhooks: is empty, so the alerts of rail are stored, but "
                'sent nowhere; name a webhook, as in webhooks = ["console"]'
            ),
        ),
        (
            {
                "monitor.toml": "[alerts]\nwebhooks = []",
                "watches/rail.toml": WATCH + "webhooks = []",
            },
            "monitor.toml: alerts.webhooks: is empty, so the alerts of rail are stored",
        ),
        (
            {"monitor.toml": "[alerts]\nhealth_webhooks = []"},
            (
                "monitor.toml: alerts.health_webhooks: is empty, so nobody is told when a feed or "
                "webhook fails; name a webhook"
            ),
        ),
        (
            {"lexicon/more.toml": "[groups.empty]\nnote = 'n'\nen = []"},
            'lexicon/more.toml: group "empty": holds no term, so it is never found; add some',
        ),
        (
            {"lexicon/more.toml": "[groups.a]\nen = ['Seoul', 'Pyong(yang']"},
            "lexicon/more.toml: group \"a\": en: entry 2: 'Pyong(yang' holds a bracket without",
        ),
        (
            {
                "watches/rail.toml": WATCH
                + 'severity = "high"\n[[watch.escalate]]\nseverity = "high"'
            },
            (
                'watches/rail.toml: watch "rail": escalate: entry 1: high is not above the '
                "watch's own severity, high; it changes nothing"
            ),
        ),
        (
            {"monitor.toml": '[bridge]\nrsshub = "https://rsshub.app"'},
            "monitor.toml: bridge.rsshub: a public bridge could forge what it passes on",
        ),
    ],
)
def test_what_is_likely_a_mistake_is_a_warning(
    folder_with: Writes, files: dict[str, str | None], message: str
) -> None:
    folder = folder_with(files)

    assert warned(folder)[0].startswith(message)
    assert config.load(folder, KINDS, {}).warnings == tuple(config.check(folder, KINDS, {}))


@pytest.mark.parametrize("tail", ["enabled = false", 'webhooks = ["console"]'])
def test_default_webhooks_may_be_empty_if_no_watch_needs_them(
    folder_with: Writes, tail: str
) -> None:
    watches = WATCH + 'webhooks = ["console"]\n' + WATCH.replace("rail", "b") + tail
    folder = folder_with({"monitor.toml": "[alerts]\nwebhooks = []", "watches/rail.toml": watches})

    assert told(folder) == []


def test_webhooks_that_cannot_be_read_are_not_called_empty(folder_with: Writes) -> None:
    problems = told(folder_with({"monitor.toml": "[alerts]\nwebhooks = [3]\nhealth_webhooks = 3"}))

    assert len(problems) == 2
    assert not any("is empty" in problem for problem in problems)


def test_default_webhook_that_is_missing_is_told_at_the_file_that_should_define_it(
    folder_with: Writes,
) -> None:
    problems = told(folder_with({"webhooks.toml": None}))

    assert problems[0] == (
        "webhooks.toml: alerts.webhooks: no webhook named 'console'; there is no webhook at all; "
        "define [webhooks.console] in webhooks.toml"
    )


def test_watch_for_a_language_that_no_feed_names_is_a_warning(folder_with: Writes) -> None:
    """The script of a text decides, whatever its feed says; but a feed is mostly what it says."""
    folder = folder_with(
        {
            "feeds/pennant.toml": FEED + 'language = "ko"',
            "lexicon/places.toml": "[groups.kp]\nany = ['{DPRK}']\n[masks.names]\nen = ['x']",
            "watches/rail.toml": WATCH + 'languages = ["ru"]',
        }
    )

    (problem,) = warned(folder)
    assert problem == (
        'watches/rail.toml: watch "rail": languages: can only match items in ru, but no enabled '
        "feed is in that language; enable a feed in it, or add terms for ko"
    )


def test_mistakes_in_a_watch_whose_id_is_taken_are_told_in_the_same_go(
    folder_with: Writes,
) -> None:
    twin = WATCH.replace("@kp", "(") + '[[watch.escalate]]\nseverity = "high"\nquery = "@nobody"\n'
    problems = told(folder_with({"watches/two.toml": WATCH.replace("rail", "b") + twin}))

    assert [problem.split(": ")[2] for problem in problems] == ["id", "query", "escalate"]


def test_table_for_tables_is_told_with_the_brackets_it_needs(folder_with: Writes) -> None:
    text = WATCH + '[watch.escalate]\nseverity = "high"\n'

    assert told(folder_with({"watches/rail.toml": text})) == [
        (
            'watches/rail.toml: watch "rail": escalate: must be a list of tables, not a table; '
            "write [[watch.escalate]], in two brackets"
        )
    ]


def test_inner_table_above_its_table_is_told_as_such(folder_with: Writes) -> None:
    text = '[[watch.escalate]]\nseverity = "high"\n' + WATCH

    (problem,) = told(folder_with({"watches/rail.toml": text}))

    assert problem.endswith(
        "[[watch.escalate]] stands before the table that it belongs to; write it below"
    )


def test_every_bad_secret_is_told_with_its_entry_and_variable(folder_with: Writes) -> None:
    text = (
        '[webhooks.console]\nkind = "post"\nurl = "env:URL"\nsecrets = ["env:A", "env:B", "env:C"]'
    )
    folder = folder_with({"webhooks.toml": text})

    problems = told(folder, URL="https://hooks.example.org/", A="c4", B="c4n4ry", C="n4r")

    assert [problem.split(": ")[3:5] for problem in problems] == [
        ["entry 1", "env:A"],
        ["entry 3", "env:C"],
    ]


def test_refusal_of_a_kind_names_key_and_variable(folder_with: Writes) -> None:
    text = '[webhooks.console]\nkind = "standard"\nurl = "env:URL"\nsecrets = ["env:A", "env:B"]'
    folder = folder_with({"webhooks.toml": text})
    kinds = WebhookOptions()

    url = config.check(folder, kinds, {"URL": "https://é.example.org/", "A": "x", "B": "x"})
    both = config.check(folder, kinds, {"URL": "https://e.example.org/", "A": "x", "B": "x"})

    assert [problem.where.split(": ")[2] for problem in url] == ["url", "secrets", "secrets"]
    assert str(url[0]).startswith(
        'webhooks.toml: webhook "console": url: env:URL: is not an address of at most 2048'
    )
    assert [problem.where.split(": ")[-1] for problem in both] == ["entry 1", "entry 2"]
    assert both[0].what.startswith("env:A: a signing secret starts with whsec_")


def test_secret_address_that_is_private_is_told_as_such(folder_with: Writes) -> None:
    text = '[webhooks.console]\nkind = "post"\nurl = "env:URL"\n'
    folder = folder_with({"webhooks.toml": text + 'allow_private = ["localhost", "127.0.0.1/8"]'})

    assert told(folder, URL="https://10.1.2.3/c4n4ry") == [
        (
            "webhooks.toml: webhook \"console\": allow_private: 'localhost' is not a range of "
            'addresses; this machine is "127.0.0.0/8" and "::1/128"'
        ),
        (
            "webhooks.toml: webhook \"console\": allow_private: '127.0.0.1/8' has host bits set; "
            'write "127.0.0.0/8"'
        ),
        (
            'webhooks.toml: webhook "console": url: env:URL leads to a host that is not public; '
            'if it is meant, add its range to allow_private, as in ["127.0.0.0/8"]'
        ),
    ]


def test_polling_fast_is_no_mistake_on_an_address_of_ones_own(folder_with: Writes) -> None:
    feed = '[[feed]]\nid = "a"\nurl = "http://127.0.0.1:9/"\nowner = "a"\n'
    folder = folder_with(
        {"feeds/a.toml": feed + 'interval = "1s"\nallow_private = ["127.0.0.0/8"]\n'}
    )

    assert told(folder) == []


def test_party_whose_official_source_is_not_polled_is_told_with_the_cure(
    folder_with: Writes,
) -> None:
    official = 'tier = "official_primary"\nauthority_for = ["CN"]\nenabled = false\n'
    folder = folder_with(
        {
            "feeds/cn.toml": '[[feed]]\nid = "mfa"\nurl = "{rsshub}/mfa"\nowner = "mfa"\n'
            + official
            + '[[feed]]\nid = "old"\nurl = "https://old.example.org"\nowner = "mfa"\n'
            + official
            + 'disabled_reason = "dead: withdrawn"\n',
            "watches/rail.toml": WATCH
            + '[[watch.escalate]]\nseverity = "high"\ntiers = ["official_primary"]',
        }
    )

    assert warned(folder) == [
        (
            "feeds: no enabled official_primary feed speaks for CN "
            "(watches that wait for one: rail); "
            "set rsshub under [bridge] in monitor.toml and enable mfa"
        )
    ]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from([*SINGLE, *(f"{folder}/x.toml" for folder in FOLDERS)]),
    content=st.one_of(
        st.binary(max_size=60),
        st.builds(
            "{}\n{} = {}\n".format,
            st.sampled_from(
                ["", "[[feed]]", "[[watch]]", "[groups.a]", "[webhooks.a]", "[service]", "[alerts]"]
            ),
            st.sampled_from(
                [
                    "id",
                    "url",
                    "query",
                    "en",
                    "kind",
                    "webhooks",
                    "max_age",
                    "escalate",
                    "feed",
                    "tier",
                    "mirrors",
                    "groups",
                    "database",
                    "allow_private",
                    "implied_groups",
                ]
            ),
            st.sampled_from(
                [
                    '""',
                    "3",
                    "1e400",
                    "nan",
                    "true",
                    "[]",
                    "[[]]",
                    "{}",
                    "{a = 1}",
                    "1979-05-27",
                    '"\\u0000"',
                    '["a", 1]',
                    '"post"',
                    '"env:X"',
                    "99999999999999999999",
                    "-1",
                ]
            ),
        ).map(str.encode),
    ),
)
def test_any_file_is_read_or_told(folder_with: Writes, name: str, content: bytes) -> None:
    folder = folder_with({name: content})

    for problem in config.check(folder, KINDS, {}):
        assert problem.where
        assert problem.what
        assert "\n" not in str(problem)
    (folder / name).unlink()
