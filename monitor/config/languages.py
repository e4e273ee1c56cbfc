"""Language tags that a person wrote: do they name a language, and one that we tell apart?"""

from monitor.config.addresses import Flaw
from monitor.config.suggest import shown
from monitor.core.languages import LANGUAGES, tidy

_AS_IN = 'as in "en", "ko", "ja", "ru", "zh-Hans", "zh-Hant"'


def tag_flaw(written: str) -> Flaw | None:
    """What is wrong with the tag of a language, as feeds and watches name it."""
    meant = tidy(written)
    if meant == written:
        return None
    what = f"{shown(written)} is not a language tag"
    if _in_one_case(meant) != _in_one_case(written) and _in_one_case(written)[:3] == "zh-":
        what = f"{shown(written)} names a country, but Chinese is told apart by script"
    return what, f"did you mean '{meant}'?" if meant else _AS_IN


def term_language_flaw(written: str) -> Flaw | None:
    """What is wrong with a key of the lexicon: a language without script or country, or "any"."""
    if written == "any" or written in LANGUAGES:
        return None
    language = tidy(written).partition("-")[0]
    if language == "zh":
        return f"{shown(written)} is not a language", "did you mean 'zh'? It holds both scripts"
    cure = f"did you mean '{language}'?" if language else 'write "any", or a code such as en, ko'
    return f"{shown(written)} is not a language", cure


def _in_one_case(tag: str) -> str:
    return tag.replace("_", "-").lower()
