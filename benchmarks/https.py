"""One feed over HTTPS, a new connection each time: what a poll costs a client in CPU time.

`python -m benchmarks.https [--write]`
"""

import argparse
import platform
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import requests
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from benchmarks.timing import cpu_seconds
from monitor.adapters.http.session import Session
from monitor.adapters.http.sockets import tls_context

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "performance.md"
TLS = ROOT / "tests" / "data" / "tls"
REQUESTS = 40
BODY = (
    b"<rss version='2.0'><channel>" + b"<item><title>t</title></item>" * 500 + b"</channel></rss>"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the figures to docs/")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        serve()
        return
    page = "\n".join(report(measured()))
    print(page)
    if arguments.write:
        before, _, rest = PAGE.read_text("utf-8").partition("<!-- https -->\n")
        _, _, after = rest.partition("<!-- /https -->\n")
        PAGE.write_text(f"{before}<!-- https -->\n{page}\n<!-- /https -->\n{after}", "utf-8")


# --- the server, in a process of its own so that its time is not ours ----------------------------


class _Feed(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 64 * 1024

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(BODY)))
        if self.path == "/closing":
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


def serve() -> None:
    """Serve until standard input ends; the port is the first line that is said."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "good.pem")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Feed)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    print(server.server_address[1], flush=True)
    server.serve_forever()


@contextmanager
def serving() -> Iterator[str]:
    command = [sys.executable, "-m", "benchmarks.https", "--serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            yield f"https://localhost:{int(process.stdout.readline())}"
        finally:
            process.terminate()


# --- what is measured ----------------------------------------------------------------------------


def measured() -> dict[str, float]:
    """Seconds of CPU a request, user and system; "opening": of a session of ours, once."""
    with tempfile.TemporaryDirectory() as folder, serving() as url:
        trusted = _trusted(Path(folder))
        context = tls_context()
        context.load_verify_locations(cafile=trusted)
        ours = Session(
            user_agent="benchmark", allow_private=["127.0.0.0/8", "::1/128"], tls=context
        )
        theirs = requests.Session()
        theirs.trust_env, theirs.verify = False, trusted

        def asked(path: str) -> bytes:
            return ours.request("GET", url + path, deadline_s=30, max_bytes=10**6).body

        ways: dict[str, Callable[[], bytes]] = {
            "ours": partial(asked, "/closing"),
            "ours, kept": partial(asked, "/"),
            "get": lambda: requests.get(url + "/closing", verify=trusted, timeout=30).content,
            "Session": lambda: theirs.get(url + "/closing", timeout=30).content,
            "Session, kept": lambda: theirs.get(url + "/", timeout=30).content,
        }
        spent = cpu_seconds({name: partial(_repeated, way) for name, way in ways.items()})
        ours.close()
        theirs.close()
    opening = cpu_seconds({"opening": lambda: Session(user_agent="benchmark").close()})
    return {name: seconds / REQUESTS for name, seconds in spent.items()} | opening


def _trusted(folder: Path) -> str:
    """A bundle of everybody's authorities and our own."""
    bundle = folder / "bundle.pem"
    usual, own = Path(DEFAULT_CA_BUNDLE_PATH), TLS / "authority.pem"
    bundle.write_text(usual.read_text("utf-8") + own.read_text("utf-8"), "utf-8")
    return str(bundle)


def _repeated(way: Callable[[], bytes]) -> None:
    for _ in range(REQUESTS):
        if way() != BODY:
            raise ValueError("not what the server sent")


def report(spent: dict[str, float]) -> Iterator[str]:
    library = f"requests {requests.__version__}, " + " ".join(ssl.OPENSSL_VERSION.split()[:2])
    yield f"Python {platform.python_version()}, {library}, a feed of {len(BODY) / 1000:.0f} kB,"
    yield "CPU time (user and system) of the client alone, the least of several runs in turns."
    yield ""
    yield "| | a new connection each time, ms | over a kept one, ms |"
    yield "|---|---:|---:|"
    yield f"| ours | {_ms(spent['ours'])} | {_ms(spent['ours, kept'])} |"
    yield f"| `requests.get` | {_ms(spent['get'])} | |"
    yield f"| `requests.Session` | {_ms(spent['Session'])} | {_ms(spent['Session, kept'])} |"
    yield ""
    get, session = spent["get"] / spent["ours"], spent["Session"] / spent["ours"]
    yield f"With new connections `requests.get` takes **{get:.1f} times** as long as ours, a"
    yield f"`requests.Session` {session:.1f} times. Opening a session of ours, once in the life of"
    yield f"the service, takes {_ms(spent['opening'])} ms."


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.2f}"


if __name__ == "__main__":
    main()
