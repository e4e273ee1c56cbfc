"""Reading what a page says."""

from selectolax.lexbor import LexborHTMLParser, LexborNode

from tests.web.conftest import Served


def page(served: Served, path: str) -> LexborNode:
    return parsed(served.text(path))


def parsed(text: str) -> LexborNode:
    root = LexborHTMLParser(text).root
    assert root
    return root


def one(node: LexborNode, css: str) -> LexborNode:
    found = node.css_first(css)
    assert found, css
    return found


def words(node: LexborNode, css: str = "") -> str:
    """The text, blanks evened."""
    return " ".join((one(node, css) if css else node).text(separator=" ").split())
