"""Where the database is: a file, or the address of a PostgreSQL database."""

from urllib.parse import parse_qs, urlsplit

from monitor.config.secrets import NotASecret, Secrets, is_reference
from monitor.model import Secret

_SCHEMES = ("postgresql", "postgres")
_CURE = (
    'write it as in "postgresql://monitor@db.example.org:5432/monitor"; '
    "what is special in a name or password is written as in %40"
)
_REFERENCE_CURE = (
    'put the address into an environment variable and name that, as in "env:DATABASE_URL", or into '
    'a file, as in "file:secrets/database"; or leave the password to libpq\'s PGPASSFILE'
)


def is_address(written: str) -> bool:
    """Whether it is no file, but an address or what leads to one."""
    return is_reference(written) or "://" in written


def address_of(written: str, secrets: Secrets) -> tuple[str, Secret]:
    """What to call the database, and its address, which may hold a password.

    Raises:
        NotASecret: There is no address that can be used; what it holds is not repeated.
    """
    address = secrets.resolve(written) if is_reference(written) else Secret(written.strip())
    try:
        parts = urlsplit(address.reveal())
        host = "" if parts.hostname is None else parts.netloc.rpartition("@")[2]
        secret = parts.password or "password" in parse_qs(parts.query)
    except ValueError:
        raise NotASecret("the address cannot be read", _CURE) from None
    if parts.scheme not in _SCHEMES:
        what = f"{address.reference} holds no address" if address.reference else "is no address"
        raise NotASecret(f"{what} of a PostgreSQL database", _CURE)
    if secret and not address.reference:
        raise NotASecret("a password must not stand in the file", _REFERENCE_CURE)
    return f"postgresql://{host}{parts.path}", address
