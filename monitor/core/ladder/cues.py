"""Phrases that make a claim, in English, Korean, Chinese, Russian and Japanese.

Patterns run on evened text (`core.text.plain`), case apart, all languages at once: a Korean phrase
does not stand in Russian text. Negated forms are their own, earlier entries: "не подтвердил"
contains "подтвердил".
"""

from monitor.core.ladder.cue import Cue
from monitor.model import Claim

# What says neither yes nor no. A ministry's non-answer is one whatever the press made of it.
NO_COMMENT = Cue(
    r"\bno (?:[\w-]+ ){0,2}?(?:information|details?|comment|updates?|readout)\b",
    r"\bno (?:[\w-]+ ){0,3}?to (?:announce|preview|share|offer|read out|report)\b",
    r"\b(?:ha(?:s|ve|d)|got) (?:no|nothing)\b.{0,30}\b(?:information|add|share|announce|offer|provide|say)",
    r"\bnothing (?:further |more )?to (?:add|share|announce|offer|provide|say)\b",
    r"\b(?:do|does|did)(?: not|n't) have (?:any|an|a)?(?:thing)? ?(?:[\w-]+ ){0,2}?(?:information|details|specifics|updates?|comment|on that|for you|to (?:announce|add|share|offer|say|preview|read out))",
    r"\bunaware of\b|\bnot been (?:notified|informed)\b",
    r"(?:\bnot|n't) (?:aware|familiar|in a position|at liberty|able to confirm)\b",
    r"(?:\bnot|n't|\bcannot|\bnever|\byet to|\bun(?:able|willing) to|\bdeclin\w+ to|\brefus\w+ to)"
    r" (?:going to |immediately |publicly |officially |directly )?(?:confirm|comment|say whether|elaborate|speculate)",
    r"(?:\bnot going to|\b(?:can|wo|would|do)(?:n't| not)|\bcannot|\bcan't|\bnot here to) (?:preview|characteri[sz]e|speak (?:to|for)|get (?:ahead|into)|weigh in|read out|rule (?:anything|it))",
    r"\bneither confirm\w* nor den\w+|\bunconfirmed\b|\bwithout confirming\b",
    r"(?:\bnot|n't|\bcannot|\bnever|\bwithout|\bno one can|\bnobody can|\bstops? short of|\bstopped short of) (?:\w+ ){0,2}?den(?:y|ied|ying)\b",
    r"(?:\bnot|n't|\bnever|\byet to|\bno) (?:yet |made |make |any |an |official |formal |public ){0,3}announc\w+",
    r"\b(?:have|has|is|are) to confirm\b|\b(?:it is|it's) (?:for|up to) .{0,60} to (?:confirm|announce|comment|say)",
    r"부인(?:하지|도|은|을)? ?(?:하지 )?(?:않|안)|시인도 부인도",
    r"발표(?:한|된) (?:바|것|적|내용)(?:이|은|가|도)? ?없|발표(?:는|가|도)? ?(?:아직|안|않)[^.]{0,6}(?:없|않|했)|(?:결정|확정)(?:된 (?:바|것)(?:이|은|가|도)? ?없|되지 않)",
    r"발표(?:는|가)? ?(?:아직 )?없|말씀드릴 .{0,8}없|(?:확인|결정)(?:했|됐|되었|하였)는지",
    r"(?:不|未|没有|沒有|并未|並未)(?:否认|否認)|(?:从未|從未|尚未|并未|並未|未曾|没有|沒有)(?:正式|公开|公開)?(?:宣布|宣佈|公布|公佈)",
    r"(?:没有|沒有|无|無)(?:更多|任何|其他)?(?:补充|補充)",
    r"(?:无法|無法|不能|未能|尚未|没有|沒有).{0,6}(?:证实|證實|确认|確認)",
    r"否定(?:せず|もせず|も肯定|しな|していな)|発表(?:は)?(?:して(?:い)?(?:ない|ません)|しておりません|した事実は?(?:ない|ありません))",
    r"(?:確認|把握|承知)した事実は(?:ない|あり)|(?:確認|把握|承知|関知)(?:は)?(?:しておりません|できておりません|できません)|立場に(?:は)?(?:ない|ありません|ございません)",
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
    r"드릴 ?말씀(?:이|은)? ?없|(?:알려|설명|공유)(?:해)? ?드릴 .{0,10}없|말씀(?:을)? ?드리기(?:는|가)? ?(?:어렵|곤란|적절)|확인되는 대로|(?:언급|말씀|평가|확인|답변|공개)\S* .{0,8}적절(?:치|하지) 않|예단(?:하지|할|은)",
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
    r"\b(?:reports?|claims?|stor(?:y|ies)|that|this|it|information) (?:is|are|was|were) (?:\w+ly )?(?:wrong|mistaken|incorrect|false)\b",
    r"(?:\bnot|n't) based on (?:the )?facts?\b|\bno truth (?:to|in)\b|\b(?:has|have|with|is) (?:absolutely )?no (?:basis in fact|merit|foundation)\b",
    r"\bfake (?:news|documents?|reports?)\b|\b(?:entirely|completely|purely|nothing but) (?:a )?(?:rumou?r|lie|fiction)s?\b|\bnone of (?:that|this|it) is true\b",
    r"\bmade[ -]up\b(?! (?:of|for|\d))",
    r"\b(?:inconsistent with|contrary to|at odds with|not consistent with) (?:the )?(?:facts?|reality|truth)\b",
    r"\brumou?rs? (?:is|are|was|were) (?:false|untrue)\b|\buntrue\b|\bfabricat\w+",
    r"不准确|不準確|(?<![没沒])有[误誤](?![解判会會导導差区區])|失实|失實",
    r"\b(?:groundless|baseless|unfounded|inaccurate)\b|(?:\bnot|n't) (?:true|accurate|correct|the case)\b",
    r"\b(?:dismiss|reject)(?:es|s|ed|ing)? .{0,20}(?:reports?|rumou?rs?|claims?|speculation)\b|\brul(?:es?|ed|ing) out\b",
    r"사실과 달(?:라|랐)|오보(?!드)",
    r"不符合事实|不符合事實|(?:与|與|同)(?:事实|事實)(?:完全|严重|明显|根本)?不符|捕风捉影|捕風捉影|歪曲事实|不是事实|不是事實|没有这回事|沒有這回事|毫无根据|毫無根據|(?:列车|列車|航班|班列)不(?:会|會)恢(?:复|復)",
    r"\bвымысл\w*|\bвымысел|\bвыдумк\w+|\bвброс\w*|ничего подобного|\bнеправд\w+|\bневерн(?:о|а|ы|ые|ая|ую)\b|\bложь\b|\bложн\w+|не соответству\w+ истине",
    r"(?:の|た|という|ような|そうした|そのような)事実は(?:一切|全く)?(?:ない|ありません|ございません)|事実とは?(?:異な|違|相違)|(?:報道|情報)は(?:誤り|事実では|事実に反)|誤報",
    r"부인(?!과|회|복|병|하지 않|도 |할 수 없)|사실 ?무근|일축|사실(?:이|은|도)? ?아(?:니|님|닌|냐|닙)|(?:그런|그러한) 사실(?:이|은|도)? ?없|검토(?:한|된) (?:바|적)(?:이|은|도)? ?없|사실과(?:는)? ?다(?:르|름|른|릅)|허위|계획(?:이|은)? ?없",
    r"(?<!不|不可|无可|無可|不容|从未)(?:否认|否認)|不实|不實|不属实|不屬實|辟谣|闢謠|谣言|謠言|未接到|没有接到",
    r"没有计划|沒有計劃|(?:完全|纯粹|純粹|全|都)是.{0,4}(?:臆测|臆測|虚构|虛構|谎言|謊言|编造|編造|伪造|偽造)|(?:是|系)(?:伪造|偽造)的|(?:没有|沒有)(?:这样|這樣|这种|此类|任何)的?(?:计划|計劃|安排|打算)|无此计划|纯属(?:虚构|谣言|捏造|不实|无稽|猜测|臆测)|純屬(?:虛構|謠言|捏造|不實)|子虚乌有|子虛烏有|无中生有|無中生有|捏造|无稽之谈|無稽之談",
    r"假消息|假新闻|假新聞|(?:是|都是)假的|(?:没有|沒有|无|無)(?:任何)?(?:事实|事實)(?:依据|根据|依據|根據)|不存在.{0,20}(?:情况|情況|一说|安排|计划)|(?:情况|情況)(?:并|並)?不存在",
    r"(?<!не )опроверг\w*|(?<!не )(?<!нельзя )отрица\w+|не соответству\w+ действительност\w+|фейк\w*|не планиру\w+",
    r"(?<!肯)否定(?!的|せず|も|しな|でき|はしな)|事実無根|予定は?ない|計画は?ない|虚偽",
)

PLAIN_NO = Cue(
    r"\b(?:ha(?:s|ve)|had)(?: not|n't) been any\b|\b(?:is|are|was|were)(?: not|n't) (?:engag|negotiat|hold|hav)\w* (?:in )?any\b",
    r"\bno (?:[\w-]+ ){1,6}(?:ha(?:s|ve) (?:taken place|been held|occurred)|took place)\b",
    r"(?:没有|沒有)[^。,，;]{1,20}的(?:计划|計劃|打算)|(?:并|並)?(?:没有|沒有|未)就[^。,，]{1,24}(?:进行|進行|举行|舉行|达成|達成|展开)",
    r"никак\w+ .{0,40}\bне (?:было|ведут?ся|вед[её]тся|велось|планируется|будет)\b|\bне (?:обсужда[ею]тся|рассматрива[ею]тся|планируется)\b|\b(?:таких|подобных) планов (?:у нас )?нет\b",
    r"予定は?(?:全く|一切)?(?:ない|ありません|ございません)|(?:そう|その)(?:いう|ような|した)(?:事実|こと|予定|話)は?(?:全く|一切)?(?:ない|ありません|ございません)|考えて(?:おりません|いません)",
    r"(?:그런|그러한) (?:바|적|일|계획|예정)(?:이|은|도)? ?없|변경은 없|(?:계획|예정|방침)(?:이|은|도)? ?없습니다",
)
"""A plain no: it denies what was asked, and nothing else."""

MERE_NO = Cue(
    r"^\W*no(?:,? (?:that|this|it)(?:'s| is) (?:not|n't) (?:so|true|the case))?\W*$",
    r"^\W*(?:that|this|it)(?:'s| is) not (?:so|true|the case|correct)\W*$",
    r"^\W*(?:不是的?|没有|沒有|并非如此|並非如此|没有的事|不会|不會)\W*$",
    r"^\W*(?:нет|(?:нет, )?(?:(?:это|вс[её]) не так|(?:таких|подобных) планов (?:у нас )?нет))\W*$",
    r"^\W*(?:いいえ|いえ)?\W*(?:違います|そうではありません|事実ではありません|(?:全く)?(?:ありません|ございません)"
    r"|そ(?:ういう|のような|うした)(?:事実|予定|計画|こと)は(?:全く|一切)?(?:ありません|ございません))\W*$|^\W*(?:いいえ|いえ)\W*$",
    r"^\W*(?:아니[오요]\W*)?(?:아닙니다|그렇지 않습니다|그런 (?:일|바|적|사실|계획|예정)(?:은|이|도)? ?없습니다|없습니다)\W*$|^\W*아니[오요]\W*$",
)
"""All of a sentence that says no."""

MERE_YES = Cue(
    r"^\W*(?:yes\W*)?(?:that|this|it)(?:'s| is) (?:so|true|right|correct|the case)\W*$",
    r"^\W*(?:是的\W*)?(?:是这样的?|确实如此|確實如此|属实|屬實|没错|沒錯)\W*$",
    r"^\W*(?:да\W*)?(?:это (?:так|правда)|верно|действительно|именно так|(?:он|она|они|визит|встреча) (?:состоится|состоятся))\W*$",
    r"^\W*(?:はい\W*)?(?:そうです|(?:御|ご)指摘のとおりです|おっしゃる(?:とおり|通り)です|そのとおりです|事実です)\W*$",
    r"^\W*(?:[네예]\W*)?(?:맞습니다|그렇습니다|사실입니다|말씀하신 ?대로입니다)\W*$",
)
"""All of a sentence that says yes. A bare 네, はい or да opens whatever is said, and is none."""

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
    r"중단(?=\W*$)|중단(?:했|됐|한다|된다|키로|하기로|[한된] 것입)|운휴|(?:停止|休止)(?=\W*$)|を(?:停止|休止)|暂停|暫停|停运|停運|停开|停開|停办|暂缓|叫停",
    r"приостан\w+|運休|(?:運行|運転|運航|再開|協議|発給).{0,6}(?:停止|休止|見合わせ)",
)

DELAYED = Cue(
    r"\b(?:take place|be held|reconvene|meet|occur) (?:at|on) a later (?:date|time)\b|\breschedul\w+\b|\bdelay(?:s|ed|ing)?\b|\bpostpon\w+|\bput off\b|\bpush(?:es|ed) back\b",
    r"연기(?!금|력|자|파|설|를 내)|늦춰|미뤄|推迟|推遲|延期|延后|延後|延误|延誤|押后",
    r"перен(?:ес|ёс|есл|ос)\w*|отлож\w+",
    r"отсроч\w+|задерж(?:ан|ал|ива)\w*|延期|先送り|遅れ",
)

# An act that is done by being said (sanctions), or that has been seen.
ENACTED = Cue(
    r"\bdesignat(?:es|ed|ing|ions?)\b|\bblacklist(?:s|ed)\b",
    r"\b(?:treasury|ofac|u\.?s\.?|states|department|council|eu|uk|government) sanctions (?!on\b|against\b|list|regime|committee|relief|polic|program|and\b)|\b(?:today|\w+day) sanctioned\b|\bjointly designate\b|\bimpos(?:es|ed|ing) (?:new |fresh |further )?sanctions\b|\bde-?list(?:s|ed)\b",
    r"\b(?:enters?|entered|comes?|came) into (?:force|effect)\b|\bin effect\b",
    r"제재 (?:대상|명단)(?:에|으로) ?(?:지정|올|추가|등재)|제재 ?대상 ?(?:추가 ?|신규 ?)?지정|발효(?!유|식품)",
    r"시행에 들어",
    r"列入.{0,12}(?:名单|名單|清单|清單)|(?:正式)?(?:生效|施行)(?!前)|实施制裁|實施制裁",
    r"вв[её]л\w* санкци\w+|вступ(?:ил|ает)\w* в силу",
    r"внес\w* в (?:санкционн\w+ )?(?:чёрн\w+ |черн\w+ )?спис\w+",
    r"制裁対象に(?:指定|追加)|(?:発効|施行)した|発効する",
)

_TRAIN = r"(?:trains?|service|locomotive|convoy|shipment|flights?|ferry)"
_TRAIN_KO = r"(?:열차|렬차|기차|항공편|려객기|여객선|페리|선박)"
_TRAIN_HAN = r"(?:列车|列車|火车|火車|班列|专列|航班|航空便|フェリー|高速船|旅客船|客轮|渡轮|轮渡)"
IN_EFFECT = Cue(
    rf"\bfirst (?:[\w-]+ ){{0,4}}?{_TRAIN}\b.{{0,60}}?\b(?:departs?|departed|leaves?|left|arriv\w+|pulls? (?:in|out)|crosse?[sd]|reache[sd]|runs?|ran|rolls?|rolled|sets? off)\b",
    rf"\b{_TRAIN}\b.{{0,80}}?\b(?:departed|has left|left (?:for|beijing|pyongyang|\w+ station)|arrived|pull(?:s|ed) (?:in|out)(?:to)?|crossed|resumed (?:(?:regular |normal |passenger )?(?:service|services|operations?|sailings?)|on|today|this)|has resumed|have resumed|rolls? into|sets? off|runs? again|running again|back in service)\b",
    rf"{_TRAIN_KO}.{{0,20}}?(?:첫 ?운행(?!.{{0,4}}예정)|첫 ?출발|출발했|도착했|도착(?=$|[^하])|운행(?:을|이)? ?(?:시작|개시)(?:했|됐|$|[^할하])|달리기 시작|운행 ?재개(?:됐|했))",
    r"첫 ?(?:운행|열차|렬차).{0,12}?(?:시작(?!할|될)|출발(?!할)|도착)",
    rf"{_TRAIN_HAN}.{{0,20}}?(?:发车|發車|抵达|抵達|驶出|駛出|驶入|到达|到達|首发|首發|开出)",
    r"(?:首列|首趟|首班).{0,20}?(?:发车|開出|开出|抵达|抵達|驶|駛|出发|開行)",
    r"(?:今日|今天|已)(?:正式)?(?:恢复|恢復|开行|開行|复通|復駛|通车)",
    r"(?:поезд|состав|вагон|рейс)\w*.{0,60}?(?:отправил\w+|прибыл\w*|выехал\w*|ушёл|ушел|вышел|пош[её]л)",
    r"перв(?:ый|ого) (?:поезд|рейс|состав)\w*.{0,40}?(?:отправил|прибыл|вышел|уш[её]л)\w*",
    r"движение.{0,40}?(?:возобновлено|открыто|началось)",
    rf"{_TRAIN_HAN}.{{0,12}}(?:が|は)?.{{0,10}}?(?:出発(?!予定|する予定|へ)|到着(?!予定)|発車(?!予定)|(?:運行|運転|運航)を(?:開始|再開)し(?:た|ました))",
    rf"(?:運行|運転|運航)を再開し(?:た|ました)|{_TRAIN_KO}.{{0,40}}?(?:운항|운행)(?:을|를|이)? ?재개(?:했|됐|되었|하였)|(?:첫|다시) ?출항했",
)

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
    r"\b(?:will|(?:is|are) going to) (?:pay a|visit|start|resume|begin|run|hold|attend|travel|meet)\b",
    r"(?:\b(?:has|have)|'ve) (?:been )?(?:agreed|decided|resumed|started|begun|opened|reopened|restored|launched)\b|\b(?:decided|agreed) to\b|\bwill be (?:resumed|started|held|opened)\b",
    r"应.{0,14}(?:邀|邀请)|正在.{0,8}(?:访问|訪問)|(?:将|將)于|(?<![^,，。;；:：!\n])是的(?=[,，。!;]|$)|(?<![^,，。;；:：!\n])没错|沒錯|确有其事|確有其事",
    r"(?:已|已经)(?:重新)?(?:达成|商定|恢复|开始|正式|启动|同意|决定|重启|开通|复通|开行|开放|通车|通关|批准|抵达|到达|启程)|批准了|决定(?:向|自|从|于|对|恢复|开行|开放|提供|启动|实施|派)|决定(?!权|權).{0,6}(?:重启|重开|开通|复航|复通)|双方(?:商定|同意)|初代",
    r"초청(?:에|으로)|하기로 (?:했|합의|결정)|합의했|맞습니다|그렇습니다|재개(?:했습|됐습|되었습)"
    r"|(?<!(?:협의|논의|검토|조율|소통|협상|회의)\S{0,2} ?)(?:승인|허가|결재|체결|서명|진행|시행|실시)\S{0,2}(?:했|하였|됐|되었)습니다\W*$",
    r"по приглашению|состоится|договорил\w+|принято решение|вс[её] (?:верно|так)\b|именно так|совершенно верно|это (?:так|правда)\b",
    r"招きで|招待で|合意した|合意しま|決定した|決定しま|決定(?:を)?いたしま|(?:そのとおり|その通り|事実)で(?:す|ございます)",
)

_DOES = (
    r"\b(?:will|shall|to|is|are|was|were|has|have) (?:be |been )?(?:clos|reopen|restor|launch|pay|visit|start|resume|begin|run|hold|held|attend|travel|open|operat|depart|arriv|launch)\w*",
    r"\b(?:visits?|starts?|resum\w+|begins?|runs?|open(?:s|ed)?|operates?|depart(?:s|ed)?|arrive[sd]?|returned|launch(?:es|ed)?)\b",
    r"将|將|恢复|恢復|开行|開行|运行|運行|通车|访问|訪問|举行|舉行|出席|参加|启程|抵达|发车|开通|前往|对.{0,12}进行",
)
DOES = Cue(
    *_DOES,
    r"운행|재개|방문|개최|출발|도착|시작|개통|참석|возобнов\w+|состо\w+|пройд\w+|начн\w+|отправ\w+|прибуд\w+|визит|прибы\w+|посет\w+|выеха\w+|запланир\w+|намечен\w*|откро\w+|курсир\w+|запус\w+",
    r"再開|運行|訪問|開催|出発|到着|開始|開通|出席|行い|行う|行われ|実施|訪朝|訪中|訪日|訪米|訪露",
)
"""Something that is done on a day."""

# In these languages names of acts are nouns, which stand in every answer about them.
_ACT_KO = r"(?:운행|재개|방문|개최|출발|도착|시작|개통|참석|실시|시행|방[한북중러일미])"
_ACT_JA = r"(?:再開|運行|訪問|開催|出発|到着|開始|開通|出席|実施|派遣|参加|訪[朝中日米露韓])"
ACTS_JA = Cue(
    rf"{_ACT_JA}(?:を)?(?:し|いたし|致し|され|する(?:予定|計画|こと(?:と|に)[しなで])|いたす予定|させて(?:いただき|頂き)(?:ます|ました))(?!て|たい)(?:ました|[^、,たて]){{0,14}}\W*$",
    r"(?:を|が)(?:行い|行う予定|行なう予定|行われ(?:る予定)?|開き)(?!た)(?:ます|ました|です|で|に)[^、,]{0,14}\W*$",
)
ACTS = Cue(
    *_DOES,
    rf"{_ACT_KO}(?:을|를|이|가)? ?(?:합니다|됩니다|(?:했|하였|됐|되었)습니다|[할될] (?:예정|계획)(?:이\w*|입니다)|하기로 (?:했|하였|결정|합의))\S*\W*$",
    r"(?:가질|열릴|만날|주재할|떠날) (?:예정|계획)입니다\W*$|(?:갖|가집|열립|떠납|갑)니다\W*$",
    r"\b(?:возобнов(?:ит|ят|ил|ля)|состо(?:ит|ят|ял)|начн[её]т|начнут|начал|отправ(?:ит|ят|ил|ля)|прибу[дт]|прибыл|посет(?:ит|ят|ил)|курсир|выезж|стартует|выед|выехал|запланирован|намечен|откро[ею]т|открыл|запущен|запуст|встрет(?:ит|ят|ил)|приед|приехал)\w*",
    r"\b(?:пройд[её]т|пройдут|пойд[её]т|пойдут|прош[её]?л\w*)\b|\bбуд(?:ет|ут) курсировать",
)
"""Something that is said to be done on a day: the verb, not what is spoken of."""

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
    r"^(?:from the|from our) archives?\b|\b(?:first|originally) published (?:on|in)\b",
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
