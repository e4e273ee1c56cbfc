"""What an item claims, in five languages; negated forms, questions and non-answers first."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.core.ladder import read
from monitor.core.ladder.dates import date_in
from monitor.model import Claim

DAY = date(2025, 6, 1)


@pytest.mark.parametrize(
    ("headline", "claim"),
    [
        ("China says it has no information on train resumption", Claim.NO_COMMENT),
        ("Beijing neither confirms nor denies rail report", Claim.NO_COMMENT),
        ("Seoul declines to comment on train talks", Claim.NO_COMMENT),
        ("정부, 북중 열차 재개 여부 확인되지 않아", Claim.NO_COMMENT),
        ("외교부 “확인해 줄 내용 없다”", Claim.NO_COMMENT),
        ("中方尚未证实国际列车恢复运行", Claim.NO_COMMENT),
        ("外交部：不掌握有关情况", Claim.NO_COMMENT),
        ("Пекин не подтвердил запуск поездов", Claim.NO_COMMENT),
        ("МИД отказался комментировать сообщения", Claim.NO_COMMENT),
        ("官房長官「把握していない」列車再開報道", Claim.NO_COMMENT),
        ("外務省、コメントを控える", Claim.NO_COMMENT),
        ("Railway denies plan to run Pyongyang train", Claim.DENIED),
        ("북한, 열차 운행설 부인", Claim.DENIED),
        ("铁路部门：网传恢复列车消息不实", Claim.DENIED),
        ("РЖД опровергли сообщения о запуске", Claim.DENIED),
        ("鉄道側、運行再開報道を否定", Claim.DENIED),
        ("Operator cancels Pyongyang service", Claim.CANCELLED),
        ("평양행 열차 운행 중단", Claim.SUSPENDED),
        ("丹东至平壤列车暂停运行", Claim.SUSPENDED),
        ("Движение поездов приостановлено", Claim.SUSPENDED),
        ("Launch of Pyongyang train postponed", Claim.DELAYED),
        ("평양행 열차 첫 운행 연기", Claim.DELAYED),
        ("Запуск поезда перенесён на 14 июня", Claim.DELAYED),
        ("平壌行き列車の運行開始を延期", Claim.DELAYED),
        ("First train from Beijing arrives in Pyongyang", Claim.IN_EFFECT),
        ("평양-베이징 국제렬차 첫 운행 시작", Claim.IN_EFFECT),
        ("首趟国际列车抵达平壤", Claim.IN_EFFECT),
        ("Первый поезд прибыл в Пхеньян", Claim.IN_EFFECT),
        ("北京発平壌行き列車が出発", Claim.IN_EFFECT),
        ("EU imposes new sanctions on shippers", Claim.IN_EFFECT),
        ("China confirms train will run", Claim.CONFIRMED),
        ("中国外交部证实列车将开行", Claim.CONFIRMED),
        ("МИД подтвердил запуск поезда", Claim.CONFIRMED),
        ("Railway announces Pyongyang timetable", Claim.ANNOUNCED),
        ("철도공사, 평양행 운행 계획 발표", Claim.ANNOUNCED),
        ("关于开行国际列车的公告", Claim.ANNOUNCED),
        ("Перевозчик объявил расписание", Claim.ANNOUNCED),
        ("조중국제려객렬차운행을 위한 준비사업 진행", Claim.PREPARING),
        ("Timetable for train appears on site", Claim.TIMETABLE),
        ("North Korea, China resume passenger trains", Claim.REPORTED),
        ("North Korea, China to resume trains, sources say", Claim.RUMOURED),
        ("Will the Pyongyang train run again?", Claim.RUMOURED),
        ("북중 열차 이르면 내달 재개…소식통", Claim.RUMOURED),
        ("中朝国际列车或将恢复", Claim.RUMOURED),
        ("Поезд может возобновить движение", Claim.RUMOURED),
        ("中朝列車、再開の見通し", Claim.RUMOURED),
        ("Analysis: what the train means", Claim.ANALYSIS),
        ("[사설] 열차 재개의 의미", Claim.ANALYSIS),
        ("社説：列車再開を考える", Claim.ANALYSIS),
        ("Harvest festival opens", None),
    ],
)
def test_headline_claims(headline: str, claim: Claim | None) -> None:
    assert read(headline, (), DAY).claim is claim


@pytest.mark.parametrize(
    "headline",
    [
        "North Korea, China resume trains after five-year halt",
        "Trains that were suspended in January 2020 to resume",
        "중단됐던 북중 열차 재개",
        "停运多年的国际列车恢复",
    ],
)
def test_what_once_was_is_no_claim_of_now(headline: str) -> None:
    assert read(headline, (), DAY).claim is Claim.REPORTED


QUESTION = "乙社记者：有旅行社称北京至平壤的国际客运列车即将恢复，中方能否证实？"


@pytest.mark.parametrize(
    "answer",
    [
        "发言人：目前没有可以提供的信息，具体问题请向主管部门了解。",
        "发言人：中朝是友好邻邦，保持正常往来有利于两国人民。",
        "发言人：我注意到有关报道。",
        "发言人：中方一贯支持两国人民的友好交往，愿同朝方一道推动各领域合作。",
        "发言人：会适时发布消息。",
        "发言人：建议你向铁路部门了解情况。",
        "发言人：我不了解你提到的情况。",
        "发言人：关于列车问题，中方立场没有变化。",
        "发言人：这个问题我需要进一步核实。",
    ],
)
def test_answer_that_says_nothing_is_no_comment(answer: str) -> None:
    reading = read("2025年6月1日外交部发言人主持例行记者会", (QUESTION, answer), DAY, at=0)

    assert reading.claim is Claim.NO_COMMENT
    assert reading.passage.startswith("乙社记者")


@pytest.mark.parametrize(
    ("answer", "claim", "on"),
    [
        ("发言人：国际客运列车将于12日开行。", Claim.CONFIRMED, date(2025, 6, 12)),
        ("发言人：我可以证实这一消息。", Claim.CONFIRMED, None),
        ("发言人：有关恢复列车的说法不实。", Claim.DENIED, None),
        ("发言人：国际客运列车将推迟到7月1日。", Claim.DELAYED, date(2025, 7, 1)),
    ],
)
def test_answer_that_says_something(answer: str, claim: Claim, on: date | None) -> None:
    reading = read("外交部发言人主持例行记者会", (QUESTION, answer), DAY, at=1)

    assert (reading.claim, reading.on) == (claim, on)


def test_english_transcripts_are_read_the_same_way() -> None:
    title = "Foreign Ministry Spokesperson's Regular Press Conference"
    asked = "Reuters: Can you confirm that trains between Beijing and Pyongyang will resume?"
    other = "AFP: Any comment on the election?"
    vague = "Spokesperson: China and the DPRK are friendly neighbors. I have nothing to share."
    firm = "Spokesperson: Passenger trains between Beijing and Pyongyang will resume on June 12."
    known = "Spokesperson: That is an internal matter."

    assert read(title, (asked, vague, other, known), DAY, at=0).claim is Claim.NO_COMMENT
    assert read(title, (asked, firm, other, known), DAY, at=0).claim is Claim.CONFIRMED
    assert read(title, (asked, firm, other, known), DAY, at=2).claim is Claim.NO_COMMENT
    assert read(title, (asked, firm, other, known), DAY).claim is None  # nobody said which


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("from June 12", date(2025, 6, 12)),
        ("on 12 June", date(2025, 6, 12)),
        ("6月12日起", date(2025, 6, 12)),
        ("6월 12일부터", date(2025, 6, 12)),
        ("с 12 июня", date(2025, 6, 12)),
        ("на 3 мая", date(2025, 5, 3)),
        ("列车将于12日开行", date(2025, 6, 12)),
        ("1月3日", date(2025, 1, 3)),
        ("February 30", None),
        ("三年", None),
        ("5日間", None),
    ],
)
def test_dates_are_read_near_their_publication(text: str, day: date | None) -> None:
    assert date_in(text, DAY) == day


def test_the_twelfth_of_next_month_may_be_meant() -> None:
    assert date_in("将于2日开行", date(2025, 12, 30)) == date(2026, 1, 2)


def test_speaker_is_the_party_before_the_words() -> None:
    assert read("China confirms Pyongyang train", (), DAY).speaker == "CN"
    assert read("Pyongyang denies Beijing's account", (), DAY).speaker == "KP"
    assert read("Train confirmed, China says", (), DAY).speaker == ""


@given(
    title=st.text(max_size=80),
    paragraphs=st.lists(st.text(max_size=80), max_size=5),
    at=st.none() | st.integers(-1, 6),
    official=st.booleans(),
)
def test_any_text_can_be_read(
    title: str, paragraphs: list[str], at: int | None, official: bool
) -> None:
    read(title, paragraphs, DAY, at=at, official=official)


@pytest.mark.parametrize(
    ("title", "claim"),
    [
        ("[설명자료] 부산항 파업 보도는 사실이 아님", Claim.DENIED),
        ("부산항 파업 보도는 사실과 다름", Claim.DENIED),
        ("Busan port strike not cancelled, union says", Claim.REPORTED),
        ("Will the Busan port strike be called off?", Claim.RUMOURED),
        ("釜山港罢工会取消吗？", Claim.RUMOURED),
        ("Port strike called off, union says", Claim.CANCELLED),
    ],
)
def test_what_is_denied_and_what_only_sounds_so(title: str, claim: Claim) -> None:
    found = read(title, (), date(2025, 6, 12)).claim

    assert found is claim or (claim is Claim.REPORTED and found is None)


def test_a_paper_that_recalls_another_year_takes_nothing_back() -> None:
    recalled = ("A strike in 2022 was called off after three days.",)

    assert read("Dockers rally in Busan", recalled, date(2025, 6, 12)).claim is not Claim.CANCELLED


@pytest.mark.parametrize("text", ["列车将于12日开始运行", "열차 12일 운행 시작 예정"])
def test_a_day_that_is_long_past_is_that_of_the_next_month(text: str) -> None:
    assert read(text, (), date(2026, 11, 26)).on == date(2026, 12, 12)
