"""Phrases that claim nothing by themselves, and take from a claim what it seems to say.

What was once, is hoped for, asked, demanded or heard of others; five languages, on evened text.
"""

from monitor.core.ladder.cue import Cue

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

NOT_DOWN = Cue(
    r"(?:\bnot?|\bnever|\bwithout|n't)\b[^.,;\n]{0,40}?\b(?:cancellations?|suspensions?|postponements?|delays?)\b",
    r"(?:\bnot|\bnever|n't) (?:be |been |being |yet )?"
    r"(?:cancel\w+|call(?:ed)? off|suspend\w*|delay\w*|postpon\w*|halt\w*|put off)",
    r"취소(?:되지|하지) 않|연기(?:되지|하지) 않|중단(?:되지|하지) 않|(?:不会|不會|没有|沒有|并未|並未|不是|并非|並非)(?:取消|推迟|推遲|暂停|暫停)",
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
    # that something was taken back is said to be untrue
    r"\bden(?:y|ies|ied|ying)\b[^.;\n]{0,60}?\b(?:cancel\w*|postpon\w*|delay\w*|suspen\w*|halt\w*|called off)\b",
    r"\b(?:cancel\w*|postpon\w*|delay\w*|suspen\w*|called off)\b[^.;\n]{0,40}?\b(?:is|are|was|were) (?:not true|false|untrue|groundless|baseless|unfounded|incorrect|wrong)\b",
    r"(?:취소|연기|중단|보류|중지)(?!하)[^.\n]{0,24}?(?:사실(?:이|은|도)? ?(?:아니|아닙|아님|아닌|무근)|사실과(?:는)? ?(?:다르|다릅|다름|다른|달라))",
    r"(?:取消|推迟|推遲|延期|暂停|暫停|停运|停運)[^。,;\n]{0,16}?(?:不属实|不屬實|不实|不實|是假的|并非事实|不是事实|是谣言|不符合事实|子虚乌有)",
    r"(?:否认|否認)[^。;\n,]{0,16}?(?:取消|推迟|推遲|延期|暂停|暫停|停运|停運)",
    r"(?:отмен|перенос|отлож|приостан)\w*[^.;\n]{0,40}?не соответству\w+ действительности|опроверг\w*[^.;\n]{0,40}?(?:отмен|перенос|приостан)\w*",
    r"(?:中止|延期|停止|取りやめ)[^。\n]{0,24}?(?:事実(?:では|は)(?:ない|ありません|ございません)|事実無根)|(?:中止|延期|停止)[^。\n]{0,10}を否定",
)
"""What takes nothing back, though it has the word."""

TOPIC = Cue(
    r"\b(?:regarding|concerning|(?:on|about|re:?) (?:the )?(?:media |press |news )?(?:reports?|claims?|rumou?rs?|speculation)|(?:response|reply|answers?|clarification|explanation) (?:to|on))\b",
    r"보도(?:에|와|는|를)? ?(?:관련|대한|대해|설명|해명)|관련 ?(?:보도|설명|입장|해명)?\W*$|설명 ?자료|해명 ?자료|^об? ",
    r"(?:关于|關於|就|有关|有關).{0,30}(?:报道|報道|報導|传闻|傳聞|问题|問題|说明|說明|答)|(?:に関する|についての?).{0,12}(?:報道|説明)|について\W*$",
)
"""A headline that names what is spoken of, and says nothing of it."""

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
    r"据(?:我)?了解|据悉|交换了?意见|(?<![将將].{0,60})(?:举行|进行)了?.{0,6}(?:会谈|磋商|讨论|商讨)(?:。|$)|(?:正在|正就).{0,30}(?:磋商|商讨|研究|讨论)",
    r"것으로 (?:보|추정|판단|이해)|насколько .{0,6}известно|судя по|по имеющимся|とみられ|と見られ|と推定|意見交換",
    r"期待|希望|相信|盼|기대|희망|바랍|바라|надеемся|надеюсь|рассчитыва\w+|хотели бы|хотелось бы|期待|望ん|望み|望まし|願って",
    r"\bmedia reports?\b|\b(?:it )?(?:is|was|has been) reported\b",
    r"适当(?:时候|時候)|適當時候|保持(?:着|著)?(?:密切)?(?:沟通|溝通)|据报道|據報導|报道称|媒体报道",
    r"(?:협의|검토|논의|조율) ?중|것으로 (?:알|전해|보도)|보도(?:됐|되|를 보)|прорабатыва\w+|обсужда\w+|ведутся переговор\w*",
    r"(?:調整|検討|協議|確認)中|と承知|報じられ|報道され",
    r"(?:협의|검토|논의|조율|분석|소통)\S{0,2} ?(?:진행 ?)?(?:하|되|해|돼)\S{0,2} (?:있|나가|오고)|지켜보|주시하|보도(?:를|들을|가|들이)? ?(?:하셨|나오|나왔|봤|보았|있)",
    r"(?:調整|検討|協議|働きかけ)(?:を|が|は)?(?:行っ|行わ|行な|し|続け|進ん|進め|いたし)\w{0,3}(?:て|で|れ)|(?:と|を)(?:聞い|伺っ)|もの(?:だ)?と(?:認識|理解|思)|念頭に|方向で",
    r"\bсогласу\w+|договарива\w+|проработк\w+|консультаци\w+|завис(?:ит|ят) от|обсуди[тм]\w*|возможн?\w*|посчита\w+|сочт[её]т|своевременно",
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
    r"\b(?:(?:is|are|as|of|attach\w*) (?:\w+ ){0,3}?(?:important|importance|significan\w+)|conducive|helpful|welcom(?:e[sd]?|ing)(?! (?:ceremon|banquet|dinner|reception))|support\w*|benefi\w+|concern\w*)\b",
    r"重要意义|重要意義|有利于|有利於|有助于|有助於|有益|意义重大|(?:欢迎|歡迎)(?!仪式|儀式|宴|晚宴|词)|支持|关切|우려|懸念|중요|환영|도움이|意義|歓迎|重要",
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
    r"\b(?:arrangements?|program(?:me)?)\b|安排|подробност|детал|добавить|추가|자세|구체|상세|詳細|これ以上",
)
"""Of what goes beyond an answer that was given."""

ELSEWHERE = Cue(
    r"中[老蒙越缅緬尼哈巴吉印泰欧歐]|老挝|寮國|蒙古|越南|缅甸|哈萨克|라오스|몽골|베트남|카자흐|ラオス|モンゴル|ベトナム|カザフ",
)
"""Where other trains run, in scripts that write no name large."""
