"""What the common code asks of a database: to run statements, and to hold a transaction."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from monitor.errors import StoreError


class Row(Protocol):
    """A row, by the names of its columns."""

    def __getitem__(self, name: str, /) -> Any: ...
    def keys(self) -> Iterable[str]: ...


class Statements(Protocol):
    """The statements of one transaction, or of one reader.

    Placeholders are `?`, or `?1` and so on where a value stands twice. Each raises `StoreError`.
    """

    def run(self, sql: str, values: Sequence[object] = ()) -> int:
        """Returns how many rows were changed."""
        ...

    def many(self, sql: str, rows: Iterable[Sequence[object]]) -> int:
        """The statement once a row; returns how many rows were changed."""
        ...

    def rows(self, sql: str, values: Sequence[object] = ()) -> Sequence[Row]: ...

    def row(self, sql: str, values: Sequence[object] = ()) -> Row | None:
        """The first row; the statement runs to its end, or an update might not."""
        ...

    def hits(
        self, words: Sequence[str], facets: Sequence[str], at_most: int | None = None
    ) -> list[int]:
        """Arrivals of items with all of these in their text, or among their facets; in no order.

        Args:
            words: A text with spaces stands for words in a row, in title or summary; one that ends
                in `*` for words that begin so.
        """
        ...

    def end(self) -> None:
        """From now on refuse: the transaction belongs to someone else."""
        ...


class Session(Protocol):
    """The writer's connection, and its one transaction at a time. Each raises `StoreError`."""

    def begin(self) -> None:
        """Wait for all other writers, whose work is then seen. What failed before is rolled back,
        and a connection that was lost is made again."""
        ...

    def statements(self) -> Statements: ...

    def mark(self) -> None:
        """Remember this place of the transaction."""
        ...

    def is_spoilt(self) -> bool:
        """Whether nothing since the mark can be kept, for a statement failed.

        Raises:
            StoreError: The transaction as a whole is over.
        """
        ...

    def undo(self) -> None:
        """Go back to the mark."""
        ...

    def commit(self) -> None: ...

    def roll_back(self) -> None:
        """Never raises; what cannot be rolled back now is seen to by `begin`."""
        ...

    def refusal(self, error: StoreError) -> str:
        """What the database said, if it is at fault and not what was asked of it; or empty."""
        ...

    def close(self) -> None: ...
