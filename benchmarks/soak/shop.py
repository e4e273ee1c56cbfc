"""The server of feeds, as a process that is asked."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from benchmarks.cycle.parties import ROOT


class Server:
    """See `benchmarks.soak.server`.

    Attributes:
        ports: Each a host of its own.
    """

    def __init__(self, *, feeds: int, hosts: int) -> None:
        command = [sys.executable, "-m", "benchmarks.soak.server", "--feeds", str(feeds)]
        self._process = subprocess.Popen(
            [*command, "--hosts", str(hosts)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.ports: Sequence[int] = self._answer()

    def lay_out(self, step: int, again_s: float) -> None:
        """Show what feeds show at a step, and count from 0 again.

        Args:
            again_s: When feeds want to be asked again, in seconds since 1970.
        """
        self._ask(f"{step} {again_s}")

    def count(self) -> Mapping[str, int]:
        """How many feeds were asked since, how often, and how many messages came."""
        counts: Mapping[str, int] = self._ask("count")
        return counts

    def log(self) -> Mapping[int, float]:
        """Number of a feed -> when it was first asked since, in seconds since 1970."""
        return {int(number): at_s for number, at_s in self._ask("log").items()}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate()

    def _ask(self, line: str) -> Any:
        assert self._process.stdin
        print(line, file=self._process.stdin, flush=True)
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout
        if line := self._process.stdout.readline():
            return json.loads(line)
        raise RuntimeError("the server of feeds ended")
