import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config.languages import tag_flaw, term_language_flaw
from monitor.core.languages import CODES, tidy


def test_every_code_of_two_letters_is_known() -> None:
    assert len(CODES) == 184
    assert {"en", "ko", "ja", "ru", "zh", "uk", "mn"} <= CODES


@pytest.mark.parametrize("tag", ["en", "ko-KR", "zh", "zh-Hans", "zh-Hant", "sr-Latn-RS", "yue"])
def test_tags_of_languages_are_accepted(tag: str) -> None:
    assert tag_flaw(tag) is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("kr", "ko"),
        ("cn", "zh"),
        ("jp", "ja"),
        ("ua", "uk"),
        ("zh-CN", "zh-Hans"),
        ("zh-tw", "zh-Hant"),
        ("tw", "zh-Hant"),
        ("zh_Hans", "zh-Hans"),
        ("zh-Hant-HK", "zh-Hant"),
        ("en-us", "en-US"),
        ("EN", "en"),
        ("kor", "ko"),
        ("Korean", "ko"),
    ],
)
def test_what_is_often_confused_is_told_with_what_was_meant(written: str, meant: str) -> None:
    flaw = tag_flaw(written)

    assert flaw is not None
    assert flaw[1] == f"did you mean '{meant}'?"


@pytest.mark.parametrize("written", ["xx", "x", "en-", "-", "zz-ZZ", "klingon", "e n"])
def test_what_is_no_language_is_told_with_examples(written: str) -> None:
    flaw = tag_flaw(written)

    assert flaw is not None
    assert flaw[0].endswith("is not a language tag")
    assert '"ko"' in flaw[1]


@pytest.mark.parametrize("key", ["any", "en", "zh", "fil"])
def test_lexicon_is_by_language(key: str) -> None:
    assert term_language_flaw(key) is None


@pytest.mark.parametrize(
    ("key", "cure"),
    [
        ("zh-CN", "did you mean 'zh'? It holds both scripts"),
        ("zh-Hant", "did you mean 'zh'? It holds both scripts"),
        ("cn", "did you mean 'zh'? It holds both scripts"),
        ("en-US", "did you mean 'en'?"),
        ("kr", "did you mean 'ko'?"),
        ("xx", 'write "any", or a code such as en, ko'),
    ],
)
def test_lexicon_knows_neither_scripts_nor_countries(key: str, cure: str) -> None:
    """Items are told apart by primary code alone: terms under any other key would never count."""
    flaw = term_language_flaw(key)

    assert flaw is not None
    assert flaw[1] == cure


@given(st.text(max_size=12))
def test_what_was_meant_is_accepted(written: str) -> None:
    assert tag_flaw(written) is None or not tidy(written) or tag_flaw(tidy(written)) is None
