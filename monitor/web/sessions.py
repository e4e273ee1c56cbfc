"""Who asks: by a session cookie after a login, or by the token itself."""

import hashlib
import hmac
import secrets
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from threading import Lock

from itsdangerous import BadSignature, URLSafeTimedSerializer

COOKIE = "news_monitor"
LASTS_S = 12 * 3600
_TRIES, _TRIES_S = 10, 60
_KNOWN = 1_000  # addresses, and wrong guesses, that are remembered


class Sessions:
    """Logins with one token; nothing is kept, so that a restart logs nobody out.

    Another token ends all sessions.

    Args:
        token: What a person has to know; empty: nobody can log in.
        monotonic: Seconds, to slow down who guesses.
    """

    def __init__(self, token: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._token, self._monotonic = token, monotonic
        self._sessions = URLSafeTimedSerializer(token or secrets.token_hex(32), salt="session")
        self._forms = URLSafeTimedSerializer(token or secrets.token_hex(32), salt="form")
        self._failed: OrderedDict[str, deque[float]] = OrderedDict()
        self._known_wrong: deque[bytes] = deque(maxlen=_KNOWN)
        self._lock = Lock()

    @property
    def exist(self) -> bool:
        return bool(self._token)

    def is_slowed(self, address: str) -> bool:
        """Whether ten guesses from there went wrong within a minute: then none is heard a while."""
        with self._lock:
            failed = self._failed.get(address) or deque[float]()
            return len(failed) == _TRIES and self._monotonic() - failed[0] < _TRIES_S

    def is_token(self, guess: str, address: str) -> bool:
        """Compared in constant time; a wrong one is counted against who is connected.

        Once: a program that keeps asking with a token of yesterday is no guesser.
        """
        if not self._token:
            return False
        if hmac.compare_digest(guess.encode("utf-8", "surrogatepass"), self._token.encode()):
            return True
        seen = hashlib.sha256(guess.encode("utf-8", "surrogatepass")).digest()
        with self._lock:
            if seen not in self._known_wrong:
                self._known_wrong.append(seen)
                failed = self._failed.setdefault(address, deque(maxlen=_TRIES))
                failed.append(self._monotonic())
                self._failed.move_to_end(address)
                while len(self._failed) > _KNOWN:
                    self._failed.popitem(last=False)
        return False

    def begin(self) -> str:
        """The value of the cookie of a new session."""
        return str(self._sessions.dumps(secrets.token_hex(16)))

    def is_open(self, cookie: str) -> bool:
        return self._nonce(cookie) is not None

    def form_key(self, cookie: str) -> str:
        """What a form of this session holds, so that no other page can send one."""
        return str(self._forms.dumps(self._nonce(cookie) or ""))

    def is_own_form(self, cookie: str, key: str) -> bool:
        nonce = self._nonce(cookie)
        try:
            return bool(nonce) and self._forms.loads(key, max_age=LASTS_S) == nonce
        except BadSignature:
            return False

    def _nonce(self, cookie: str) -> str | None:
        try:
            return str(self._sessions.loads(cookie, max_age=LASTS_S)) if self._token else None
        except BadSignature:
            return None
