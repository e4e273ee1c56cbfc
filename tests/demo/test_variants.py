"""The seed story told otherwise: never a false "confirmed", and nothing that is not told."""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache, partial

import pytest

from monitor.demo.story import StoryItem
from tests.demo.tellings import SEED, Told, an_item, by_id, later, stream, tell

OFFICIAL = ("spokes-cn", "railop-cn", "mfa-kp", "mid-ru")
DOWN = ("denied", "delayed", "suspended", "cancelled")
CONFIRMING = {"n25", "n33"}  # of the seed story: what a ministry confirms
BEFORE = tuple(item for item in SEED.items if item.id < "n09")  # nobody official spoke
PLAN = next(item for item in SEED.items if item.id == "n03")


@dataclass(frozen=True, kw_only=True)
class Variant:
    """A story, and what is special about it.

    Attributes:
        confirms: Items with which a ministry confirms something.
        critical: Items that may be told as critical.
    """

    items: Sequence[StoryItem]
    without: tuple[str, ...] = ()
    confirms: frozenset[str] = frozenset(CONFIRMING)
    critical: frozenset[str] = frozenset(("n29", "n33"))


VARIANTS: dict[str, Callable[[], Variant]] = {}


def variant(make: Callable[[], Variant]) -> Callable[[], Variant]:
    VARIANTS[make.__name__] = make
    return make


@cache
def outcome(name: str) -> tuple[Told, ...]:
    made = VARIANTS[name]()
    return tuple(tell(made.items, made.without))


def ids(told: Iterable[Told], prefix: str) -> list[Told]:
    return [one for one in told if one.id.startswith(prefix)]


def main(told: Sequence[Told]) -> str | None:
    """The thread of the Pyongyang-Beijing train."""
    return next(one.thread for one in told if one.id in ("n01", "n02", "n03", "n07", "n09"))


def of_main(told: Sequence[Told]) -> list[Told]:
    return [one for one in told if one.thread == main(told) and one.watches]


def last(told: Sequence[Told]) -> Told:
    return of_main(told)[-1]


def words(told: Told) -> tuple[str | None, str | None, str | None]:
    return told.of_story("state"), told.of_story("disputed"), told.of_story("official")


# --- the variants --------------------------------------------------------------------------------


def in_order(items: Iterable[StoryItem], of: Callable[[StoryItem], float]) -> list[StoryItem]:
    """By when they arrive; but an edit cannot be seen before what it edits."""
    ordered = sorted(items, key=of)
    edited = {item.replaces: item for item in ordered if item.replaces}
    found = []
    for item in ordered:
        if item.replaces:
            continue
        found.append(item)
        if item.id in edited:
            found.append(edited[item.id])
    return found


def shuffled(seed: int) -> Variant:
    chance = random.Random(seed)
    return Variant(items=in_order(SEED.items, lambda _: chance.random()))


def delayed(seed: int, hours: float) -> Variant:
    """Every item arrives up to so much after its date."""
    chance = random.Random(seed)
    arrival = {
        item.id: item.published_at + timedelta(hours=chance.uniform(0, hours))
        for item in SEED.items
    }
    return Variant(items=in_order(SEED.items, lambda item: arrival[item.id].timestamp()))


VARIANTS |= {f"shuffled {seed}": partial(shuffled, seed) for seed in range(6)}
VARIANTS |= {
    f"delayed {hours} h, {seed}": partial(delayed, seed, hours)
    for hours in (3, 12, 24)
    for seed in range(2)
}


def all_at_once(apart: timedelta) -> Variant:
    """Other dealings of the same two states are confirmed while the train is in the news."""
    start = SEED.items[0].published_at
    items = [
        replace(item, published_at=start + number * apart) for number, item in enumerate(SEED.items)
    ]
    return Variant(items=items)


VARIANTS |= {
    "all in a day": partial(all_at_once, timedelta(minutes=20)),
    "all in a minute": partial(all_at_once, timedelta(seconds=1)),
}


def languages_first(*languages: str) -> Variant:
    """The other languages' reports of the plan come hours before the English ones."""
    moved = [
        replace(item, published_at=item.published_at - timedelta(hours=36))
        if item.language in languages and item.id < "n08"
        else item
        for item in SEED.items
    ]
    return Variant(items=sorted(moved, key=lambda item: item.published_at))


VARIANTS["Japanese first"] = partial(languages_first, "ja")
VARIANTS["Korean first"] = partial(languages_first, "ko")
VARIANTS["Korean and Japanese first"] = partial(languages_first, "ko", "ja")


@variant
def no_official_feeds() -> Variant:
    return Variant(
        items=SEED.items,
        without=OFFICIAL,
        confirms=frozenset(),
        critical=frozenset(),
    )


@variant
def no_ministry() -> Variant:
    return Variant(
        items=SEED.items,
        without=("spokes-cn",),
        confirms=frozenset(),
        critical=frozenset({"n29"}),
    )


OTHERS = (
    "<p>甲报记者：明天的海洋论坛有何安排？</p><p>发言人：会适时发布消息。</p>",
    "<p>丁社记者：如何看待某国大选结果？</p><p>发言人：这是该国内政。</p>",
    "<p>戊报记者：能否证实总理下周访问欧洲？</p><p>发言人：总理将于下周应邀访问欧洲多国。</p>",
    "<p>己台记者：南部邻国铁路口岸扩建、列车班次增加，中方有何评论？</p><p>发言人：互联互通有利于地区发展。</p>",
    "<p>庚社记者：能否确认两国已达成渔业协议？</p><p>发言人：我可以证实，双方已于6月8日签署协议。</p>",
    "<p>辛报记者：对某国取消关税有何评论？</p><p>发言人：中方已确认收到通知。</p>",
)
ASKED = "<p>乙社记者：北京至平壤的国际客运列车是否将恢复，中方能否证实？</p>"


def transcript(item_id: str, at: str, answer: str, place: int = 3) -> StoryItem:
    pairs = [*OTHERS[:place], ASKED + answer, *OTHERS[place:]]
    return an_item(
        item_id, "spokes-cn", at, "2025年6月10日外交部发言人主持例行记者会", "".join(pairs)
    )


@variant
def confirmed_in_a_transcript() -> Variant:
    answer = "<p>发言人：我可以证实，北京至平壤的国际客运列车将于6月12日恢复开行。</p>"
    return Variant(
        items=stream(transcript("n33", "06-10 07:10", answer), without=["n33"]),
    )


@variant
def no_answer_in_a_transcript() -> Variant:
    """Other answers confirm other things."""
    answer = "<p>发言人：请向主管部门了解。</p>"
    return Variant(
        items=[*BEFORE, transcript("x1", "05-27 07:05", answer)],
        confirms=frozenset(),
        critical=frozenset(),
    )


@variant
def answer_a_paragraph_apart() -> Variant:
    answer = "<p>发言人：谢谢你的提问。</p><p>列车将于6月12日恢复开行，中方对此予以证实。</p>"
    return Variant(items=stream(transcript("n33", "06-10 07:10", answer), without=["n33"]))


@variant
def no_answer_a_paragraph_apart() -> Variant:
    answer = "<p>发言人：我注意到有关报道。</p><p>目前没有可以提供的信息。</p>"
    return Variant(
        items=[*BEFORE, transcript("x1", "05-27 07:05", answer, 6)],
        confirms=frozenset(),
        critical=frozenset(),
    )


@variant
def stale_copies() -> Variant:
    """The same texts weeks later, in other outlets, with new dates."""
    old = {item.id: item for item in SEED.items}
    return Variant(
        items=stream(
            later(old["n03"], 28, feed="citydesk"),
            later(old["n10"], 27, feed="harbour"),
            later(old["n33"], 16, feed="shanhai"),
            later(old["n22"], 25, feed="xinguang"),
            later(old["n34"], 15, feed="rossa"),
        )
    )


OTHER_TRAINS = (
    an_item(
        "o1", "sibir", "05-28 06:00",
        "Поезд Москва — Пхеньян отправится 17 июня, объявила РЖД",
        "Прямой вагон пойдёт через Хасан и Туманган раз в две недели.",
    ),
    an_item(
        "o2", "harbour", "05-29 06:00",
        "Freight trains resume between Dandong and Sinuiju as customs yard reopens",
        "Containers of fertiliser crossed the Yalu into North Korea, Chinese traders said.",
    ),
    an_item(
        "o3", "hanbit", "05-29 08:00",
        "서울∼부산 고속열차 증편…코레일 발표",
        "코레일은 다음 달부터 경부선 고속열차를 늘린다고 밝혔다.",
    ),
    an_item(
        "o4", "shanhai", "05-30 03:00",
        "北京地铁新线开通 列车间隔缩短",
        "北京地铁公司宣布新线今日开通运营。",
    ),
    an_item(
        "o5", "minato", "05-31 03:00",
        "高麗航空、平壌―北京の定期便を増便　中国当局が確認",
        "北朝鮮の高麗航空が北京便を週5便に増やす。",
    ),
    an_item(
        "o6", "citydesk", "06-01 03:00",
        "Flights between Pyongyang and Beijing cancelled as storm closes airport",
        "Air Koryo said its North Korea service to China would return on Tuesday.",
    ),
)  # fmt: skip


@variant
def other_trains_in_the_same_week() -> Variant:
    return Variant(items=stream(*OTHER_TRAINS))


PRESS_CONFIRMS = (
    an_item("c1", "harbour", "05-26 06:00",
            "China confirms Pyongyang-Beijing passenger train will resume",
            "The foreign ministry confirmed the service, the paper said."),
    an_item("c2", "citydesk", "05-26 07:00", "Beijing confirms return of North Korea train",
            "Passenger trains between Beijing and Pyongyang are back, officials confirmed."),
    an_item("c3", "jeopgyeong", "05-26 08:00", "중국 외교부, 평양-베이징 여객열차 재개 공식 확인",
            "중국 외교부가 북중 국제열차 재개를 확인했다."),
    an_item("c4", "shanhai", "05-26 09:00", "中方证实：北京至平壤国际列车恢复开行",
            "外交部证实，中朝国际列车即将恢复。"),
    an_item("c5", "toyo", "05-26 10:00", "中国、北京―平壌の旅客列車再開を確認した",
            "中国外務省が中朝間の列車の再開を確認した。"),
)  # fmt: skip


@variant
def the_press_says_confirmed() -> Variant:
    return Variant(
        items=sorted([*BEFORE, *PRESS_CONFIRMS], key=lambda item: item.published_at),
        confirms=frozenset(),
        critical=frozenset(),
    )


@variant
def state_media_say_confirmed() -> Variant:
    return Variant(
        items=[
            *BEFORE,
            an_item("s1", "xinguang", "05-28 06:00", "外交部证实北京至平壤国际旅客列车恢复",
                    "新光社北京电 中方证实中朝国际列车将恢复。"),
            an_item("s2", "joseon-sosik", "05-28 08:00",
                    "평양-베이징국제려객렬차운행재개 공식 확인",
                    "철도성은 조중국제려객렬차운행이 재개된다는것을 확인하였다."),
            an_item("s3", "xinguang-en", "05-28 09:00",
                    "China confirms Beijing-Pyongyang passenger train",
                    "The train to North Korea will resume, officials confirmed."),
        ],
        confirms=frozenset(),
        critical=frozenset(),
    )  # fmt: skip


@variant
def moscow_speaks_of_the_beijing_train() -> Variant:
    return Variant(
        items=[
            *BEFORE,
            an_item("m1", "mid-ru", "05-28 06:00",
                    "МИД подтвердил возобновление поезда Пекин — Пхеньян",
                    "Представитель МИД подтвердила, что пассажирский поезд в КНДР возобновят."),
            an_item("m2", "rossa", "05-28 07:00",
                    "МИД подтвердил возобновление поездов Пекин — Пхеньян",
                    "В КНДР пойдут пассажирские поезда из Китая."),
        ],
        confirms=frozenset(),
        critical=frozenset(),
    )  # fmt: skip


@variant
def denied_after_it_was_announced() -> Variant:
    """The ministry takes back what the operator announced."""
    denial = an_item(
        "d1", "spokes-cn", "06-10 07:10", "外交部否认6月12日恢复中朝国际客运列车",
        "发言人否认北京至平壤列车将于12日开行，称有关消息不实。",
    )  # fmt: skip
    after = {"n33", "n34", "n35", "n36", "n37", "n40"}
    return Variant(
        items=stream(denial, without=after),
        confirms=frozenset({"n25"}),
        critical=frozenset({"n29"}),
    )


@variant
def rumours_after_it_was_confirmed() -> Variant:
    return Variant(
        items=stream(
            an_item("r1", "harbour", "06-10 12:00",
                    "North Korea-China passenger train may resume in autumn, sources say",
                    "The Pyongyang-Beijing train could come later, people briefed on it said."),
            an_item("r2", "jeopgyeong", "06-10 14:00", "평양-베이징 여객열차 재개 가능성…소식통",
                    "북중 열차가 곧 다닐 것으로 보인다고 소식통이 전했다."),
            an_item("r3", "shanhai", "06-10 15:00", "网传北京至平壤国际列车或将恢复",
                    "消息人士称，中朝列车可能恢复。"),
        )
    )  # fmt: skip


NEGATED = (
    an_item("g1", "harbour", "05-28 02:00",
            "China has not confirmed resumption of Pyongyang-Beijing passenger train",
            "Officials have not confirmed the North Korea train."),
    an_item("g2", "hanbit", "05-28 03:00", "평양-베이징 여객열차 재개, 중국 정부 확인되지 않았다",
            "북중 국제열차 재개는 확인되지 않았다."),
    an_item("g3", "shanhai", "05-28 04:00", "中方未证实北京至平壤国际列车恢复",
            "外交部尚未证实中朝列车恢复。"),
    an_item("g4", "minato", "05-28 05:00", "中国外務省、北京―平壌の列車再開を確認していない",
            "中朝の列車再開について確認していないと述べた。"),
    an_item("g5", "sibir", "05-28 06:00", "МИД КНР не подтвердил запуск поезда Пекин — Пхеньян",
            "Пекин не подтвердил возобновление поезда в КНДР."),
    an_item("g6", "spokes-cn", "05-28 07:00", "外交部：尚未证实北京至平壤国际列车恢复的消息",
            "发言人表示，未证实中朝列车恢复的报道。"),
    an_item("g7", "mfa-kp", "05-28 08:00",
            "외무성 대변인: 평양-베이징국제렬차재개는 확인되지 않았다",
            "조중국제려객렬차운행재개는 아직 확인되지 않았다."),
)  # fmt: skip


@variant
def confirmed_with_a_not_before_it() -> Variant:
    return Variant(items=[*BEFORE, *NEGATED], confirms=frozenset(), critical=frozenset())


_PLAN = "North Korea, China to resume passenger trains 'soon' after five-year halt"
REWRITTEN = (
    f"{_PLAN}, sources say",
    f"UPDATE 1-{_PLAN}, sources say",
    f"UPDATE 2-{_PLAN}, sources say; border traders hopeful",
    f"UPDATE 3-{_PLAN}, sources say; border traders cautious",
    f"UPDATE 4-{_PLAN}, sources say, as traders wait",
    f"UPDATE 5-{_PLAN}, people briefed on the plan say",
    f"WRAPUP 6-{_PLAN}, people briefed on the plan say",
)


@variant
def one_report_rewritten_six_times() -> Variant:
    more = ("", "Traders wait.", "Hotels wait.", "Guides wait.", "Seoul watches.", "Nobody knows.")
    versions = [
        replace(PLAN, id=f"w{n}", title=title, summary=f"{PLAN.summary} {' '.join(more[:n])}",
                published_at=PLAN.published_at + timedelta(minutes=40 * n))
        for n, title in enumerate(REWRITTEN)
    ]  # fmt: skip
    return Variant(items=stream(*versions, without=["n03", "n11"]))


@variant
def an_aggregator_carries_everything_twice() -> Variant:
    def wrapped(item: StoryItem, turn: int) -> StoryItem:
        link = f"https://newsagg.example.org/rss/articles/CBMi{item.id}{turn}?oc=5"
        name = SEED.outlets[item.feed].name.partition(" (")[0]
        return replace(
            item,
            id=f"a{turn}-{item.id}",
            feed="newsagg",
            title=f"{item.title} - {name}",
            summary=f'<a href="{link}">{item.title}</a>&nbsp;&nbsp;<font>{name}</font>',
            link=link,
            guid=f"CBMi{item.id}{turn}",
            published_at=item.published_at + timedelta(minutes=15 * turn),
            source_title=name,
            source_url=f"https://{item.feed}.example.org",
            replaces=None,
        )

    twice = [
        wrapped(item, turn) for item in SEED.items if item.feed != "newsagg" for turn in (1, 2)
    ]
    return Variant(items=stream(*twice, without=["n05"]))


@variant
def ten_outlets_print_one_wire_text() -> Variant:
    body = (
        f"{PLAN.summary} Traders in Dandong said that they had seen no tickets on sale, and that "
        "hotels near the station had been told nothing about passengers from the other bank."
    )
    wire = replace(PLAN, id="p0", summary=body)
    heads = (
        "Passenger trains between North Korea and China to return within weeks",
        "Pyongyang-Beijing train to come back after five years",
        "North Korea and China plan to bring back passenger train",
        "Train link between Beijing and Pyongyang set for a return",
        "China-North Korea passenger rail to restart, two people say",
        "North Korea train to Beijing expected within weeks",
        "Five years on, the Pyongyang train may return to Beijing",
        "North Korea-China trains: what two people told the wire",
        "Beijing-Pyongyang sleeper train to return, people briefed say",
        "Rail service between Pyongyang and Beijing to resume",
    )
    printed = [
        replace(later(wire, 0.02 + n / 100, id=f"p{n + 1}", feed=f"paper{n}"), title=head)
        for n, head in enumerate(heads)
    ]
    return Variant(items=stream(wire, *printed, without=["n03", "n11"]))


@variant
def the_press_prints_the_notice_first() -> Variant:
    """Minutes before the operator's own feed has it, word for word."""
    notice = next(item for item in SEED.items if item.id == "n29")
    answer = next(item for item in SEED.items if item.id == "n33")
    return Variant(
        items=stream(
            later(notice, -0.004, id="f1", feed="shanhai"),
            later(answer, -0.004, id="f2", feed="shanhai"),
        )
    )


# --- what must be true of all of them ------------------------------------------------------------


def _nothing_is_confirmed_before_a_ministry_confirms_it(name: str) -> None:
    made, seen = VARIANTS[name](), set[str]()
    for told in outcome(name):
        seen.add(told.id)
        if not seen & made.confirms:
            assert "confirmed" not in words(told), told
        if told.severity == "critical":
            assert told.id in made.critical, told


def _every_story_is_told(name: str) -> None:
    told = outcome(name)
    threads = {one.thread for one in told if one.watches}

    heard = {one.thread for one in told if one.alert != "none"}
    assert threads <= heard, [str(one) for one in told if one.thread in threads - heard]


def _what_takes_back_is_told(name: str) -> None:
    for told in outcome(name):
        if told.of_story("claim") in DOWN and not told.copied:
            assert told.alert != "none", told


def _watches_match_whatever_the_order_and_the_company(name: str) -> None:
    for told in outcome(name):
        if told.id in {item.id for item in SEED.items} and told.item.language == "en":
            item = SEED.item(told.id)
            assert item.watches <= told.watches <= item.watches | item.optional, told


@pytest.mark.parametrize("name", VARIANTS)
def test_what_must_be_true_of_all_of_them(name: str) -> None:
    _nothing_is_confirmed_before_a_ministry_confirms_it(name)
    _every_story_is_told(name)
    _what_takes_back_is_told(name)
    _watches_match_whatever_the_order_and_the_company(name)


# --- what is special about each ------------------------------------------------------------------

STORY_IDS = frozenset(item.id for item in SEED.items)


def item_of(name: str, item_id: str) -> Told:
    return by_id(outcome(name))[item_id]


@pytest.mark.parametrize(
    "name",
    [
        *[name for name in VARIANTS if name.startswith("delayed")],
        "Japanese first",
        "Korean first",
        "Korean and Japanese first",
        "confirmed_in_a_transcript",
        "answer_a_paragraph_apart",
        "stale_copies",
        "other_trains_in_the_same_week",
        "one_report_rewritten_six_times",
        "an_aggregator_carries_everything_twice",
        "ten_outlets_print_one_wire_text",
        "the_press_prints_the_notice_first",
    ],
)
def test_the_story_ends_as_it_does_and_with_the_same_four_origins(name: str) -> None:
    end = last(outcome(name))

    assert words(end) == ("in_effect", None, "confirmed"), end
    assert end.of_story("effective_on") == "2025-06-12"
    assert {origin.partition(" (")[0] for origin in end.origins} == {
        "Yalu Watch", "접경일보", "Pennant Wire", "港通信",
    }, end.origins  # fmt: skip


@pytest.mark.parametrize("name", [name for name in VARIANTS if name.startswith("shuffled")])
def test_a_late_ministry_is_told_and_has_the_last_word(name: str) -> None:
    """In whichever thread the words of that order put it."""
    confirmed = item_of(name, "n33")

    assert (confirmed.alert, confirmed.severity) in {("escalate", "critical"), ("new", "critical")}
    assert confirmed.of_story("official") == "confirmed", confirmed


@pytest.mark.parametrize(
    ("name", "item_id"),
    [("confirmed_in_a_transcript", "n33"), ("answer_a_paragraph_apart", "n33")],
)
def test_a_yes_among_other_answers_is_found(name: str, item_id: str) -> None:
    told = item_of(name, item_id)

    assert words(told) == ("confirmed", None, "confirmed"), told
    assert (told.alert, told.severity) == ("escalate", "critical"), told


@pytest.mark.parametrize("name", ["no_answer_in_a_transcript", "no_answer_a_paragraph_apart"])
def test_other_answers_are_none_to_this_question(name: str) -> None:
    told = item_of(name, "x1")

    assert words(told) == ("reported", None, "no_comment"), told
    assert (told.alert, told.severity) == ("escalate", "medium"), told


def test_stale_copies_are_quiet_and_move_nothing() -> None:
    copies = [one for one in outcome("stale_copies") if one.id.endswith("-later")]

    assert len(copies) == 5
    for told in copies:
        expected = "none", ("in_effect", None, "confirmed")
        assert (told.alert, words(told)) == expected, str(told)


def test_other_trains_are_told_and_are_other_stories() -> None:
    name = "other_trains_in_the_same_week"
    others = {one.id: one for one in ids(outcome(name), "o")}

    for told in (others["o1"], others["o2"]):
        assert (told.alert, told.thread == main(outcome(name))) == ("new", False), told
    for item_id in ("o3", "o4", "o5", "o6"):  # neither trains nor over that border
        assert others[item_id].watches == set(), others[item_id]
    assert {one.id for one in of_main(outcome(name))} <= STORY_IDS


@pytest.mark.parametrize("item_id", ["c1", "c2", "c3", "c4", "c5"])
def test_a_headline_that_says_confirmed_is_a_report(item_id: str) -> None:
    told = item_of("the_press_says_confirmed", item_id)

    assert (told.of_story("claim"), words(told)) == ("reported", ("reported", None, None)), told


@pytest.mark.parametrize("item_id", ["s1", "s2", "s3"])
def test_state_media_announce_and_confirm_nothing(item_id: str) -> None:
    told = item_of("state_media_say_confirmed", item_id)

    assert words(told) == ("announced", None, None), told


@pytest.mark.parametrize("item_id", ["m1", "m2"])
def test_a_ministry_that_is_no_party_reports(item_id: str) -> None:
    told = item_of("moscow_speaks_of_the_beijing_train", item_id)

    assert told.thread == main(outcome("moscow_speaks_of_the_beijing_train"))
    assert words(told) == ("reported", None, None), told


def test_a_denial_after_the_announcement_is_where_the_story_stands() -> None:
    told = item_of("denied_after_it_was_announced", "d1")

    assert words(told) == ("denied", None, "denied"), told
    assert (told.alert, told.severity) == ("escalate", "high"), told


@pytest.mark.parametrize("item_id", ["r1", "r2", "r3"])
def test_a_rumour_does_not_take_back_what_was_confirmed(item_id: str) -> None:
    told = item_of("rumours_after_it_was_confirmed", item_id)

    assert (told.of_story("claim"), words(told)) == ("rumoured", ("confirmed", None, "confirmed"))
    assert told.severity in (None, "low", "medium"), told


@pytest.mark.parametrize("item", NEGATED, ids=lambda item: item.language)
def test_what_is_not_confirmed_is_not_confirmed(item: StoryItem) -> None:
    told = item_of("confirmed_with_a_not_before_it", item.id)

    assert told.of_story("claim") == "no_comment", told
    assert told.of_story("state") == "reported", told


def test_a_ministry_that_says_nothing_is_told_although_the_press_said_it_first() -> None:
    told = item_of("confirmed_with_a_not_before_it", "g6")

    assert (told.alert, told.of_story("official")) == ("escalate", "no_comment"), told


def test_a_rewritten_report_is_one_item_and_is_told_once() -> None:
    told = ids(outcome("one_report_rewritten_six_times"), "w")

    assert [one.result["status"] for one in told] == ["new", *["revision"] * 6]
    assert [one.alert for one in told] == ["escalate", *["none"] * 6], [str(one) for one in told]


def test_what_an_aggregator_repeats_is_not_told_again() -> None:
    """But for a headline that it has and the outlet's own feed had not."""
    again = ids(outcome("an_aggregator_carries_everything_twice"), "a")

    assert {one.alert for one in again} == {"none"}, [str(o) for o in again if o.alert != "none"]


@pytest.mark.parametrize("number", range(1, 11))
def test_a_printed_wire_text_is_a_copy(number: int) -> None:
    told = item_of("ten_outlets_print_one_wire_text", f"p{number}")

    assert (told.alert, told.held) == ("none", ["copy"]), told


@pytest.mark.parametrize(("item_id", "official"), [("n29", "announced"), ("n33", "confirmed")])
def test_the_ministry_is_heard_although_the_press_printed_it_before(
    item_id: str, official: str
) -> None:
    told = item_of("the_press_prints_the_notice_first", item_id)

    assert told.copied
    assert words(told) == (official, None, official), told
    assert (told.alert, told.severity) == ("escalate", "critical"), told


@pytest.mark.parametrize("name", ["all in a day", "all in a minute"])
def test_a_visit_of_the_same_day_confirms_no_train(name: str) -> None:
    told = outcome(name)

    assert item_of(name, "n25").thread != main(told)
    for one in of_main(told):
        if one.id == "n33":
            break
        assert "confirmed" not in words(one), one
    else:
        raise AssertionError("the confirmation is in another story")
