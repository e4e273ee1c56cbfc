"""The figures as a page and two pictures."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from math import log10
from typing import Any

import pygal

from benchmarks.cycle.parties import ROOT

PAGE = ROOT / "docs" / "performance.md"
Row = dict[str, Any]
_SCENARIOS = {
    "304": "all unchanged, 304",
    "same": "all unchanged, 200 and the same bytes",
    "new": "10 % of the items new",
    "cold": "everything new",
}
# Scenario -> how many times cheaper than reader it should be.
_GOALS = {"304": 2, "same": 15, "new": 10, "cold": 2}


def page(figures: Row) -> Iterator[str]:
    """What has been measured so far."""
    parts: dict[str, Callable[[Any], Iterator[str]]] = {
        "cycle": _cycle,
        "feeds": _crowds,
        "history": _histories,
        "timetable": _timetables,
        "hostile": _hostile,
    }
    yield f"Python {figures['python']}. CPU time is user and system, child processes included."
    for part, tell in parts.items():
        if part in figures:
            yield ""
            yield from tell(figures[part])


def _cycle(row: Row) -> Iterator[str]:
    yield f"### One cycle over {row['feeds']:,} feeds of {row['items']} items"
    yield ""
    columns = (
        "ours, µs a feed",
        "HTTP alone (`requests`), µs",
        "feedparser alone, µs",
        "reader, µs",
    )
    yield _line(["", *columns, "reader / ours", "reader / both alone", "goal"])
    yield "|---|---:|---:|---:|---:|---:|---:|---:|"
    for name, words in _SCENARIOS.items():
        us = row["us"][name]
        times = us["reader"] / us["ours"] if "reader" in us else None
        us["feedparser"] = row["feedparser"].get(name, 0)
        parties = ("ours", "requests", "feedparser", "reader")
        cells = [_us(us[party]) if party in us else "–" for party in parties]
        least = us["reader"] / (us["requests"] + us["feedparser"]) if "reader" in us else None
        ratios = [f"**{times:.1f}x**" if times else "–", f"{least:.1f}x" if least else "–"]
        yield _line([words, *cells, *ratios, f"{_GOALS[name]}x"])
    yield ""
    mib = row["mib"]
    peer = f", reader {mib['reader']:.0f} MiB" if "reader" in mib else ""
    yield f"Most memory in this run (PSS, children included): ours {mib['ours']:.0f} MiB, of which"
    yield f"the daemon itself {row['own_mib']:.0f} MiB{peer}."


def _crowds(rows: Sequence[Row]) -> Iterator[str]:
    yield f"### More feeds ({rows[0]['items']} items each)"
    yield ""
    yield _line(["feeds", *(f"{words}, µs a feed" for words in _SCENARIOS.values()), "MiB"])
    yield "|---:|---:|---:|---:|---:|---:|"
    for row in rows:
        cells = [_us(row["us"][name]["ours"]) for name in _SCENARIOS]
        yield _line([f"{row['feeds']:,}", *cells, f"{row['mib']['ours']:.0f}"])


def _histories(rows: Sequence[Row]) -> Iterator[str]:
    first = rows[0]["cycle"]
    yield f"### A longer history ({first['feeds']} feeds of {first['items']} items)"
    yield ""
    yield _line(["items stored", "file, MB", *(f"{w}, µs a feed" for w in _SCENARIOS.values())])
    yield "|---:|---:|---:|---:|---:|---:|"
    for row in rows:
        cells = [_us(row["cycle"]["us"][name]["ours"]) for name in _SCENARIOS]
        yield _line([f"{row['items']:,}", f"{row['mb']:,.0f}", *cells])
    yield ""
    columns = ("known item of a changed feed, µs", "the same when the feed is read as a whole, µs")
    yield _line(["items stored", *columns, "new item stored, µs", "same rows by `executemany`, µs"])
    yield "|---:|---:|---:|---:|---:|"
    for row in rows:
        known, new = row["known"], row["storing"]
        cells = [f"{known['cut']:.1f}", f"{known['whole']:.0f}", f"{new['ours']:.0f}"]
        ratio = f"{new['executemany']:.0f} ({new['ours'] / new['executemany']:.1f}x)"
        yield _line([f"{row['items']:,}", *cells, ratio])


def _timetables(rows: Sequence[Row]) -> Iterator[str]:
    yield "### Whose turn it is"
    yield ""
    shares = ", ".join(f"{row['feeds']:,}: {row['share'] * 100:.2f} %" for row in rows)
    yield "Share of a core that the timetable takes if so many feeds are due once a minute:"
    yield f"{shares}."


def _hostile(rows: Sequence[Row]) -> Iterator[str]:
    yield "### Hostile bodies"
    yield ""
    columns = ("body", "bytes", "CPU of the child, s", "last of 50 other feeds, s", "daemon, MiB")
    yield _line([*columns, "what became of it"])
    yield "|---|---:|---:|---:|---:|---|"
    for row in rows:
        figures = f"{row['cpu_s']:.1f}", f"{row['wait_s']:.1f}", f"{row['more_mib']:+.0f}"
        yield _line([row["name"], f"{row['bytes']:,}", *figures, row["said"]])
    yield ""
    yield f"Without any the last of the 50 feeds was done after {rows[0]['quiet_s']:.1f} s."


def _us(value: float) -> str:
    return f"{value:,.0f}"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def write(text: str, figures: Row) -> None:
    """Put the figures between the marks of docs/performance.md, and draw them beside it."""
    before, _, rest = PAGE.read_text("utf-8").partition("<!-- cycle -->\n")
    _, _, after = rest.partition("<!-- /cycle -->\n")
    PAGE.write_text(f"{before}<!-- cycle -->\n{text}\n<!-- /cycle -->\n{after}", "utf-8")
    if "feeds" in figures:
        _draw(
            "CPU µs of a feed's poll by the number of feeds",
            [(row["feeds"], row["us"]) for row in figures["feeds"]],
            "cycle-feeds.svg",
        )
    if "history" in figures:
        _draw(
            "CPU µs of a feed's poll by the number of stored items",
            [(row["items"], row["cycle"]["us"]) for row in figures["history"]],
            "cycle-history.svg",
        )


def _draw(title: str, rows: Sequence[tuple[int, Row]], name: str) -> None:
    powers = [round(log10(count)) for count, _ in rows]
    chart = pygal.XY(
        title=title,
        logarithmic=True,
        legend_at_bottom=True,
        width=640,
        height=400,
        js=[],
        x_labels=[{"value": at, "label": f"{10**at:,}"} for at in powers],
    )
    for scenario, words in _SCENARIOS.items():
        points = [(log10(count), us[scenario]["ours"]) for count, us in rows]
        chart.add(words, points)
    path = ROOT / "docs" / name
    path.write_text(str(chart.render(is_unicode=True, disable_xml_declaration=True)), "utf-8")
