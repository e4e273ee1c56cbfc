"""Bodies of at most 2 MB that are made to hurt a parser."""

from collections.abc import Mapping

_HEAD, _END = (
    "<?xml version='1.0'?>{}<rss version='2.0'><channel><title>x</title>",
    "</channel></rss>",
)
_ITEM = "<item><title>t</title><guid>{}</guid><description>{}</description></item>"
_LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))


def bodies() -> Mapping[str, bytes]:
    """Name -> a document."""
    made = {
        "billion laughs": _rss(_item("&a9;"), f'<!DOCTYPE r [<!ENTITY a0 "lol">{_LAUGHS}]>'),
        "one entity, often": _rss(
            _item("&q;" * 20_000), f'<!DOCTYPE r [<!ENTITY q "{"q" * 50_000}">]>'
        ),
        "external entity": _rss(
            _item("&x;"), '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        ),
        "100,000 nested tags": _rss(_item("<b>" * 100_000 + "x" + "</b>" * 100_000)),
        "100,000 nested tags, escaped": _rss(_item("&lt;b&gt;" * 100_000 + "x")),
        "200,000 empty items": _rss("<item/>" * 200_000),
        "20,000 items": _rss("".join(_item("x", str(n)) for n in range(20_000))),
        "one text of 2 MB": _rss(_item("word " * 390_000)),
        "1 MB of escaped <": _rss(_item("&lt;" * 250_000)),
        "100,000 attributes": _rss(_with_attributes(100_000)),
        "999 attributes, 100 times": _rss(_with_attributes(999) * 100),
        "an author of 1 MB": _rss(f"<item><author>{'a' * 1_000_000}</author></item>"),
        "a title of 300,000 words": _rss(f"<item><title>{'a &amp; ' * 200_000}</title></item>"),
        "comments never closed": _rss(_item("&lt;!--" * 200_000)),
        "cut in the middle": _rss("".join(_item("y" * 50, str(n)) for n in range(10_000)))[
            :-300_000
        ],
    }
    assert all(len(body) <= 2_000_000 for body in made.values())
    return made


def _item(text: str, guid: str = "g") -> str:
    return _ITEM.format(guid, text)


def _with_attributes(count: int) -> str:
    attributes = " ".join(f'a{n}="1"' for n in range(count))
    return f"<item {attributes}/>"


def _rss(items: str, doctype: str = "") -> bytes:
    return f"{_HEAD.format(doctype)}{items}{_END}".encode()
