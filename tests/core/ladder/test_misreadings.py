# ruff: noqa: E501 - a text a line
"""Words that are easily read as their opposite: found by a stranger who read against us."""

from datetime import date

import pytest

from monitor.core.ladder import read

DAY = date(2025, 6, 12)
TITLES = {
    "en": "Foreign Ministry Spokesperson's Regular Press Conference on June 12",
    "zh": "2025年6月12日外交部发言人林剑主持例行记者会",
    "ko": "통일부 정례 브리핑",
    "ru": "Брифинг официального представителя МИД",
    "ja": "外務大臣記者会見",
}
QUESTIONS = {
    "en": "Reuters: Passenger trains between Beijing and Pyongyang are said to resume. Confirm?",
    "zh": "路透社记者：据报道，北京至平壤国际旅客列车将恢复运行，中方能否证实？",
    "ko": "기자: 베이징-평양 국제열차 운행이 재개된다는 보도가 있는데 확인해 주시겠습니까?",
    "ru": "Вопрос: Сообщается о возобновлении поездов Москва - Пхеньян. Можете подтвердить?",
    "ja": "記者：北京・平壌間の国際旅客列車が運行再開との報道がありますが、確認していますか。",
}


@pytest.mark.parametrize(
    ("language", "answer", "claim"),
    [
        ("zh", "林剑：我无法向你证实。", "no_comment"),
        ("zh", "林剑：如果双方商定恢复国际旅客列车，我们会发布消息。", "no_comment"),
        ("zh", "林剑：韩国外交部已证实有关报道，我们没有补充。", "no_comment"),
        (
            "ru",
            "Ответ: Корейская сторона подтвердила это вчера. Нам добавить нечего.",
            "no_comment",
        ),
        ("ja", "報道官：政府として確認しておりません。", "no_comment"),
        (
            "ja",
            "報道官：中国側が確認したと承知しています。政府としてお答えする立場にありません。",
            "no_comment",
        ),
        (
            "ko",
            "대변인: 국제열차 운행은 2020년 1월 중단되었습니다. 추가로 말씀드릴 사항은 없습니다.",
            "no_comment",
        ),
        ("ko", "대변인: 관계기관에서 확인했는지 알아보겠습니다.", "no_comment"),
        (
            "en",
            "Lin Jian: If and when the two sides have decided, we will release it.",
            "no_comment",
        ),
        (
            "en",
            "Lin Jian: On passenger trains, the competent authorities have to confirm.",
            "no_comment",
        ),
        (
            "en",
            "Lin Jian: Passenger trains between Beijing and Pyongyang started in 1954. We are good neighbours. On 6 October last year we marked 75 years.",
            "no_comment",
        ),
        ("ru", "Ответ: Не могу ни подтвердить, ни опровергнуть эту информацию.", "no_comment"),
        ("zh", "林剑：国际旅客列车因疫情于2020年停运。中朝双方就此保持沟通。", "no_comment"),
        ("en", "Lin Jian: That report is not true.", "denied"),
        ("zh", "林剑：没有这回事。有关报道与事实不符。", "denied"),
        ("ru", "Ответ: Это неправда.", "denied"),
        ("zh", "林剑：中朝双方已商定，国际旅客列车将于6月20日恢复开行。", "confirmed"),
        (
            "en",
            "Lin Jian: Yes, I can confirm that passenger trains between Beijing and Pyongyang will resume on June 20.",
            "confirmed",
        ),
        ("ru", "Ответ: Да, могу подтвердить: поезда возобновят движение 17 июня.", "confirmed"),
        ("ko", "대변인: 네, 국제열차 운행이 6월 20일 재개됩니다.", "confirmed"),
        (
            "en",
            "Mao Ning: Passenger trains between Beijing and Pyongyang will resume on June 20.",
            "confirmed",
        ),
        (
            "zh",
            "林剑：中朝是友好邻邦，两国人员往来保持顺畅。具体问题建议向主管部门了解。",
            "no_comment",
        ),
        ("zh", "林剑：关于你提到的情况，我目前没有可以发布的消息。", "no_comment"),
        ("zh", "林剑：我们注意到有关报道。中朝一直保持友好交往。", "no_comment"),
        (
            "zh",
            "毛宁：中方一贯支持中朝两国便利人员往来，铁路部门会根据情况作出安排。",
            "no_comment",
        ),
        ("zh", "毛宁：你说的情况我不掌握。6月10日，两国铁路部门举行了会谈。", "no_comment"),
        ("zh", "林剑：如有消息，我们会及时发布。", "no_comment"),
        ("zh", "林剑：这个问题请向铁路部门询问。国际列车何时恢复取决于双方商定。", "no_comment"),
        ("zh", "林剑：中朝两国铁路部门正就恢复国际旅客列车保持沟通。", "no_comment"),
        ("zh", "林剑：中朝国际旅客列车将于6月20日恢复运行。", "confirmed"),
        ("zh", "林剑：经双方商定，北京至平壤国际旅客列车自6月20日起恢复开行。", "confirmed"),
        ("en", "Lin Jian: I have nothing to share on that.", "no_comment"),
        (
            "en",
            "Mao Ning: China and the DPRK are friendly neighbors. We believe that smooth travel between the two countries is important. For specifics, I would refer you to the competent authorities.",
            "no_comment",
        ),
        (
            "en",
            "Mao Ning: We welcome exchanges. On June 6, Vice Minister Ma met with the DPRK ambassador.",
            "no_comment",
        ),
        (
            "en",
            "Mao Ning: The two sides are in communication on the resumption of passenger trains between Beijing and Pyongyang and will resume at an appropriate time.",
            "no_comment",
        ),
        (
            "en",
            "Spokesperson: We do not confirm or deny media reports on passenger trains.",
            "no_comment",
        ),
        ("en", "Spokesperson: It is up to the railway to confirm that.", "no_comment"),
        (
            "en",
            "Spokesperson: Once confirmed, we will announce the passenger trains in Beijing and Pyongyang.",
            "no_comment",
        ),
        (
            "en",
            "Spokesperson: That has been confirmed by the Korean side, not by us.",
            "no_comment",
        ),
        (
            "en",
            "Lin Jian: Passenger trains between Beijing and Pyongyang have resumed. Yes, that is correct.",
            "confirmed",
        ),
        ("ko", "대변인: 관련 동향을 주시하고 있습니다. 확인해 드릴 내용이 없습니다.", "no_comment"),
        (
            "ko",
            "대변인: 북한과 중국 간 열차 운행 재개 여부에 대해 정부가 확인할 사항은 아닙니다.",
            "no_comment",
        ),
        (
            "ko",
            "대변인: 정부는 관련 사항을 예의주시하고 있고, 중국 측이 6월 20일 재개한다고 밝힌 것으로 알고 있습니다.",
            "no_comment",
        ),
        ("ko", "대변인: 공식적으로 확인된 것은 없습니다.", "no_comment"),
        ("ko", "대변인: 추가로 설명드릴 것은 없습니다.", "no_comment"),
        (
            "ru",
            "Ответ: Мы видели эти сообщения. За подробностями рекомендую обратиться в РЖД.",
            "no_comment",
        ),
        ("ru", "Ответ: Переговоры ведутся. О результатах сообщим дополнительно.", "no_comment"),
        (
            "ru",
            "Ответ: Вопрос о возобновлении поездов Москва - Пхеньян прорабатывается. 17 июня состоится встреча министров транспорта.",
            "no_comment",
        ),
        ("ru", "Ответ: Это вопрос к железнодорожникам.", "no_comment"),
        ("ja", "外務大臣：報道については承知しています。コメントは差し控えます。", "no_comment"),
        ("ja", "外務大臣：事実関係を確認中です。", "no_comment"),
        ("ja", "外務大臣：確認が取れ次第、お知らせします。", "no_comment"),
        (
            "ja",
            "外務大臣：北朝鮮の動向については、引き続き情報収集に努めております。6月10日にも列車の運行が報じられました。",
            "no_comment",
        ),
    ],
)
def test_answers_of_a_ministry(language: str, answer: str, claim: str) -> None:
    said = read(TITLES[language], (QUESTIONS[language], answer), DAY, at=0, official=True)

    assert said.claim == claim


OFFICIAL, PRESS = True, False


@pytest.mark.parametrize(
    ("headline", "official", "claims"),
    [
        (
            "First train from Pyongyang to Beijing in five years to depart on June 12",
            PRESS,
            "reported announced rumoured",
        ),
        ("베이징-평양 국제열차 첫 열차 12일 출발 예정", PRESS, "reported rumoured announced"),
        ("北京至平壤首趟国际旅客列车将于6月12日发车", PRESS, "reported announced"),
        (
            "No train has left Pyongyang for Beijing, first train yet to depart: residents",
            PRESS,
            "reported rumoured",
        ),
        ("Поезд Москва - Пхеньян не отправился в рейс 17 июня", PRESS, "reported"),
        ("平壤首趟列车尚未抵达北京", PRESS, "reported"),
        ("列车未能抵达平壤", PRESS, "reported"),
        ("平壌行きの列車、出発せず", PRESS, "reported"),
        ("Движение поездов в КНДР не возобновлено", PRESS, "reported"),
        ("Движение поездов будет открыто 17 июня", PRESS, "reported announced"),
        ("평양행 국제열차 도착 못해", PRESS, "reported"),
        ("First train from Pyongyang arrives in Beijing", PRESS, "in_effect"),
        ("首趟列车从平壤驶出 将于明日抵达北京", PRESS, "in_effect"),
        ("Поезд Москва - Пхеньян отправился в рейс", PRESS, "in_effect"),
        ("베이징발 평양행 첫 열차 출발", PRESS, "in_effect"),
        ("平壌発の列車が北京に到着", PRESS, "in_effect"),
        (
            "Foreign Ministry has not announced any resumption of passenger trains between Beijing and Pyongyang",
            OFFICIAL,
            "no_comment",
        ),
        ("外交部:中方从未宣布恢复北京至平壤国际列车", OFFICIAL, "no_comment"),
        (
            "МИД России: сообщения о возобновлении поездов Москва - Пхеньян неправда",
            OFFICIAL,
            "denied",
        ),
        ("外交部:有关恢复北京至平壤列车的说法不符合事实", OFFICIAL, "denied"),
        (
            "Reports of Beijing-Pyongyang passenger train resumption groundless: Chinese foreign ministry",
            PRESS,
            "denied",
        ),
        ('통일부 "열차 재개 보도 사실과 달라"', OFFICIAL, "denied"),
        ('통일부 "열차 재개 보도는 오보"', OFFICIAL, "denied"),
        ("통일부, 열차 재개 결정된 바 없다", OFFICIAL, "no_comment denied"),
        ("Ministry dismisses reports of train resumption", PRESS, "denied"),
        ("Ministry rejects claims of train restart", PRESS, "denied"),
        ("Ministry rules out train resumption", PRESS, "denied"),
        ("Train report not true, ministry says", PRESS, "denied"),
        ("Train report is inaccurate, ministry says", PRESS, "denied"),
        ("列车恢复传闻毫无根据", PRESS, "denied"),
        ("列车不会恢复", PRESS, "denied"),
        ("Сообщение о поезде - ложь, заявил МИД", PRESS, "denied"),
        ("列車再開の事実はない", PRESS, "denied"),
        ("列車再開の報道は誤り", PRESS, "denied"),
        ("통일부, 열차 재개 발표한 바 없다", OFFICIAL, "no_comment"),
        ("열차 재개 공식 발표 아직 없어", PRESS, "no_comment reported"),
        ("Ministry yet to make announcement on trains", PRESS, "no_comment"),
        ("列車再開を発表した事実はない", OFFICIAL, "no_comment denied"),
        ("Песков не стал опровергать запуск поезда Москва - Пхеньян", PRESS, "no_comment"),
        (
            "Passenger trains between Beijing and Pyongyang have not been suspended.",
            OFFICIAL,
            "reported None",
        ),
        ("China lifts suspension of Beijing-Pyongyang passenger trains", PRESS, "reported None"),
        ("외교부, 열차 재개 부인하지 않아", PRESS, "no_comment"),
        ("외교부, 시인도 부인도 않아", PRESS, "no_comment"),
        ("외교부 열차 재개 부인 안 해", PRESS, "no_comment"),
        ("政府、列車再開を否定も肯定もせず", PRESS, "no_comment"),
        ("政府、列車再開を否定せず", PRESS, "no_comment"),
        ("Ministry does not deny train report", PRESS, "no_comment"),
        ("Ministry stops short of denying train report", PRESS, "no_comment"),
        ("국제열차 운행 중단 해제", PRESS, "reported None"),
        ("国際列車の運休解除", PRESS, "reported None"),
        ("China ends five-year halt of trains", PRESS, "reported None"),
        ("中国取消列车停运令", PRESS, "reported None"),
        ("China cancels visa requirement as Pyongyang trains resume", PRESS, "reported"),
        ("China suspends Pyongyang trains", PRESS, "suspended"),
        ("외교부, 열차 재개 보도 부인", PRESS, "denied"),
        ("China denies train report", PRESS, "denied"),
        ("外交部否认列车恢复", OFFICIAL, "denied"),
        ("МИД опроверг запуск поезда", OFFICIAL, "denied"),
        ("政府、列車再開を否定", OFFICIAL, "denied"),
        ("Pyongyang-Beijing train cancelled", PRESS, "cancelled"),
    ],
)
def test_headlines(headline: str, official: bool, claims: str) -> None:
    """`claims`: any of these is right; None: no words that are known."""
    assert str(read(headline, (), DAY, official=official).claim) in claims.split()
