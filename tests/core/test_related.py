"""What means the same in every language."""

from monitor.core.related import concepts_of, marks_of


def test_numbers_and_acronyms_are_marks():
    assert marks_of("OFAC lists 28 tankers; K27 runs again") == {"=OFAC", "=28", "=K27"}
    assert marks_of("국제열차 K27 운행 재개") == {"=K27"}
    assert marks_of("РЖД: поезд №27 отправился") == {"=27"}


def test_a_headline_in_capitals_has_no_acronyms():
    assert marks_of("TRAINS RUN AGAIN AFTER 5,000 DAYS") == {"=5000"}


def test_groups_of_a_family_are_one_concept():
    assert concepts_of({"sanc_act", "sanc_word", "sanc"}) == {"sanc"}
    assert concepts_of({"kp_voice"}) == {"kp", "kp_voice"}
