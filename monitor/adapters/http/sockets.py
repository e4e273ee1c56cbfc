"""Sockets that obey the current attempt: a total deadline, a byte budget, judged addresses.

requests and urllib3 know only a timeout per read, so a server that drips one byte a second holds
them for ever, in headers as in bodies. Here each wait gets what is left of the whole.
"""

import contextlib
import queue
import socket
import ssl
import threading
from collections.abc import Sequence
from ipaddress import ip_address
from typing import TYPE_CHECKING

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from monitor.adapters.http.addresses import judge
from monitor.adapters.http.attempt import Attempt, Resolver, current
from monitor.adapters.http.errors import HttpError, Kind
from monitor.failpoints import failpoint

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer


class TimedSocket(socket.socket):
    """Waits no longer than the current attempt may, and books what it receives."""

    def recv_into(
        self, buffer: "WriteableBuffer", nbytes: int | None = None, flags: int = 0
    ) -> int:
        attempt = current.get()
        self.settimeout(attempt.remaining())
        try:
            received = super().recv_into(buffer, nbytes or memoryview(buffer).nbytes, flags)
        except TimeoutError:
            raise attempt.too_late() from None
        attempt.count(received)
        return received

    def send(self, data: "ReadableBuffer", flags: int = 0) -> int:
        attempt = current.get()
        self.settimeout(attempt.remaining())
        attempt.sent = True
        try:
            return super().send(data, flags)
        except TimeoutError:
            raise attempt.too_late() from None

    def sendall(self, data: "ReadableBuffer", flags: int = 0) -> None:
        view = memoryview(data).cast("B")
        while view:
            view = view[self.send(view, flags) :]
        failpoint("http.sent")


class TimedTlsSocket(TimedSocket, ssl.SSLSocket):
    """The same, encrypted. The handshake as a whole obeys the timeout set before it (CPython)."""


def tls_context() -> ssl.SSLContext:
    """Certificates and names are checked, always; one context serves all threads.

    Trusted is what the system trusts (an operator's own authority counts, as does SSL_CERT_FILE)
    and what requests ships, since slim images have no store.
    """
    context = ssl.create_default_context()
    context.load_verify_locations(cafile=DEFAULT_CA_BUNDLE_PATH)
    context.sslsocket_class = TimedTlsSocket
    return context


def system_resolver(host: str, port: int) -> Sequence[str]:
    """What the operating system says."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def connect(host: str, port: int) -> TimedSocket:
    """Resolve once, judge every address, connect to a judged one.

    Raises:
        HttpError: No address, none that we may connect to, or none that answers.
    """
    attempt = current.get()
    found = look_up(host, port, attempt, attempt.remaining())
    reasons = {address: judge(address, attempt.allow_private) for address in found}
    allowed = [address for address, reason in reasons.items() if reason is None]
    if not allowed:
        raise attempt.error(
            f"refused to connect: not a public address ({next(iter(reasons.values()), 'none')})",
            Kind.REFUSED_ADDRESS,
        )
    return _dialled(allowed, port, attempt)


def connect_to_proxy(host: str, port: int) -> TimedSocket:
    """Connect wherever it stands: who names a proxy in the configuration means that one.

    Raises:
        HttpError: No address, or none that answers.
    """
    attempt = current.get()
    try:
        return _dialled(look_up(host, port, attempt, attempt.remaining()), port, attempt)
    except HttpError as exc:
        raise HttpError(f"the proxy: {exc}", kind=exc.kind) from None


def _dialled(allowed: Sequence[str], port: int, attempt: Attempt) -> TimedSocket:
    problem = OSError("no address")
    for tried, address in enumerate(allowed):
        try:
            # A share each, so that one dead address does not use up the time of the others.
            return _open(address, port, attempt.remaining() / (len(allowed) - tried))
        except OSError as exc:
            problem = exc
    raise attempt.error(_why_unconnected(problem), _kind_of(problem))


def check_peer(sock: socket.socket, attempt: Attempt) -> None:
    """Judge a kept connection anew: it may have been opened under another feed's exceptions.

    Raises:
        HttpError: This attempt may not use it.
    """
    reason = judge(str(sock.getpeername()[0]), attempt.allow_private)
    if reason is not None:
        raise attempt.error(
            f"refused to connect: not a public address ({reason})", Kind.REFUSED_ADDRESS
        )


def _open(address: str, port: int, timeout_s: float) -> TimedSocket:
    family = socket.AF_INET6 if ip_address(address).version == 6 else socket.AF_INET
    sock = TimedSocket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(timeout_s)
        sock.connect((address, port))
        sock.settimeout(current.get().remaining())  # what a TLS handshake may take
    except BaseException:
        sock.close()
        raise
    return sock


def look_up(host: str, port: int, attempt: Attempt, within_s: float) -> Sequence[str]:
    """Numeric addresses of `host`; a look-up cannot be interrupted, so it may be left behind.

    Raises:
        HttpError: There is none, or no answer in time.
    """
    with contextlib.suppress(ValueError):
        return [str(ip_address(host))]
    answer: queue.SimpleQueue[Sequence[str] | OSError] = queue.SimpleQueue()
    threading.Thread(
        target=_resolve_into, args=(answer, attempt.resolver, host, port), daemon=True, name="dns"
    ).start()
    try:
        found = answer.get(timeout=within_s)
    except queue.Empty:
        raise attempt.error("no answer from the name service", Kind.TIMEOUT) from None
    if isinstance(found, OSError):
        unknown = getattr(socket, "EAI_NODATA", socket.EAI_NONAME), socket.EAI_NONAME
        text = "no such host" if found.errno in unknown else "the host name cannot be looked up"
        raise attempt.error(text, Kind.DNS)
    return found


def _resolve_into(
    answer: "queue.SimpleQueue[Sequence[str] | OSError]", resolver: Resolver, host: str, port: int
) -> None:
    try:
        answer.put(resolver(host, port))
    except OSError as exc:
        answer.put(exc)
    except ValueError:  # IDNA: an empty label, or one too long
        answer.put(socket.gaierror(socket.EAI_NONAME, "not a host name"))


def _kind_of(problem: OSError) -> Kind:
    return Kind.TIMEOUT if isinstance(problem, TimeoutError) else Kind.CONNECT


def _why_unconnected(problem: OSError) -> str:
    if isinstance(problem, TimeoutError):
        return "no connection within the deadline"
    if isinstance(problem, ConnectionRefusedError):
        return "connection refused"
    return (problem.strerror or "no connection").lower()


def tls_problem(problem: ssl.SSLError) -> HttpError:
    """In words; OpenSSL's own text for a wrong name would quote the host."""
    if isinstance(problem, ssl.SSLCertVerificationError):
        wrong_name = problem.verify_code in (62, 64)  # X509_V_ERR_HOSTNAME_, _IP_ADDRESS_MISMATCH
        what = "it is for another host" if wrong_name else problem.verify_message
        return HttpError(f"TLS: the certificate cannot be trusted: {what}", kind=Kind.TLS)
    return HttpError(f"TLS: {(problem.reason or 'no handshake').lower()}", kind=Kind.TLS)
