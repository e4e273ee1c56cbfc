"""The process in which templates are rendered, seen from ours: timed, replaced if it is lost."""

import atexit
import json
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from typing import Any

from monitor.errors import MonitorError

DEADLINE_S = 2.0
MAX_OUTPUT = 32 * 1024

_START_S = 20.0
_MAX_ANSWER = 8 * MAX_OUTPUT  # in JSON, where a character may take six bytes
_ENVIRONMENT = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "LANG", "LC_ALL")


class TemplateFailed(MonitorError):  # noqa: N818 - reads as what it says
    """There is no text.

    Attributes:
        line: Of the template, from 1; 0: nobody knows.
        cure: What to do, if it is plain.
        stopped: It took too long, or the process was lost on it.
    """

    def __init__(
        self, problem: str, *, line: int = 0, cure: str = "", stopped: bool = False
    ) -> None:
        super().__init__(problem)
        self.problem, self.line, self.cure, self.stopped = problem, line, cure, stopped


class TemplateProcess:
    """Starts the child when it is first needed. Thread-safe."""

    def __init__(self, deadline_s: float = DEADLINE_S) -> None:
        self._deadline_s = deadline_s
        self._process: subprocess.Popen[bytes] | None = None
        self._busy = threading.Lock()

    def render(self, template: str, values: Mapping[str, Any]) -> str:
        """The text, at most 32 KiB.

        Raises:
            TemplateFailed: It cannot be read or rendered, is too slow, or needs too much.
        """
        request = json.dumps({"template": template, "values": values}).encode() + b"\n"
        with self._busy:
            said = self._asked(request)
        if "text" in said:
            return str(said["text"])
        raise TemplateFailed(
            str(said.get("problem", "it failed")),
            line=int(said.get("line", 0)),
            cure=str(said.get("cure", "")),
        )

    def close(self) -> None:
        """End the child; the next request starts another one."""
        with self._busy:
            self._end()

    def _asked(self, request: bytes) -> dict[str, Any]:
        process = self._running()
        try:
            answer = json.loads(_exchange(process, request, self._deadline_s))
        except TimeoutError:
            self._end()
            problem = f"took longer than {self._deadline_s:g} s"
            raise TemplateFailed(problem, stopped=True, cure="make it simpler") from None
        except (OSError, ValueError):
            self._end()
            raise TemplateFailed("its process was lost on it", stopped=True) from None
        assert isinstance(answer, dict)
        return answer

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._end()
        self._process = process = subprocess.Popen(
            [sys.executable, "-m", "monitor.adapters.webhooks.template_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={key: os.environ[key] for key in _ENVIRONMENT if key in os.environ},
            process_group=0,  # a terminal's Ctrl-C is meant for the service
            bufsize=0,
        )
        try:
            _exchange(process, b"", _START_S)
        except OSError:  # TimeoutError is one
            self._end()
            raise TemplateFailed("no process could be started for it", stopped=True) from None
        return process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            with process:  # closes the pipes and waits
                pass


def _exchange(process: subprocess.Popen[bytes], request: bytes, deadline_s: float) -> bytes:
    """Write a line and read one; neither may block past the deadline.

    Raises:
        TimeoutError: It is past.
        OSError: The child is gone.
    """
    assert process.stdin is not None
    assert process.stdout is not None
    until = time.monotonic() + deadline_s
    sink, source = process.stdin.fileno(), process.stdout.fileno()
    os.set_blocking(sink, False)
    poll = select.poll()
    poll.register(source, select.POLLIN)
    unsent, answer = memoryview(request), bytearray()
    if unsent:
        poll.register(sink, select.POLLOUT)
    while (left := until - time.monotonic()) > 0:
        for descriptor, _ in poll.poll(left * 1000 + 1):
            if descriptor == sink:
                unsent = unsent[os.write(sink, unsent) :]
                if not unsent:
                    poll.unregister(sink)
                continue
            chunk = os.read(source, 64 * 1024)
            answer += chunk
            if not chunk or len(answer) > _MAX_ANSWER:
                raise BrokenPipeError
            if answer.endswith(b"\n"):
                return bytes(answer)
    raise TimeoutError


process = TemplateProcess()
"""The one that all webhooks of this service share."""
atexit.register(process.close)
