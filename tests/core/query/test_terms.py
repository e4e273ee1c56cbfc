"""What a term finds, script by script. Each row: the term as a lexicon entry, a text, the finds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.query.ast import Phrase, Raw, Regex, Word
from monitor.core.query.parser import parse, parse_entry
from monitor.core.query.printer import to_text
from monitor.core.query.terms import Term, scan, term_of
from monitor.core.text import fold

ENGLISH = [
    ("train", "The train left", ["train"]),
    ("train", "Two trains left", ["trains"]),
    ("train", "The train's driver", ["train"]),
    ("train", "TRAIN", ["TRAIN"]),
    ("train", "training programme", []),
    ("train", "trained, trainers, trailer", []),
    ("trains", "one train", ["train"]),
    ("import", "important imports", ["imports"]),
    ("operate", "the operation", []),
    ("treaty", "two treaties", ["treaties"]),
    ("treaties", "a treaty", ["treaty"]),
    ("embassy", "embassies", ["embassies"]),
    ("carriage", "carriages", ["carriages"]),
    ("bus", "buses", ["buses"]),
    ("bus", "bu", []),
    ("news", "a new line", []),
    ("goods", "a good line", []),
    ("politics", "politic", []),
    ("=train", "trains", []),
    ("=train", "a Train", ["Train"]),
    ("=resume", "résumé", ["résumé"]),
    ("=résumé", "resume", []),
    ("=résumé", "RÉSUMÉ", ["RÉSUMÉ"]),
    ("résumé", "resume", ["resume"]),
    ("resume~", "resumes, resumed, resuming", ["resumes", "resumed", "resuming"]),
    ("negotiate~", "negotiating negotiations", ["negotiating", "negotiations"]),
    ("die~", "dying died", ["dying", "died"]),
    ("sanction*", "sanctions sanctioned unsanctioned", ["sanctions", "sanctioned"]),
    ("*port", "airport seaport ports", ["airport", "seaport"]),
    ("*rail*", "monorails derailed", ["monorails", "derailed"]),
    ("North Korea*", "North Korean and North-Korea", ["North Korean", "North-Korea"]),
    ("North Korea*", "north of Korea", []),
    ("N. Korea", "N. Korea's, N Korea", ["N. Korea", "N Korea"]),
    ("ship to ship", "ship-to-ship transfer", ["ship-to-ship"]),
    ("Pyongyang Beijing", "Pyongyang–Beijing", ["Pyongyang–Beijing"]),
    ("Pyongyang Beijing", "Pyongyang∼Beijing", ["Pyongyang∼Beijing"]),
    ("Pyongyang Beijing", "Beijing-Pyongyang", []),
    ("Pyongyang", "P'yŏngyang", ["P'yŏngyang"]),
    ("Pyongyang*", "Pyongyangites", ["Pyongyangites"]),
    ("charge d'affaires", "chargé d’affaires", ["chargé d’affaires"]),
    ("state visit", "State visits", ["State visits"]),
    ("front compan*", "front companies", ["front companies"]),
    ("US", "US sanctions", ["US"]),
    ("US", "join us now", []),
    ("US", "the US's", ["US"]),
    ("US", "GIVE US THE TRAINS BACK", []),
    ("WHO", "WHO says who", ["WHO"]),
    ("DPRK", "DPRK TRAINS LEAVE TODAY", ["DPRK"]),
    ("NGO", "NGOs", []),
    ("US Treasury", "US Treasury and us treasury", ["US Treasury"]),
    ("US Treasury", "US TREASURY ACTS AT LAST", ["US TREASURY"]),
    ("IT worker*", "it workers, IT workers", ["IT workers"]),
    ("{US}", "US-led, GUS, us", ["US"]),
    ("{U.S.}", "The U.S. and US", ["U.S."]),
    ("{OFAC}", "OFAC's Ofac", ["OFAC"]),
    ("{Résumé}", "Résumé résumé Resume", ["Résumé"]),
    ("{K27}", "K27/K28", ["K27"]),
    ("{K27}", "AK27, K271", []),
    ("K27", "k27 train", ["k27"]),
    ('re"\\brail(s|ed|ing)?\\s+against\\b"', "They RAILED against it", ["RAILED against"]),
    ('re"ship[- ]to[- ]ship"', "ship–to ship", ["ship–to ship"]),
    ('"rolling stock"', "new rolling stock", ["rolling stock"]),
]
RUSSIAN = [
    ("поезд", "поезда поездом поездов", ["поезда", "поездом", "поездов"]),
    ("поезд", "поездка поездку", []),
    ("=поезд", "поезда", []),
    ("вагон", "ВАГОНЫ", ["ВАГОНЫ"]),
    ("санкция", "санкциями", ["санкциями"]),
    ("санкци*", "санкции антисанкции", ["санкции"]),
    ("=посол", "после посольства", []),
    ("=посла", "посла", ["посла"]),
    ("чёрн* спис*", "черный список", ["черный список"]),
    ("ещё", "еще", ["еще"]),
    ("железная дорога", "железной дороге", ["железной дороге"]),
    ("Северн* Коре*", "Северную Корею", ["Северную Корею"]),
    ("КНДР", "в КНДР", ["КНДР"]),
    ("КНДР", "в КНР", []),
    ("{КНР}", "КНДР и КНР", ["КНР"]),
    ("=ж/д", "ж/д вокзал", ["ж/д"]),
    ("Пекин Пхеньян", "Пекин — Пхеньян", ["Пекин — Пхеньян"]),
    ("китайск*", "китайский", ["китайский"]),
    ("=Китай", "кит", []),
    ("Пхеньян", "Пхеньяном Пхеньяна", ["Пхеньяном", "Пхеньяна"]),
    ("Хасан", "через Хасан, Хасаном", ["Хасан", "Хасаном"]),
]
KOREAN = [
    ("제재", "제재", ["제재"]),
    ("제재", "대북제재를", ["제재"]),
    ("제재", "제재에서는", ["제재"]),
    ("제재", "제재안", []),
    ("열차", "열차단 필름", []),
    ("열차", "국제열차로부터", ["열차"]),
    ("*열차*", "국제열차운행", ["열차"]),
    ("열차*", "열차운행", ["열차"]),
    ("열차*", "국제열차", []),
    ("*렬차", "국제려객렬차", ["렬차"]),
    ("*렬차", "렬차운행", []),
    ("=북한", "북한의 북한", ["북한"]),
    ("정상", "정상화", []),
    ("정상*", "정상회담", ["정상"]),
    ("*조선 외무성*", "조선외무성", []),
    ("*조선 외무성*", "북조선 외무성대변인", ["조선 외무성"]),
    ("*평양 베이징*", "평양∼베이징국제려객렬차", ["평양∼베이징"]),
    ("*평양 베이징*", "평양·베이징", ["평양·베이징"]),
    ("1718위원회*", "유엔 1718 위원회가", ["1718 위원회"]),
    ("중국", "중국(中國)의", ["중국"]),
    ('re"(?<![가-힣])[북北][·ㆍ・ᆞ-][중中]"', "북ㆍ중 北-中 북·중", ["북ㆍ중", "北-中", "북·중"]),
    ('re"(?<![가-힣])[북北][·ㆍ・ᆞ-][중中]"', "성북·중구", []),
    ("*북중*", "북중 국제열차", ["북중"]),
    ("한국", "\u1112\u1161\u11ab\u1100\u116e\u11a8은", ["\u1112\u1161\u11ab\u1100\u116e\u11a8"]),
]
CHINESE = [
    ("铁路", "中國鐵路集團", ["鐵路"]),
    ("鐵路", "中国铁路", ["铁路"]),
    ("北韓", "北韩要求", ["北韩"]),
    ("制裁", "对朝制裁决议", ["制裁"]),
    ("北京 平壤", "北京—平壤列车", ["北京—平壤"]),
    ("北京 平壤", "北京平壤", []),
    ("1718委员会", "聯合國1718委員會", ["1718委員會"]),
    ("K27列车", "K27 列車", ["K27 列車"]),
    ("=列车", "国际列车开行", ["列车"]),
    ("列车*", "国际列车开行", ["列车"]),
    ('re"朝俄(?!罗斯|羅斯)"', "朝俄罗斯方向 朝俄边境", ["朝俄"]),
    ("欠", "缺", []),
    ("金正恩", "金正恩、金与正", ["金正恩"]),
    ("{中国}", "中国人", ["中国"]),
    ("{中国}", "中國", []),
]
JAPANESE = [
    ("北朝鮮", "北朝鮮側", ["北朝鮮"]),
    ("北朝鮮", "北朝鲜", ["北朝鲜"]),
    ("鉄道", "鐵道 铁道部", ["鐵道", "铁道"]),
    ("キムジョンウン", "キム・ジョンウン総書記", ["キム・ジョンウン"]),
    ("キム・ジョンウン", "キムジョンウン", ["キムジョンウン"]),
    ("ピョンヤン", "ﾋﾟｮﾝﾔﾝ発", ["ﾋﾟｮﾝﾔﾝ"]),
    ("シベリア鉄道", "シベリア鉄道の貨物", ["シベリア鉄道"]),
    ("{EU}", "EUは制裁を", ["EU"]),
    ("北京 平壌", "北京・平壌", ["北京・平壌"]),
    ('re"[0-9]日朝"', "１２日朝、北京", ["２日朝"]),
]


@pytest.mark.parametrize(
    ("entry", "text", "finds"), [*ENGLISH, *RUSSIAN, *KOREAN, *CHINESE, *JAPANESE]
)
def test_term_finds_what_a_reader_expects(entry: str, text: str, finds: list[str]) -> None:
    assert found(entry_term(entry), text) == finds


@pytest.mark.parametrize(
    ("query", "text", "finds"),
    [
        ('"kim moscow"~2', "Moscow receives Kim", ["Moscow receives Kim"]),
        ('"kim moscow"~1', "Kim goes to Moscow", []),
        ('"kim kim"~3', "Kim alone", []),
        ('"kim kim"~3', "Kim and Kim", ["Kim and Kim"]),
        ('"train of thought"', "a train of thought", ["train of thought"]),
        ('="sanctions list"', "sanction lists", []),
        ('"sanctions list"', "sanction lists", ["sanction lists"]),
        ('"Сев* Коре*"', "Северной Кореи", ["Северной Кореи"]),
        ('"北京 列车"~4', "列车从北京出发", ["列车从北京"]),
    ],
)
def test_phrase_in_a_query_keeps_its_words_together(
    query: str, text: str, finds: list[str]
) -> None:
    node = parse(query)
    assert isinstance(node, Phrase)

    assert found(term_of(node), text) == finds


def test_phrase_without_a_letter_finds_nothing() -> None:
    assert term_of(Phrase(text="... - !")) is None


@given(st.text(max_size=30), st.text(max_size=60))
def test_any_text_may_be_a_quoted_term(term: str, text: str) -> None:
    node = parse(to_text(Phrase(text=term)))
    assert isinstance(node, Phrase)
    ready = term_of(node)

    if ready is not None:
        assert all(piece in text for piece in found(ready, text))


@given(st.text(min_size=1, max_size=12).filter(lambda word: not word.isspace()))
def test_phrase_finds_itself(text: str) -> None:
    """Whatever the script, the words of a text are found in that text."""
    ready = term_of(Phrase(text=text.replace("*", " ").replace("~", " ").replace("=", " ")))

    if ready is not None:
        assert scan(ready, fold(text.replace("*", " ").replace("~", " ").replace("=", " ")))


def entry_term(entry: str) -> Term | None:
    node = parse_entry(entry)
    assert isinstance(node, Word | Phrase | Raw | Regex)
    return term_of(node)


def found(term: Term | None, text: str) -> list[str]:
    assert term is not None
    folded = fold(text)
    spans = sorted(
        span.original or folded.span(span.start, span.end) for span in scan(term, folded)
    )
    return [text[start:end] for start, end in spans]
