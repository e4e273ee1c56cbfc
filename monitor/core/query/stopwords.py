"""Words so common that finding them says nothing, folded."""

from monitor.core.query.ast import Node, Phrase, Raw, Word
from monitor.core.text import fold_text

_ENGLISH = """
a about after all also an and any are as at be been but by can could did do does for from had has
have he her his how i if in into is it its just may more most my new no not now of on one or other
our out over said says she so some such than that the their them then there these they this to up
was we were what when where which who why will with would you your
"""
_RUSSIAN = """
а без бы был была были было быть в вам вас весь во вот все всего вы где да для до его ее если есть
еще же за и из или им их к как ко когда кто ли мне мы на над не него нее нет ни но о об он она они
оно от по под при с со так также там то тоже только у уже что чтобы это этого этой этот я
"""
_KOREAN = """
것 그 그리고 는 도 등 및 를 수 을 의 이 이번 위해 있다 있는 은 에 에서 으로 로 와 과 한 하는 했다
대한
"""
_HAN = "的 了 在 是 和 与 对 为 有 不 也 将 等 之 人 一 上 下 中 于 年 月 日 这 那 其"
_JAPANESE = "の に は を が と で も て た だ し れ る い な さ か こと する ある いる 年 月 日"

STOPWORDS = frozenset(
    fold_text(word).strip()
    for words in (_ENGLISH, _RUSSIAN, _KOREAN, _HAN, _JAPANESE)
    for word in words.split()
)


def is_stopword(leaf: Node) -> bool:
    """Whether a term is nothing but such words: nearly every text holds it."""
    if not isinstance(leaf, Word | Phrase | Raw):
        return False
    # In capitals it is an acronym, which is another word: US, WHO, IT.
    if not isinstance(leaf, Phrase) and leaf.text.isupper() and len(leaf.text) > 1:
        return False
    tokens = fold_text(leaf.text).split()
    return bool(tokens) and all(token in STOPWORDS for token in tokens)
