# ruff: noqa: E501 - a text a line
"""What real transcripts showed: non-answers that name a day, plain noes, openings.

The wording is ours; real ministries say the same of other things.
"""

from datetime import date

import pytest

from monitor.core.ladder import read
from monitor.core.ladder.dates import date_in

DAY = date(2025, 6, 9)
TITLES = {
    "en": "Foreign Ministry Spokesperson's Regular Press Conference on June 9",
    "zh": "2025年6月9日外交部发言人主持例行记者会",
    "ko": "통일부 정례 브리핑",
    "ru": "Брифинг официального представителя МИД",
    "ja": "外務大臣会見記録",
}
VISITS = {
    "en": ("Reuters: Is it true that the minister will visit Beijing on June 12?", "Li Ming: "),
    "zh": ("路透社记者：有消息称外相将于6月12日访问北京，是否属实？", "李明："),
    "ko": ("기자: 외무상이 12일 베이징을 방문합니까?", "대변인: "),
    "ru": ("Вопрос: Министр посетит Пекин 12 июня с визитом?", "Ответ: "),
    "ja": ("記者：外相が12日に北京を訪問するのでしょうか。", "外務大臣："),
}


def claimed(language: str, answer: str) -> str:
    question, speaks = VISITS[language]
    said = read(TITLES[language], (question, speaks + answer), DAY, at=0, official=True)
    return str(said.claim)


@pytest.mark.parametrize(
    ("language", "answer"),
    [
        ("ko", "12일 방문 여부를 검토하고 있습니다."),
        ("ko", "12일 베이징을 방문한다는 보도를 봤습니다."),
        ("ko", "12일 방문과 관련해 중국과 협의를 진행하고 있습니다."),
        ("ko", "지난주에 '12일 베이징 방문을 하기로 했다' 이런 보도를 하셨는데요, 지켜보겠습니다."),
        ("ko", "네, 12일 방문에 관해서는 소통해 나가겠습니다."),
        ("ja", "12日の訪問については、現在検討をしております。"),
        ("ja", "12日に北京を訪問するとの話は聞いております。"),
        ("ja", "12日の訪問ということですが、日程については調整を続けているところです。"),
        ("ja", "はい。12日の訪問の意義は大きいと思っております。"),
        ("ru", "Визит в Пекин 12 июня возможен."),
        ("ru", "Визит 12 июня зависит от позиции китайской стороны."),
        ("ru", "Визит в Пекин 12 июня сейчас прорабатывается."),
        ("ru", "Нет, 12 июня визита в Пекин не ждите. Но он состоится своевременно."),
        ("zh", "关于外相访问北京，本着实事求是的态度，双方进行了充分沟通。"),
        ("zh", "希望有关方面准确领会，不要有误解误判。"),
    ],
)
def test_a_day_in_a_non_answer_confirms_nothing(language: str, answer: str) -> None:
    assert claimed(language, answer) == "no_comment"


@pytest.mark.parametrize(
    ("language", "answer"),
    [
        ("ko", "네, 12일 베이징을 방문합니다."),
        ("ko", "외무상은 12일 베이징을 방문할 예정입니다."),
        ("ko", "네, 사실입니다."),
        ("ja", "外相は12日に北京を訪問いたします。"),
        ("ja", "そのとおりです。"),
        ("ru", "Министр посетит Пекин 12 июня."),
        ("ru", "Это правда."),
        ("ru", "Могу подтвердить, что визит готовится."),
        ("zh", "外相将于6月12日访问北京。"),
        ("zh", "是的，属实。"),
        ("en", "The minister will visit Beijing on June 12."),
    ],
)
def test_a_yes_is_one(language: str, answer: str) -> None:
    assert claimed(language, answer) == "confirmed"


@pytest.mark.parametrize(
    ("language", "answer"),
    [
        ("ru", "Нет."),
        ("ru", "Нет. Это не так."),
        ("ru", "Никакого визита министра в Пекин не будет."),
        ("ru", "Визит министра в Пекин не обсуждается."),
        ("ja", "違います。"),
        ("ja", "いえ、違います。"),
        ("ja", "そのような予定はございません。"),
        ("ja", "北京訪問の予定は全くありません。"),
        ("ko", "아닙니다."),
        ("ko", "아니요, 그렇지 않습니다."),
        ("ko", "그런 계획은 없습니다."),
        ("zh", "没有的事。"),
        ("zh", "外相没有访问北京的计划。"),
        ("en", "That is not true."),
        ("en", "No visit of the minister to Beijing has taken place."),
    ],
)
def test_a_no_is_one(language: str, answer: str) -> None:
    assert claimed(language, answer) == "denied"


@pytest.mark.parametrize(
    ("language", "answer"),
    [
        ("ru", "Нет, пока не скажу."),
        ("ru", "Нет, пока информации нет."),
        ("ko", "네, 그 보도에 대해서 언급해 드릴 사항은 없습니다."),
        ("ja", "はい。"),
        ("ko", "네."),
        ("en", "No decision has been made."),
    ],
)
def test_what_only_opens_with_yes_or_no_is_neither(language: str, answer: str) -> None:
    assert claimed(language, answer) == "no_comment"


OPENINGS = [
    ("ko", "외교부 장관은 6월 12일부터 14일까지 중국을 방문할 예정입니다.", "announced"),
    ("ja", "6月12日から14日にかけて、私は中国を訪問いたします。", "announced"),
    ("zh", "应中方邀请，外相将于6月12日至14日访问北京。", "announced"),
    ("en", "At the invitation of Beijing, the minister will visit China on June 12.", "announced"),
    ("ru", "Министр посетит Китай 12 июня с официальным визитом.", "announced"),
    ("ko", "외교부 장관의 6월 12일 방중은 협의 중입니다.", "None reported no_comment"),
    ("en", "The visit that was planned for June 12 has been postponed.", "delayed"),
    ("en", "The minister will not visit China on June 12.", "None reported no_comment denied"),
    ("zh", "外相6月12日是否访问北京，如果有消息我们会发布。", "None reported no_comment"),
]


@pytest.mark.parametrize(("language", "opening", "claims"), OPENINGS)
def test_what_a_ministry_opens_with_is_its_own_announcement(
    language: str, opening: str, claims: str
) -> None:
    question, speaks = VISITS[language]
    paragraphs = (speaks + opening, question, speaks + "...")

    said = read(TITLES[language], paragraphs, DAY, at=0, official=True)

    assert str(said.claim) in claims.split()


def test_an_opening_announces_only_what_it_is_about() -> None:
    opening = "The minister will visit Moscow on June 12. The trains are another matter of ours."
    paragraphs = (f"Li Ming: {opening}", VISITS["en"][0], "Li Ming: ...")

    trains = read(TITLES["en"], paragraphs, DAY, at=0, official=True, about=["trains"])
    visit = read(TITLES["en"], paragraphs, DAY, at=0, official=True, about=["Moscow"])

    assert trains.claim != "announced"
    assert visit.claim == "announced"


@pytest.mark.parametrize("answer", ["6月12日，外相将访问北京。", "7月2日至3日，外相访问北京。"])
def test_an_answer_may_begin_with_a_day(answer: str) -> None:
    question = "问：外相将访问北京，能否证实？"
    other = "问：7月2日，一位医生去世。有何评论？"
    paragraphs = (question, f"答：{answer}", other, "答：我们表示哀悼。")

    said = read("外交部发言人答记者问", paragraphs, DAY, at=0, official=True)
    of_other = read("外交部发言人答记者问", paragraphs, DAY, at=2, official=True)

    assert said.claim == "confirmed"
    assert of_other.claim == "no_comment"
    assert other.removeprefix("问：")[:4] in of_other.passage


@pytest.mark.parametrize(
    ("headline", "claims"),
    [
        ('외무상 방중 연기설에 군 "확정된 바 없다"', "no_comment rumoured reported"),
        ("活动不是取消了，而是推迟了", "delayed"),
        ("Treasury Sanctions Network That Ships Coal for North Korea", "in_effect"),
        ("China sanctions list: what firms should know", "None reported"),
    ],
)
def test_headlines(headline: str, claims: str) -> None:
    assert str(read(headline, (), DAY, official=True).claim) in claims.split()


FERRY = date(2026, 3, 5)
ON_A_REPORT = "[설명자료] 동해-블라디보스토크 여객선 4월 10일 운항 재개 보도 관련"
ON_THE_FERRY = "О возобновлении паромного сообщения Владивосток - Тонхэ 10 апреля"
EXPLAINED = "'외교장관 방한 취소' 보도 관련 설명"


@pytest.mark.parametrize(
    ("title", "text", "claims"),
    [
        (
            ON_A_REPORT,
            "4월 10일 운항 재개는 사실과 다릅니다. 결정된 바 없음을 알려드립니다.",
            "denied",
        ),
        (ON_A_REPORT, "4월 10일 여객선 운항 재개 보도는 사실이 아닙니다.", "denied"),
        (ON_A_REPORT, "4월 10일 운항 재개는 사실무근입니다.", "denied"),
        (ON_A_REPORT, "운항 재개를 검토한 바 없습니다.", "denied no_comment"),
        (ON_A_REPORT, "운항 재개 일자는 확정되지 않았습니다.", "no_comment"),
        (ON_A_REPORT, "여객선은 4월 10일부터 운항을 재개할 예정입니다.", "announced"),
        (
            ON_THE_FERRY,
            "Возобновление 10 апреля не подтверждаем. Решение не принято.",
            "no_comment",
        ),
        (ON_THE_FERRY, "Паром отправится из Владивостока 10 апреля.", "announced"),
        (
            EXPLAINED,
            "방한이 취소되었다는 보도는 사실이 아닙니다. 방한은 4월로 연기되었습니다.",
            "delayed",
        ),
        (
            EXPLAINED,
            "방한이 취소되었다는 보도는 사실이 아닙니다. 장관은 3월 24일 방문할 예정입니다.",
            "announced",
        ),
        (
            "О сообщениях СМИ",
            "Сообщения об отмене рейса не соответствуют действительности. Рейс состоится 17 апреля.",
            "announced",
        ),
        (
            "외교장관 방한",
            "외교장관이 3월 24일부터 25일까지 우리나라를 공식 방문할 예정입니다.",
            "announced",
        ),
        ("대변인 성명", "외교장관이 3월 24일 우리나라를 공식 방문합니다.", "announced"),
        ("О визите", "Визит министра состоится 24-25 марта.", "announced"),
        (
            "Ferry between Donghae and Vladivostok to resume on April 17",
            "It is run daily.",
            "announced",
        ),
        ("外相将于4月17日访问北京", "双方将会谈。有进一步消息我们会及时发布。", "announced"),
    ],
)
def test_own_statement_of_a_ministry(title: str, text: str, claims: str) -> None:
    """A headline that names a report, or a topic, says nothing of it."""
    assert str(read(title, (text,), FERRY, official=True).claim) in claims.split()


@pytest.mark.parametrize(
    "text",
    [
        "Visit on 24-25 March",
        "Visit from 24 to 25 March",
        "Visit on March 24-25",
        "Визит состоится 24–25 марта",
        "Визит пройдёт с 24 по 25 марта",
        "3월 24일부터 25일까지 방문",
        "3月24日至25日访问",
    ],
)
def test_first_day_of_several_is_the_day(text: str) -> None:
    assert date_in(text, FERRY) == date(2026, 3, 24)


@pytest.mark.parametrize(
    ("headline", "claims"),
    [
        ("Seoul denies report that ferry was cancelled", "None reported"),
        ("Report that trains are cancelled is false, railway says", "None reported"),
        ("외교부, 방한 취소설 부인", "denied None reported"),
        ("МИД: сообщения об отмене визита не соответствуют действительности", "None reported"),
        ("外交部否认外相访问推迟", "None reported"),
        ("Seoul denies that ferry will resume", "denied"),
        ("福岡-釜山の高速船、9日に運航を再開した", "in_effect"),
        ("동해-블라디보스토크 여객선 운항을 재개했다", "in_effect"),
        ("Busan-Fukuoka ferry resumed service on Monday", "in_effect"),
        ("高速船、4月に運航再開へ", "None reported announced"),
        ("From the archive: ferry suspended as virus spreads", "analysis"),
    ],
)
def test_headlines_of_others(headline: str, claims: str) -> None:
    assert str(read(headline, (), FERRY).claim) in claims.split()
