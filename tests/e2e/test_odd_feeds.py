"""What real feeds do, each with its required behaviour: the table in docs/operating.md."""

import gzip
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.adapters.feeds import ChildParser
from monitor.core.glance import glance
from monitor.core.normalise import digest
from monitor.model import Escalation, Feed, Guids, Health, Reason, Severity, Status, Tier
from tests.builders import a_feed, a_watch
from tests.e2e.installation import Installation
from tests.e2e.world import an_entry, rss
from tests.servers import Loopback, Reply, Request

Answers = dict[str, Reply]
Open = Callable[..., Installation]
XML = {"content-type": "application/rss+xml"}


@pytest.fixture
def answers() -> Answers:
    """Path -> what the feed server says; a test changes it between polls."""
    return {}


@pytest.fixture
def server(answers: Answers) -> Iterator[Loopback]:
    def answer(request: Request) -> Reply:
        return answers.get(request.path, Reply(404))

    with Loopback(answer) as loopback:
        yield loopback


@pytest.fixture
def installed(tmp_path: Path, parser: ChildParser, server: Loopback) -> Iterator[Open]:
    opened: list[Installation] = []

    def install(*feeds: Feed, query: str = "train", **options: Any) -> Installation:
        chosen = feeds or (the_feed(server),)
        watches = [a_watch(query, **options)]
        opened.append(Installation(tmp_path, parser, feeds=chosen, watches=watches))
        return opened[-1]

    yield install
    for installation in opened:
        with installation:
            pass


def the_feed(server: Loopback, feed_id: str = "pennant", path: str = "/f", **changes: Any) -> Feed:
    return a_feed(feed_id, url=server.url + path, **changes)


def shows(answers: Answers, *entries: Mapping[str, str], path: str = "/f") -> None:
    answers[path] = Reply(200, rss(entries), XML)


def undated(number: int, **changes: str) -> dict[str, str]:
    entry = an_entry(number, **changes)
    del entry["date"]
    return entry


def ago(**units: float) -> str:
    return format_datetime(datetime.now(UTC) - timedelta(**units))


def test_no_date_element_at_all(answers: Answers, installed: Open):
    """Hankyoreh, IAEA: ordered by first seen; old news on the first poll, news on the next."""
    shows(answers, undated(1))
    installation = installed()
    installation.poll()
    assert installation.titles == []

    shows(answers, undated(2), undated(1))
    installation.poll(timedelta(hours=1))

    assert installation.titles == ["Train number 2 leaves"]
    newest = installation.archive.search("number 2")[0]
    assert newest.effective_at == installation.now


def test_date_in_an_odd_form(answers: Answers, installed: Open):
    """The Xinhua family writes 'Wed,14-Dec-2022 11:17:59 GMT'."""
    shows(answers, an_entry(1, date="Wed,14-Dec-2022 11:17:59 GMT"))
    installation = installed()

    installation.poll()

    [item] = installation.archive.items()
    assert item.published_at == datetime(2022, 12, 14, 11, 17, 59, tzinfo=UTC)
    assert installation.archive.held() == {Reason.TOO_OLD: 1}


def test_date_that_cannot_be_read(answers: Answers, installed: Open):
    shows(answers, an_entry(1, date="yesterday at tea-time"))
    installation = installed()

    installation.poll()

    [item] = installation.archive.items()
    assert item.published_at is None
    assert item.effective_at == installation.now


def test_date_in_the_future(answers: Answers, installed: Open):
    """Several outlets are up to an hour ahead: clamped for ordering, told all the same."""
    shows(answers, an_entry(1, date=ago(minutes=-50)))
    installation = installed()

    installation.poll()

    [item] = installation.archive.items()
    assert item.effective_at == installation.now
    assert len(installation.titles) == 1


def test_zombie_answers_200_with_items_of_2017(answers: Answers, installed: Open):
    """China Daily's archive: stale, and no alerts on the first fetch."""
    shows(answers, an_entry(1, date="Tue, 12 Dec 2017 08:00:00 GMT"))
    installation = installed()

    installation.poll()

    assert installation.state().health is Health.STALE
    assert installation.titles == []


def test_feed_that_is_weeks_late_has_its_own_max_age(
    answers: Answers, installed: Open, server: Loopback
):
    """Global Times: what counts as news is said by the feed and the watch, the stricter wins."""
    shows(answers, an_entry(1, date=ago(hours=30)))
    late = the_feed(server, max_age=timedelta(days=1))
    installation = installed(late, max_age=timedelta(days=3))

    installation.poll()

    assert installation.archive.held() == {Reason.TOO_OLD: 1}


def test_empty_feed_where_there_were_entries(answers: Answers, installed: Open):
    """200 and nothing in it is a fault with a name, not a quiet day."""
    shows(answers, an_entry(1))
    installation = installed()
    installation.poll()

    shows(answers)
    installation.poll(timedelta(hours=1))

    assert installation.state().health is Health.EMPTY
    assert installation.state().failures == 1
    shows(answers, an_entry(1))
    assert installation.poll(timedelta(hours=1)).state.health is Health.OK
    assert len(installation.titles) == 1


def test_wrong_address_that_answers_with_an_empty_feed(answers: Answers, installed: Open):
    """Daily NK's other path: valid, and never an entry."""
    shows(answers)
    installation = installed()

    installation.poll()

    assert installation.state().health is Health.EMPTY
    assert "address" in installation.state().problem


def test_first_entry_of_an_empty_feed_is_told(answers: Answers, installed: Open):
    shows(answers)
    installation = installed()
    installation.poll()

    shows(answers, undated(1))
    installation.poll(timedelta(hours=1))

    assert installation.titles == ["Train number 1 leaves"]


BRIDGE_ERROR = an_entry(
    1,
    "TrainBridge: Bridge returned error 500! (20461)",
    description="RSS-Bridge was unable to receive the train's page.",
)
INSTEAD = {
    "a page": (
        b"<!DOCTYPE html><html><head><title>Moved</title></head></html>",
        Health.NOT_A_FEED,
        'an HTML page (title: "Moved"), not a feed',
    ),
    "a log-in": (
        b"<html><title>x</title><input type=password></html>",
        Health.LOGIN,
        'an HTML page that asks to log in (title: "x"), not a feed',
    ),
    "a check of browsers": (
        b"<html><title>Just a moment...</title></html>",
        Health.BLOCKED,
        'an HTML page that checks browsers (title: "Just a moment..."), not a feed',
    ),
    "no body": (b"", Health.NO_BODY, "body is empty"),
    "blanks": (b"   \n", Health.NO_BODY, "body is empty"),
    "JSON of another kind": (b'{"error": "no such feed"}', Health.NOT_A_FEED, "JSON, but"),
    "no entries": (rss([]), Health.EMPTY, "no entries where there were some"),
    "an error as an entry": (
        rss([BRIDGE_ERROR]),
        Health.ERROR_FEED,
        'an error in place of entries: "TrainBridge: Bridge returned error 500! (20461)"',
    ),
}


@pytest.mark.parametrize("what", INSTEAD)
def test_what_comes_in_a_feeds_place_is_no_quiet_day(answers: Answers, installed: Open, what: str):
    """Each has a health and words of its own; nothing is told, and the feed goes on after it."""
    body, health, words = INSTEAD[what]
    shows(answers, an_entry(1))
    installation = installed()
    installation.poll()
    answers["/f"] = Reply(200, body, {"content-type": "text/html", "etag": '"wrong"'})

    installation.poll(timedelta(hours=1))

    state = installation.state()
    assert (state.health, state.failures) == (health, 1)
    assert words in state.problem
    assert state.etag != '"wrong"'
    shows(answers, an_entry(1), an_entry(2))
    assert installation.poll(timedelta(hours=1)).state.health is Health.OK
    assert installation.titles == ["Train number 1 leaves", "Train number 2 leaves"]


def test_challenge_from_some_networks_only(answers: Answers, installed: Open):
    """dailynk.jp answers 403 to data centres: blocked here, backed off, never called dead."""
    answers["/f"] = Reply(403, b"<html>challenge</html>")
    installation = installed()

    installation.poll()
    first_wait = installation.state().due_at - installation.now
    for _ in range(5):
        installation.poll(timedelta(days=1))

    assert installation.state().health is Health.BLOCKED
    assert first_wait < installation.state().due_at - installation.now <= timedelta(hours=27)
    shows(answers, an_entry(1))
    assert installation.poll(timedelta(days=1)).state.health is Health.OK


def test_one_outlet_three_addresses_over_time(answers: Answers, installed: Open, server: Loopback):
    """NHK moved twice: one failing address is no outage, the one that works is remembered."""
    shows(answers, an_entry(1), path="/third")
    feed = the_feed(server, mirrors=(server.url + "/second", server.url + "/third"))
    installation = installed(feed)

    installation.poll()
    asked = [request.path for request in server.requests]
    installation.poll(timedelta(hours=1))

    assert asked == ["/f", "/second", "/third"]
    assert server.requests[-1].path == "/third"
    assert installation.state().failures == 0
    assert len(installation.titles) == 1


def test_what_came_from_a_mirror_elsewhere_says_so(
    answers: Answers, installed: Open, server: Loopback
):
    shows(answers, an_entry(1))
    elsewhere = server.url.replace("127.0.0.1", "localhost") + "/mirror"
    installation = installed(the_feed(server, name="Pennant Wire", mirrors=(elsewhere,)))
    installation.poll()
    shows(answers, an_entry(2), path="/mirror")
    del answers["/f"]

    installation.poll(timedelta(hours=1))

    passed_on, first_hand = installation.archive.alerts()
    assert glance(first_hand).source == "en | Pennant Wire | press"
    assert glance(passed_on).source == "en | Pennant Wire via mirror localhost | press"
    assert passed_on.publisher == "Pennant Wire"


def test_strangers_bridge_cannot_confirm_with_what_links_elsewhere(
    answers: Answers, installed: Open, server: Loopback
):
    """An official tier counts for what leads to the ministry's own pages, and for nothing else."""
    shows(
        answers,
        an_entry(1, link="https://www.mfa.gov.cn/eng/1.html"),
        an_entry(2, link="https://mfa-gov-cn.example.org/2.html"),
    )
    feed = the_feed(
        server,
        tier=Tier.OFFICIAL_PRIMARY,
        authority_for=("CN",),
        link_hosts=("mfa.gov.cn",),
    )
    official = Escalation(
        query="train", tiers=frozenset({Tier.OFFICIAL_PRIMARY}), severity=Severity.CRITICAL
    )
    installation = installed(feed, escalations=(official,))

    installation.poll()

    told = {alert.title: alert for alert in installation.archive.alerts()}
    real, forged = told["Train number 1 leaves"], told["Train number 2 leaves"]
    assert (real.tier, real.authority_for) == (Tier.OFFICIAL_PRIMARY, ("CN",))
    assert (forged.tier, forged.authority_for) == (Tier.AGGREGATOR, ())
    assert real.severity is Severity.CRITICAL
    assert forged.severity is not Severity.CRITICAL


def test_window_shorter_than_the_time_between_polls(answers: Answers, installed: Open):
    """UN press shows ten items: some may have come and gone."""
    shows(answers, an_entry(1, date=ago(hours=9)), an_entry(2, date=ago(hours=8)))
    installation = installed()
    installation.poll()
    assert installation.state().gap_at is None

    shows(answers, an_entry(7, date=ago(hours=2)), an_entry(8, date=ago(hours=1)))
    installation.poll(timedelta(hours=1))

    assert installation.state().gap_at == installation.now


TRANSCRIPT = (
    "<p>Q: how is the ocean forum arranged?</p><p>A: we will announce it in time.</p>"
    "<p>Q: agencies say the Pyongyang train returns, can you confirm?</p>"
    "<p>A: I have no information to offer.</p><p>Q: a railway in the south?</p><p>A: fine.</p>"
)


def test_generic_title_over_a_long_transcript(answers: Answers, installed: Open):
    """Watches look at one paragraph; the snippet is the question and its answer."""
    shows(answers, an_entry(1, "Spokesperson holds press conference", description=TRANSCRIPT))
    installation = installed(query="Pyongyang AND train")

    installation.poll()

    [alert] = installation.archive.alerts()
    assert alert.snippet.splitlines() == [
        "Q: agencies say the Pyongyang train returns, can you confirm?",
        "A: I have no information to offer.",
    ]


def test_words_of_different_questions_are_no_hit(answers: Answers, installed: Open):
    shows(answers, an_entry(1, "Spokesperson holds press conference", description=TRANSCRIPT))
    installation = installed(query="Pyongyang AND railway")

    installation.poll()

    assert installation.titles == []


def test_weekly_source_is_not_stale_after_days(answers: Answers, installed: Open, server: Loopback):
    """38 North: silence is abnormal only past `expect_every`."""
    shows(answers, an_entry(1, date=ago(days=5)))
    feeds = (
        the_feed(server, "weekly", expect_every=timedelta(days=14)),
        the_feed(server, "daily", expect_every=timedelta(days=2)),
    )
    installation = installed(*feeds)

    installation.poll()

    assert installation.state("weekly").health is Health.OK
    assert installation.state("daily").health is Health.STALE


def test_same_article_in_sibling_feeds(answers: Answers, installed: Open, server: Loopback):
    """RailFreight and its Belt and Road section: one item, two sightings, one alert."""
    shows(answers, an_entry(1), path="/main")
    shows(answers, an_entry(1, "Belt and Road: train number 1 leaves"), path="/section")
    installation = installed(
        the_feed(server, "main", "/main", owner="railfreight"),
        the_feed(server, "section", "/section", owner="railfreight"),
    )

    installation.poll(only="main")
    section = installation.poll(only="section")

    assert section.absorbed
    assert [judged.status for judged in section.absorbed.judged] == [Status.KNOWN]
    assert installation.archive.totals().items == 1
    assert len(installation.titles) == 1


def test_same_owner_in_several_languages_is_one_owner(
    answers: Answers, installed: Open, server: Loopback
):
    """Yonhap's editions are translations of each other: never independent."""
    shows(answers, an_entry(1), path="/en")
    shows(answers, an_entry(2, "평양 열차 출발"), path="/ko")
    installation = installed(
        the_feed(server, "yna-en", "/en", owner="yonhap"),
        the_feed(server, "yna-ko", "/ko", owner="yonhap", language="ko"),
    )

    installation.poll()

    assert {item.owner for item in installation.archive.items()} == {"yonhap"}
    assert {item.language for item in installation.archive.items()} == {"en", "ko"}


RDF = """<?xml version="1.0" encoding="UTF-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://a.example.org/"/>
<item rdf:about="https://a.example.org/1"><title>Train leaves at noon</title>
<link>https://a.example.org/1</link><dc:date>{date}</dc:date></item></rdf:RDF>"""


def test_rss_1_0_as_rdf(answers: Answers, installed: Open):
    """Asahi."""
    answers["/f"] = Reply(200, RDF.format(date=datetime.now(UTC).isoformat()).encode(), XML)
    installation = installed()

    installation.poll()

    assert installation.titles == ["Train leaves at noon"]


def a_news_sitemap(*titles: str) -> Reply:
    urls = "".join(
        f"<url><loc>https://x.example.org/{title}</loc><n:news><n:title>{title}</n:title>"
        f"<n:publication_date>{datetime.now(UTC).isoformat()}</n:publication_date></n:news></url>"
        for title in titles
    )
    names = "xmlns:n='http://www.google.com/schemas/sitemap-news/0.9'"
    return Reply(200, f"<urlset {names}>{urls}</urlset>".encode(), XML)


def test_news_sitemap_in_place_of_a_feed(answers: Answers, installed: Open):
    """It lists two days only: that it is empty after a weekend is no fault."""
    answers["/f"] = a_news_sitemap("train-1")
    installation = installed()
    installation.poll()

    answers["/f"] = a_news_sitemap("train-2", "train-1")
    installation.poll(timedelta(hours=1))
    answers["/f"] = a_news_sitemap()
    installation.poll(timedelta(days=3))

    assert installation.titles == ["train-1", "train-2"]
    assert installation.state().health is Health.OK


def a_google_item(guid: str, date: str) -> str:
    link = f"https://news.google.com/rss/articles/{guid}?oc=5"
    return (
        f"<item><title>Train - and hopes - return - Pennant - World</title><link>{link}</link>"
        f"<guid isPermaLink='false'>{guid}</guid><pubDate>{date}</pubDate>"
        "<source url='https://www.pennant.example.org'>Pennant - World</source>"
        f"<description>&lt;ol&gt;&lt;li&gt;&lt;a href='{link}'&gt;Train - and hopes - return"
        "&lt;/a&gt; Pennant&lt;/li&gt;&lt;li&gt;&lt;a href='x'&gt;Ferry sails&lt;/a&gt; Yalu Watch"
        "&lt;/li&gt;&lt;/ol&gt;</description></item>"
    )


def a_google_feed(*items: str) -> Reply:
    return Reply(200, f"<rss version='2.0'><channel>{''.join(items)}</channel></rss>".encode(), XML)


def test_query_of_google_news(answers: Answers, installed: Open, server: Loopback):
    """Headline alone, by its publisher, behind Google's link; nothing but the query is asked."""
    answers["/f"] = a_google_feed(
        a_google_item("CBMi-1", ago(hours=1)), a_google_item("CBMi-old", ago(days=40))
    )
    query = the_feed(server, tier=Tier.AGGREGATOR, owner="google-news", max_age=timedelta(days=2))
    pennant = a_feed("pennant-wire", url="http://pennant.example.org/feed", enabled=False)
    pennant = replace(pennant, owner="pennant-group")
    installation = installed(query, pennant, query="train OR ferry", max_age=timedelta(days=90))

    installation.poll()

    [alert] = installation.archive.alerts()
    assert alert.title == "Train - and hopes - return"
    assert alert.url == "https://news.google.com/rss/articles/CBMi-1?oc=5"
    assert (alert.publisher, alert.owner) == ("Pennant - World", "pennant-group")
    assert (alert.tier, alert.snippet) == (Tier.AGGREGATOR, "")
    assert [found.variant for found in alert.found] == ["Train"]  # not of other outlets' headlines
    assert installation.archive.held() == {Reason.TOO_OLD: 1}
    assert {request.path for request in server.requests} == {"/f"}


def test_google_shows_an_old_page_as_new_and_says_that_we_ask_too_often(
    answers: Answers, installed: Open
):
    answers["/f"] = a_google_feed(a_google_item("CBMi-1", ago(hours=30)))
    installation = installed()
    installation.poll()

    answers["/f"] = a_google_feed(a_google_item("CBMi-1", ago(minutes=1)))
    installation.poll(timedelta(hours=1))
    assert len(installation.titles) == 1

    answers["/f"] = Reply(429, headers={"retry-after": "7200"})
    installation.poll(timedelta(hours=1))
    assert installation.state().health is Health.THROTTLED
    assert installation.state().due_at - installation.now >= timedelta(hours=2)


def test_legacy_encoding(answers: Answers, installed: Open):
    """Interfax: the XML declaration is honoured."""
    body = rss([an_entry(1, "Поезд ушёл в Пхеньян")]).decode()
    declared = f"<?xml version='1.0' encoding='windows-1251'?>{body}".encode("cp1251")
    answers["/f"] = Reply(200, declared, {"content-type": "text/xml"})
    installation = installed(query="поезд")

    installation.poll()

    assert installation.titles == ["Поезд ушёл в Пхеньян"]


def test_gzip(answers: Answers, installed: Open):
    packed = gzip.compress(rss([an_entry(1)]))
    answers["/f"] = Reply(200, packed, {**XML, "content-encoding": "gzip"})
    installation = installed()

    installation.poll()

    assert len(installation.titles) == 1


def test_first_poll_stores_everything_and_tells_nothing_old(answers: Answers, installed: Open):
    shows(
        answers,
        an_entry(1, date=ago(hours=1)),
        *(an_entry(n, date=ago(days=n)) for n in range(3, 40)),
    )
    installation = installed()

    installation.poll()

    assert installation.archive.totals().items == 38
    assert installation.titles == ["Train number 1 leaves"]


def test_guids_that_change_at_every_fetch(answers: Answers, installed: Open):
    shows(answers, an_entry(1, guid="random-aaaaaaaaaaaa"))
    installation = installed()
    installation.poll()

    shows(answers, an_entry(1, guid="random-bbbbbbbbbbbb"))
    installation.poll(timedelta(hours=1))

    assert len(installation.titles) == 1
    assert installation.archive.totals().items == 1


def test_constant_guid(answers: Answers, installed: Open):
    entries = [
        an_entry(1, "Train leaves for the border", guid="feed", description="Morning departure."),
        an_entry(2, "Floods halt every train", guid="feed", description="Water rose overnight."),
    ]
    shows(answers, *entries)
    installation = installed()

    installation.poll()
    installation.poll(timedelta(hours=1))

    assert len(installation.titles) == 2


def test_constant_guid_of_a_feed_that_shows_one_entry_at_a_time(answers: Answers, installed: Open):
    shows(answers, an_entry(1, "Train leaves for the border", guid="feed", description="Morning."))
    installation = installed()
    installation.poll()

    shows(answers, an_entry(2, "Floods halt each train", guid="feed", description="Water rose."))
    installation.poll(timedelta(hours=1))
    installation.poll(timedelta(hours=1))

    assert len(installation.titles) == 2


def test_guids_that_were_new_at_each_poll_are_not_believed_any_more(
    answers: Answers, installed: Open
):
    def keys() -> int:
        return installation.store.write(lambda unit: len(unit.find_known(seen)))

    def at_poll(number: int) -> list[dict[str, str]]:
        shown = [an_entry(n, guid=f"random-{number}-{n:012}") for n in range(4)]
        seen.update("g" + digest("feed:pennant", one["guid"]) for one in shown)
        seen.update("g" + digest(installation.feeds["pennant"].owner, one["guid"]) for one in shown)
        shows(answers, *shown)
        installation.poll(timedelta(hours=1))
        return shown

    seen = set[str]()
    installation = installed()
    for number, worth in enumerate([Guids.TRUSTED, Guids.TRUSTED, Guids.REGENERATED]):
        at_poll(number)
        assert installation.state().guids is worth
    known = keys()
    assert known == 12

    at_poll(3)
    answers["/f"] = Reply(200, rss([an_entry(7, guid="random-9"), *at_poll(4)]), XML)
    installation.poll(timedelta(hours=1))

    assert keys() == known, "what is not believed is not kept"
    assert sorted(installation.titles) == [f"Train number {n} leaves" for n in (0, 1, 2, 3, 7)]


def test_one_guid_for_alike_articles_is_not_believed_any_more(answers: Answers, installed: Open):
    installation = installed()
    for number, day in enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")):
        title = f"Train bulletin: delays on the northern line, {day}"
        date = ago(hours=10 - number)
        shows(answers, an_entry(number, title, guid="bulletin", description="", date=date))
        installation.poll(timedelta(hours=1))

    assert installation.state().guids is Guids.CONSTANT
    links = {item.url[-1] for item in installation.archive.items()}
    assert links >= {"3", "4"}, "each by its own link since that is known"


def test_no_guid_and_no_link(answers: Answers, installed: Open):
    bare = {"title": "Train bulletin", "description": "All on time.", "date": ago(hours=1)}
    shows(answers, bare)
    installation = installed()

    installation.poll()
    installation.poll(timedelta(hours=1))

    assert installation.titles == ["Train bulletin"]


def test_edited_headline_is_not_told_again(answers: Answers, installed: Open):
    shows(answers, an_entry(1))
    installation = installed()
    installation.poll()

    shows(answers, an_entry(1, "CORRECTED: train number 1 is late"))
    installation.poll(timedelta(hours=1))

    assert installation.titles == ["Train number 1 leaves"]
    assert installation.archive.totals().revisions == 1
    [item] = installation.archive.items()
    assert item.title == "CORRECTED: train number 1 is late"


def test_entry_that_vanishes_and_returns_is_known(answers: Answers, installed: Open):
    """A window that shrinks and grows again."""
    shows(answers, an_entry(1), an_entry(2))
    installation = installed()
    installation.poll()
    shows(answers, an_entry(2))
    installation.poll(timedelta(hours=1))

    shows(answers, an_entry(1), an_entry(2))
    installation.poll(timedelta(hours=1))

    assert len(installation.titles) == 2


def test_entries_in_any_order_with_one_date_are_each_told(answers: Answers, installed: Open):
    """Date-watermark readers tell one of them, or none."""
    moment = ago(hours=3)
    shows(answers, an_entry(5, date=moment))
    installation = installed()
    installation.poll()

    shows(answers, *(an_entry(n, date=moment) for n in (3, 5, 1, 4, 2)))
    installation.poll(timedelta(hours=1))

    assert len(installation.titles) == 5


def test_gone_feed_is_asked_no_more(answers: Answers, installed: Open):
    answers["/f"] = Reply(410)
    installation = installed()
    installation.poll()

    installation.now += timedelta(days=365)

    assert installation.state().health is Health.GONE
    assert installation.monitor.poll() == []
