"""The shipped lexicon and watches against headlines, the fictional story and known traps.

Every headline is made up.
"""

import re
import tomllib
from collections import Counter

import pytest

from monitor.core.query import Percolator, compile_watches, problems
from monitor.core.text import language_of
from monitor.model import Item
from tests.builders import a_watch, an_item
from tests.vocabulary import (
    ROOT,
    shipped_lexicon,
    shipped_watches,
    story,
    story_feeds,
    story_item,
)

# Watches for a general reader, beside those of the story.
BROAD = {"rail", "diplomacy"}

# Watch -> headlines that must fire it, headlines that must not.
HEADLINES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "kp-border-rail": (
        (
            "First K28 since the pandemic pulls into Beijing with North Korean passengers aboard",
            "Kim Jong Un's armoured train crosses at Dandong, border residents say",
            "평양-단둥 국제열차 하루 두 차례로 증편",
            "조중국제려객렬차 정기운행 시작",
            "丹东口岸暂停办理赴朝列车货运手续 平壤方面未说明原因",
            "北韓要求延後復駛 北京至平壤列車再生變",
            "Хасан — Туманган: поезд с туристами впервые ушёл в КНДР",
            "新義州駅で中国向け貨物列車が足止め　北朝鮮側の検疫で",
            "Tumen-Namyang rail bridge reopens to North Korean freight trains",
        ),
        (
            "Russia trains North Korean troops in Primorye, Kyiv says",
            "North Korea fires two missiles from a train; China urges calm",
            "North Korea rails against US-Japan drills as China looks on",
            "Beijing metro trains get Korean-language announcements",
            "북한강 철교 자전거길 개통…베이징 관광객도 몰려",
            "북중미 월드컵 응원 열차 운행, 중국 팬도 예약",
            "旅客在火车运行途中朝车外抛物 北京铁路警方通报",
            "12日朝、北京の鉄道駅で停電　列車に遅れ",
            "После поездки в Пекин вагон-ресторан сменил меню",
        ),
    ),
    "kp-rail-eurasia": (
        (
            "Trans-Siberian container trains rerouted after flood near Chita",
            "China–Europe freight trains through Alashankou pass last year's total by October",
            "North Korea repairs eastern coastal railway after landslides",
            "북한 평라선 철도 복구 작업 마무리",
            "中欧班列前三季度开行数量公布",
            "Транссиб: объём контейнерных перевозок вырос",
            "シベリア鉄道の貨物輸送、秋に増便へ",
        ),
        (
            "Power rails on the new board run hot under load",
            "Water rail spotted near the estuary railway hide",
            "Underground Railroad museum adds a wing",
            "Middle Corridor of the hospital closes for painting",
            "북한산 등산열차 주말 매진",
            "Belt and Road scholarship winners announced",
            "Retail chain opens on the Trans-Canada route",
        ),
    ),
    "sanctions": (
        (
            "Treasury designates bank employees over North Korean IT workers",
            "EU adopts new sanctions package listing forty vessels",
            "OFSI publishes notice: two entries delisted after review",
            "Seven tankers evaded DPRK oil cap by ship-to-ship transfer, panel of states says",
            "정부, 대북 독자제재…선박 2척 제재 대상에",
            "外务省：对朝制裁决议应全面履行",
            "美国财政部将两家航运公司列入制裁名单",
            "Евросоюз ввёл санкции против судов, перевозивших уголь из КНДР",
            "北朝鮮籍タンカーの瀬取りを確認、追加制裁も",
        ),
        (
            "FIFA-sanctioned friendly: North Korea's women draw in Doha",
            "State-sanctioned markets spread in North Korea, survey finds",
            "Race is a fully sanctioned event, organisers say",
            "Jordan sanctions rail deal with Chinese contractor",
            "Суд санкционировал арест директора депо",
            "鉄拳制裁で高校コーチ処分",
            "Club fined after league sanctions fans' choreography",
            "제과업계, 포장 규제 반발",
        ),
    ),
    "kp-diplomacy": (
        (
            "North Korea's foreign minister to visit Moscow next week",
            "New Chinese ambassador presents credentials in Pyongyang",
            "Sweden reopens embassy in Pyongyang after five years",
            "김정은, 중국 대표단 접견…친서 전달",
            "조선외무성 대변인담화 발표",
            "外交部：中朝将保持高层交往",
            "北韓駐俄大使返國述職",
            "Глава МИД КНДР прибыл в Москву с визитом",
            "日朝首脳会談へ水面下で接触か",
            "Pyongyang expels UN staff, tells diplomats to limit travel",
        ),
        (
            "Kim reaches the summit of Mount Paektu on horseback, North Korean TV shows",
            "Diplomatic Immunity renewed for season three",
            (
                "North Korea to double corn output; the ministry did not respond to a request"
                " for comment from foreign ministry reporters"
            ),
            "Brand ambassador for Pyongyang-style noodles signs with agency",
            "평양냉면 홍보대사에 배우 선정",
            "桂米朝さんの追悼公演、北京でも",
            "今日朝から大使杯マラソン、列車も増発",
            "Слабый посол рыбы: рецепт из Пекина",
            "明朝中期的外交部门如何运作",
        ),
    ),
}

# Text, language, watches that must fire, watches that must not.
FALSE_FRIENDS = [
    ("途中朝窗外看去 列车驶过北京", "zh", (), ("kp-border-rail", "kp-rail-eurasia")),
    ("明朝中期的外交与北京城", "zh", (), ("kp-diplomacy",)),
    ("列车朝俄罗斯方向驶去", "zh", (), ("kp-border-rail", "kp-rail-eurasia")),
    ("朝俄边境铁路桥通车", "zh", ("kp-border-rail",), ()),
    ("朝美好未来前进 外交部门培训", "zh", (), ("kp-diplomacy",)),
    ("朝鲜族村庄通火车 中国游客", "zh", (), ("kp-border-rail",)),
    ("朝鲜族村庄里的朝鲜列车 中国游客", "zh", ("kp-border-rail",), ()),
    ("哈桑总统访华 外交部回应", "zh", (), ("kp-diplomacy",)),
    ("12日朝、北京の大使館前で列車遅れ", "ja", (), ("kp-diplomacy", "kp-border-rail")),
    ("田中朝子さん、中国の鉄道を語る", "ja", (), ("kp-border-rail",)),
    ("毎朝ロシア語の講座、大使も参加", "ja", (), ("kp-diplomacy",)),
    ("中朝国境の鉄道橋で貨物列車", "ja", ("kp-border-rail",), ()),
    ("북중미 정상회담 개최…중국도 주목", "ko", (), ("kp-diplomacy",)),
    ("북·중 정상회담 9월 개최", "ko", ("kp-diplomacy",), ()),
    ("北-中 화물열차 운행 재개", "ko", ("kp-border-rail",), ()),
    ("북ㆍ중 국제열차 재개 임박", "ko", ("kp-border-rail",), ()),
    ("전북중소기업 대표단 중국 방문", "ko", (), ("kp-diplomacy",)),
    ("조중동 대표단 만찬", "ko", (), ("kp-diplomacy",)),
    ("북한산 석탄 실은 열차 러시아로", "ko", ("kp-border-rail",), ()),
    ("북한산 가는 열차 중국 관광객 붐벼", "ko", (), ("kp-border-rail",)),
    ("북한 관광 필름, 열차단 기능 중국 수출", "ko", (), ("kp-border-rail",)),
    ("북한 축구 관계자 중국 도착", "ko", (), ("kp-diplomacy",)),
    ("После поездки в КНДР и Китай", "ru", (), ("kp-border-rail",)),
    ("Поезд из КНР в Москву", "ru", (), ("kp-border-rail", "kp-rail-eurasia")),
    ("Поезд из КНДР в Москву", "ru", ("kp-border-rail",), ()),
    ("После переговоров в Сев. Корее поезд в Китай", "ru", ("kp-border-rail",), ()),
    ("КНДР: суд санкционировал арест", "ru", (), ("sanctions",)),
    ("Кит выбросился на берег КНДР, поезда стоят", "ru", ("kp-rail-eurasia",), ("kp-border-rail",)),
    ("Korea railway museum guides train in Beijing", "en", (), ("kp-border-rail",)),
    ("Pyongyang trains Chinese pilots", "en", (), ("kp-border-rail",)),
    ("NK cells sanctioned in Beijing lab, ambassador says", "en", (), ("kp-diplomacy",)),
    ("NK train crosses the Yalu", "en", ("kp-border-rail",), ()),
    ("Air Koryo adds a Pyongyang-Beijing flight", "en", (), ("kp-border-rail",)),
    ("北京至平壤航班将恢复", "zh", (), ("kp-border-rail",)),
    ("평양-베이징 항공편 재개", "ko", (), ("kp-border-rail",)),
    ("Pyongyang-Beijing service to return", "en", ("kp-border-rail",), ()),
    ("NK TRAIN CROSSES THE YALU", "en", ("kp-border-rail",), ()),
    ("North Korea's trip to the summit of Mount Paektu", "en", (), ("kp-diplomacy",)),
    ("North Korean cyclists ride a sanctioned race in Laos", "en", (), ("sanctions",)),
]


def watches_of(percolator: Percolator, item: Item) -> set[str]:
    return {match.watch_id for match in percolator.match(item)}


@pytest.fixture(scope="module")
def percolator() -> Percolator:
    return compile_watches(shipped_watches(), shipped_lexicon())


@pytest.fixture(scope="module")
def percolator_of_story() -> Percolator:
    return compile_watches(shipped_watches(), shipped_lexicon(), story_feeds())


def test_shipped_lexicon_and_watches_have_no_problem() -> None:
    assert problems(shipped_watches(), shipped_lexicon()) == []


@pytest.mark.parametrize(
    ("watch", "title"),
    [(watch, title) for watch, (titles, _) in HEADLINES.items() for title in titles],
)
def test_headline_fires_its_watch(percolator: Percolator, watch: str, title: str) -> None:
    assert watch in watches_of(percolator, an_item(title, language=language_of(title)))


@pytest.mark.parametrize(
    ("watch", "title"),
    [(watch, title) for watch, (_, titles) in HEADLINES.items() for title in titles],
)
def test_headline_of_something_else_stays_silent(
    percolator: Percolator, watch: str, title: str
) -> None:
    assert watch not in watches_of(percolator, an_item(title, language=language_of(title)))


@pytest.mark.parametrize(("title", "language", "fire", "silent"), FALSE_FRIENDS)
def test_false_friends(
    percolator: Percolator,
    title: str,
    language: str,
    fire: tuple[str, ...],
    silent: tuple[str, ...],
) -> None:
    fired = watches_of(percolator, an_item(title, language=language))

    assert fired >= set(fire)
    assert not fired & set(silent)


@pytest.mark.parametrize("number", range(40))
@pytest.mark.parametrize("feeds", ["known", "unknown"])
def test_story_item_fires_exactly_its_watches(
    percolator: Percolator, percolator_of_story: Percolator, feeds: str, number: int
) -> None:
    """Also from a feed we know nothing of, so that no group is implied."""
    entry = story()["items"][number]
    expect = entry["expect"]

    fired = watches_of(percolator_of_story if feeds == "known" else percolator, story_item(entry))

    assert set(expect["watches"]) <= fired
    assert fired - BROAD <= {*expect["watches"], *expect.get("watches_optional", ())}


CASES = [
    (path.stem, watch, kind, case)
    for path in sorted((ROOT / "tests" / "data" / "vocabulary").glob("*.toml"))
    for watch, kinds in tomllib.loads(path.read_text("utf-8")).items()
    for kind, cases in kinds.items()
    for case in cases
]


@pytest.mark.parametrize(("language", "watch", "kind", "case"), CASES)
def test_made_up_news_fires_the_broad_watches_or_not(
    percolator: Percolator, language: str, watch: str, kind: str, case: str
) -> None:
    title, _, summary = case.partition("\n")

    fired = watches_of(percolator, an_item(title, summary=summary, language=language))

    assert (watch in fired) is (kind == "pos")


def test_there_is_made_up_news_in_five_languages_for_each_broad_watch() -> None:
    for kind, least in (("pos", 20), ("neg", 15)):
        counts = Counter((language, watch) for language, watch, of, _ in CASES if of == kind)
        assert len(counts) == 15
        assert min(counts.values()) >= least


def test_hit_in_a_transcript_is_in_the_paragraph_of_the_question(
    percolator_of_story: Percolator,
) -> None:
    """Nothing of the title says so; an alert has to show this paragraph and the answer."""
    item = story_item(next(entry for entry in story()["items"] if entry["id"] == "n09"))

    (match,) = (m for m in percolator_of_story.match(item) if m.watch_id == "kp-border-rail")

    paragraphs = {
        item.summary.count("\n\n", 0, found.start)
        for found in match.found
        if found.field == "summary"
    }
    assert paragraphs == {2}
    assert {found.group for found in match.found} >= {"kp", "rail", "cn", "route"}


@pytest.mark.parametrize(
    ("item_id", "watch", "severities"),
    [
        ("n01", "kp-border-rail", set()),
        ("n16", "sanctions", {"medium", "high"}),
        ("n18", "sanctions", {"medium"}),
        ("n23", "kp-diplomacy", {"medium"}),
        ("n25", "kp-diplomacy", set()),
    ],
)
def test_severity_rises_with_who_says_it(
    percolator_of_story: Percolator, item_id: str, watch: str, severities: set[str]
) -> None:
    """Where it rises with what an item is to its story, that is asked later."""
    item = story_item(next(entry for entry in story()["items"] if entry["id"] == item_id))
    rules = {w.id: w.escalations for w in shipped_watches()}[watch]

    (match,) = (m for m in percolator_of_story.match(item) if m.watch_id == watch)

    assert {rules[at].severity.value for at in match.escalations} == severities


PAIRS = {
    "ko": """
        한일kr,jp 한중kr,cn 한미kr,us 미중us,cn 중러cn,rf 북미kp,us 북러kp,rf 미러us,rf
        한미일kr,us,jp 한·중kr,cn 중·러cn,rf 한·미·일kr,us,jp""",
    "ja": """
        日米jp,us 日中jp,cn 日韓jp,kr 米中us,cn 中ロcn,rf 米朝us,kp ロ朝rf,kp 英仏gb,fr
        日米韓jp,us,kr""",
    "zh": """
        中俄cn,rf 中美cn,us 中韩cn,kr 俄朝rf,kp 朝俄kp,rf 中日cn,jp 中英cn,gb 中印cn,in 美日us,jp
        美韓us,kr""",
}
MEETING = {"ko": " 정상회담", "ja": "首脳会談", "zh": "外长会谈"}


@pytest.mark.parametrize(
    ("language", "pair", "states"),
    [
        (language, *re.fullmatch(r"(.+?)([a-z,]+)", one).groups())  # type: ignore[union-attr]
        for language, listed in PAIRS.items()
        for one in listed.split()
    ],
)
def test_pair_in_one_word_is_each_of_its_states(language: str, pair: str, states: str) -> None:
    named = states.split(",")
    queries = {
        f"@states/{len(named)}": True,
        f"@states/{len(named) + 1}": False,
        **{f"@{state}": True for state in named},
    }
    watches = [a_watch(query, id=str(at)) for at, query in enumerate(queries)]
    item = an_item(pair + MEETING[language], language=language)

    found = {match.watch_id for match in compile_watches(watches, shipped_lexicon()).match(item)}

    assert [str(at) in found for at in range(len(queries))] == list(queries.values())
