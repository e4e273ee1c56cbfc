"""One parser child seen from the daemon: started when needed, timed, replaced when it is lost."""

import os
import select
import signal
import subprocess
import sys
import threading
import time

from monitor.adapters.feeds import wire
from monitor.errors import ParseError
from monitor.model import Health

START_S = 60.0
# All that a child needs of our environment; the rest may hold the secrets of webhooks.
_ENVIRONMENT = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "LANG", "LC_ALL")


class NoAnswer(Exception):  # noqa: N818 - an event between this module's functions
    """The child ended before it answered. `heard`: it had been given the whole request."""

    def __init__(self, *, heard: bool) -> None:
        super().__init__()
        self.heard = heard


class ParserProcess:
    """`ask` is for one thread at a time, `close` for any."""

    def __init__(self, cpu_s: float, wall_s: float, max_rss_mib: int) -> None:
        self._cpu_s, self._wall_s, self._max_rss_mib = cpu_s, wall_s, max_rss_mib
        self._process: subprocess.Popen[bytes] | None = None
        self._busy = threading.Lock()
        self._closed = False

    @property
    def pid(self) -> int | None:
        """Of the running child; None if none runs."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def ask(self, request: bytes) -> bytes:
        """The child's answer to a request (see wire.py).

        Raises:
            ParseError: Too slow, too big or crashed; the next request gets a new child.
        """
        with self._busy:
            try:
                return self._asked(request)
            except NoAnswer:
                # It had ended before it could see this body: no fault of the feed.
                pass
            try:
                return self._asked(request)
            except NoAnswer:
                raise _failure("the parser process ends as soon as it starts") from None

    def close(self) -> None:
        """End the child, whatever it does; there is none from now on."""
        self._closed = True
        if (process := self._process) is not None:
            process.kill()
        with self._busy:
            self._end(grace_s=0)

    def _asked(self, request: bytes) -> bytes:
        process = self._running()
        try:
            answer = _talk(process, request, time.monotonic() + self._wall_s)
        except TimeoutError:
            self._end(grace_s=0)
            raise _failure(f"reading it took longer than {self._wall_s:g} s; stopped") from None
        except NoAnswer as exc:
            status = self._end(grace_s=2)
            if exc.heard or self._closed:
                raise _failure(self._why(status)) from None
            raise
        if answer.startswith(wire.LAST):
            self._end(grace_s=2)
        return answer[1:]

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is not None:
            self._end(grace_s=0)
        if self._closed:
            raise _failure("the parser is closed")
        return self._process or self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "monitor.adapters.feeds.child"]
        try:
            process = self._process = subprocess.Popen(  # noqa: S603 - our own module
                [*command, str(self._cpu_s), str(self._max_rss_mib)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=_environment(),
                process_group=0,  # a terminal's Ctrl-C is meant for the daemon
                bufsize=0,
            )
        except OSError as exc:
            raise _failure(f"no parser process could be started ({exc.strerror})") from exc
        try:
            _talk(process, b"", time.monotonic() + START_S)
        except (TimeoutError, NoAnswer):
            self._end(grace_s=0)
            raise _failure(
                f"the parser process did not start; try: {' '.join(command)} 10 768"
            ) from None
        return process

    def _end(self, grace_s: float) -> int:
        """Its exit status; it has `grace_s` to end by itself."""
        process, self._process = self._process, None
        if process is None:
            return 0
        try:
            process.wait(grace_s)
        except subprocess.TimeoutExpired:
            process.kill()
        with process:  # closes the pipes and waits
            pass
        return process.returncode

    def _why(self, status: int) -> str:
        if self._closed:
            return "the parser is closed"
        if status == -signal.SIGXCPU:
            return f"reading it took more than {self._cpu_s:g} s of processor time; stopped"
        if status == -signal.SIGKILL:
            return "the parser process was killed while reading it (out of memory?)"
        if status < 0:
            return f"the parser process crashed on it ({signal.Signals(-status).name})"
        return f"the parser process ended on it (status {status})"


def _environment() -> dict[str, str]:
    # feedparser computes some dates by local time: the child's is UTC.
    return {key: os.environ[key] for key in _ENVIRONMENT if key in os.environ} | {"TZ": "UTC"}


def _failure(text: str) -> ParseError:
    return ParseError(text, health=Health.FAILING)


def _talk(process: subprocess.Popen[bytes], request: bytes, deadline: float) -> bytes:
    """Write the request while reading the answer; neither may block past the deadline."""
    assert process.stdin is not None
    assert process.stdout is not None
    sink, source = process.stdin.fileno(), process.stdout.fileno()
    os.set_blocking(sink, False)
    poll = select.poll()  # select() fails on descriptors past 1,023
    poll.register(source, select.POLLIN)
    unsent, answer = memoryview(request), bytearray()
    if unsent:
        poll.register(sink, select.POLLOUT)
    while (left := deadline - time.monotonic()) > 0:
        for descriptor, _ in poll.poll(left * 1000 + 1):
            if descriptor == sink:
                unsent = unsent[_written(sink, unsent) :]
                if not unsent:
                    poll.unregister(sink)
            elif chunk := os.read(source, 1024 * 1024):
                answer += chunk
                if (whole := _whole(answer)) is not None:
                    return whole
            else:
                raise NoAnswer(heard=not unsent)
    raise TimeoutError


def _written(sink: int, unsent: memoryview) -> int:
    try:
        return os.write(sink, unsent)
    except BlockingIOError:
        return 0
    except BrokenPipeError:
        raise NoAnswer(heard=False) from None


def _whole(answer: bytearray) -> bytes | None:
    size = wire.LENGTH.size
    if len(answer) < size:
        return None
    (length,) = wire.LENGTH.unpack_from(answer)
    if length > wire.MAX_ANSWER:
        raise NoAnswer(heard=True)
    return bytes(answer[size:]) if len(answer) >= size + length else None
