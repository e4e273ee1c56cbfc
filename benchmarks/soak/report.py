"""The figures as a part of a page."""

from collections.abc import Iterator
from typing import Any

Row = dict[str, Any]


def page(figures: Row) -> Iterator[str]:
    import json

    for name in ("embedded", "cluster"):
        f = figures[name]
        for phase, part, r in (
            ("", "idle", f["idle"]),
            ("", "steady", f["steady"]),
            ("", "burst", f["burst"]),
            ("news", "whole", f["news"]["whole"]),
            ("news", "cut", f["news"]["cut"]),
        ):
            if True:
                n = r.get("polls") or 0
                yield f"{name} {phase} {part} took {r['took_s']:.1f} polls {n} {r.get('polled_in_s')}"
                for who, cpu in r["cpu_s"].items():
                    yield f"   {who}: {cpu:.2f} s" + (
                        f" {cpu / n * 1000:.3f} ms/poll"
                        if n
                        else f" {cpu / r['took_s'] * 100:.2f} %"
                    )
                yield f"   {r['counts']} {r.get('lag_s')} {r.get('polled_lag_s')} {r.get('items')} {r.get('alerts')} {r.get('messages')}"


def write(page: str) -> None: ...
