"""Templates: every text is escaped, and without characters that act, hide or turn directions."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from monitor import __version__
from monitor.core.inert import inert, one_line
from monitor.core.story_lines import in_words
from monitor.core.urls import is_http
from monitor.views import words
from monitor.views.ladder import OFFICIAL
from monitor.views.reasons import WHY, prevented
from monitor.web.guard import Visitor
from monitor.web.site import Site

HERE = Path(__file__).parent


def _shown(value: Any) -> Any:
    """What every `{{ }}` goes through before it is escaped."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return inert(value, newlines=True)
    return value


def _link(url: str) -> str:
    """An address that may be a link; empty: it may not."""
    return one_line(url) if is_http(url) else ""


def _time(at: datetime | None) -> Markup:
    """A moment as people and programs read it."""
    if at is None:
        return Markup("")
    machine = at.isoformat(timespec="seconds")
    return Markup('<time datetime="%s" title="%s">%s</time>') % (
        machine,
        words.second(at),
        words.moment(at),
    )


def _words(value: object) -> str:
    return str(value).replace("_", " ")


def _merged(asked: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters of an address, those that are empty left out."""
    return {key: value for key, value in {**asked, **more}.items() if value}


def environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "time": _time,
        "span": words.span,
        "to_go": words.to_go,
        "plural": words.plural,
        "link": _link,
        "words": _words,
        "claim": in_words,
        "line": one_line,
        "merged": _merged,
    }
    made.globals |= {
        "version": __version__,
        "timedelta": timedelta,
        "official_tiers": OFFICIAL,
        "why": WHY,
        "prevented": prevented,
    }
    return made


class Pages:
    """Renders templates with what every page has.

    Args:
        site: Of which the pages tell.
        form_key: Cookie of a session -> what its forms hold.
    """

    def __init__(self, site: Site, form_key: Any) -> None:
        self._site, self._form_key = site, form_key
        self._environment = environment()

    def render(
        self, request: Request, name: str, /, *, status: int = 200, **context: Any
    ) -> HTMLResponse:
        visitor: Visitor = request.state.visitor
        template = self._environment.get_template(name)
        text = template.render(
            request=request,
            path=request.url.path,
            now=self._site.now(),
            may_act=visitor.may_act and self._site.actions is not None,
            can_log_in=self._site.actions is not None,
            refused=self._site.refused(),
            logged_in=bool(visitor.cookie),
            form_key=self._form_key(visitor.cookie) if visitor.cookie else "",
            **context,
        )
        return HTMLResponse(text, status_code=status)
