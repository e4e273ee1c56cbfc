"""Pages as trees."""

from selectolax.lexbor import LexborHTMLParser, LexborNode


def tree(html: str) -> LexborHTMLParser:
    return LexborHTMLParser(html)


def texts(html: str, selector: str) -> list[str]:
    """What is read there, white space in one."""
    return [" ".join(node.text().split()) for node in tree(html).css(selector)]


def one(html: str, selector: str) -> LexborNode:
    found = tree(html).css(selector)
    assert len(found) == 1, (selector, len(found))
    return found[0]
