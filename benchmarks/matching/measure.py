"""Folding, keywords and boolean watches, each beside its limit and beside the usual first version.

`python -m benchmarks.matching.measure [--write]`
"""

import argparse
import json
import platform
import re
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ahocorasick_rs
import pygal

from benchmarks.matching.texts import News, Texts
from benchmarks.timing import cpu_seconds
from monitor import bootstrap
from monitor.core.query import Percolator, compile_watches
from monitor.core.query.plan import Plan, read_watch
from monitor.core.query.reading import segments_of
from monitor.core.text import fold_text
from monitor.model import Item, Lexicon, Tier, Watch

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "performance.md"
SIZES = (10, 100, 1_000, 10_000)
ITEMS = 5_000
_NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
Row = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the figures to docs/")
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child is not None:
        print(json.dumps(_in_a_process_of_its_own(arguments.child)))
        return
    figures = {
        "folding": folding(),
        "keywords": [keywords(size) for size in SIZES],
        "watches": [watches(size) for size in SIZES],
        "shipped": shipped(),
    }
    page = "\n".join(report(figures))
    print(page)
    if arguments.write:
        write(page, figures)


# --- what is measured ----------------------------------------------------------------------------


def folding() -> Row:
    """Per item of 176 characters, beside what the standard library does without a rule of ours."""
    items = _items(Texts().news(ITEMS))
    size = sum(len(item.title) + len(item.summary) for item in items) / len(items)
    cpu = cpu_seconds(
        {
            "ours": lambda: [(fold_text(i.title), fold_text(i.summary)) for i in items],
            "nfkc": lambda: [(_nfkc(i.title), _nfkc(i.summary)) for i in items],
        }
    )
    of_176 = 1e6 / len(items) * 176 / size
    return {
        "characters": round(size),
        "us": cpu["ours"] * of_176,
        "nfkc_us": cpu["nfkc"] * of_176,
    }


def keywords(count: int) -> Row:
    """Plain keywords at word boundaries in folded text, beside the bare scan and a loop of `in`."""
    texts = Texts()
    items = _items(texts.news(ITEMS))
    listed = [f'"{phrase}"' for _, phrase in texts.keywords(count)]
    plan = Plan(tuple(map(read_watch, _watches(listed))), Lexicon(), {})
    segments = [segments_of(item, frozenset()) for item in items]
    folded = [segment.folded.text for of_item in segments for segment in of_item]
    literals = sorted({literal for term in plan.terms for literal in term.literals})
    bare = ahocorasick_rs.AhoCorasick(
        literals, matchkind=ahocorasick_rs.MatchKind.Standard, store_patterns=False
    )
    some = folded[: max(2, 400_000 // count)]
    cpu = cpu_seconds(
        {
            "bare": lambda: [bare.find_matches_as_indexes(t, overlapping=True) for t in folded],
            "ours": lambda: [plan.hits(of_item) for of_item in segments],
        }
    )
    loop = cpu_seconds({"in": lambda: [[lit in text for lit in literals] for text in some]}, 1)
    return {
        "keywords": count,
        "bare_us": cpu["bare"] / len(items) * 1e6,
        "ours_us": cpu["ours"] / len(items) * 1e6,
        "in_us": loop["in"] / len(some) * len(folded) / len(items) * 1e6,
    }


def watches(count: int) -> Row:
    """Boolean watches of mixed languages, in a process of its own so that memory can be told."""
    command = [sys.executable, "-m", "benchmarks.matching.measure", "--child", str(count)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    row: Row = json.loads(done.stdout)
    return row


def shipped() -> Row:
    """The watches and the lexicon that come with the program."""
    config = bootstrap.load(ROOT / "config", {}, secrets_of=())
    before = time.process_time()
    percolator = compile_watches(config.watches.values(), config.lexicon, config.feeds)
    built = time.process_time() - before
    items = _items(Texts().news(ITEMS))
    cpu = cpu_seconds({"match": lambda: _match(percolator, items)}, 3)
    return {
        "watches": len(config.watches),
        "build_s": built,
        "us": cpu["match"] / len(items) * 1e6,
    }


def _in_a_process_of_its_own(count: int) -> Row:
    texts = Texts()
    items = _items(texts.news(ITEMS))
    listed = _watches(texts.watches(count))
    memory, before = _resident_mb(), time.process_time()
    percolator = compile_watches(listed, Lexicon())
    built, grown = time.process_time() - before, _resident_mb() - memory
    hits = _match(percolator, items)
    cpu = cpu_seconds({"match": lambda: _match(percolator, items)}, 3)
    naive = _regex_each(listed, items) if count <= 1_000 else None
    return {
        "watches": count,
        "build_s": built,
        "mb": grown,
        "us": cpu["match"] / len(items) * 1e6,
        "hits": hits / len(items),
        "regex_us": naive,
    }


def _regex_each(listed: Iterable[Watch], items: list[Item]) -> float:
    """The usual first version: every word of every watch as a regular expression of its own."""
    words = {word for watch in listed for word in re.findall(r"\w{2,}", watch.query)}
    patterns = [re.compile(rf"\b{re.escape(word)}\b", re.IGNORECASE) for word in words]
    some = items[: max(5, 20_000 // len(patterns))]
    before = time.process_time()
    for item in some:
        text = f"{item.title} {item.summary}"
        for pattern in patterns:
            pattern.search(text)
    return (time.process_time() - before) / len(some) * 1e6


def _nfkc(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _match(percolator: Percolator, items: list[Item]) -> int:
    return sum(len(percolator.match(item)) for item in items)


def _watches(queries: Iterable[str]) -> list[Watch]:
    return [Watch(id=f"w{number}", query=query) for number, query in enumerate(queries)]


def _items(news: Iterable[News]) -> list[Item]:
    return [
        Item(
            id=f"i{number}",
            feed_id="f",
            owner="o",
            publisher="p",
            tier=Tier.PRESS,
            title=one.title,
            summary=one.summary,
            language=one.language,
            effective_at=_NOON,
            seen_at=_NOON,
            content_hash="",
        )
        for number, one in enumerate(news)
    ]


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


# --- how it is told ------------------------------------------------------------------------------


_WATCH_COLUMNS = (
    "boolean watches",
    "built, s",
    "memory, MB",
    "µs an item",
    "items a second",
    "matches an item",
)


def report(figures: dict[str, Any]) -> Iterator[str]:
    fold, rows, ship = figures["folding"], figures["keywords"], figures["shipped"]
    loops = ", ".join(
        f"{row['in_us'] / row['ours_us']:,.0f} times as long for {row['keywords']:,}"
        for row in rows
    )
    first, last = figures["watches"][1], figures["watches"][-1]
    patterns = ", ".join(
        f"{row['regex_us'] / row['us']:,.0f} times as long for {row['watches']:,}"
        for row in figures["watches"]
        if row["regex_us"]
    )
    yield f"Python {platform.python_version()}, {ITEMS:,} made-up items in five languages, CPU time"
    yield "of one process, the least of several runs in turns."
    yield ""
    yield f"Folding an item of 176 characters: **{fold['us']:.1f} µs** (NFKC and case folding of"
    yield f"the standard library, without the rest of the rules: {fold['nfkc_us']:.1f} µs)."
    yield ""
    yield "| plain keywords | bare scan, µs an item | ours, word edges judged | of the bare scan |"
    yield "|---:|---:|---:|---:|"
    yield from (_line(_keyword_cells(row)) for row in rows)
    yield ""
    yield "A test with `in` for each keyword, word edges not even judged, takes"
    yield f"{loops} keywords."
    yield ""
    yield _line(_WATCH_COLUMNS)
    yield "|---:|---:|---:|---:|---:|---:|"
    yield from (_line(_watch_cells(row)) for row in figures["watches"])
    yield ""
    yield f"A hundred times as many watches ({first['watches']} to {last['watches']:,}) cost an"
    yield f"item **{last['us'] / first['us']:.0f} times** as much. A regular expression for each"
    yield f"word takes {patterns} watches."
    yield ""
    yield f"The {ship['watches']} watches that are shipped, with their lexicon: built in"
    yield f"{ship['build_s']:.2f} s, {ship['us']:.0f} µs an item."


def _keyword_cells(row: Row) -> list[str]:
    ratio = row["ours_us"] / row["bare_us"]
    numbers = f"{row['bare_us']:.1f}", f"{row['ours_us']:.1f}", f"{ratio:.2f}x"
    return [f"{row['keywords']:,}", *numbers]


def _watch_cells(row: Row) -> list[str]:
    return [
        f"{row['watches']:,}",
        f"{row['build_s']:.2f}",
        f"{row['mb']:.0f}",
        f"{row['us']:.0f}",
        f"{1e6 / row['us']:,.0f}",
        f"{row['hits']:.2f}",
    ]


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def write(page: str, figures: dict[str, Any]) -> None:
    """Put the figures between the marks of docs/performance.md, and draw them beside it."""
    before, _, rest = PAGE.read_text("utf-8").partition("<!-- matching -->\n")
    _, _, after = rest.partition("<!-- /matching -->\n")
    PAGE.write_text(f"{before}<!-- matching -->\n{page}\n<!-- /matching -->\n{after}", "utf-8")
    _draw(
        "Cost of an item (µs of CPU) by the number of boolean watches",
        figures,
        lambda row: row["us"],
        ROOT / "docs" / "matching-cost.svg",
    )
    _draw(
        "Memory (MB) by the number of boolean watches",
        figures,
        lambda row: max(row["mb"], 0.1),
        ROOT / "docs" / "matching-memory.svg",
    )


def _draw(title: str, figures: dict[str, Any], value: Callable[[Row], float], path: Path) -> None:
    chart = pygal.XY(
        title=title,
        xrange=(1, 4),
        logarithmic=True,
        show_legend=False,
        width=640,
        height=360,
        js=[],
        x_labels=[{"value": at, "label": f"{10**at:,}"} for at in (1, 2, 3, 4)],
    )
    chart.add("", [(at + 1, value(row)) for at, row in enumerate(figures["watches"])])
    path.write_text(str(chart.render(is_unicode=True, disable_xml_declaration=True)), "utf-8")


if __name__ == "__main__":
    main()
