"""The daemon under observation: a process of its own, started, killed and stopped by its pid."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from monitor.errors import MonitorError

_LAST_WORDS = 15  # lines of the log


class DemoError(MonitorError):
    """The demo cannot go on; says what it was waiting for."""


class Daemon:
    """`news-monitor run` on a configuration folder.

    Args:
        log: File that collects what it prints, over all its lives.
    """

    def __init__(self, config: Path, log: Path) -> None:
        self._command = [sys.executable, "-m", "monitor", "run", "--config", str(config)]
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def start(self) -> None:
        """Start it, in a session of its own: Ctrl-C is for us, we tell it to stop."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """End it at once, as a power cut does."""
        assert self._process
        self._process.kill()
        self._process.wait()

    def stop(self, grace_s: float = 35) -> int:
        """Ask it to stop (SIGTERM) and return its exit code; killed if it does not within time."""
        assert self._process
        try:
            self._process.terminate()
            return self._process.wait(grace_s)
        except subprocess.TimeoutExpired:
            return -signal.SIGKILL
        finally:
            self.kill()

    def check(self) -> None:
        """See that it runs.

        Raises:
            DemoError: It ended by itself; with the end of its log.
        """
        if self._process is None or self._process.poll() is None:
            return
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        last = "\n".join(lines[-_LAST_WORDS:])
        code = self._process.returncode
        raise DemoError(f"the daemon ended by itself with exit code {code}:{os.linesep}{last}")

    def end(self) -> None:
        """Stop it if it runs."""
        if self._process and self._process.poll() is None:
            self.stop()
