"""Phrases that make a claim, in English, Korean, Chinese, Russian and Japanese.

Patterns run on evened text (`core.text.plain`), case apart, all languages at once: a Korean phrase
does not stand in Russian text. Negated forms are their own, earlier entries: "не подтвердил"
contains "подтвердил".
"""

from collections.abc import Iterator
from functools import lru_cache

import regex

from monitor.model import Claim

_FLAGS = regex.IGNORECASE | regex.VERSION1
_SCRIPTS = {
    "Latin": regex.compile(r"[A-Za-z]"),
    "Cyrillic": regex.compile(r"[\u0400-\u04ff]"),
    "Hangul": regex.compile(r"[\uac00-\ud7ff]"),
    "Han": regex.compile(r"[\u2e80-\u30ff\u3400-\u9fff]"),  # and kana
}
_SYNTAX = regex.compile(r"\\(?:p\{\w+\}|\w)|\(\?P?<\w+>|\{[\d,]*\}")


class Cue:
    """Any of some phrases.

    Those in a script that a text does not have are not looked for in it; what is left is compiled
    when first asked for, as most commands never do.
    """

    def __init__(self, *phrases: str) -> None:
        self._phrases = [(phrase, _scripts_of(_SYNTAX.sub(" ", phrase))) for phrase in phrases]
        self._patterns: dict[frozenset[str], regex.Pattern[str]] = {}

    def search(self, text: str) -> "regex.Match[str] | None":
        return self._pattern(text).search(text)

    def finditer(self, text: str) -> "Iterator[regex.Match[str]]":
        """Matches at every place, also within another one."""
        return self._pattern(text).finditer(text, overlapped=True)

    def sub(self, instead: str, text: str) -> str:
        return self._pattern(text).sub(instead, text)

    def _pattern(self, text: str) -> "regex.Pattern[str]":
        there = _scripts_of(text)
        found = self._patterns.get(there)
        if found is None:
            phrases = [one for one, scripts in self._phrases if not scripts or scripts & there]
            found = regex.compile("|".join(phrases) or _NOTHING, _FLAGS)
            self._patterns[there] = found
        return found


_NOTHING = r"(?!)"


@lru_cache(maxsize=256)
def _scripts_of(text: str) -> frozenset[str]:
    return frozenset(name for name, letter in _SCRIPTS.items() if letter.search(text))


# What was once, or would be: it claims nothing of now.
BACKGROUND = Cue(
    r"(?:중단|중지|운휴|취소|연기)(?:된|한|됐던|되었던|했던) ?바 ?(?:가|도)? ?있|(?:暂停|暫停|停运|停運|中断)(?:了.{0,4}年|了?(?:一段时间|多年|[一二两三四五六七八九十]年))|曾.{0,10}?(?:暂停|暫停|停运|停運|中断|取消|推迟|推遲|延期)",
    r"\bafter (?:an? |its |the )?(?:[\w.-]+[ -]){0,4}(?:halt|suspension|hiatus|pause|break|closure|shutdown|delays?)\b",
    r"\b(?:which|that|service|services|trains?|flights?)? ?(?:was|were|had been|been)? ?(?:suspended|halted|cancelled|stopped|closed) (?:since|in (?:\w+ )?(?:19|20)\d\d)\b",
    r"\b(?:which|that) (?:was|were|had been) (?:suspended|halted|cancelled|stopped|closed) (?:during|because of|due to|amid)\b",
    r"\b(?:suspended|halted|cancelled|stopped|closed) (?:during|because of|due to|amid) (?:the )?(?:[\w-]+ ){0,2}?(?:pandemic|covid|coronavirus|epidemic)\b",
    r"\b(?:did|do|does|has|have)(?: not|n't) (?:immediately )?(?:respond|reply|return (?:a )?(?:call|request))[^.]*",
    r"\b(?:중단|운휴)(?:됐던|되었던|된 (?:지|후|이후|뒤))|(?:중단|끊긴) ?(?:이후|이래|지)",
    r"停运(?:多年|.{0,4}年)?(?:后|之后|以来|的)|暂停.{0,8}(?:后|以来|多年)",
    r"(?:19|20)\d\d年.{0,8}(?:停运|停運|暂停|暫停|中断|中斷)|(?:19|20)\d\d년.{0,8}(?:중단|중지|운휴)(?:됐|되었|된|하였|했)\w*",
    r"(?:19|20)\d\d年.{0,10}(?:運休|停止|休止|中断)",
    r"中断.{0,6}(?:后|以来)",
    r"после .{0,30}(?:перерыв|приостановк|остановк|паузы)\w*",
    r"(?:運休|停止|中断)(?:して(?:い)?た|後|から|以来)",
)

# What says neither yes nor no. A ministry's non-answer is one whatever the press made of it.
NO_COMMENT = Cue(
    r"\bno (?:[\w-]+ ){0,2}?(?:information|details?|comment|updates?|readout)\b",
    r"\bno (?:[\w-]+ ){0,3}?to (?:announce|preview|share|offer|read out|report)\b",
    r"\b(?:ha(?:s|ve|d)|got) (?:no|nothing)\b.{0,30}\b(?:information|add|share|announce|offer|provide|say)",
    r"\bnothing (?:further |more )?to (?:add|share|announce|offer|provide|say)\b",
    r"\b(?:do|does|did)(?: not|n't) have (?:any|an|a)?(?:thing)? ?(?:[\w-]+ ){0,2}?(?:information|details|specifics|updates?|comment|on that|for you|to (?:announce|add|share|offer|say|preview|read out))",
    r"(?:\bnot|n't) (?:aware|familiar|in a position|at liberty|able to confirm)\b",
    r"(?:\bnot|n't|\bcannot|\bnever|\byet to|\bun(?:able|willing) to|\bdeclin\w+ to|\brefus\w+ to)"
    r" (?:going to |immediately |publicly |officially |directly )?(?:confirm|comment|say whether|elaborate|speculate)",
    r"(?:\bnot going to|\b(?:can|wo|would|do)(?:n't| not)|\bcannot|\bcan't|\bnot here to) (?:preview|characteri[sz]e|speak (?:to|for)|get (?:ahead|into)|weigh in|read out|rule (?:anything|it))",
    r"\bneither confirm\w* nor den\w+|\bunconfirmed\b|\bwithout confirming\b",
    r"(?:\bnot|n't|\bcannot|\bnever|\bwithout|\bno one can|\bnobody can|\bstops? short of|\bstopped short of) (?:\w+ ){0,2}?den(?:y|ied|ying)\b",
    r"(?:\bnot|n't|\bnever|\byet to|\bno) (?:yet |made |make |any |an |official |formal |public ){0,3}announc\w+",
    r"\b(?:have|has|is|are) to confirm\b|\b(?:it is|it's) (?:for|up to) .{0,60} to (?:confirm|announce|comment|say)",
    r"부인(?:하지|도|은|을)? ?(?:하지 )?(?:않|안)|시인도 부인도",
    r"발표(?:한|된) (?:바|것|적|내용)(?:이|은|가|도)? ?없|발표(?:는|가|도)? ?(?:아직|안|않)[^.]{0,6}(?:없|않|했)|결정된 (?:바|것)(?:이|은|가|도)? ?없",
    r"발표(?:는|가)? ?(?:아직 )?없|말씀드릴 .{0,8}없|(?:확인|결정)(?:했|됐|되었|하였)는지",
    r"(?:不|未|没有|沒有|并未|並未)(?:否认|否認)|(?:从未|從未|尚未|并未|並未|未曾|没有|沒有)(?:正式|公开|公開)?(?:宣布|宣佈|公布|公佈)",
    r"(?:没有|沒有|无|無)(?:更多|任何|其他)?(?:补充|補充)",
    r"(?:无法|無法|不能|未能|尚未|没有|沒有).{0,6}(?:证实|證實|确认|確認)",
    r"否定(?:せず|もせず|も肯定|しな|していな)|発表(?:は)?(?:して(?:い)?(?:ない|ません)|しておりません|した事実は?(?:ない|ありません))",
    r"(?:確認|把握|承知|関知)(?:は)?(?:しておりません|できておりません|できません)|立場に(?:は)?(?:ない|ありません|ございません)",
    r"ни подтвер\w+.{0,12}ни опроверг\w+|не (?:стал\w* |буд\w+ )?опроверг\w*|добавить (?:нам )?нечего|нечего (?:добавить|сообщить)",
    r"(?:официально )?не (?:было )?(?:объяв|анонсир|сообща)\w+",
    r"\bno confirmation\b",
    r"\b(?:refer|refers|referred|point|direct) (?:you|the reporter|journalists|reporters|questions)\b|\b(?:may|please) refer to\b|\bquestions? (?:should |can |must )?(?:be )?directed\b",
    r"\b(?:ask|check with|contact) (?:the |our )?(?:competent|relevant)|\b(?:leave (?:it|that) to|defer to) (?:the|them|him|her|others)\b",
    r"\b(?:in due course|in due time|timely manner|stay tuned|let me check|get back to you|let you know)\b",
    r"\bno(?:ted|te) (?:the |those |these )?(?:relevant )?reports?\b|\b(?:seen|aware of) (?:the|those|these|such) (?:\w+ )?reports?\b",
    r"\bwhen we have (?:something|anything)\b|\b(?:have|had) yet to see\b",
    r"\bhypothetical\b",
    r"확인해 ?(?:줄|드릴) (?:수|내용|것|사항|사안|만한|부분)|확인해 ?(?:주기|드리기)|아는 바 ?(?:가 |는 )?없|확인(?:되지|하지|할 (?:수|순|길)) ?(?:는|가|도)? ?(?:않|없|못)",
    r"확인된 ?(?:바|것|내용|사항)(?:이|은|는|가)? 없|정해진 ?(?:바|것)(?:이|은|는|가)? 없|알지 못|파악(?:된|하고 있는) .{0,8}없",
    r"드릴 ?말씀(?:이|은)? ?없|말씀(?:을)? ?드리기(?:는|가)? ?(?:어렵|곤란|적절)|확인되는 대로|(?:언급|말씀|평가|확인|답변|공개)\S* .{0,8}적절(?:치|하지) 않|예단(?:하지|할|은)",
    r"언급(?:을|은)? ?(?:하지 않|피|삼가|자제)|답변(?:을|은)? ?(?:하지 않|피|거부)",
    r"(?:제공|공유|추가)할 ?(?:정보|내용|말)",
    r"밝힐 (?:수|내용|것|입장)|노 ?코멘트|논평(?:을|은)? ?(?:하지|거부|피|자제)|긍정도 부정도",
    r"미확인",
    r"没有.{0,10}(?:信息|消息|情况)|沒有.{0,10}(?:信息|消息|資訊|情況)|不掌握|不了解|不瞭解",
    r"暂无|暫無|不知情|(?:没有|沒有|没|沒)听说|没有聽說|不清楚|(?:拒绝|拒絕|拒不|不愿|不愿意|不願|回避|迴避|未予|未正面|没有正面).{0,4}(?:证实|證實|确认|確認|评论|評論|回应|回應|置评|透露|表态|回答|答复)",
    r"(?<![申邀聘])(?:请|請).{0,8}(?:关注|關注|留意|等待|等候)|有(?:进一步)?消息.{0,8}(?:及时|適時|适时|会)|不属于.{0,8}(?:职责|职权)",
    r"我.{0,6}(?:已经|刚才|剛才|多次).{0,6}(?:回答|回应|答复)",
    r"(?:会|將|将|會)?(?:适时|適時|及时|及時)(?:发布|發布|公布|公佈)|(?:无可奉告|無可奉告)",
    r"不(?:予|作|做|便|宜)(?:置评|置評|评论|評論|回应|回應|透露)",
    r"(?:请|請|建议|建議).{0,6}(?:向|问|問|咨询|諮詢|查阅|查閱).{0,14}(?:了解|询问|詢問|主管|有关部门|有關部門|方面|情况)",
    r"(?:正在|仍在|还在)(?:核实|了解|查证)|核實中",
    r"(?:未|没有|尚未|无法|未能|不能)(?:予以)?(?:证实|證實|确认|確認)",
    r"(?:未|無法|尚未)(?:證實|確認)",
    r"(?:注意到|看到).{0,6}(?:报道|報道|報導|消息)|不回答假设|假设性|假設性",
    r"未作(?:证实|回应|置评)",
    r"не (?:стал |смог(?:ла|ли)? |готов\w* )?(?:подтвер\w+|коммент\w+|располага\w+|владе\w+|облада\w+|дал\w* ответ\w*)",
    r"не подтвер\w+|неподтвержд\w+|без комментари\w+",
    r"отказал\w* .{0,20}(?:коммент|подтвер|ответ)|комментари\w+ не |ничего (?:не известно|сказать)|(?:сказать|добавить|сообщить|комментировать) (?:\w+ )?нечего|нечего (?:\w+ )?(?:сказать|добавить|сообщить|комментировать)",
    r"(?:рекоменд\w+|следует|совету\w+|предлага\w+|лучше|прошу|бы) (?:\w+ ){0,3}?(?:обратиться|обращаться|адресовать)|\b(?:обратитесь|обращайтесь|адресуйте)\b|вопрос не к|не (?:ко мне|к нам|к МИД)\b|дожд[её]мся|следите за",
    r"(?:видели|обратили внимание на|знакомы с) (?:\w+ )?(?:сообщени|публикаци)\w+|(?:сообщим|проинформируем|озвучим|уточн[юи]м?)\b",
    r"уш[её]л\w* от ответа",
    r"нет (?:такой |никакой |дополнительной )?информаци|воздержал\w* от",
    r"не (?:опроверг\w*,? (?:и|но) не|отрица\w+)",
    r"(?:確認|把握|承知|関知)(?:は)?(?:して(?:い)?(?:ない|ません)|できて(?:い)?ない|できない|されて(?:い)?ない)",
    r"未確認|確認(?:を)?して(?:い|おり)?(?:る|ます)(?:ところ|最中)|確認中|(?:確認|言及|明言|回答|コメント)せず|答えず|接して(?:い|おり)?(?:ない|ません)",
    r"(?:把握|承知).{0,12}(?:では(?:ない|ありません|ございません))|先ほど(?:も)?(?:申し上げ|お答え)|(?:決まっ|申し上げられ)た?る?(?:もの|こと)は(?:ない|ありません|ございません)",
    r"(?:コメント|回答|言及|明言|お答え|答え)(?:する)?(?:こと)?(?:は|を)?(?:差し|さし)?(?:控え|避け|拒|しな|いたしません|しません|でき(?:ない|ません|かね)|いたしかね)|(?:詳細|予断).{0,14}控え",
    r"ノーコメント|情報は(?:ない|持ち)|明らかにして(?:い)?ない",
)

DENIED = Cue(
    r"\bden(?:y|ies|ied|ying)\b(?! (?:[\w-]+ ){0,4}?(?:entry|access|visas?|permission|rights?|justice)\b)|\bden(?:ial)\b",
    r"\brefut(?:e[sd]?|ing)\b|\bfalse (?:report|claim|rumou?r)s?\b",
    r"\bno (?:plans?|intention) (?:to|for|of)\b|\bhas not received\b|\bno such (?:plans?|meetings?|visits?|decisions?|agreements?|arrangements?|order|thing)\b",
    r"\bno (?:factual )?basis (?:in fact|whatsoever)?[.,]|\b(?:has|have|had|with) no factual basis\b|\bpure (?:fiction|fantasy|invention|speculation)\b|\bnothing of the (?:sort|kind)\b",
    r"\b(?:will|would)(?: not|n't) (?:be )?(?:resum\w*|restart\w*|reopen\w*)\b(?![^.;]{0,40}\b(?:until|before)\b)",
    r"\b(?:inconsistent with|contrary to|at odds with|not consistent with) (?:the )?(?:facts?|reality|truth)\b",
    r"\brumou?rs? (?:is|are|was|were) (?:false|untrue)\b|\buntrue\b|\bfabricat\w+",
    r"不准确|不準確|有误|有誤|失实|失實",
    r"\b(?:groundless|baseless|unfounded|inaccurate)\b|(?:\bnot|n't) (?:true|accurate|correct|the case)\b",
    r"\b(?:dismiss|reject)(?:es|s|ed|ing)? .{0,20}(?:reports?|rumou?rs?|claims?|speculation)\b|\brul(?:es?|ed|ing) out\b",
    r"사실과 달(?:라|랐)|오보(?!드)",
    r"不符合事实|不符合事實|(?:与|與|同)(?:事实|事實)(?:完全|严重|明显|根本)?不符|捕风捉影|捕風捉影|歪曲事实|不是事实|不是事實|没有这回事|沒有這回事|毫无根据|毫無根據|(?:列车|列車|航班|班列)不(?:会|會)恢(?:复|復)",
    r"\bвымысл\w*|\bвымысел|\bвыдумк\w+|ничего подобного|\bнеправд\w+|\bложь\b|\bложн\w+|не соответству\w+ истине",
    r"(?:の|という|ような|そうした|そのような)事実は(?:一切|全く)?(?:ない|ありません|ございません)|(?:報道|情報)は(?:誤り|事実では|事実に反)|誤報",
    r"부인(?!과|회|복|병|하지 않|도 |할 수 없)|사실 ?무근|사실(?:이|은|도)? ?아(?:니|님|닌|냐|닙)|(?:그런|그러한) 사실(?:이|은|도)? ?없|사실과 다(?:르|름|른)|허위|계획(?:이|은)? ?없",
    r"(?<!不|不可|无可|無可|不容|从未)(?:否认|否認)|不实|不實|不属实|不屬實|辟谣|闢謠|谣言|謠言|未接到|没有接到",
    r"没有计划|沒有計劃|无此计划|纯属(?:虚构|谣言|捏造|不实|无稽|猜测|臆测)|純屬(?:虛構|謠言|捏造|不實)|子虚乌有|子虛烏有|无中生有|無中生有|捏造|无稽之谈|無稽之談",
    r"假消息|假新闻|假新聞|(?:是|都是)假的|(?:没有|沒有|无|無)(?:任何)?(?:事实|事實)(?:依据|根据|依據|根據)|不存在.{0,20}(?:情况|情況|一说|安排|计划)|(?:情况|情況)(?:并|並)?不存在",
    r"(?<!не )опроверг\w*|(?<!не )(?<!нельзя )отрица\w+|не соответству\w+ действительност\w+|фейк\w*|не планиру\w+",
    r"(?<!肯)否定(?!的|せず|も|しな|でき|はしな)|事実無根|予定は?ない|計画は?ない|虚偽",
)

CANCELLED = Cue(
    r"\bcancel(?:s|led|ed|ling|ing|lation)?\b|\bscrap(?:s|ped)\b|\bcalls? off\b|\bcalled off\b",
    r"취소|백지화|取消(?!制裁)|中止(?=\W*$)|中止に|中止を|中止と|撤销|撤銷",
    r"отмен(?:ил|ен|ён|я[ею]т)\w*(?! санкци)",
)

SUSPENDED = Cue(
    r"\bsuspend(?:s|ing)?\b|\bsuspends?\b",
    r"\b(?:is|are|was|were|been|be|has|have) (?:indefinitely |temporarily )?suspended\b",
    r"\b(?:trains?|services?|flights?|tours?|operations?|talks|shipments?|ferry|exports?|imports?|visas?|traffic|link|line) (?:temporarily |indefinitely |again )?(?:suspended|halted)\b",
    r"\bhalt(?:s|ing)?\b|\bsuspension of\b",
    r"(?:운행|운영|서비스|재개|열차|렬차|공급|교역|발급|회담|협상).{0,8}(?:중단|중지|보류)",
    r"중단(?=\W*$)|중단(?:했|됐|한다|된다|키로|하기로)|운휴|(?:停止|休止)(?=\W*$)|を(?:停止|休止)|暂停|暫停|停运|停運|停开|停開|停办|暂缓|叫停",
    r"приостан\w+|運休|(?:運行|運転|運航|再開|協議|発給).{0,6}(?:停止|休止|見合わせ)",
)

DELAYED = Cue(
    r"\bdelay(?:s|ed|ing)?\b|\bpostpon\w+|\bput off\b|\bpush(?:es|ed) back\b",
    r"연기(?!금|력|자|파|를 내)|늦춰|미뤄|推迟|推遲|延期|延后|延後|延误|延誤|押后",
    r"перен(?:ес|ёс|есл|ос)\w*|отлож\w+",
    r"отсроч\w+|задерж(?:ан|ал|ива)\w*|延期|先送り|遅れ",
)

# An act that is done by being said (sanctions), or that has been seen.
ENACTED = Cue(
    r"\bdesignat(?:es|ed|ing|ions?)\b|\bblacklist(?:s|ed)\b",
    r"\bimposes? (?:new |fresh |further )?sanctions\b|\bde-?list(?:s|ed)\b",
    r"\b(?:enters?|entered|comes?|came) into (?:force|effect)\b|\bin effect\b",
    r"제재 (?:대상|명단)(?:에|으로) ?(?:지정|올|추가|등재)|제재 ?대상 ?지정|발효(?!유|식품)",
    r"시행에 들어",
    r"列入.{0,12}(?:名单|名單|清单|清單)|(?:正式)?(?:生效|施行)(?!前)|实施制裁|實施制裁",
    r"вв[её]л\w* санкци\w+|вступ(?:ил|ает)\w* в силу",
    r"внес\w* в (?:санкционн\w+ )?(?:чёрн\w+ |черн\w+ )?спис\w+",
    r"制裁対象に(?:指定|追加)|(?:発効|施行)した|発効する",
)

_TRAIN = r"(?:trains?|service|locomotive|convoy|shipment|flights?|ferry)"
_TRAIN_KO = r"(?:열차|렬차|기차|항공편|려객기)"
_TRAIN_HAN = r"(?:列车|列車|火车|火車|班列|专列|航班|航空便|フェリー)"
IN_EFFECT = Cue(
    rf"\bfirst (?:[\w-]+ ){{0,4}}?{_TRAIN}\b.{{0,60}}?\b(?:departs?|departed|leaves?|left|arriv\w+|pulls? (?:in|out)|crosse?[sd]|reache[sd]|runs?|ran|rolls?|rolled|sets? off)\b",
    rf"\b{_TRAIN}\b.{{0,80}}?\b(?:departed|has left|left (?:for|beijing|pyongyang|\w+ station)|arrived|pull(?:s|ed) (?:in|out)(?:to)?|crossed|resumed (?:on|today|this)|has resumed|have resumed|rolls? into|sets? off|runs? again|running again|back in service)\b",
    rf"{_TRAIN_KO}.{{0,20}}?(?:첫 ?운행(?!.{{0,4}}예정)|첫 ?출발|출발했|도착했|도착(?=$|[^하])|운행(?:을|이)? ?(?:시작|개시)(?:했|됐|$|[^할하])|달리기 시작|운행 ?재개(?:됐|했))",
    r"첫 ?(?:운행|열차|렬차).{0,12}?(?:시작(?!할|될)|출발(?!할)|도착)",
    rf"{_TRAIN_HAN}.{{0,20}}?(?:发车|發車|抵达|抵達|驶出|駛出|驶入|到达|到達|首发|首發|开出)",
    r"(?:首列|首趟|首班).{0,20}?(?:发车|開出|开出|抵达|抵達|驶|駛|出发|開行)",
    r"(?:今日|今天|已)(?:正式)?(?:恢复|恢復|开行|開行|复通|復駛|通车)",
    r"(?:поезд|состав|вагон|рейс)\w*.{0,60}?(?:отправил\w+|прибыл\w*|выехал\w*|ушёл|ушел|вышел|пош[её]л)",
    r"перв(?:ый|ого) (?:поезд|рейс|состав)\w*.{0,40}?(?:отправил|прибыл|вышел|уш[её]л)\w*",
    r"движение.{0,40}?(?:возобновлено|открыто|началось)",
    rf"{_TRAIN_HAN}.{{0,12}}(?:が|は)?.{{0,10}}?(?:出発(?!予定|する予定|へ)|到着(?!予定)|発車(?!予定)|運行を(?:開始|再開)した|運転を(?:開始|再開)した)",
)

NOT_YET = Cue(
    r"\b(?:will|would|should|must|not|never|without)\b|n't\b|\bno (?:[\w-]+ ){0,3}?(?:train|service|flight|ferry|one)s?\b",
    r"\b(?:scheduled|due|expected|planned|set|slated|ready|about|yet|fails?|failed|failing) to\b",
    r"\bto (?:be|depart|leave|arrive|run|reach|cross|roll|pull|set off|resume|return|start|begin|enter|come|impose|designate)\b",
    r"\b(?:last|final) (?:[\w-]+ ){0,3}?(?:train|service|flight|ferry)\b|\b(?:if|once|whether|until)\b",
    r"[将將](?!军|軍)|预定|預定|预计|預計|计划|計劃|尚未|未能|没有|沒有|未(?!来|來)|拟|不(?:会|會)|是否|如果|最后一|最後一|上一",
    r"예정|계획|(?<![가-힣])(?:못|안) |않|없|마지막",
    r"\b(?:будет|будут|не|планиру\w+|должен|должн\w+|последн\w+)\b",
    r"予定(?!通り|どおり)|計画|見通し|最後の",
)
"""What stands before a departure that was none, in the same clause."""

NOT_SO = Cue(
    r"^\W{0,2}(?:\w+ ){0,5}?in (?:\w+ )?(?:19|20)\d\d\b",
    r"^.{0,4}(?:예정|계획|못|않|없|할 |한다|하기로)",
    r"^.{0,4}(?:予定|せず|しな|していな|できず|できな|見通し|計画)",
    r"^.{0,6}(?:未果|失败|失敗)",
)
"""What stands right behind it."""

# What is looked into is not yet confirmed: 事実関係を確認しています.
_LOOKED_AT = r"(?<!(?:関係|内容|詳細|状況|情報|真偽|有無|安全|身元)(?:を|は|について)?)"
CONFIRMED = Cue(
    r"\bconfirm(?:s|ing)\b|\bconfirmed\b(?! (?:\w+ )?(?:cases?|deaths?|infections?|dead)\b)|(?<!\b(?:to|you|could|would|might|must|should|cannot) )\bconfirm\b|\b(?:glad|pleased|happy|able|like|wish) to confirm\b|\bofficially acknowledg\w+|\bofficial confirmation\b",
    r"(?<!여부(?:를)? ?)확인(?:했|하였|됐|되었)|공식 ?확인(?!된)|사실로 확인|(?<!(?:사실 ?관계|사실|여부|진위|안전|신원|경위|상황|현황|현장) ?|미|재)확인(?=\W*$)",
    r"证实|證實|(?<!待)(?:予以)?确认|(?<!如|若|否)(?:属实|屬實)",
    rf"{_LOOKED_AT}確認(?:した|する)(?!か)|{_LOOKED_AT}確認(?:して(?:い|おり)?(?:る|ます)(?!か|でしょうか|ところ)|(?:し|と)(?=[、。]))|{_LOOKED_AT}(?<=を)確認(?=\W*$)|認めた",
    r"\bмогу подтвердить|подтверд(?:ил|или|ила|ило|ил[оаи]?)\w*|подтвержда\w+(?! ли\b)",
)

AFFIRMED = Cue(
    r"\b(?:yes|that's right|correct)\b[,.]|\bat the invitation\b|\bit is true\b|\b(?:that|this) is (?:right|correct|true|the case)\b",
    r"\bwill (?:pay a|visit|start|resume|begin|run|hold|attend|travel)\b",
    r"\b(?:has|have) (?:been )?(?:agreed|decided|resumed|started|begun|opened|reopened|restored|launched)\b|\b(?:decided|agreed) to\b|\bwill be (?:resumed|started|held|opened)\b",
    r"应.{0,14}(?:邀|邀请)|(?:将|將)于|是的|没错|沒錯|确有其事|確有其事",
    r"(?:已|已经)(?:达成|商定|恢复|开始|正式|启动|同意|决定|重启|开通|复通|开行)|双方(?:商定|同意)|初代",
    r"초청(?:에|으로)|하기로 (?:했|합의|결정)|합의했|맞습니다|그렇습니다|재개(?:했습|됐습|되었습)",
    r"по приглашению|состоится|договорил\w+|принято решение|вс[её] (?:верно|так)\b|именно так|совершенно верно|это (?:так|правда)\b",
    r"招きで|招待で|合意した|合意しま|決定した|決定しま|決定(?:を)?いたしま|(?:そのとおり|その通り|事実)で(?:す|ございます)",
)

DOES = Cue(
    r"\b(?:will|shall|to|is|are|was|were|has|have) (?:be |been )?(?:clos|reopen|restor|launch|pay|visit|start|resume|begin|run|hold|held|attend|travel|open|operat|depart|arriv|launch)\w*",
    r"\b(?:visits?|starts?|resum\w+|begins?|runs?|open(?:s|ed)?|operates?|depart(?:s|ed)?|arrive[sd]?|returned|launch(?:es|ed)?)\b",
    r"将|將|恢复|恢復|开行|開行|运行|運行|通车|访问|訪問|举行|舉行|出席|参加|启程|抵达|发车|开通|前往|对.{0,12}进行",
    r"운행|재개|방문|개최|출발|도착|시작|개통|참석|возобнов\w+|состо\w+|пройд\w+|начн\w+|отправ\w+|прибуд\w+|визит|прибы\w+|посет\w+|выеха\w+|запланир\w+|намечен\w*|откро\w+|курсир\w+|запус\w+",
    r"再開|運行|訪問|開催|出発|到着|開始|開通|出席",
)
"""Something that is done on a day."""

ANNOUNCED = Cue(
    r"\bannounc(?:es|ed|ement|ing)\b|\b(?:public |official )?notice\b",
    r"\b(?:from|starting|effective|beginning|as of) (?:\w+day,? )?(?:(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\w*\.? \d|\d{1,2} (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))",
    r"\btickets? (?:go|went|are|now) on sale\b|\bticket sales\b|\boperator (?:says?|said)\b",
    r"\bamends?\b|\bschedules? (?:released|published)\b",
    r"발표(?:했|하였|$|[^하될])|공지|공고|공식 ?발표(?!는 없|가 없|된 바 없)",
    r"부터 (?:정기 ?)?(?:운행|운영|시행|판매)|公告|通告",
    r"(?:宣布|宣佈)|起(?:正式)?(?:开行|開行|恢复|恢復|运行|施行|实行)|售票|自.{1,12}起",
    r"объяв(?:ил|лен|ила|или|ляет|лено)\w*|анонсир\w+|назначен\w*",
    r"\bс \d{1,2} (?:январ|феврал|март|апрел|ма[яй]|июн|июл|август|сентябр|октябр|ноябр|декабр)\w*",
    r"発表した|発表(?=$|[。、　 ])|公表|から運行|から運転|発売|告示",
)

PREPARING = Cue(
    r"\bprepar(?:es|ing|ed|ations?)\b|\btest runs?\b|\btrial runs?\b|\bgear(?:s|ing) up\b",
    r"\brepair(?:s|ing)? (?:the )?(?:track|line|bridge)|\bready to (?:resume|restart)",
    r"준비|시운전|시범 ?운행|다그치|筹备|籌備|准备|準備|试运行|試運行|试车|试跑|подготовк\w+",
    r"готов(?:ится|ятся|ят|ит)\b",
    r"пробн\w+ (?:рейс|поезд)|試運転|準備",
)

TIMETABLE = Cue(
    r"\btimetables?\b|시간표|时刻表|時刻表|运行图|расписани\w+|ダイヤ",
)

MOVES = Cue(
    r"\bresum\w+|\brestart\w*|\breopen\w*|\brelaunch\w*|\brestor\w+",
    r"\bto (?:run|return|start|begin)\b",
    r"재개|복원|恢复|恢復|重启|重啟|复通|復駛|開通|开通|возобнов\w+|запуск\w*|再開|運行開始",
)

# Who says it does not stand to it: what follows is at most a rumour, or what a wire reports.
HEDGED = Cue(
    r"\bsources? (?:say|said|told|claim)|\bsources?\b(?=\W*$)|\breportedly\b|\bset to\b",
    r"\bexpected\b|\blikely\b|\bmay\b(?! \d)|\bmight\b|\bcould\b|\brumou?r\w*|\ballegedly\b",
    r"\bplans? to\b|\bconsider\w*|\bpeople (?:briefed|familiar)|\banonymous\b|\?\s*$",
    r"소식통|전망|알려졌|것으로 ?보|할 ?듯|가능성|관측|임박|검토|추진|이르면",
    r"消息人士|知情人士|据悉|據悉|网传|網傳|或将|或將|有望|据传|據傳|传(?:出|闻)|傳(?:出|聞)",
    r"拟|可能|预计|預計|料将|即将|即將|吗[?？]",
    r"источник\w*|ожида\w+|может|могут|вероятн\w+|возможн\w+|планиру\w+|собеседник\w*",
    r"по данным|якобы|предполож\w+",
    r"関係者|関係筋|見通し|可能性|方針|検討|か(?:$|[。、?？])|もよう|模様|とみられ|予定",
)

ANALYSIS = Cue(
    r"^(?:analysis|opinion|commentary|explainer|editorial|column|op-?ed|timeline|factbox|q&a|podcast|interview|review|book review|fact check)\b\s*[:|-]",
    r"\bwhat (?:.{0,60})(?:means?|tells? us|does and does not)\b",
    r"\bwhy (?:it|this|the) .{0,60}matters?\b|\bharbinger\b|\bfive things\b",
    r"\bhere's (?:why|what)\b",
    r"^\W*(?:칼럼|사설|분석|기고|논평|오피니언|시론|기자수첩|해설|전문가 ?진단)\b",
    r"\[(?:칼럼|사설|분석|기고|해설|오피니언|시론)\]",
    r"^\W*(?:评论|評論|社评|社評|社论|社論|观察|觀察|分析|述评|深度|专访|解读|解讀)\s*[:：丨|】]",
    r"【(?:评论|社评|分析|观察)】",
    r"^(?:мнение|колонка|анализ|комментарий|разбор|интервью)\b\s*[:|.-]",
    r"^\W*(?:社説|論説|解説|分析|コラム|オピニオン)[:：】| ]",
)

EYEWITNESS = Cue(
    r"\b(?:reporter|journalist|correspondent|photographer|witness\w*|footage|photos?|video|saw|seen)\b",
    r"기자가|목격|사진|영상|记者(?:看到|目击|现场)|現場|目擊|目击|現地|記者が|корреспондент\w*",
    r"очевид\w+|видео|фото",
)

CUES: tuple[tuple[Claim, Cue], ...] = (
    (Claim.NO_COMMENT, NO_COMMENT),
    (Claim.DENIED, DENIED),
    (Claim.CANCELLED, CANCELLED),
    (Claim.SUSPENDED, SUSPENDED),
    (Claim.DELAYED, DELAYED),
    (Claim.IN_EFFECT, ENACTED),
    (Claim.IN_EFFECT, IN_EFFECT),
    (Claim.CONFIRMED, CONFIRMED),
    (Claim.ANNOUNCED, ANNOUNCED),
    (Claim.PREPARING, PREPARING),
    (Claim.REPORTED, MOVES),
    (Claim.TIMETABLE, TIMETABLE),
)
"""In the order in which they are asked: what negates before what it negates."""

NOT_DOWN = Cue(
    r"(?:\bnot|\bnever|n't) (?:be |been |being |yet )?"
    r"(?:cancel\w+|call(?:ed)? off|suspend\w*|delay\w*|postpon\w*|halt\w*|put off)",
    r"취소(?:되지|하지) 않|연기(?:되지|하지) 않|중단(?:되지|하지) 않|(?:不会|不會|没有|沒有|并未|並未)(?:取消|推迟|推遲|暂停|暫停)",
    r"не (?:отмен|отлож|приостан|перен[её]с)\w*|(?:中止|延期|中断)(?:し|され)ない",
    r"\b(?:lift|end)(?:s|ed|ing)? (?:[\w'-]+ ){0,4}?(?:suspension|halt|freeze|moratorium)(?: of\b)?|\b(?:suspension|halt)\b.{0,40}\b(?:lifted|ended|over)\b",
    r"\bcancel(?:s|led|ed|ling|ing)? (?:[\w-]+ ){0,2}?(?:visas?|requirements?|restrictions?|bans?|curbs?)",
    r"(?:중단|운휴|중지|보류)(?:을|를)? ?(?:조치(?:를)? ?)?해제|(?:運休|休止|停止|中断)(?:を|の)?解除",
    r"(?:解除|取消|结束|結束).{0,8}(?:停运|停運|停航|停飞|停飛|暂停|暫停|限制|禁令|签证|簽證)令?",
    r"(?:сня[лт]|отмен)\w* .{0,20}(?:приостановк|запрет|ограничен)\w*",
    # what is asked of others, or of a case, has not been done
    r"\b(?:urg\w+|call\w* (?:on|upon)|demand\w* that)\b[^.;?!\n]{0,120}?\b(?:cancel|suspend|halt|delay|postpone|scrap|denying|call off)\b",
    r"\b(?:urg\w+|call\w* (?:on|upon)|demand\w*|ask(?:s|ed)?|want\w*|press(?:es|ed)|appeal\w*|refus\w+|propos\w+)\b[^.;?!\n]{0,80}?\bto (?:\w+ )?(?:cancel|suspend|halt|delay|postpone|scrap|call off)\b",
    r"\b(?:call\w*|demand\w*|appeal\w*|ask(?:s|ed)?|oppos\w+|propos\w+)\b (?:for )?(?:[\w-]+ ){0,4}?(?:cancellation|suspension|halt|delay|postponement)\b",
    r"\b(?:if|unless|whether)\b[^.;?!\n]{0,80}?\b(?:cancel|suspen[ds]|halt|delay|postpon|scrap|call(?:ed)? off)\w*",
    r"\b(?:should|must|ought to|need to|needs to|let's) (?:not )?(?:\w+ ){0,2}?(?:be )?(?:cancel|suspend|halt|delay|postpone|scrap)(?:l?ed)?\b",
    r"(?:敦促|促请|促請|呼吁|呼籲)[^。;]{0,40}(?:取消|暂停|暫停|停止|中止|叫停|撤销|撤銷)",
    r"(?:应当|應當|应该|應該|应立即|應立即|应尽快|必须|必須|要求)[^,，。;]{0,20}(?:取消|暂停|暫停|停止|中止|叫停|撤销|撤銷)",
    r"(?:중단|취소|연기|보류|중지)(?:을|를|해)? ?(?:달라)?(?:고)? ?(?:촉구|요구|요청|해야|하라|주장|제안)",
    r"(?:中止|停止|延期|撤回)(?:を|するよう).{0,6}(?:要求|求め|要請|呼び|訴え|主張)|(?:中止|停止|延期)(?:要求|要請)",
    r"(?:призва\w+|призыва\w+|(?:по)?требова\w+|требу\w+|выступа\w+ за|предлага\w+|предложи\w+|попросил\w*|следует|должн\w+)"
    r"[^.,;]{0,40}?(?:отмен|приостан|отлож|перен)\w*",
)
"""What takes nothing back, though it has the word."""

MIGHT = Cue(
    r"\b(?:may(?! \d)|might|could|would)\b (?:(?:yet|also|soon|again|even|not|have to|need to|be) ){0,2}(?:cancel|suspend|halt|delay|postpon|scrap|call(?:ed)? off)\w*",
    r"\b(?:consider\w*|mull\w*|weigh\w*|threaten\w*|likely|set|poised|plan\w*|about|expected)\b (?:to |a |the |on )?(?:be )?(?:cancel(?!led)|suspen[ds](?!ed)|halt(?!ed)|delay(?!ed)|postpon(?!ed)|scrap(?!ped))\w*",
    r"\b(?:likely|set|poised|expected|about|plan\w*) to be (?:cancel|suspend|halt|delay|postpon|scrapp)\w*",
    r"(?:或|可能|恐(?![怖慌吓嚇])|拟|擬|考虑|考慮)(?:将|將|会|會|被)?.{0,8}(?:取消|推迟|推遲|延期|暂停|暫停|停运|停運)",
    r"(?:중단|취소|연기|보류)(?:될|할)? ?(?:수도|수 있|듯|가능성|전망|우려|검토|위기)",
    r"мо(?:жет|гут) (?:быть )?(?:отмен|отлож|приостан|перен)\w*|(?:угрожа|рассматрива|намер)\w+ .{0,20}(?:отмен|отлож|приостан|перен)\w*",
    r"(?:中止|延期|停止|休止|運休)(?:か(?:$|[。、?も])|も(?:検討|視野)|を検討|の(?:可能性|見通し|恐れ|方針))",
)
"""What may yet be taken back."""

OPEN = Cue(
    r"[?？]\s*$|^(?:will|is|are|does|do|did|could|can|should|would|might)\b(?=.{12,}[?？])",
    r"(?:吗|嗎|呢|か)[。?？]?\s*$|(?:나|까)[?？]\s*$",
)
"""A headline that asks."""

CONDITIONAL = Cue(
    r"\b(?:if|once|whether|unless|in case|should (?:there|the|any)|until)\b|\bwhen (?:and if|there is|we have|the two)\b",
    r"如果|倘若|假如|一旦|若(?!干)|是否|能否|(?:으면|다면|하면|되면|(?:했|됐|하|되)는지|(?:을|할|될|인)지)(?:[ ,.]|$)",
    r"\b(?:если|когда|ли)\b|(?:場合|れば|たら|かどうか|か否か)",
)
"""What is said for a case or of a question: neither yes nor no."""

UNSETTLED = Cue(
    r"\bat an? (?:appropriate|proper|suitable|right|later) time\b|\bin (?:close )?(?:communication|contact)\b",
    r"\bunder (?:discussion|consideration|review)\b|\bdiscuss(?:es|ed|ing)?\b|\b(?:we|i|very much|would) (?:\w+ ){0,2}?(?:hope|wish|look forward|expect|believe)\b|\bhop(?:e|es|ing) (?:that|to|the|this|it)\b",
    r"\b(?:we|i) understand\b|\bour understanding\b|\b(?:appears?|seems?|apparently|presumably)\b|\b(?:held|had|holding|having) (?:[\w-]+ )?(?:talks|consultations|discussions)\b|\bexchang\w+ views\b|\bmet with\b",
    r"据(?:我)?了解|据悉|交换了?意见|(?:举行|进行)了?.{0,6}(?:会谈|磋商|讨论|商讨)(?:。|$)|(?:正在|正就).{0,30}(?:磋商|商讨|研究|讨论)",
    r"것으로 (?:보|추정|판단|이해)|насколько .{0,6}известно|судя по|по имеющимся|とみられ|と見られ|と推定|意見交換",
    r"期待|希望|相信|盼|기대|희망|바랍|바라|надеемся|надеюсь|рассчитыва\w+|хотели бы|хотелось бы|期待|望ん|望み|望まし|願って",
    r"\bmedia reports?\b|\b(?:it )?(?:is|was|has been) reported\b",
    r"适当(?:时候|時候)|適當時候|保持(?:着|著)?(?:密切)?(?:沟通|溝通)|据报道|據報導|报道称|媒体报道",
    r"(?:협의|검토|논의|조율) ?중|것으로 (?:알|전해|보도)|보도(?:됐|되|를 보)|прорабатыва\w+|обсужда\w+|ведутся переговор\w*",
    r"(?:調整|検討|協議|確認)中|と承知|報じられ|報道され",
)
"""What is open, hoped for, or heard of others: no yes, though it may be called untrue."""

ASKED = Cue(
    r"\b(?:asked|pressed|questioned) (?:by [^,.]{1,40} )?(?:about|whether|if|to (?:confirm|comment|clarify|respond))\b[^.;\n]{0,200}?(?:,|$)"
    r"|\bin (?:response|reply) to (?:a |an |the )?(?:\w+ )?(?:question|query|inquiry)[^.;\n]{0,160}?(?:,|$)",
    r"(?:有)?(?:记者|記者)(?:提)?[问問][^。;\n]{0,200}?[?？。]|被[问問]及?[^。,，\n]{0,80}[,，。]|(?:在)?(?:回答|就)[^。\n]{0,120}?(?:提问|提問|答记者问)(?:时)?",
    r"(?<![^.\n])[^.\n]{0,160}?질문에",
    r"(?:отвечая )?на (?:вопрос|просьбу)\w*[^.,\n]*(?:,[^.,\n]*\b(?:ли|когда|что|как|будет|почему)\b[^.,\n]*)?,",
    r"(?<![^。\n])[^。\n]{0,160}?(?:質問に(?:対し(?:て)?)?|問われ)",
)
"""A question that is told of: it claims nothing."""

VALUED = Cue(
    r"\b(?:important|importance|significan\w+|conducive|helpful|welcom\w+|support\w*|benefi\w+|concern\w*)\b",
    r"重要意义|重要意義|有利于|有利於|有助于|有助於|有益|意义重大|欢迎|歡迎|支持|关切|우려|懸念|중요|환영|도움이|意義|歓迎|重要",
    r"\bважн\w+|значени\w+|приветству\w+|поддержива\w+|отвечает интересам",
)
"""What is found good, which does not say that it is so."""

TODAY = Cue(r"\b(?:today|this (?:morning|afternoon))\b|今日|今天|本日|오늘|\bсегодня\b")
"""On the day on which it is said."""

VIEWS = Cue(
    r"\b(?:re)?(?:confirm|affirm)\w*\s+(?:(?:once )?again )?(?:(?:our|its|their|the|his|her|a|both sides') )?(?:[\w-]+ ){0,2}?(?:commitment|position|support|readiness|wish|intention|intent|desire|interest|willingness|importance|resolve|friendship)\b",
    r"подтвер\w+\s+(?:\w+ )?(?:приверженность|позици\w+|готовность|заинтересованность|намерени\w+|настрой|курс|стремление)",
    r"(?:确认|確認|重申).{0,6}(?:立场|立場|承诺|承諾|意愿)|(?:의지|입장|방침|중요성)(?:를|을)? ?(?:재)?확인(?:했|하였)?|(?:立場|重要性|方針|意思|連携)を確認(?:した|する|し)?",
)
"""A view that is confirmed is no event."""

NEGATED = Cue(
    r"\b(?:no|not|never|nothing|without)\b|n't\b|没有|沒有|尚未|并未|不会|不會|并非|不存在",
    r"없|않|못하|아니|아닙|\b(?:не|нет|ни)\b|ない|ません",
)
"""What says that something is not so, whatever else is said."""

FURTHER = Cue(
    r"\b(?:further|more|other|detail\w*|specific\w*|add|refer\w*|questions?)\b|更多|其他|具体|具體|补充|補充|详情|詳情",
    r"подробност|детал|добавить|추가|자세|구체|상세|詳細|これ以上",
)
"""Of what goes beyond an answer that was given."""

ELSEWHERE = Cue(
    r"中[老蒙越缅緬尼哈巴吉印泰欧歐]|老挝|寮國|蒙古|越南|缅甸|哈萨克|라오스|몽골|베트남|카자흐|ラオス|モンゴル|ベトナム|カザフ",
)
"""Where other trains run, in scripts that write no name large."""
