"""Folding: what is the same to a reader is the same to a watch, and every place can be found."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.core.text import fold, language_of, plain

MIXED = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from(
            "aZ's’ŏo\u0306еёй\u0306 ・キムﾊﾟ鐵北朝鮮북ㆍ중ᄀ\u1161\u11a8평양-–∼é\u0301İß ﬁ"
        ),
    ),
    max_size=40,
)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("North Korea's trains", "north korea trains"),
        ("workers' party", "workers party"),
        ("P'yŏngyang", "pyongyang"),
        ("Pʻyŏngyang", "pyongyang"),
        ("Pyongyang–Beijing", "pyongyang beijing"),
        ("Pyongyang/Beijing", "pyongyang beijing"),
        ("평양∼베이징", "평양 베이징"),
        ("평양〜베이징", "평양 베이징"),
        ("北·中", "北 中"),
        ("북ㆍ중", "북 중"),
        ("북ᆞ중", "북 중"),
        ("キム・ジョンウン", "キムジョンウン"),
        ("キム･ジョンウン", "キムジョンウン"),
        ("北京・平壌", "北京 平壤"),
        ("ﾋﾟｮﾝﾔﾝ", "ピョンヤン"),
        ("鐵路 鉄道 铁路", "铁路 铁道 铁路"),
        ("北朝鮮", "北朝鲜"),
        ("欠款", "欠款"),
        ("K27列車", "k27 列车"),
        ("1718위원회", "1718 위원회"),
        ("北매체", "北 매체"),
        ("Ёлка й", "елка й"),
        ("паро\u0301м", "паром"),
        ("и\u0306", "й"),
        ("が", "が"),
        ("Ｋ２８", "k28"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("résumé", "resume"),
        ("Straße İstanbul ﬁne", "strasse istanbul fine"),
        ("हिन्दी", "हिन्दी"),
        ("U.S. 3.5%", "u s 3 5"),
        ("…—!?", ""),
        ("", ""),
    ],
)
def test_texts_that_read_the_same_fold_to_the_same_tokens(text: str, tokens: str) -> None:
    assert fold(text).text.strip() == tokens


def test_canonical_form_has_a_space_at_both_ends_of_every_token() -> None:
    assert fold("One, two").text == " one two "
    assert fold("...").text == " "


@given(MIXED)
@example("ﾊﾟ・ハ's")
@example("한")
def test_folding_twice_changes_nothing(text: str) -> None:
    once = fold(text).text

    assert fold(once).text == once


@given(MIXED)
def test_composed_and_decomposed_texts_are_equal(text: str) -> None:
    """A feed may send either form; \"한\" as three letters is still \"한\"."""
    assert fold(unicodedata.normalize("NFD", text)).text == fold(text).text


@given(MIXED)
@example("e\u0301's ŏ")
def test_every_offset_leads_back_into_the_original(text: str) -> None:
    folded = fold(text)

    for at in range(len(folded.text)):
        start, end = folded.span(at, at + 1)
        assert 0 <= start <= end <= len(text)
        if folded.text[at] != " ":
            assert end > start
            assert folded.text[at] in fold(text[start:end]).text or text[start:end] == ""


@given(MIXED)
def test_plain_text_has_every_character_that_is_seen_and_finds_it_again(text: str) -> None:
    folded = fold(text)
    spans = [folded.plain_span(at, at + 1) for at in range(len(folded.plain))]

    seen = "".join(character for character in text if plain(character))
    assert "".join(text[start:end] for start, end in dict.fromkeys(spans)) == seen
    assert plain(text) == folded.plain


@pytest.mark.parametrize(
    ("text", "word", "original"),
    [
        ("Sino–P'yŏngyang's train", "pyongyang", "P'yŏngyang"),
        ("北京・平壌", "平壤", "平壌"),
        ("경의선(京義線)…재개", "京义线", "京義線"),
        ("o\u0306 Pyo\u0306ngyang", "pyongyang", "Pyo\u0306ngyang"),
        ("😀 铁路", "铁路", "铁路"),
        ("平壌ﾋﾟｮﾝﾔﾝ", "ピョンヤン", "ﾋﾟｮﾝﾔﾝ"),
    ],
)
def test_span_of_a_word_is_what_a_reader_would_mark(text: str, word: str, original: str) -> None:
    folded = fold(text)
    at = folded.text.index(word)

    start, end = folded.span(at, at + len(word))

    assert text[start:end] == original


@pytest.mark.parametrize(
    ("text", "default", "language"),
    [
        ("Trains resume", "", "en"),
        ("Les trains reprennent", "fr-FR", "fr"),
        ("Trains resume", "ko", "en"),
        ("북중 국제열차 재개", "", "ko"),
        ("北매체, OpenAI GPT 사용 주장", "ko", "ko"),
        ("北京発平壌行き列車が出発", "", "ja"),
        ("日朝首脳会談", "", "zh"),
        ("日朝首脳会談", "ja", "ja"),
        ("北京至平壤列车", "zh-Hans", "zh"),
        ("北韓要求延後復駛", "zh-Hant", "zh"),
        ("优の良品在北京开设新的旗舰店", "zh", "zh"),
        ("Поезд из КНДР", "", "ru"),
        ("Поїзд до Києва", "uk", "uk"),
        ("Поезд из КНДР", "en", "ru"),
        ("BTS's '봄날' tops the chart again in the States", "en", "en"),
        ("Vlak u Beogradu", "sr", "sr"),
        ("قطار بيونغ يانغ", "", "ar"),
        ("Τρένο", "", "el"),
        ("2025 – 12", "zh-Hans", "zh"),
        ("", "", ""),
    ],
)
def test_language_is_read_from_the_script_and_then_from_the_feed(
    text: str, default: str, language: str
) -> None:
    assert language_of(text, default) == language


@pytest.mark.parametrize(
    ("text", "shouted"),
    [
        ("US SANCTIONS NORTH KOREA", True),
        ("US sanctions DPRK", False),
        ("GIVE US THE TRAINS, McCOY SAYS", True),
        ("OFAC", False),
        ("北京", False),
    ],
)
def test_all_caps_headline_is_noticed(text: str, shouted: bool) -> None:
    """An acronym alone is no headline; case means nothing where everything is a capital."""
    assert fold(text).is_shouted is shouted


def test_language_that_a_feed_declares_is_no_longer_than_a_language_can_be():
    assert language_of("12345", "x" * 5_000) == "x" * 8
