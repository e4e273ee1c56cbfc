"""Sources are counted once each, whoever repeats them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.origins import cited_in, corroboration, report_of, state_of, wrote
from monitor.core.outlets import known_outlets
from monitor.model import Outlet, Report, Tier
from tests.builders import NOW, an_item

KCNA = Outlet("kcna", "KCNA", "KP")
PENNANT = Outlet("pennant", "Pennant Wire")


def a_report(owner: str, minutes: int = 0, **changes: object) -> Report:
    given: dict[str, object] = {
        "item_id": f"i_{owner}_{minutes}",
        "owner": owner,
        "name": owner.title(),
        "at": NOW + timedelta(minutes=minutes),
        "text": f"i_{owner}_{minutes}",
    }
    return Report(**(given | changes))  # type: ignore[arg-type]


def test_every_owner_counts_once():
    found = corroboration([a_report("harbour"), a_report("lantern", 1), a_report("harbour", 2)])

    assert found.independent == ("Harbour", "Lantern")
    assert found.count == 2
    assert found.carried_by == ()


def test_a_shared_text_is_its_authors():
    wire = a_report("pennant", 0, tier=Tier.WIRE, text="i_1")
    copies = [a_report(f"paper{n}", n, text="i_1") for n in range(1, 7)]

    found = corroboration([wire, *copies])

    assert found.independent == ("Pennant",)
    assert found.carried_by == ("Paper1", "Paper2", "Paper3", "Paper4", "Paper5", "Paper6")


def test_a_wire_that_comes_late_is_still_the_author():
    found = corroboration(
        [a_report("paper", 0, text="i_1"), a_report("pennant", 5, tier=Tier.WIRE, text="i_1")]
    )

    assert found.independent == ("Pennant",)
    assert found.carried_by == ("Paper",)


def test_who_quotes_an_outlet_counts_for_it():
    found = corroboration([a_report("harbour", cited=PENNANT), a_report("lantern", cited=PENNANT)])

    assert found.independent == ("Pennant Wire",)
    assert found.carried_by == ("Harbour", "Lantern")


def test_who_also_has_a_report_of_its_own_is_an_origin_too():
    found = corroboration(
        [a_report("pennant"), a_report("harbour", 1, cited=PENNANT), a_report("harbour", 2)]
    )

    assert found.independent == ("Pennant", "Harbour")
    assert found.carried_by == ()


def test_organs_of_one_state_are_one():
    found = corroboration(
        [
            a_report("cn-mfa", 0, state="CN"),
            a_report("xinhua", 1, state="CN"),
            a_report("tass", 2, state="RU"),
            a_report("lantern", 3, cited=Outlet("cctv", "CCTV", "CN")),
        ]
    )

    assert found.independent == ("Cn-Mfa", "Tass")
    assert found.carried_by == ("Lantern",)


def test_an_owner_with_a_feed_of_another_tier_is_still_one():
    found = corroboration([a_report("xinhua", 0, state="CN"), a_report("xinhua", 1)])

    assert found.count == 1


def test_nothing_is_told_by_nobody():
    assert corroboration([]).count == 0


@pytest.mark.parametrize(
    ("tier", "authority", "state"),
    [
        (Tier.OFFICIAL_PRIMARY, ("US-sanctions",), "US"),
        (Tier.STATE_MEDIA, ("CN",), "CN"),
        (Tier.AGGREGATOR, ("CN",), ""),
        (Tier.PRESS, (), ""),
    ],
)
def test_only_ministries_and_state_media_speak_for_a_state(tier, authority, state):
    assert state_of(tier, authority) == state


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("KCNA said on Monday that trains run", "kcna"),
        ("Trains to run, according to Kyodo", "kyodo"),
        ("Trains to run, Yonhap reports", "yonhap"),
        ("MOSCOW, June 9 (Reuters) - Trains run", "reuters"),
        ("A source told Reuters that trains run", "reuters"),
        ("Trains run again: NK News", "nknews"),
        ("조선중앙통신은 열차가 출발했다고 보도했다", "kcna"),
        ("연합뉴스에 따르면 열차가 출발했다", "yonhap"),
        ("(서울=연합뉴스) 기자 = 열차가 출발했다", "yonhap"),
        ("러시아 타스 통신이 보도했다", "tass"),
        ("据新华社报道，列车开行", "xinhua"),
        ("新华社北京6月9日电", "xinhua"),
        ("援引塔斯社消息称", "tass"),
        ("央视新闻消息，列车开行", "cctv"),
        ("共同通信によると列車が出発した", "kyodo"),
        ("朝鮮中央通信が報じた", "kcna"),
        ("Об этом сообщает РИА Новости", "rossiya-segodnya"),
        ("По данным агентства Ёнхап, поезд ушёл", "yonhap"),
        ("МОСКВА, 9 июня. /ТАСС/. Поезд ушёл", "tass"),
        ("Москва. 9 июня. INTERFAX.RU - Поезд ушёл", "interfax"),
        ("Yonhap said, citing KCNA, that trains run", "kcna"),
        ("Trains run, according to South Korea's Yonhap news agency.", "yonhap"),
        ("Trains run, according to South Korean news agency Yonhap.", "yonhap"),
        ("Trains run, per Yonhap.", "yonhap"),
        ("Trains run, the paper says, citing Japan's Kyodo News.", "kyodo"),
        ("Trains run, as reported by China's Xinhua.", "xinhua"),
        ("Trains run, according to North Korea's state-run KCNA.", "kcna"),
        ("Trains run, according to Russian state news agency TASS.", "tass"),
        ("Об этом сообщило южнокорейское агентство Ёнхап", "yonhap"),
        ("По сообщению агентства Ёнхап, поезд ушёл", "yonhap"),
    ],
)
def test_a_quoted_outlet_is_seen(text, owner):
    for item in (an_item(text), an_item("Trains", summary=text)):
        cited = cited_in(item, {})

        assert cited is not None, text
        assert cited.owner == owner


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ferry to run again, Primorsky Vestnik reported, citing a source", "Primorsky Vestnik"),
        ("The ferry may run, the Hanggu Ilbo reported Monday, citing officials", "Hanggu Ilbo"),
        ("Ferry to run: Harbour Watch reported on Monday, citing a source", "Harbour Watch"),
        ("An official told Minato News that the ferry will run", "Minato News"),
        ("据韩国《港口日报》2日报道，轮渡将恢复", "港口日报"),
        ("据《海峡信使报》报道，制裁将扩大", "海峡信使报"),
    ],
)
def test_an_outlet_that_nobody_knows_is_quoted_by_the_words_around_it(text, name):
    cited = cited_in(an_item(text), {})

    assert cited is not None
    assert (cited.owner, cited.name) == ("", name)


@pytest.mark.parametrize(
    "text",
    [
        "An official told Minato News that the ferry will run",
        "The Minato News reported on Monday, citing officials",
    ],
)
def test_an_outlet_that_names_itself_quotes_nobody(text):
    assert cited_in(an_item(text, publisher="Minato News (English)"), {}) is None


@pytest.mark.parametrize(
    "text",
    [
        "South Korea reported 12 cases on Monday",
        "Police reported, late on Monday, that trains stand",
        "The Ministry of Railways told reporters that trains run",
        "The Foreign Minister told the Daily that trains run",
        "《朝中条约》2日生效",
        "A Reuters photographer was hurt",
        "RT was banned in Europe",
        "Guardian of the bridge says no",
        "BBC Korea opens office",
        "The ministry said trains run",
        "Airbus reports record orders",
        "Part of the capital, reports say, is dark",
        "신화통신사 건물 앞에서",
        "央视大楼失火",
    ],
)
def test_an_outlet_that_is_only_named_is_no_source(text):
    assert cited_in(an_item(text), {}) is None


def test_nobody_quotes_himself():
    item = an_item("KCNA said on Monday that trains run", owner="kcna")

    assert cited_in(item, {}) is None


def test_configured_outlets_are_known_too():
    item = an_item("Trains to run, Pennant Wire reports", owner="harbour", publisher="Harbour")

    assert cited_in(item, {}) == Outlet("", "Pennant Wire")
    assert cited_in(item, {"pennant wire": PENNANT}) == PENNANT


def test_a_report_is_made_of_an_item():
    item = an_item(
        "据新华社报道，列车开行",
        owner="harbour",
        tier=Tier.PRESS,
        copy_of="i_9",
        publisher="Harbour",
    )

    report = report_of(item)

    assert report.text == "i_9"
    assert report.cited == known_outlets()["新华社"]


REPORTS = st.lists(
    st.builds(
        a_report,
        owner=st.sampled_from(["a", "b", "c", "d"]),
        minutes=st.integers(0, 50),
        state=st.sampled_from(["", "CN"]),
        text=st.sampled_from(["t1", "t2", "t3", "t4"]),
        cited=st.sampled_from([None, KCNA, PENNANT]),
        tier=st.sampled_from([Tier.PRESS, Tier.WIRE]),
    ),
    max_size=12,
).map(lambda reports: [replace(one, item_id=f"i_{at}") for at, one in enumerate(reports)])


@given(REPORTS)
def test_counts_have_bounds(reports):
    found = corroboration(reports)

    assert found.count <= len(reports)
    assert (found.count == 0) == (not reports)
    assert found.count <= len({one.owner for one in reports}) + 2
    assert found == corroboration(reversed(reports))


@given(REPORTS, st.integers(0, 11))
def test_a_copy_more_is_no_origin_more(reports, at):
    if not reports:
        return
    original = reports[at % len(reports)]
    copy = a_report("elsewhere", 60, text=original.text)

    assert corroboration([*reports, copy]).count == corroboration(reports).count


@given(st.text(max_size=200))
def test_any_text_can_be_asked(text):
    cited_in(an_item(text, summary=text), {"x": PENNANT})


def test_who_printed_a_text_before_its_wire_had_it_is_not_its_author():
    early = a_report("harbour", 0, text="i_1", cited=Outlet("pennant", "Pennant"))

    assert wrote(a_report("pennant", 30, tier=Tier.WIRE, text="i_1"), [early])
    assert not wrote(a_report("lantern", 30, text="i_1"), [early])


def test_a_text_that_comes_back_weeks_later_is_nobodys_own():
    early = a_report("harbour", 0, text="i_1")

    assert not wrote(a_report("xinguang", 40_000, tier=Tier.STATE_MEDIA, text="i_1"), [early])


def test_a_partys_own_words_in_a_paper_are_no_origin():
    printed = a_report("harbour", 0, text="i_1", origin=True)
    notice = a_report(
        "ministry", 5, tier=Tier.OFFICIAL_PRIMARY, state="CN", text="i_1", origin=False
    )

    assert corroboration([printed]).count == 1
    assert corroboration([printed, notice]).count == 0


def test_a_tuple_is_counted_once_and_a_list_as_it_is_now():
    reports = [a_report("a"), a_report("b", 1)]
    kept = tuple(reports)

    before = corroboration(reports), corroboration(kept)
    reports.append(a_report("c", 2))

    assert [one.count for one in before] == [2, 2]
    assert corroboration(reports).count == 3
    assert corroboration(kept) is before[1]
    assert corroboration(tuple(reports)).count == 3
