"""The lexicon's tables → term groups: lists of terms, and lists made from others.

A table with `extends` takes over another one's terms: under a name of its own it is a further list,
under the same name it changes that list itself, wherever that stands.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from monitor.config.decode import kind_of
from monitor.config.findings import Findings, Place
from monitor.config.languages import term_language_flaw
from monitor.config.suggest import did_you_mean, shown
from monitor.model import TermGroup

_PARTS = ("extends", "add", "remove")
_KEYS = ("note", "common", *_PARTS)
_Terms = dict[str, tuple[str, ...]]
Origins = dict[tuple[str, str, int], tuple[Place, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    """A table as it is written.

    Attributes:
        extends: The list that it is made from; empty: it stands for itself.
        terms: Of its own, or what it adds.
        remove: What it takes away from the list it extends.
    """

    name: str
    place: Place
    note: str = ""
    common: bool = False
    extends: str = ""
    terms: _Terms = field(default_factory=dict)
    remove: _Terms = field(default_factory=dict)

    @property
    def changes_another(self) -> bool:
        """Whether it is no list of its own, but a change of the one of the same name."""
        return self.extends == self.name

    def origins(self) -> Iterator[tuple[str, str, tuple[Place, str]]]:
        """Language and text of each term, and where it stands."""
        prefix = "add: " if self.extends else ""
        for language, entries in self.terms.items():
            for number, entry in enumerate(entries, 1):
                yield language, entry, (self.place, f"{prefix}{language}: entry {number}")


@dataclass(frozen=True, slots=True)
class ListReader:
    """Reads tables of terms; notes what is wrong in `findings`."""

    findings: Findings

    def read(self, place: Place, name: str, table: Mapping[str, Any]) -> List:
        note, extends = self._text(place, table, "note"), self._text(place, table, "extends")
        common = self._truth(place, table, "common")
        if "extends" not in table:
            for key in ("add", "remove"):
                if key in table:
                    cure = f'name the list to change, as in extends = "{name}"'
                    self.findings.error(place, key, "goes with extends", cure)
            own = {key: value for key, value in table.items() if key not in _KEYS}
            terms = self._terms(place, "", own)
            if not any(own.values()) and not any(key in table for key in _PARTS):
                what, cure = "holds no term, so it is never found", 'add some, as in en = ["train"]'
                self.findings.warning(place, "", what, cure)
            return List(name=name, place=place, note=note, common=common, terms=terms)
        for key in table:
            if key not in _KEYS:
                cure = f"write it under add or remove, as in add.{key} = [...]"
                self.findings.error(place, key, "stands beside extends", cure)
        return List(
            name=name,
            place=place,
            note=note,
            common=common,
            extends=extends,
            terms=self._part(place, table, "add"),
            remove=self._part(place, table, "remove"),
        )

    def _text(self, place: Place, table: Mapping[str, Any], key: str) -> str:
        text = table.get(key, "")
        if isinstance(text, str):
            return text
        self.findings.error(place, key, f"must be a text in quotes, not {kind_of(text)}")
        return ""

    def _truth(self, place: Place, table: Mapping[str, Any], key: str) -> bool:
        value = table.get(key, False)
        if isinstance(value, bool):
            return value
        self.findings.error(place, key, f"must be true or false, not {kind_of(value)}")
        return False

    def _part(self, place: Place, table: Mapping[str, Any], key: str) -> _Terms:
        part = table.get(key, {})
        if not isinstance(part, dict):
            cure = f'as in {key}.en = ["train", "railway"]'
            self.findings.error(place, key, f"must be a table, not {kind_of(part)}", cure)
            return {}
        return self._terms(place, f"{key}: ", part)

    def _terms(self, place: Place, prefix: str, table: Mapping[str, Any]) -> _Terms:
        return {
            language: tuple(entries)
            for language, entries in table.items()
            if self._are_terms(place, prefix, language, entries)
        }

    def _are_terms(self, place: Place, prefix: str, language: str, entries: Any) -> bool:
        if flaw := term_language_flaw(language):
            self.findings.error(place, prefix + language, *flaw)
            return False
        if isinstance(entries, list):
            wrong = [entry for entry in entries if not isinstance(entry, str)]
        else:
            wrong = [entries]
        if not wrong:
            self._unbalanced(place, prefix + language, entries)
            return True
        what = f"must be a list of texts, not {kind_of(wrong[0])}"
        if isinstance(entries, list):
            what = f"every entry must be a text in quotes, not {kind_of(wrong[0])}"
        cure = f'as in {language} = ["train", "railway"]'
        self.findings.error(place, prefix + language, what, cure)
        return False

    def _unbalanced(self, place: Place, key: str, entries: list[str]) -> None:
        for number, entry in enumerate(entries, 1):
            plain = re.search(r"\w", entry) and not entry.startswith(('re"', "@"))
            if plain and entry.count("(") != entry.count(")"):
                self.findings.warning(
                    place,
                    f"{key}: entry {number}",
                    f"{shown(entry)} holds a bracket without its partner",
                    "one entry is one term; brackets do not group here",
                )


class Resolver:
    """Makes groups of what is written: what extends another list gets its terms.

    Args:
        noun: "group" or "mask".
        broken: A file of the lexicon could not be read: names may be missing for that.
    """

    def __init__(
        self, lists: list[List], noun: str, findings: Findings, *, broken: bool = False
    ) -> None:
        self._noun, self._findings, self._broken = noun, findings, broken
        self._own = {one.name: one for one in lists if not one.changes_another}
        self._changes = [one for one in lists if one.changes_another]
        self._done: dict[str, TermGroup] = {}
        self._under_way: set[str] = set()
        self.origins: Origins = {}

    def groups(self) -> dict[str, TermGroup]:
        """Name → group, in the order of the files."""
        for change in self._changes:
            if change.name not in self._own:
                self._tell_unknown(change)
        for name in self._own:
            self._group(name)
        return {name: self._done[name] for name in self._own}

    def _group(self, name: str) -> TermGroup:
        if name in self._done:
            return self._done[name]
        written = self._own[name]
        self._under_way.add(name)
        terms: dict[str, dict[str, tuple[Place, str]]] = {}
        if written.extends:
            terms = self._base(written)
            self._take_away(written, terms)
        self._put_in(written, terms)
        changes = [change for change in self._changes if change.name == name]
        for change in changes:
            self._take_away(change, terms)
            self._put_in(change, terms)
        self._under_way.discard(name)
        for language, entries in terms.items():
            for number, where in enumerate(entries.values()):
                self.origins[name, language, number] = where
        self._done[name] = TermGroup(
            id=name,
            terms={language: tuple(entries) for language, entries in terms.items()},
            note=written.note,
            extends=written.extends,
            common=any(one.common for one in (written, *changes)),
        )
        return self._done[name]

    def _base(self, written: List) -> dict[str, dict[str, tuple[Place, str]]]:
        base = written.extends
        if base not in self._own:
            self._tell_unknown(written)
            return {}
        if base in self._under_way:
            what = f"{shown(base)} is made from this list itself"
            self._findings.error(written.place, "extends", what, "name another one")
            return {}
        group = self._group(base)
        return {
            language: {
                entry: self.origins[base, language, number] for number, entry in enumerate(entries)
            }
            for language, entries in group.terms.items()
        }

    def _put_in(self, written: List, terms: dict[str, dict[str, tuple[Place, str]]]) -> None:
        for language, entry, where in written.origins():
            terms.setdefault(language, {}).setdefault(entry, where)

    def _take_away(self, written: List, terms: dict[str, dict[str, tuple[Place, str]]]) -> None:
        for language, entries in written.remove.items():
            for number, entry in enumerate(entries, 1):
                if terms.get(language, {}).pop(entry, None) is None and not self._broken:
                    self._tell_missing(written, language, number, entry, terms)

    def _tell_missing(
        self,
        written: List,
        language: str,
        number: int,
        entry: str,
        terms: Mapping[str, Mapping[str, Any]],
    ) -> None:
        elsewhere = [other for other, entries in terms.items() if entry in entries]
        cure = f"it stands in its '{elsewhere[0]}'" if elsewhere else ""
        if not cure:
            near = did_you_mean(entry, terms.get(language, ()))
            cure = near if near.startswith("did") else "entries are removed as they are written"
        what = f"'{written.extends}' has no entry {shown(entry)}"
        self._findings.error(written.place, f"remove: {language}: entry {number}", what, cure)

    def _tell_unknown(self, written: List) -> None:
        if self._broken:
            return  # the list may stand in the file that could not be read
        known = [name for name in self._own if name != written.name]
        if written.changes_another:
            what = f"there is no {self._noun} named {shown(written.extends)} to be changed"
            cure = did_you_mean(written.extends, known)
            cure = f"{cure} " if cure.startswith("did") else ""
            cure += "Without extends it is a list of its own"
        else:
            what = f"no {self._noun} named {shown(written.extends)}"
            cure = did_you_mean(written.extends, known)
        self._findings.error(written.place, "extends", what, cure)
