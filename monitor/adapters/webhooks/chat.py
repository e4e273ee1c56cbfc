"""What the kinds share whose service is an address alone: whoever has it posts."""

from datetime import datetime

from monitor.adapters.http.session import Response, Session
from monitor.adapters.webhooks.post import UrlOptions, post
from monitor.adapters.webhooks.view import View
from monitor.model import Answer, Delivery


class Chat:
    """Posts what a kind rendered; the kind judges the answer."""

    Options = UrlOptions
    combined_at_most = 20

    def __init__(self, id: str, options: UrlOptions, session: Session) -> None:  # noqa: A002
        self.id = id
        self._view = View(options.template)
        self._url, self._session = options.url, session

    def send(self, delivery: Delivery, now: datetime) -> Answer:
        return post(self._session, self._url, delivery.payload, now, judge=self._judge)

    def _judge(self, response: Response, answer: Answer, now: datetime) -> Answer:
        """Corrects the answer that the status alone suggests."""
        raise NotImplementedError
