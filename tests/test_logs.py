"""What is logged, and what never is."""

import io

import pytest
import structlog

from monitor import logs


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("style", ["auto", "console", "json"])
@pytest.mark.parametrize("stream", [Terminal(), io.StringIO()], ids=["terminal", "file"])
def test_a_crash_does_not_show_the_values_of_local_variables(
    style: str, stream: io.StringIO
) -> None:
    """One of them may be a secret that was on its way into a request."""
    logs.configure(style=style, stream=stream)
    _crash("c4nary")

    assert "ZeroDivisionError" in stream.getvalue()
    assert "c4nary" not in stream.getvalue()


def _crash(secret: str) -> None:
    headers = {"Authorization": secret}
    try:
        len(headers) / 0
    except ZeroDivisionError:
        structlog.get_logger("monitor.test").exception("poll_crashed", feed="pennant")
