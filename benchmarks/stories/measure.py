"""What an item costs to group and to compare, as the stream goes on, and what is kept in memory.

`python -m benchmarks.stories.measure [--large] [--write]`
"""

import argparse
import json
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

from benchmarks.stories.stream import stream
from monitor.core.cluster import Cluster, article_of
from monitor.core.clusters import Clusters, _likeness, _read
from monitor.core.copies import Copies, print_of
from monitor.core.rarity import Rarity, Word
from monitor.model import Item

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "performance.md"
SIZES = (10_000, 100_000)
LARGE = 1_000_000
_STEPS = 10
_WRITTEN = 50  # items of a transaction
_GROUPS = ("kp_voice", "cn", "rail", "sanc_word", "dip_act", "rf", "us", "link")
Row = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true", help="a million items as well")
    parser.add_argument("--write", action="store_true", help="write the figures to docs/")
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        what, size = arguments.child
        print(json.dumps({"stories": stories, "copies": copies}[what](int(size))))
        return
    sizes = (*SIZES, LARGE) if arguments.large else SIZES
    figures = {
        what: [_in_a_process(what, size) for size in sizes] for what in ("stories", "copies")
    }
    page = "\n".join(report(figures))
    print(page)
    if arguments.write:
        write(page)


def _in_a_process(what: str, size: int) -> Row:
    """In one of its own, so that memory can be told."""
    command = [sys.executable, "-m", "benchmarks.stories.measure", "--child", what, str(size)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    row: Row = json.loads(done.stdout)
    return row


# --- what is measured ----------------------------------------------------------------------------


def stories(size: int) -> Row:
    """Grouping, with what has to be written every fifty items packed; and a scan of all stories."""
    items = _begun(size)
    state, before = Clusters(), _memory()
    took, changed = [], 0.0
    for _ in range(_STEPS):
        articles = [
            article_of(item, _GROUPS[number % 8 : number % 8 + number % 4])
            for number, item in enumerate(islice(items, size // _STEPS))
        ]
        start = time.process_time()
        for number, article in enumerate(articles):
            state.place(article)
            if number % _WRITTEN == 0:
                at = time.process_time()
                for cluster in state.changes().clusters:
                    cluster.pack()
                changed += time.process_time() - at
        took.append(time.process_time() - start)
    memory = _memory() - before
    packed = [cluster.pack() for cluster in state.open.values()]
    return {
        "items": size,
        "first_us": took[0] / (size // _STEPS) * 1e6,
        "last_us": took[-1] / (size // _STEPS) * 1e6,
        "write_us": changed / size * 1e6,
        "open": len(state.open),
        "words": sum(len(rarity.words) for rarity in state.rarity.values()),
        "mb": memory,
        "packed": sum(map(len, packed)) / len(packed),
        "restore_s": _restored(state, packed),
        "scan_us": _scan(state),
    }


def _restored(state: Clusters, packed: list[bytes]) -> float:
    words: list[tuple[str, str, Word]] = [
        (language, text, word)
        for language, rarity in state.rarity.items()
        for text, word in rarity.words.items()
    ]
    languages = {name: (one.items, one.stories) for name, one in state.rarity.items()}
    start = time.process_time()
    Clusters.restored(map(Cluster.unpack, packed), words, languages)
    return time.process_time() - start


def _scan(state: Clusters) -> float:
    """The same likeness to every open story of the language, which is what has to be beaten."""
    some = [article_of(item) for item in stream(100, seed=11)]
    start = time.process_time()
    for article in some:
        reading = _read(article, state.rarity.get(article.language, Rarity()))
        for cluster in state.open.values():
            if cluster.language == article.language:
                _likeness(reading, cluster)
    return (time.process_time() - start) / len(some) * 1e6


def copies(size: int) -> Row:
    """Making the print of a text, looking for its copies, keeping it."""
    items = _begun(size)
    state, before = Copies(), _memory()
    took, found = [], 0
    for _ in range(_STEPS):
        listed = list(islice(items, size // _STEPS))
        start = time.process_time()
        for item in listed:
            text = print_of(item)
            found += bool(state.originals(text))
            state.add(text)
        took.append(time.process_time() - start)
    return {
        "items": size,
        "first_us": took[0] / (size // _STEPS) * 1e6,
        "last_us": took[-1] / (size // _STEPS) * 1e6,
        "kept": len(state),
        "found": found / size,
        "mb": _memory() - before,
    }


def _begun(size: int) -> Iterator[Item]:
    """The stream, with what it needs itself in memory already."""
    items = stream(size)
    return chain([next(items)], items)


def _memory() -> float:
    """MB that this process had at most."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024 if sys.platform != "darwin" else peak / 1024 / 1024


# --- the page ------------------------------------------------------------------------------------


def report(figures: dict[str, Any]) -> Iterator[str]:
    yield f"Python {platform.python_version()}, made-up items in five languages, 14,000 a day, CPU"
    yield "time of one process. The first and the last tenth of each stream:"
    yield ""
    yield _line(
        [
            "grouped",
            "µs an item, first",
            "last",
            "of it to pack what changed",
            "open stories",
            "words",
            "MB",
            "bytes a story",
            "restored, s",
            "all stories compared, µs",
        ]
    )
    yield "|---:" * 10 + "|"
    for row in figures["stories"]:
        yield _line(
            [
                f"{row['items']:,}",
                f"{row['first_us']:.0f}",
                f"{row['last_us']:.0f}",
                f"{row['write_us']:.0f}",
                f"{row['open']:,}",
                f"{row['words']:,}",
                f"{row['mb']:.0f}",
                f"{row['packed']:.0f}",
                f"{row['restore_s']:.2f}",
                f"{row['scan_us']:,.0f}",
            ]
        )
    yield ""
    yield _line(["compared", "µs an item, first", "last", "texts kept", "copies found", "MB"])
    yield "|---:" * 6 + "|"
    for row in figures["copies"]:
        yield _line(
            [
                f"{row['items']:,}",
                f"{row['first_us']:.0f}",
                f"{row['last_us']:.0f}",
                f"{row['kept']:,}",
                f"{row['found']:.0%}",
                f"{row['mb']:.0f}",
            ]
        )


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def write(page: str) -> None:
    """Put the figures between the marks of docs/performance.md."""
    before, _, rest = PAGE.read_text("utf-8").partition("<!-- stories -->\n")
    _, _, after = rest.partition("<!-- /stories -->\n")
    PAGE.write_text(f"{before}<!-- stories -->\n{page}\n<!-- /stories -->\n{after}", "utf-8")


if __name__ == "__main__":
    main()
