"""Who asks: by a session cookie after a login, or by the token itself."""

import hmac
import secrets
import time
from collections import deque
from collections.abc import Callable
from threading import Lock

from itsdangerous import BadSignature, URLSafeTimedSerializer

COOKIE = "news_monitor"
LASTS_S = 12 * 3600
_TRIES, _TRIES_S = 10, 60


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
        self._failed: deque[float] = deque(maxlen=_TRIES)
        self._lock = Lock()

    @property
    def exist(self) -> bool:
        return bool(self._token)

    def is_slowed(self) -> bool:
        """Whether ten guesses went wrong within a minute: then nobody is let in for a while."""
        with self._lock:
            full = len(self._failed) == _TRIES
            return full and self._monotonic() - self._failed[0] < _TRIES_S

    def is_token(self, guess: str) -> bool:
        """Compared in constant time; a wrong one is counted."""
        if not self._token:
            return False
        if hmac.compare_digest(guess.encode(), self._token.encode()):
            return True
        with self._lock:
            self._failed.append(self._monotonic())
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
