"""Stories are found alike on every replay, survive a restart, and silence nobody."""

import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.core.cluster import Article, Cluster, Placed
from monitor.core.clusters import THRESHOLDS, Clusters, likeness
from monitor.model import Grouping

HOUR = 1 / 24
NUMBERED = iter(range(10**9))


def an_article(title: str, hours: float = 0.0, **changes: object) -> Article:
    given: dict[str, object] = {
        "story_id": f"s_{next(NUMBERED)}",
        "owner": "pennant",
        "language": "en",
        "title": title,
        "days": 20_000 + hours * HOUR,
    }
    return Article(**(given | changes))  # type: ignore[arg-type]


def placed(articles: Iterable[Article], state: Clusters | None = None) -> list[Placed]:
    state = state or Clusters()
    return [state.place(article) for article in articles]


def stories(titles: Iterable[str]) -> list[str]:
    return [one.story_id for one in placed(map(an_article, titles), after_other_news())]


def after_other_news(grouping: Grouping = Grouping.NORMAL) -> Clusters:
    """With some words that are more common than others."""
    state = Clusters(grouping)
    common = ["North", "Korea", "Korea", "minister", "opens", "sanctions", "Rail", "trains"]
    for number in range(120):
        words = [common[number % 8], f"a{number}x", f"b{number}x", f"c{number}x", f"d{number}x"]
        state.place(an_article(" ".join(words), hours=-90))
    return state


# --- what belongs together ------------------------------------------------------------------------


def test_other_words_for_the_same_event_are_one_story():
    first, second, third = stories(
        [
            "Strike halts half of Ruritanian long-distance trains",
            "Ruritanian train drivers' strike: half of long-distance services cancelled",
            "Half of Ruritania's trains cancelled as drivers strike",
        ]
    )

    assert first == second == third


def test_an_event_with_the_same_actors_is_another_story():
    first, second = stories(
        [
            "North Korea fires ballistic missiles into the East Sea",
            "North Korea opens seaside resort to Russian tourists",
        ]
    )

    assert first != second


def test_russian_korean_chinese_and_japanese_inflection_is_seen_through():
    pairs = {
        "ru": ("Поезд прибыл в Хабаровск из Туманган", "Прибытие поезда из Тумангана в Хабаровск"),
        "ko": ("평양행 국제열차 단둥에서 출발", "국제열차, 단둥을 출발해 평양으로"),
        "zh": ("国际列车从丹东开往平壤", "丹东至平壤国际列车开行"),
        "ja": ("国際列車が丹東を出発、平壌へ", "丹東発の国際列車、平壌に向け出発"),
    }
    for language, titles in pairs.items():
        one, two = placed(an_article(title, language=language) for title in titles)

        assert one.story_id == two.story_id, language


def test_languages_never_share_a_story():
    one, two = placed(
        [an_article("KTX K27 2025", language="en"), an_article("KTX K27 2025", language="ko")]
    )

    assert one.story_id != two.story_id


def test_traditional_and_simplified_characters_are_one_language():
    first, second = stories(["國際列車從丹東開往平壤", "国际列车从丹东开往平壤"])

    assert first == second


def test_a_story_that_was_silent_for_long_is_over():
    title = "Ministry names new ambassador to Ruritania"

    one, two = placed([an_article(title), an_article(title, hours=80, owner="other")])

    assert one.story_id != two.story_id
    assert two.opened


def test_late_items_find_their_story():
    state = Clusters()
    one = state.place(an_article("Ministry names new ambassador to Ruritania", hours=10))

    two = state.place(an_article("New Ruritania ambassador named by ministry", hours=2))

    assert two.story_id == one.story_id


def test_two_stories_become_one_when_an_item_belongs_to_both():
    state = after_other_news()
    one, two, three = placed(
        [
            an_article("Gryphon Rail chairman resigns"),
            an_article("Gryphon Rail shares tumble on accounting probe", hours=40),
            an_article("Gryphon Rail chairman resigns as shares tumble", hours=41),
        ],
        state,
    )

    assert one.story_id != two.story_id
    assert three.story_id == one.story_id
    assert three.absorbed == (two.story_id,)
    assert state.changes().closed[two.story_id] == one.story_id
    assert two.story_id not in state.open


def test_what_is_alike_elsewhere_counts_half():
    """The words that a watch asks for are in both; where it was differs."""
    busan = an_article("Dockers call a strike in the port of Busan")
    antwerp, unnamed = "Port strike in Antwerp ends", "Port strike in antwerp ends"
    assert likeness(busan, an_article(antwerp)) == likeness(busan, an_article(unnamed)) / 2
    again = an_article("Strike of dockers begins in the port of Busan")
    assert likeness(busan, again) > THRESHOLDS[Grouping.STRICT]
    # What the lexicon finds in both is the same under another name.
    port = frozenset({"port"})
    known = replace(busan, concepts=port), replace(an_article(antwerp), concepts=port)
    assert likeness(*known) == likeness(busan, an_article(unnamed))


def test_a_topic_does_not_swallow_whatever_has_its_word():
    """Each of these names "sanctions"; none is the same event."""
    states = ["Syria", "Iran", "Belarus", "Mali", "Cuba", "Sudan", "Serbia", "Haiti", "Niger"]
    verbs = ["lifts", "eases", "imposes", "drafts", "weighs", "rejects", "prolongs", "debates"]
    titles = [
        f"{states[at % 9]} {verbs[at % 8]} sanctions on {name}ton {name}berg"
        for at, name in enumerate(f"{a}{b}{c}a" for a in "bdk" for b in "aeiou" for c in "lmnr")
    ]

    found = stories(titles)

    assert max(map(found.count, set(found))) <= 10


def test_grouping_decides_how_alike_is_alike():
    titles = (
        "Moravian plant celebrates contract with brass band",
        "Moravian plant greets seventy veterans, prince, acrobats and jugglers at ruined castle",
    )
    found = {}
    for grouping in Grouping:
        state = after_other_news(grouping)
        found[grouping] = len({one.story_id for one in placed(map(an_article, titles), state)})

    assert found[Grouping.LOOSE] <= found[Grouping.NORMAL] <= found[Grouping.STRICT]
    assert found[Grouping.LOOSE] < found[Grouping.STRICT]


def test_two_items_can_be_compared_by_themselves():
    one = an_article("Strike halts half of Ruritanian long-distance trains")
    same = an_article("Half of Ruritania's trains cancelled as drivers strike")
    other = an_article("Prince of Ruritania opens opera house")
    korean = an_article("루리타니아 열차 파업", language="ko")

    normal = THRESHOLDS[Grouping.NORMAL]
    assert likeness(one, same) >= normal > likeness(one, other)
    assert likeness(one, korean) == 0
    rarity = after_other_news().rarity["en"]
    before = repr(rarity.words)
    assert likeness(one, same, rarity) >= normal
    assert repr(rarity.words) == before


# --- what an item brings --------------------------------------------------------------------------


def test_novelty_is_what_no_title_of_the_story_had():
    _, again, new = placed(
        [
            an_article("Gryphon Rail opens line to the coast"),
            an_article("Gryphon Rail opens coast line", hours=1),
            an_article("Gryphon Rail coast line: seven hurt in tunnel fire", hours=2),
        ]
    )

    assert again.novelty == 0
    assert again.story_id == new.story_id
    assert new.novelty > 0.4


def test_a_story_goes_on_from_one_with_some_of_its_words_and_the_same_concepts():
    concepts = frozenset({"rail", "kp_voice", "link"})
    state = after_other_news(Grouping.STRICT)
    first = state.place(an_article("Gryphon Rail opens line to the coast", concepts=concepts))

    later = state.place(an_article("Gryphon founder knighted by king", hours=4, concepts=concepts))
    unlike = state.place(an_article("Gryphon eggs stolen from museum", hours=5))

    assert later.opened
    assert later.related == first.story_id
    assert later.thread == first.thread
    assert unlike.opened
    assert unlike.related == ""


# --- series ---------------------------------------------------------------------------------------


def test_an_equal_title_another_day_is_another_article():
    for title in (
        "Headlines at this hour",
        "Weather forecast for Tuesday 12 March",
        "Foreign ministry spokesperson's daily briefing",
        "Ежедневный брифинг МИД",
    ):
        found = placed(an_article(title, hours=24 * day) for day in range(4))

        assert all(one.opened for one in found), title
        assert all(one.series for one in found[1:]), title
        assert not any(one.related for one in found), title


def test_numbers_and_days_do_not_hide_a_series():
    one, two = placed(
        [
            an_article("Market wrap for Monday, 3 March"),
            an_article("Market wrap for Tuesday, 4 March", hours=24),
        ]
    )

    assert two.series
    assert one.story_id != two.story_id


def test_an_equal_title_with_another_text_is_another_article_even_an_hour_later():
    texts = (
        "The central bank raised its rate and warned of inflation in the coming winter months.",
        "Two ferries collided near the northern harbour; all passengers were brought ashore.",
    )

    one, two = placed(
        an_article("News in brief", hours=at, summary=text) for at, text in enumerate(texts)
    )

    assert two.series
    assert one.story_id != two.story_id


def test_an_equal_title_of_another_outlet_is_the_same_story():
    title = "Gryphon Rail opens line to the coast after ten years"

    one, two = placed([an_article(title), an_article(title, hours=5, owner="lantern")])

    assert one.story_id == two.story_id
    assert not two.series


def test_an_outlet_that_publishes_an_article_twice_within_the_hour_is_one_story():
    title = "Gryphon Rail opens line to the coast after ten years"

    one, two = placed([an_article(title), an_article(title, hours=0.5)])

    assert one.story_id == two.story_id


# --- in other languages ---------------------------------------------------------------------------

VISIT = frozenset({"kp_voice", "cn_voice", "dip_meet", "train"})


def test_the_same_in_another_language_is_linked_and_not_merged():
    state = Clusters()
    one = state.place(an_article("Leaders meet in the capital", concepts=VISIT))

    two = state.place(an_article("정상회담 수도에서 열려", hours=1, language="ko", concepts=VISIT))

    assert two.story_id != one.story_id
    assert two.also_in == (one.story_id,)
    assert two.related == one.story_id
    assert two.thread == one.story_id


def test_a_story_has_at_most_one_link_to_a_language():
    state = Clusters()
    one = state.place(an_article("Leaders meet in the capital", concepts=VISIT))
    two = state.place(an_article("정상회담 열려", hours=1, language="ko", concepts=VISIT))

    three = state.place(an_article("만찬 참석한 두 정상", hours=2, language="ko", concepts=VISIT))

    assert two.also_in == (one.story_id,)
    assert three.also_in == ()
    assert three.related  # but it goes on from them


def test_what_everything_has_in_common_links_nothing():
    state = Clusters()
    for number in range(300):
        concepts = frozenset({"us", "cn", "dip"})
        state.place(an_article(f"unlike{number} others{number}", language="en", concepts=concepts))

    other = state.place(
        an_article("무관한 소식", language="ko", concepts=frozenset({"us", "cn", "dip"}))
    )

    assert other.also_in == ()
    assert other.related == ""


# --- state ----------------------------------------------------------------------------------------

WORDS = [
    "rail",
    "train",
    "strike",
    "bridge",
    "border",
    "coal",
    "ferry",
    "tariff",
    "envoy",
    "summit",
    "visa",
    "port",
    "mine",
    "tunnel",
]
TITLES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=7).map(" ".join)
STREAM = st.lists(
    st.tuples(
        TITLES,
        st.floats(0, 12),
        st.sampled_from(["en", "ko"]),
        st.sampled_from(["a", "b"]),
        st.frozensets(st.sampled_from(["kp_voice", "cn", "rail", "sanc_act", "route"]), max_size=5),
    ),
    min_size=2,
    max_size=60,
)


def stream_of(rows: list[tuple[str, float, str, str, frozenset[str]]]) -> list[Article]:
    hours, articles = 0.0, []
    for number, (title, passed, language, owner, concepts) in enumerate(rows):
        hours += passed
        articles.append(
            Article(
                story_id=f"s_{number}",
                owner=owner,
                language=language,
                title=title,
                days=20_000 + hours * HOUR,
                concepts=concepts,
            )
        )
    return articles


class Stored:
    """What a store would hold: rows, packed."""

    def __init__(self) -> None:
        self.clusters: dict[str, bytes] = {}
        self.words: dict[tuple[str, str], object] = {}
        self.languages: dict[str, tuple[int, float]] = {}

    def write(self, state: Clusters) -> None:
        changes = state.changes()
        for closed in changes.closed:
            self.clusters.pop(closed, None)
        self.clusters |= {cluster.id: cluster.pack() for cluster in changes.clusters}
        for key, word in changes.words.items():
            self.words.pop(key, None)
            if word is not None:
                self.words[key] = (word.stories, word.recent, word.often, word.at)
        self.languages = dict(changes.languages)

    def read(self) -> Clusters:
        return Clusters.restored(*self.parts())

    def parts(self):
        from monitor.core.rarity import Word

        return (
            [Cluster.unpack(packed) for packed in self.clusters.values()],
            [
                (language, text, Word(*numbers))  # type: ignore[misc]
                for (language, text), numbers in self.words.items()
            ],
            self.languages,
        )


@settings(max_examples=60, deadline=None)
@given(rows=STREAM, every=st.integers(1, 9))
def test_a_restart_changes_nothing(rows, every):
    articles = stream_of(rows)
    uninterrupted = placed(articles)

    stored, state, found = Stored(), Clusters(), []
    for number, article in enumerate(articles):
        found.append(state.place(article))
        if number % every == 0:
            stored.write(state)
            state = stored.read()

    assert found == uninterrupted


@settings(max_examples=60, deadline=None)
@given(rows=STREAM)
def test_links_are_mutual_and_lead_to_open_stories(rows):
    state = Clusters()
    for article in stream_of(rows):
        one = state.place(article)

        assert one.story_id in state.open
        assert one.opened == (one.story_id == article.story_id)
        assert 0 <= one.novelty <= 1
        for cluster in state.open.values():
            for language, other in cluster.also_in.items():
                assert language != cluster.language
                assert state.open[other].language == language
                assert state.open[other].also_in[cluster.language] == cluster.id


@settings(max_examples=30, deadline=None)
@given(rows=STREAM)
def test_a_story_that_is_over_leaves_nothing_behind(rows):
    state = Clusters()
    placed(stream_of(rows), state)

    # Twice: a late item may stand before older ones.
    for days in (20_100, 20_200):
        last = state.place(an_article("something else", days=float(days)))

    assert list(state.open) == [last.story_id]
    assert {
        story for posts in state._posts.values() for key in posts for story in posts.last(key, 99)
    } == {last.story_id}


def test_the_order_of_sets_and_dictionaries_does_not_matter():
    """Python shuffles the hashes of texts anew in each process."""
    program = (
        "from tests.core.test_clusters import *\n"
        "import random\n"
        "dice = random.Random(7)\n"
        "rows = [(' '.join(dice.choices(WORDS, k=5)), dice.random(), dice.choice(['en', 'ko']),"
        " 'a', frozenset(dice.choices(['kp_voice', 'cn', 'rail', 'sanc_act'], k=3)))"
        " for _ in range(300)]\n"
        "print(placed(stream_of(rows)))\n"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }

    assert len(outputs) == 1


@given(text=st.text(max_size=80), summary=st.text(max_size=80))
def test_any_text_has_a_place(text, summary):
    state = Clusters()
    one = state.place(an_article(text, summary=summary))
    two = state.place(an_article(text, summary=summary, owner="other", hours=0.1))

    assert one.opened
    assert two.story_id in state.open
    for cluster in state.changes().clusters:
        assert Cluster.unpack(cluster.pack()) == cluster


# --- what a person says --------------------------------------------------------------------------


def largest(state: Clusters, articles: list[Article], found: list[Placed]) -> tuple[str, list[int]]:
    """The open story with the most items, and which these are."""
    into = {gone: one.story_id for one in found for gone in one.absorbed}

    def now(story: str) -> str:
        while story in into:
            story = into[story]
        return story

    members: dict[str, list[int]] = {}
    for number, one in enumerate(found):
        members.setdefault(now(one.story_id), []).append(number)
    there = {story: items for story, items in members.items() if story in state.open}
    return max(there.items(), key=lambda one: (len(one[1]), one[0]))


@settings(max_examples=150, deadline=None)
@given(rows=STREAM, rest=STREAM, odd=st.booleans())
def test_what_a_person_split_stays_two_and_goes_on_alike_after_a_restart(rows, rest, odd):
    articles = stream_of(rows)
    state = Clusters()
    found = placed(articles, state)
    stored = Stored()
    stored.write(state)
    story, items = largest(state, articles, found)
    moved = [articles[number] for number in items[odd::2]]
    kept = [articles[number] for number in items[not odd :: 2]]
    if not moved or not kept:
        return
    names = [replace(moved[0], story_id="s_new"), *moved[1:]]

    other = state.split(story, kept, names)

    stored.write(state)
    later = [
        replace(one, story_id=f"later {one.story_id}", days=one.days + articles[-1].days - 20_000)
        for one in stream_of(rest)
    ]
    restored = Clusters.restored(*stored.parts(), apart=[(story, other)])
    joined = placed(later, state)
    assert placed(later, restored) == joined
    assert not any({story, other} <= {one.story_id, *one.absorbed} for one in joined)
    for name, cluster in state.open.items():
        for language, linked in cluster.also_in.items():
            assert state.open[linked].language == language
            assert state.open[linked].also_in[cluster.language] == name


def test_what_was_told_apart_stays_so_when_one_of_them_becomes_another_story():
    titles = ["rail strike tunnel", "coal ferry tariff", "envoy summit visa"]
    state = Clusters.restored([], [], {}, apart=[("s_0", "s_2")])
    articles = [an_article(title, story_id=f"s_{n}") for n, title in enumerate(titles)]
    placed(articles, state)

    gone = state.merge("s_0", "s_1")

    assert gone == "s_1"
    assert state.merge("s_2", "s_0") == "s_2"  # a person may
    again = Clusters.restored([], [], {}, apart=[("s_1", "s_2")])
    placed(articles, again)
    again.merge("s_0", "s_1")
    assert again.apart == {frozenset(("s_0", "s_2"))}


GAMES = (
    "Breastfeeding mothers may bring babies to the Olympics in Tokyo",
    "Opening ceremony of the Olympics in Tokyo: order of flagbearers",
    "Swimmers sent home from the Olympics in Tokyo after an error",
    "Covid cases linked to the Olympics in Tokyo pass one hundred",
)


def test_what_a_narrow_watch_asks_for_does_not_make_its_topic_one_story():
    asked = {"olymp": 2, "tokyo": 2}

    apart = placed(an_article(title, hours, asked=asked) for hours, title in enumerate(GAMES))
    swallowed = placed(an_article(title, hours) for hours, title in enumerate(GAMES))

    assert all(one.opened for one in apart)
    assert not all(one.opened for one in swallowed)


def test_what_a_wide_watch_asks_for_tells_as_much_as_any_word():
    wide = {"olymp": 200, "tokyo": 200}
    articles = [an_article(title, hours) for hours, title in enumerate(GAMES)]

    assert placed(replace(one, asked=wide) for one in articles) == placed(articles)
