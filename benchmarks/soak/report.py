"""The figures as a part of a page."""

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks.cycle.parties import ROOT

PAGE = ROOT / "docs" / "performance.md"
Row = dict[str, Any]
_SERVER = "PostgreSQL: "
_ENGINE = f"{_SERVER}engine"


def page(figures: Row) -> Iterator[str]:
    one, many = figures["embedded"], figures["cluster"]
    yield f"Python {figures['python']}, {figures['feeds']:,} feeds on {figures['hosts']:,} hosts,"
    yield f"{figures['cores']} cores, load {figures['load']:.0f}. One service on SQLite; a cluster"
    yield f"of {figures['schedulers']} schedulers, two fetch workers and a deliver worker on"
    yield f"PostgreSQL with fsync {'on' if figures['fsync'] else 'off'}. Answers take 20 ms."
    yield ""
    rounds = {
        "unchanged, 304": (one["burst"], many["burst"]),
        "an item new, read as a whole": (one["news"]["whole"], many["news"]["whole"]),
        "an item new": (one["news"]["cut"], many["news"]["cut"]),
    }
    yield "CPU time, ms a poll, of feeds that are due all at once:"
    yield ""
    yield _line(["", *(f"{name}: service | cluster" for name in rounds)])
    yield "|---|" + "---:|" * (2 * len(rounds))
    yield from _costs(list(rounds.values()))
    yield from _ratios(list(rounds.values()))
    yield ""
    yield from _goals(many)
    yield ""
    yield from _times(figures, one, many)


def _costs(rounds: list[tuple[Row, Row]]) -> Iterator[str]:
    roles = {who: None for pair in rounds for row in pair for who in row["cpu_s"]}
    for who in sorted(roles, key=lambda name: (name.startswith(_SERVER), name)):
        cells = [_ms(row, row["cpu_s"].get(who)) for pair in rounds for row in pair]
        yield _line([who, *cells])
    yield _line(["**all**", *(_ms(row, _all(row)) for pair in rounds for row in pair)])


def _ratios(rounds: list[tuple[Row, Row]]) -> Iterator[str]:
    def cells(name: str) -> list[str]:
        return [text for pair in rounds for text in _either(pair, name)]

    yield _line(["cluster / service", *cells("ratio")])
    yield _line(["polls a second, by the clock", *cells("speed")])
    yield _line(["bytes of log (WAL) a poll", *cells("wal")])


def _either(pair: tuple[Row, Row], what: str) -> tuple[str, str]:
    one, many = pair
    if what == "ratio":
        return "", f"{_all(many) / many['polls'] / (_all(one) / one['polls']):.1f}x"
    if what == "wal":
        return "", f"{many['counts']['wal'] / many['polls']:,.0f}"
    return f"{one['polls'] / one['polled_in_s']:.0f}", f"{many['polls'] / many['polled_in_s']:.0f}"


def _goals(many: Row) -> Iterator[str]:
    burst, steady, idle = many["burst"], many["steady"], many["idle"]
    server = sum(cost for who, cost in burst["cpu_s"].items() if who.startswith(_SERVER))
    engine = burst["cpu_s"].get(_ENGINE, 0.0)
    yield "| of the cluster | measured | goal |"
    yield "|---|---:|---:|"
    yield f"| PostgreSQL, an unchanged poll | {server / burst['polls'] * 1000:.3f} ms | 0.1 ms |"
    yield (
        f"| engine's connections, of all that an unchanged poll costs "
        f"| {engine / _all(burst):.1%} | 5 % |"
    )
    for name, row in (("nothing is due", idle), ("feeds are due one by one", steady)):
        rate = row["counts"]["jobs"] / row["took_s"]
        commits = row["counts"]["commits"] / row["took_s"]
        yield f"| engine jobs a second, {name} | {rate:.1f} | 20 |"
        yield f"| transactions a second, {name} | {commits:.0f} | |"
    jobs = burst["counts"]["jobs"] / burst["polls"]
    yield f"| engine jobs a poll, all due at once | {jobs:.4f} | |"


def _times(figures: Row, one: Row, many: Row) -> Iterator[str]:
    yield (
        f"| | nothing due: share of a core | {figures['steady_per_s']:.0f} due a second: share "
        "| request late, s: p50 | p99 | most | decided late, s: p99 | MiB |"
    )
    yield "|---|---:|---:|---:|---:|---:|---:|---:|"
    for name, pair in (("service", one), ("cluster", many)):
        lag, polled = pair["steady"]["lag_s"], pair["steady"]["polled_lag_s"]
        yield _line(
            [
                f"**{name}**",
                *(_share(pair[part], _all(pair[part])) for part in ("idle", "steady")),
                *(f"{lag[at]:.1f}" for at in ("p50", "p99", "max")),
                f"{polled['p99']:.1f}",
                f"{sum(pair['memory_mib'].values()):.0f}",
            ]
        )
        roles = {**pair["memory_mib"], **pair["idle"]["cpu_s"], **pair["steady"]["cpu_s"]}
        for who in roles:
            spent = (pair[part]["cpu_s"].get(who, 0.0) for part in ("idle", "steady"))
            shares = map(_share, (pair["idle"], pair["steady"]), spent)
            held = pair["memory_mib"].get(who)
            yield _line([who, *shares, "", "", "", "", f"{held:.0f}" if held else ""])


def _all(row: Mapping[str, Any]) -> float:
    return float(sum(row["cpu_s"].values()))


def _ms(row: Row, cost_s: float | None) -> str:
    return "" if cost_s is None else f"{cost_s / row['polls'] * 1000:.3f}"


def _share(row: Row, cost_s: float) -> str:
    return f"{cost_s / row['took_s']:.1%}"


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def write(page: str) -> None:
    """Put the figures between the marks of docs/performance.md."""
    before, _, rest = PAGE.read_text("utf-8").partition("<!-- soak -->\n")
    _, _, after = rest.partition("<!-- /soak -->\n")
    PAGE.write_text(f"{before}<!-- soak -->\n{page}\n<!-- /soak -->\n{after}", "utf-8")
