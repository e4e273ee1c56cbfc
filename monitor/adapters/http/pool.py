"""Kept connections: urllib3's pools, dialling through `sockets.connect`."""

import logging
import re
import ssl
import time
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from monitor.adapters.http import sockets
from monitor.adapters.http.attempt import current
from monitor.adapters.http.errors import HttpError, Kind

if TYPE_CHECKING:
    from requests.adapters import _HostParams, _PoolKwargs

# urllib3 logs URLs (request lines at debug, bad headers at warning), and a webhook's is a secret.
# Disabled one by one: nobody undoes that by setting a level or adding a handler.
for _name in ("connection", "connectionpool", "poolmanager", "response", "util.retry"):
    logging.getLogger(f"urllib3.{_name}").disabled = True

# Below the shortest common keep-alive (5 s: Apache, Node), so that a POST is hardly ever sent
# into a connection that the server is closing.
_IDLE_S = 4.0
_REFUSED_BY_PROXY = re.compile(r"Tunnel connection failed: (\d{3})\b", re.ASCII)


class _JudgedHttp(HTTPConnection):
    """Connects to judged addresses only (or to the proxy), and is not kept for long."""

    _used_at = 0.0
    _is_new = True

    def _new_conn(self) -> sockets.TimedSocket:
        self._is_new = True
        dial = sockets.connect_to_proxy if self.proxy else sockets.connect
        return dial(self._dns_host, self.port or self.default_port)

    def _tunnel(self) -> None:
        """Have the proxy connect us; the request itself has not been sent yet."""
        attempt = current.get()
        try:
            super()._tunnel()
        except HttpError as exc:
            raise HttpError(f"the proxy: {exc}", kind=exc.kind) from None
        except (OSError, HTTPException) as exc:
            status = _REFUSED_BY_PROXY.search(str(exc))
            what = f"refuses to connect (HTTP {status[1]})" if status else "does not connect"
            raise HttpError(f"the proxy {what}", kind=Kind.CONNECT) from None
        attempt.sent = attempt.answered = False

    def request(self, *args: Any, **kwargs: Any) -> None:
        attempt = current.get()
        attempt.reused = self.sock is not None and not self._is_new
        if attempt.reused and self.sock is not None and not self.proxy:
            sockets.check_peer(self.sock, attempt)
        super().request(*args, **kwargs)
        self._is_new = False
        self._used_at = time.monotonic()

    @property
    def is_connected(self) -> bool:
        return super().is_connected and time.monotonic() - self._used_at < _IDLE_S


class _JudgedHttps(_JudgedHttp, HTTPSConnection):
    """The same, with the certificate checked against the name that was asked for."""

    def connect(self) -> None:
        try:
            super().connect()
        except ssl.SSLError as exc:
            self.close()
            raise sockets.tls_problem(exc) from None
        except TimeoutError:
            self.close()
            raise current.get().too_late() from None


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _JudgedHttp


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _JudgedHttps


_POOLS = {"http": _HttpPool, "https": _HttpsPool}


class JudgedAdapter(HTTPAdapter):
    """A requests transport for any thread; all connections share one TLS context."""

    def __init__(self, tls: ssl.SSLContext) -> None:
        self._tls = tls
        super().__init__(pool_connections=64, pool_maxsize=4)

    def init_poolmanager(
        self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: Any
    ) -> None:
        self.poolmanager = PoolManager(
            num_pools=connections, maxsize=maxsize, block=block, **pool_kwargs
        )
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def build_connection_pool_key_attributes(
        self,
        request: PreparedRequest,
        verify: bool | str | None,  # noqa: ARG002
        cert: str | tuple[str, str] | None = None,  # noqa: ARG002
    ) -> "tuple[_HostParams, _PoolKwargs]":
        """All pools get the one context; what the caller says of certificates changes nothing."""
        host, pool = super().build_connection_pool_key_attributes(request, verify=True, cert=None)
        return host, {**pool, "ssl_context": self._tls}

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Nothing to do: the context verifies, and would reload the bundle for each connection."""

    def proxy_manager_for(self, proxy: str, **proxy_kwargs: Any) -> Any:
        """Connections of the same kind, with a login if the proxy's address holds one."""
        manager = super().proxy_manager_for(proxy, **proxy_kwargs)
        manager.pool_classes_by_scheme = _POOLS
        return manager
