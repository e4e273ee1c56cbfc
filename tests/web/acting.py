"""Who has logged in, and acts."""

import requests

from tests.web.conftest import Served
from tests.web.parsing import tree
from tests.web.world import TOKEN


class Person:
    """A session by requests: what a browser would send, form keys included."""

    def __init__(self, served: Served) -> None:
        self._url = served.url
        self._session = requests.Session()
        self.post("/login", token=TOKEN)

    def text(self, path: str) -> str:
        return self._session.get(self._url + path, timeout=20).text

    def post(self, path: str, **form: str) -> requests.Response:
        """Not following where the answer leads."""
        return self._session.post(self._url + path, data=form, timeout=30, allow_redirects=False)

    def form(self, path: str, action: str) -> dict[str, str]:
        """What a form of a page holds, by where it is sent."""
        (found,) = tree(self.text(path)).css(f'form[action="{action}"]')
        return {
            str(field.attributes["name"]): field.attributes.get("value") or ""
            for field in found.css("input")
        }


def refused(served: Served, path: str, **form: str) -> None:
    """Nobody acts without a login, nor with a login but no form key, or another's."""
    bare = requests.post(served.url + path, data=form, timeout=20)
    assert bare.status_code == 401
    person = Person(served)
    for key in (
        {},
        {"form_key": "x"},
        {"form_key": Person(served).form("/", "/logout")["form_key"]},
    ):
        answer = person.post(path, **form, **key)
        assert answer.status_code == 403, (path, key)
        assert "load it anew" in answer.text
