"""Parties as they are named in headlines and answers."""

import regex

_PARTIES = {
    "CN": r"\bchina\b|\bchinese\b|\bbeijing\b|中方|中国|中國|北京|중국|베이징|китай|китая|китае|пекин|кнр\b",
    "KP": r"\bnorth korea\w*|\bdprk\b|\bpyongyang\b|朝方|朝鲜|朝鮮|平壤|平壌|北韓|북한|北(?:매체|은|,)|조선|평양|кндр|пхеньян",
    "RU": r"\brussian?\b|\bmoscow\b|\bkremlin\b|俄方|俄罗斯|俄羅斯|러시아|로씨야|росси\w+|москва|кремль|ロシア",
    "KR": r"\bsouth korea\w*|\bseoul\b|韩方|韩国|韓国|韓國|한국|통일부|сеул|южн\w+ коре\w+",
    "US": r"\b(?-i:U\.?S)\b|\bunited states\b|\bwashington\b|\btreasury\b|美方|美国|美國|미국|米国|сша|вашингтон",
    "JP": r"\bjapan\w*\b|\btokyo\b|日方|日本|일본|япони\w+|токио",
    "UN": r"\bunited nations\b|\bsecurity council\b|联合国|聯合國|安理会|유엔|안보리|国連|安保理|оон\b|совбез",
    "EU": r"\beuropean union\b|\bbrussels\b|欧盟|歐盟|유럽연합|евросоюз|ес\b",
}
PARTY = {name: regex.compile(words, regex.IGNORECASE) for name, words in _PARTIES.items()}
