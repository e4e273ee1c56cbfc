"""Documents made to hurt whoever reads them: with time, memory, or what they name."""

import gzip

from tests.adapters.feeds.documents import an_rss, an_rss_item


def declared(encoding: str, title: str = "x") -> bytes:
    """A document of plain letters that says it is of this encoding."""
    return an_rss(an_rss_item(title)).replace(b'"utf-8"', f'"{encoding}"'.encode())


HOSTILE = {
    "billion laughs": an_rss(
        an_rss_item("&b9;"),
        before="<!DOCTYPE rss [\n<!ENTITY b0 'ha'>\n"
        + "\n".join(f"<!ENTITY b{n} '{f'&b{n - 1};' * 10}'>" for n in range(1, 10))
        + "]>",
    ),
    "attributes": an_rss("<item " + " ".join(f'a{n}="x"' for n in range(100_000)) + "/>"),
    "attributes under the limit": an_rss(
        ("<item " + " ".join(f'a{n}="x"' for n in range(950)) + "/>") * 900
    ),
    "author": an_rss(an_rss_item(more=f"<author>{'.' * 39_000}</author>")),
    "nested tags": an_rss("<item>" + "<a>" * 100_000),
    "items": an_rss("<item/>" * 120_000),
    "comment openers": an_rss("<!--" * 34_000),
    "comment openers in text": an_rss(
        an_rss_item(more=f"<description>{'&lt;!--' * 34_000}</description>")
    ),
    "nested blocks in text": an_rss(
        an_rss_item(more=f"<description>{'&lt;div&gt;' * 60_000}</description>") * 5
    ),
    "categories": an_rss(
        an_rss_item(more="".join(f"<category>{n}</category>" for n in range(3_000)))
    ),
    "one text": an_rss(an_rss_item("x" * 8_000_000)),
    "unclosed": b"<rss><channel>" + b"<item><title a='" * 8_000,
    "a path": b"/etc/passwd",
    "an endless device": b"/dev/zero",
    "an address": b"http://127.0.0.1:9/feed.xml",
    "quadratic entities": an_rss(
        an_rss_item("&a;" * 100_000), before=f"<!DOCTYPE rss [<!ENTITY a '{'x' * 100_000}'>]>"
    ),
    "parameter entities": an_rss(
        an_rss_item("&all;"),
        before="<!DOCTYPE rss [<!ENTITY % a '<!ENTITY all \"x\">'>%a;<!ENTITY % b '%a;%a;'>%b;]>",
    ),
    "an address as document type": an_rss(
        an_rss_item(), before="<!DOCTYPE rss SYSTEM 'http://127.0.0.1:9/x.dtd'>"
    ),
    "included file": an_rss(
        an_rss_item(
            more="<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='file:///etc/passwd'"
            " parse='text'/>"
        )
    ),
    "brackets": b"<" * 2_000_000,
    "brackets in a feed": an_rss("<" * 2_000_000),
    "ampersands": an_rss(an_rss_item("&" * 2_000_000)),
    "references without end": an_rss(an_rss_item("&#" * 700_000)),
    "greatest references": an_rss(an_rss_item("&#99999999999;&#x110000;&#0;" * 50_000)),
    "NULs": b"\0" * 2_000_000,
    "NULs in a feed": an_rss(an_rss_item("a\0b" * 100_000)),
    "CDATA without end": an_rss("<item><title><![CDATA[" + "x" * 2_000_000),
    "CDATA openers": an_rss("<item><title>" + "<![CDATA[" * 200_000),
    "CDATA sections": an_rss("<item><title>" + "<![CDATA[x]]>" * 150_000),
    "comment without end": an_rss("<item/><!--" + "- " * 1_000_000),
    "processing instructions": an_rss("<?x" * 600_000),
    "one attribute": an_rss(f"<item a='{'x' * 4_000_000}'/>"),
    "name without end": an_rss("<" + "a" * 4_000_000),
    "long names": an_rss("".join(f"<{'a' * 50_000}{n}/>" for n in range(40))),
    "prefixes": an_rss("".join(f"<item xmlns:p{n}='urn:{n}'/>" for n in range(50_000))),
    "nested entries": an_rss("<item>" * 50_000),
    "nested channels": b"<rss version='2.0'>" + b"<channel>" * 100_000,
    "nested divs of XHTML": an_rss(
        "<item><content type='xhtml'>" + "<div xmlns='http://www.w3.org/1999/xhtml'>" * 40_000
    ),
    "blanks": an_rss(an_rss_item(" " * 4_000_000)),
    "line ends": an_rss(an_rss_item("\r" * 4_000_000)),
    "date": an_rss(an_rss_item(more=f"<pubDate>{'1 ' * 1_000_000}</pubDate>")),
    "dates": an_rss(an_rss_item(more=f"<pubDate>{'9' * 300}</pubDate>") * 4_000),
    "links": an_rss(an_rss_item(more="<link>http://a/</link>" * 80_000)),
    "enclosures": an_rss(an_rss_item(more="<enclosure url='http://a/' length='9'/>" * 60_000)),
    "link of brackets": an_rss(an_rss_item(more=f"<guid>http://{'[' * 1_000_000}</guid>")),
    "base64": an_rss("<item><content mode='base64' type='image/png'>" + "A" * 4_000_000),
    "data URIs": an_rss(
        an_rss_item(
            more="<description>data:a;base64,A" + "data:;base64," * 200_000 + "</description>"
        )
    ),
    "style sheets": an_rss(
        an_rss_item(more=f"<description>&lt;p style='{'a:b;' * 200_000}'&gt;</description>")
    ),
    "UTF-7": b"<?xml version='1.0' encoding='utf-7'?>"
    + an_rss(an_rss_item("+ADw-script+AD4-"))[38:],
    "an encoding that unpacks": b"<?xml version='1.0' encoding='zlib'?>"
    + an_rss(an_rss_item())[38:],
    "an encoding of numbers": declared("hex"),
    "EBCDIC": an_rss(an_rss_item())[38:].decode().encode("cp037"),
    "UTF-16 of half a character": b"\xff\xfe" + b"<\xd8" * 500_000,
    "UTF-32": b"\xff\xfe\0\0" + b"<\0\0\0" * 500_000,
    "broken UTF-8": an_rss(an_rss_item("x")).replace(b"x", b"\xc0\xaf\xed\xa0\x80" * 200_000),
    "escape sequences": b"\x1b$B" * 500_000 + an_rss(an_rss_item()),
    "gzip of itself": gzip.compress(gzip.compress(b"<" * 20_000_000)),
    "numbers of JSON": b'{"version":"https://jsonfeed.org/version/1.1","items":[{"id":'
    + b"9" * 1_000_000
    + b"}]}",
    "strings of JSON": b'{"version":"https://jsonfeed.org/version/1.1","items":[{"id":"'
    + b"\\ud800" * 500_000
    + b'"}]}',
    "keys of JSON": b'{"version":"https://jsonfeed.org/version/1.1",'
    + b",".join(b'"k%d":[]' % n for n in range(200_000))
    + b"}",
    "nested objects": b'{"a":' * 300_000,
    "deep JSON": b'{"version":"https://jsonfeed.org/version/1.1","items":' + b"[" * 500_000,
    "nothing": b"",
}
