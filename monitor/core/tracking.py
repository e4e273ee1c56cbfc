"""Query parameters that say how a reader came to an article, not which article it is.

A deny-list: what is not named here is kept, because ids often live in the query (`?newsid=`,
`?sid=`, `?num=`), and taking two articles for one loses news, while the reverse only repeats it.
"""

import re

_ALWAYS = re.compile(
    r"""
      utm_.* | mtm_.* | matomo_.* | pk_(?:campaign|cid|content|keyword|kwd|medium|source)
    | piwik_.* | ga_(?:campaign|content|medium|place|source|term)
    | at_(?:medium|network|channel|creation|variant|format|platform|general|bbc_team|ptr_name
        |send_date|campaign.*|custom\d*|link_.*|recipient_.*)
    | hsa_.* | _hs(?:enc|mi) | __hs(?:tc|sc|fp) | hsctatracking | gaa_.*
    | fbclid | fb_(?:action_ids|action_types|ref|source) | fref | mibextid | sfnsn | igsh(?:id)?
    | gclid | gclsrc | dclid | gbraid | wbraid | gad_(?:source|campaignid) | srsltid
    | twclid | msclkid | ttclid | yclid | ymclid | ysclid | _openstat | li_fat_id | epik | rdt_cid
    | s_kwcid | ef_id | vero_(?:id|conv) | wickedid | oly_(?:anon|enc)_id | rb_clickid
    | mc_[ce]id | mkt_tok | ml_subscriber(?:_hash)? | _kx | _bhlid
    | sc_(?:campaign|channel|content|country|geo|medium|outcome|publisher)
    | ns_(?:campaign|fee|linkname|mchannel|source) | xtor | xtref
    | cmp | cmpid | icmp | intcmp | icid | ncid | ocid | dgcid | ito | smid | smtyp | mbid | tsrc
    | ftag | wt[._]?mc(?:_id)? | dicbo | cx_.* | soc_(?:src|trk) | spm | scm | trk | trkcampaign
    | guccounter | guce_referrer(?:_sig)? | _ga | _gl | _branch_match_id | wprov | spref
    | ref_(?:src|url) | feedtype | feedname | (?:__)?twitter_impression
    | amp_(?:js_v|gsa|lite|r) | usqp | oc
    """,
    re.VERBOSE,
)
# These may be the article's id or section: they go only if the value says how the reader came.
_AMBIGUOUS = re.compile(
    "campaign|channel|cid|feature|feed|from|hl|medium|mod|origin|partner|ref|referr?er|rss|share"
    "|source|sns|src|tid|trackback|via"
)
_MARKER = re.compile(
    r"""
    (?: rss(?:2(?:\.0)?|20|feed|_feed)? | atom | feeds? | feedburner | feedly | inoreader
      | twitter | tw | x\.com | t\.co | facebook | fb | instagram | linkedin | reddit | pinterest
      | telegram | tg | whatsapp | wechat | weixin | weibo | kakao(?:talk|story)? | line | naver
      | daum | vk | vkontakte | odnoklassniki | yandex | yxnews | dzen
      | google(?:_?news)? | gnews | news\.google\.com | apple_?news | flipboard | smartnews
      | newsbreak | msn | bing | yahoo
      | e?mail | newsletter | push | notification | app_?push | social | sns | shar(?:e|ing|ed)
    )
    (?: [-_.:][a-z0-9._:-]* )?
    """,
    re.VERBOSE,
)
_FLAGS = {
    "amp": frozenset({"", "1", "true", "yes"}),
    "rss": frozenset({"", "1", "true", "yes"}),
    "output": frozenset({"amp"}),
    "outputtype": frozenset({"amp"}),
}


def is_tracking(name: str, value: str) -> bool:
    """Whether a parameter says nothing about which document is meant; case never matters."""
    name, value = name.lower(), value.lower()
    if _ALWAYS.fullmatch(name) or value in _FLAGS.get(name, ()):
        return True
    return bool(_AMBIGUOUS.fullmatch(name) and _MARKER.fullmatch(value))
