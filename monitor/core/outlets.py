"""Outlets that others quote, and the state that they speak for, if any.

The owner is the one that the shipped feeds use, so that a quoted outlet and its own feed are one.
Aliases are what reports in five languages call it; Latin and Cyrillic ones match whole words.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache

from ahocorasick_rs import AhoCorasick, MatchKind

from monitor.core.text import HAN, HANGUL, KANA
from monitor.model import Outlet

# owner | name | state it speaks for | what it is called; a comma at the end goes on below
_OUTLETS = """
reuters | Reuters | | Reuters, 로이터, 路透社, 路透, ロイター, Рейтер, Reuters
ap | Associated Press | | Associated Press, AP통신, AP News, 美联社, 美聯社, AP通信,
  Ассошиэйтед Пресс
afp | AFP | | AFP, Agence France-Presse, 法新社, AFP통신, Франс Пресс
bloomberg | Bloomberg | | Bloomberg, 블룸버그, 彭博社, 彭博, ブルームバーグ, Блумберг
yonhap | Yonhap | | Yonhap, 연합뉴스, 聯合ニュース, 韩联社, 韓聯社, Ёнхап, Рёнхап
newsis | Newsis | | Newsis, 뉴시스
news1 | News1 | | 뉴스1
kbs | KBS | | KBS
chosun | Chosun Ilbo | | Chosun Ilbo, 조선일보, 朝鲜日报, 朝鮮日報, Чосон ильбо
joongang | JoongAng Ilbo | | JoongAng Ilbo, 중앙일보, 中央日报, 中央日報
donga | Dong-A Ilbo | | Dong-A Ilbo, 동아일보, 东亚日报, 東亜日報
hankyoreh | Hankyoreh | | Hankyoreh, 한겨레
nknews | NK News | | NK News, NK뉴스, NKニュース
dailynk | Daily NK | | Daily NK, DailyNK, 데일리NK, デイリーNK
38north | 38 North | | 38 North, 38노스, 38ノース
rfa | Radio Free Asia | US | Radio Free Asia, RFA, 자유아시아방송, 自由亚洲电台, 自由亞洲電台
voa | Voice of America | US | Voice of America, VOA, 미국의소리, 미국의 소리, 美国之音, 美國之音,
  Голос Америки
kcna | KCNA | KP | KCNA, Korean Central News Agency, 조선중앙통신, 朝中社, 朝鲜中央通讯社,
  朝鮮中央通信, ЦТАК
rodong | Rodong Sinmun | KP | Rodong Sinmun, 노동신문, 로동신문, 劳动新闻, 労働新聞, Нодон синмун
kctv | Korean Central Television | KP | Korean Central Television, KCTV, 조선중앙TV,
  조선중앙텔레비죤, 朝鮮中央テレビ
xinhua | Xinhua | CN | Xinhua, 신화통신, 신화사, 新华社, 新華社, Синьхуа
cctv | CCTV | CN | CCTV, 央视, 央視, 중국중앙TV, 中国中央テレビ
cgtn | CGTN | CN | CGTN
people-daily | People's Daily | CN | People's Daily, 인민일보, 人民日报, 人民日報, Жэньминь жибао
global-times | Global Times | CN | Global Times, 환구시보, 环球时报, 環球時報, Хуаньцю шибао
china-daily | China Daily | CN | China Daily, 차이나데일리, 中国日报
china-news-service | China News Service | CN | China News Service, 중국신문망, 中新社, 中国新闻网
scmp | South China Morning Post | | South China Morning Post, SCMP, 사우스차이나모닝포스트,
  南华早报, 南華早報
cna-taiwan | CNA Taiwan | | 中央社, Central News Agency
liberty-times | Liberty Times | | 自由時報, 自由时报, Liberty Times
kyodo | Kyodo | | Kyodo, 교도통신, 共同社, 共同通信, 共同通讯社, Киодо, Кёдо
nhk | NHK | | NHK
jiji | Jiji Press | | Jiji, 지지통신, 时事社, 時事通信
nikkei | Nikkei | | Nikkei, 니혼게이자이, 닛케이, 日经, 日經, 日本経済新聞, Никкэй
asahi | Asahi Shimbun | | Asahi Shimbun, 아사히신문, 朝日新闻, 朝日新聞
yomiuri | Yomiuri Shimbun | | Yomiuri, 요미우리, 读卖新闻, 読売新聞
mainichi | Mainichi Shimbun | | Mainichi, 마이니치, 每日新闻, 毎日新聞
tass | TASS | RU | TASS, 타스통신, 타스 통신, 塔斯社, タス通信, ТАСС
rossiya-segodnya | RIA Novosti | RU | RIA Novosti, RIA, Sputnik, 리아노보스티, 스푸트니크, 俄新社,
  卫星通讯社, РИА Новости, Спутник
rt | RT | RU | RT, Russia Today
rossiyskaya-gazeta | Rossiyskaya Gazeta | RU | Rossiyskaya Gazeta, Российская газета,
  Российской газете
interfax | Interfax | | Interfax, INTERFAX.RU, 인테르팍스, 国际文传, インタファクス, Интерфакс
kommersant | Kommersant | | Kommersant, 코메르산트, 生意人报, コメルサント, Коммерсантъ, Коммерсант
vedomosti | Vedomosti | | Vedomosti, Ведомости
rbc | RBC | | RBC, РБК
izvestia | Izvestia | | Izvestia, 이즈베스티야, 消息报, Известия, Известиям
moscow-times | Moscow Times | | Moscow Times
bbc | BBC | | BBC, Би-би-си
cnn | CNN | | CNN
nyt | New York Times | | New York Times, 뉴욕타임스, NYT, 纽约时报, 紐約時報, ニューヨーク・タイムズ
wsj | Wall Street Journal | | Wall Street Journal, WSJ, 월스트리트저널, 华尔街日报, 華爾街日報
washington-post | Washington Post | | Washington Post, 워싱턴포스트, WP, 华盛顿邮报, 華盛頓郵報,
  ワシントン・ポスト
ft | Financial Times | | Financial Times, 파이낸셜타임스, 金融时报, フィナンシャル・タイムズ
guardian | Guardian | | Guardian
axios | Axios | | Axios, 악시오스
politico | Politico | | Politico, 폴리티코
dpa | dpa | | dpa, DPA통신, 德新社
efe | EFE | | EFE, 埃菲社
ukrinform | Ukrinform | UA | Ukrinform, Укринформ
unian | UNIAN | | UNIAN, УНИАН
"""
_LETTER = re.compile(f"[^\\W{HANGUL}{KANA}{HAN}]")


@cache
def known_outlets() -> Mapping[str, Outlet]:
    """What an outlet is called, in small letters -> the outlet."""
    outlets = {}
    for line in _OUTLETS.replace(",\n", ",").strip().splitlines():
        owner, name, state, aliases = (part.strip() for part in line.split("|"))
        for alias in aliases.split(","):
            outlets[alias.strip().lower()] = Outlet(owner, name, state)
    return outlets


def outlets_in(text: str, others: Mapping[str, Outlet]) -> Iterator[tuple[int, int, Outlet]]:
    """Where outlets are named in a text: start, end, and which.

    Args:
        others: Further names, in small letters.
    """
    small = "".join(map(_small, text))
    names, automaton = _automaton()
    for number, start, end in automaton.find_matches_as_indexes(small):
        if _is_whole(small, start, end):
            yield start, end, known_outlets()[names[number]]
    for name, outlet in others.items():
        start = small.find(name)
        if start >= 0 and _is_whole(small, start, start + len(name)):
            yield start, start + len(name), outlet


@cache
def _automaton() -> tuple[tuple[str, ...], AhoCorasick]:
    names = tuple(known_outlets())
    return names, AhoCorasick(names, matchkind=MatchKind.LeftmostLongest)


def _small(character: str) -> str:
    """One character for one, so that places stay what they are."""
    small = character.lower()
    return small if len(small) == 1 else character


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether a name does not begin or end inside of a Latin or Cyrillic word."""
    first, last = _LETTER.match(text, start), _LETTER.match(text, end - 1)
    before, after = _LETTER.match(text, start - 1) if start else None, _LETTER.match(text, end)
    return not (first and before) and not (last and after)
