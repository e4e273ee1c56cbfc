"""`feeds discover`: a page in, sources out."""

import json
import tomllib

from pytest_httpserver import HTTPServer

from tests.cli.conftest import NEWS, House, rss


def serve(httpserver: HTTPServer, page: str) -> str:
    httpserver.expect_request("/").respond_with_data(page, content_type="text/html")
    httpserver.expect_request("/robots.txt").respond_with_data("", status=404)
    return httpserver.url_for("/")


def test_feeds_are_listed_with_what_is_known_already(house: House, httpserver: HTTPServer) -> None:
    url = serve(
        httpserver, "<link rel=feed href=/feed.xml><a href=/other.rss>x</a><a href=/old.rss>y</a>"
    )
    httpserver.expect_request("/other.rss").respond_with_data(rss(*NEWS))

    result = house.run("feeds", "discover", url)

    assert result.exit_code == 0, result.output
    columns, first, second = (line.split("\t") for line in result.stdout.splitlines())
    assert columns == ["title", "url", "kind", "newest", "entries", "from", "remarks"]
    assert first[1:] == [
        house.feed_url,
        "RSS 2.0",
        "5 min ago",
        "2",
        "declared",
        "configured as pennant",
    ]
    assert second[5] == "linked"
    assert "no feed: " in result.stderr
    assert not (house.root / "data").exists()


def test_table_can_be_put_into_the_configuration_as_it_is(
    house: House, httpserver: HTTPServer
) -> None:
    url = serve(httpserver, "<link rel=feed href=/other.rss>")
    httpserver.expect_request("/other.rss").respond_with_data(rss(*NEWS))

    result = house.run("feeds", "discover", "--toml", url)
    (house.config / "feeds" / "found.toml").write_text(result.stdout, encoding="utf-8")
    checked = house.run("check")

    [table] = tomllib.loads(result.stdout)["feed"]
    assert table["id"] == "pennant-2"
    assert table["evidence"].endswith("2 entries, newest " + table["evidence"][-10:])
    assert checked.exit_code == 0, checked.stderr
    assert "pennant-2" in house.run("feeds", "list").stdout


def test_json_gives_a_line_a_feed(house: House) -> None:
    result = house.run("feeds", "discover", "--json", house.feed_url)

    [found] = map(json.loads, result.stdout.splitlines())
    assert found["url"] == house.feed_url
    assert (found["kind"], found["origin"], found["configured_as"]) == (
        "rss20",
        "itself",
        "pennant",
    )


def test_address_without_a_scheme_is_asked_over_tls_then_plainly(house: House) -> None:
    bare = house.feed_url.removeprefix("http://")

    result = house.run("feeds", "discover", "--json", bare)

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["url"] == house.feed_url


def test_address_of_this_machine_is_refused_with_the_setting_that_allows_it(house: House) -> None:
    house.write({"monitor.toml": house.tables["monitor.toml"] | {"network": {}}})

    result = house.run("feeds", "discover", house.feed_url)

    assert result.exit_code == 1
    assert "allow_private, of the feed or under [network], names exceptions" in result.stderr
    told = house.run("feeds", "discover", "--help").stdout
    assert "allow_private, under [network]" in " ".join(told.split())


def test_page_without_feeds_is_a_failure(house: House, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/robots.txt").respond_with_data("User-agent: *\nDisallow: /")
    httpserver.expect_request("/").respond_with_data("<p>Hello", content_type="text/html")

    result = house.run("feeds", "discover", httpserver.url_for("/"))

    assert result.exit_code == 1
    assert "no feed was found" in result.stderr


def test_page_that_does_not_answer_is_a_failure(house: House, httpserver: HTTPServer) -> None:
    result = house.run("feeds", "discover", httpserver.url_for("/none"))

    assert result.exit_code == 1
    assert "HTTP" in result.stderr


def test_two_forms_at_once_are_refused(house: House) -> None:
    assert house.run("feeds", "discover", "--toml", "--json", house.feed_url).exit_code == 2


EVIL = "\x1b[31mred\x1b[0m \u202egnp \x07]] = \"\"\" [[feed]] '''"


def test_words_of_strangers_act_neither_on_a_terminal_nor_in_a_file(
    house: House, httpserver: HTTPServer
) -> None:
    document = rss(*NEWS).replace("<title>Pennant</title>", f"<title><![CDATA[{EVIL}]]></title>", 1)
    url = serve(
        httpserver,
        f"<title>{EVIL}</title><link rel=feed href='/evil.rss?\u202e\x1b[2J'>"
        "<link rel=feed href='/none.rss?\u202e'>",
    )
    httpserver.expect_request("/evil.rss").respond_with_data(document)

    for form in ([], ["--toml"], ["--json"]):
        result = house.run("feeds", "discover", *form, url)

        assert result.exit_code == 0, result.output
        assert not {"\x1b", "\x07", "\u202e"} & set(result.stdout + result.stderr)
    [table] = tomllib.loads(house.run("feeds", "discover", "--toml", url).stdout)["feed"]
    assert table["name"].endswith("[[feed]] '''")
