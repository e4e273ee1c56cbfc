"""Codes of languages, and what people write in their place.

Source: ISO 639-1 (two letters), BCP 47 (how a tag is put together).
"""

import re

# ISO 639-1, all of it.
_TWO_LETTERS = """
aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy
da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu
hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb
lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om
or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw
ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
# Languages of the press that have no code of two letters.
_THREE_LETTERS = "ast bho ceb ckb fil gsw haw kau kok mai nds twi wuu yue"
# What is often written = what was meant: countries and old codes, ISO 639-2 and 639-3, names.
# `kr` and `tw` are languages (Kanuri, Twi; `kau` and `twi` stand for them too), but hardly
# anybody who writes one of them here means that.
_MISTAKES = """
kr=ko kp=ko cn=zh tw=zh hk=zh jp=ja ua=uk us=en gb=en by=be cz=cs dk=da gr=el vn=vi ir=fa il=he
iw=he in=id rs=sr kz=kk
eng=en kor=ko zho=zh chi=zh cmn=zh jpn=ja rus=ru ukr=uk fra=fr fre=fr deu=de ger=de spa=es ita=it
por=pt ara=ar vie=vi mon=mn
english=en korean=ko chinese=zh mandarin=zh japanese=ja russian=ru ukrainian=uk french=fr german=de
spanish=es italian=it portuguese=pt arabic=ar vietnamese=vi mongolian=mn
"""

CODES = frozenset(_TWO_LETTERS.split())
_CONFUSED = dict(pair.split("=") for pair in _MISTAKES.split())
LANGUAGES = CODES.union(_THREE_LETTERS.split()) - {"kr", "tw"}

_TAG = re.compile(
    r"(?P<language>[a-z]+)(?:[-_](?P<script>[a-z]{4}))?(?:[-_](?P<region>[a-z]{2}|[0-9]{3}))?",
    re.ASCII | re.IGNORECASE,
)
_SCRIPT_OF = {"CN": "Hans", "SG": "Hans", "TW": "Hant", "HK": "Hant", "MO": "Hant"}


def tidy(written: str) -> str:
    """The tag that was meant, in its usual spelling; empty if there is none.

    Chinese is told apart by script, not by country.
    """
    found = _TAG.fullmatch(written.strip())
    if found is None:
        return ""
    language = found["language"].lower()
    script, region = (found["script"] or "").title(), (found["region"] or "").upper()
    if language in _CONFUSED:
        script = script or ("Hant" if language in ("tw", "hk") else "")
        language = _CONFUSED[language]
    if language not in LANGUAGES:
        return ""
    if language == "zh" and region in _SCRIPT_OF:
        script, region = script or _SCRIPT_OF[region], ""
    return "-".join(part for part in (language, script, region) if part)
