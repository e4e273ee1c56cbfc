"""Every kind against its service, which counts for itself: hostile headlines of any length."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from monitor.adapters.http.session import Session
from monitor.adapters.webhooks.discord import DiscordWebhook
from monitor.adapters.webhooks.matrix import MatrixOptions, MatrixWebhook
from monitor.adapters.webhooks.mattermost import MattermostWebhook
from monitor.adapters.webhooks.ntfy import NtfyOptions, NtfyWebhook
from monitor.adapters.webhooks.pagerduty import PagerdutyOptions, PagerdutyWebhook
from monitor.adapters.webhooks.post import UrlOptions
from monitor.adapters.webhooks.slack import SlackWebhook
from monitor.adapters.webhooks.teams import TeamsWebhook
from monitor.adapters.webhooks.telegram import TelegramOptions, TelegramWebhook
from monitor.model import Secret, Verdict
from monitor.ports import Webhook
from tests.adapters.webhooks.alerts import HOSTILE, a_situation_of
from tests.adapters.webhooks.services import (
    TOKEN,
    Discord,
    Matrix,
    Mattermost,
    Ntfy,
    Pagerduty,
    Service,
    Slack,
    Teams,
    Telegram,
)
from tests.builders import NOW, a_delivery, an_alert
from tests.servers import Loopback, trust


def _url(path: str, url: str) -> UrlOptions:
    return UrlOptions(url=Secret(url + path))


MAKERS: dict[str, tuple[type[Service], Callable[[str, Session], Webhook]]] = {
    "slack": (Slack, lambda url, s: SlackWebhook("x", _url("/services/T0/B0/x", url), s)),
    "discord": (Discord, lambda url, s: DiscordWebhook("x", _url("/api/webhooks/1/x", url), s)),
    "teams": (Teams, lambda url, s: TeamsWebhook("x", _url("/flow?sig=1", url), s)),
    "mattermost": (
        Mattermost, lambda url, s: MattermostWebhook("x", _url("/hooks/" + "a" * 26, url), s),
    ),
    "telegram": (
        Telegram,
        lambda url, s: TelegramWebhook(
            "x", TelegramOptions(token=Secret(TOKEN), chat="1", server=url), s
        ),
    ),
    "ntfy": (
        Ntfy,
        lambda url, s: NtfyWebhook(
            "x", NtfyOptions(topic=Secret("t"), token=Secret(Ntfy.token), server=url), s
        ),
    ),
    "matrix": (
        Matrix,
        lambda url, s: MatrixWebhook(
            "x", MatrixOptions(server=url, room=Matrix.room, token=Secret(Matrix.token)), s
        ),
    ),
    "pagerduty": (
        Pagerduty,
        lambda url, s: PagerdutyWebhook(
            "x", PagerdutyOptions(routing_key=Secret(Pagerduty.key), server=url), s
        ),
    ),
}  # fmt: skip


@dataclass
class Running:
    service: Service
    webhook: Webhook
    sent: int = 0

    def send(self, headline: str) -> None:
        """Each message under an id of its own, for a repeat is no message."""
        self.sent += 1
        name = f"msg_{self.sent}"
        alert = an_alert(
            headline,
            snippet=headline,
            watch_name=headline,
            publisher=headline,
            situation=a_situation_of(headline, 3),
        )
        row = a_delivery(name, payload=self.webhook.render(alert, name))
        answer = self.webhook.send(row, NOW)
        well = (Verdict.DELIVERED, Verdict.ACCEPTED)
        assert answer.verdict in well, (answer.text, answer.excerpt)
        assert len(self.service.taken) == self.sent


@pytest.fixture(scope="module")
def running() -> Iterator[Callable[[str], Running]]:
    made: dict[str, Running] = {}
    session = Session(tls=trust(), user_agent="news-monitor-test", allow_private=("127.0.0.0/8",))
    with ExitStack() as stack:

        def of(kind: str) -> Running:
            if kind not in made:
                service_class, make = MAKERS[kind]
                service = service_class()
                server = stack.enter_context(Loopback(service))
                made[kind] = Running(service, make(server.url, session))
            return made[kind]

        yield of
    session.close()


_FRAGMENTS = st.sampled_from(
    [
        *HOSTILE,
        "@everyone", "<!channel>", "@room", "/start", "#tag", "$CASH", "https://evil.example/",
        "[x](https://evil.example)", "```", "&", "<", '"', "\\", "*", "_", "\u202e", "\u2066",
        "\ud83d", "\udc00", "\x00", "\x1b[2J", "\r\n", "\u2028", "👩‍👩‍👧‍👦", "🇰🇵", "🚆", "列車",
        "e\u0301\u0301", "\u200b", "=?utf-8?q?x?=", "{{ 7*7 }}", "a" * 100,
    ]
)  # fmt: skip
headlines = st.builds(
    lambda parts, times: ("".join(parts) * times)[:10_000],
    st.lists(_FRAGMENTS | st.text(max_size=20), min_size=1, max_size=12),
    st.sampled_from([1, 1, 3, 1_000]),
)


@pytest.mark.parametrize("kind", MAKERS)
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(headline=headlines)
@example(headline="👩‍👩‍👧‍👦" * 1_000)
@example(headline="&" * 10_000)
@example(headline="@a " * 3_333)
@example(headline="\ud83d" * 10_000)
@example(headline="")
def test_service_takes_whatever_a_feed_may_say(
    running: Callable[[str], Running], kind: str, headline: str
) -> None:
    running(kind).send(headline)
