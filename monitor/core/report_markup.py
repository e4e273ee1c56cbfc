"""Reports as text, Markdown and HTML. What strangers wrote is a text in each, and nothing else."""

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from html import escape
from types import MappingProxyType

from monitor.core.report_page import Line, Page

_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}"
    "h1{font-size:1.5rem;margin-bottom:0}h2{font-size:1.15rem;margin-top:1.75rem}"
    "p{opacity:.75;margin-top:.25rem}ul{padding-left:1.25rem}li{margin:.2rem 0}"
    "ul ul{font-size:.93rem}a{color:#0b57d0}body>article+article{margin-top:4rem}"
    "li,h1{overflow-wrap:anywhere}"
    "@media (prefers-color-scheme:dark){body{background:#16181c;color:#e6e6e6}a{color:#8ab4f8}}"
)
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"
# What may mean something inside of a line, and what only at its begin. GitHub makes links of what
# looks like an address, too.
_MARKS = re.compile(r"[\\`*_{}\[\]<>~|&@=^$]|:(?=/)|(?<=www)\.", re.IGNORECASE)
_BEGIN = re.compile(r"^\d*(?=[.)])|^(?=[-+#])")


def as_text(pages: Sequence[Page]) -> str:
    """Plain lines, two blanks for each level."""
    return "\n\n".join("\n".join(_plain(page)) for page in pages) + "\n"


def as_markdown(pages: Sequence[Page]) -> str:
    """CommonMark."""
    return "\n\n".join("\n".join(_marked(page)) for page in pages) + "\n"


def as_html(pages: Sequence[Page]) -> str:
    """One page that needs nothing else, runs nothing and asks nobody."""
    title = escape(pages[0].title if len(pages) == 1 else "Report")
    body = "\n".join(line for page in pages for line in _tagged(page))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


FORMATS: Mapping[str, Callable[[Sequence[Page]], str]] = MappingProxyType(
    {"text": as_text, "markdown": as_markdown, "html": as_html}
)
ENDINGS: Mapping[str, str] = MappingProxyType(
    {"text": "txt", "markdown": "md", "html": "html", "json": "json"}
)


# --- text ----------------------------------------------------------------------------------------


def _plain(page: Page) -> Iterator[str]:
    yield page.title
    yield page.period
    for chapter in page.chapters:
        yield ""
        yield chapter.heading
        yield from _indented(chapter.lines, 1)


def _indented(lines: Iterable[Line], depth: int) -> Iterator[str]:
    for line in lines:
        yield "  " * depth + line.text + (f"  {line.link}" if line.link else "")
        yield from _indented(line.below, depth + 1)


# --- Markdown ------------------------------------------------------------------------------------


def _marked(page: Page) -> Iterator[str]:
    yield f"# {_escaped(page.title)}"
    yield ""
    yield _escaped(page.period)
    for chapter in page.chapters:
        yield ""
        yield f"## {_escaped(chapter.heading)}"
        yield ""
        yield from _listed(chapter.lines, "")


def _listed(lines: Iterable[Line], indent: str) -> Iterator[str]:
    for line in lines:
        text = _escaped(line.text)
        if line.link:
            address = line.link.replace("&", "\\&")  # or it might be a character's name
            text = f"[{text}](<{address}>)"
        yield f"{indent}- {text}"
        yield from _listed(line.below, indent + "  ")


def _escaped(text: str) -> str:
    """What may mean something gets a backslash; the rest stays fit to be read as it is."""
    marked = _MARKS.sub(lambda found: "\\" + found.group(), text)
    return _BEGIN.sub(lambda found: found.group() + "\\", marked)


# --- HTML ----------------------------------------------------------------------------------------


def _tagged(page: Page) -> Iterator[str]:
    yield f"<article>\n<h1>{escape(page.title)}</h1>\n<p>{escape(page.period)}</p>"
    for chapter in page.chapters:
        yield f"<h2>{escape(chapter.heading)}</h2>"
        yield from _items(chapter.lines)
    yield "</article>"


def _items(lines: Sequence[Line]) -> Iterator[str]:
    if not lines:
        return
    yield "<ul>"
    for line in lines:
        # Of its own direction: a Hebrew headline does not turn what stands around it.
        text = f"<bdi>{escape(line.text)}</bdi>"
        if line.link:
            text = f'<a href="{escape(line.link)}" rel="noreferrer noopener nofollow">{text}</a>'
        yield f"<li>{text}"
        yield from _items(line.below)
        yield "</li>"
    yield "</ul>"
