"""A folder's documents → nouns, one file kind after another, with everything that is wrong."""

import os
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from monitor.config.databases import address_of, is_address
from monitor.config.decode import Shape, decode, kind_of
from monitor.config.files import Document, Folder
from monitor.config.findings import Findings, Place
from monitor.config.lexicon import List, ListReader, Origins, Resolver
from monitor.config.secrets import NotASecret, Secrets
from monitor.config.shapes import (
    CALM,
    FEED,
    INHIBITION,
    POLICY,
    ROUTE,
    SETTINGS,
    WATCH,
    options_shape,
    section_shape,
)
from monitor.config.suggest import did_you_mean, shown
from monitor.core.rates import usual
from monitor.errors import ConfigError
from monitor.model import (
    Calm,
    Feed,
    Inhibition,
    Lexicon,
    Policy,
    Route,
    Settings,
    TermGroup,
    Watch,
    WebhookConfig,
)

T = TypeVar("T")
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", re.ASCII)
ID_CURE = "Latin letters, digits, '-', '_' and '.', at most 100, a letter or digit first"
# What cannot be read is no reason to complain that the default leads nowhere.
_SETTING_STAND_INS: Mapping[str, Any] = {"webhooks": [], "health_webhooks": []}
_FEED_STAND_INS = {"id": "?", "url": "https://example.org/", "owner": "?"}


@dataclass(frozen=True, slots=True)
class Tables(Generic[T]):
    """What was read of one kind.

    Attributes:
        values: Id → noun, of every table that can be used at least for further checks.
        places: Id → where it stands; ids of unusable tables are here too.
    """

    values: dict[str, T] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Everything that stands in a folder.

    Attributes:
        written: Settings that stand in the file, as in `alerts.webhooks`.
        origins: "group" or "mask" → where each term of the resolved lists stands.
        broken: Kinds of files of which one could not be read: names may be missing for that.
    """

    settings: Settings
    settings_place: Place
    written: frozenset[str] = frozenset()
    feeds: Tables[Feed]
    watches: Tables[Watch]
    groups: Tables[TermGroup]
    masks: Tables[TermGroup]
    webhooks: Tables[WebhookConfig]
    routes: Tables[Route] = field(default_factory=Tables)
    inhibitions: Tables[Inhibition] = field(default_factory=Tables)
    origins: Mapping[str, Origins] = field(default_factory=dict)
    broken: frozenset[str] = frozenset()

    @property
    def lexicon(self) -> Lexicon:
        return Lexicon(groups=self.groups.values, masks=self.masks.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads documents; notes what is wrong in `findings`.

    Attributes:
        secrets_of: Webhooks whose secrets must be there; None: all that are enabled.
        feed_secrets: Whether those of enabled feeds must be there.
    """

    folder: Path
    kinds: Mapping[str, type]
    env: Mapping[str, str]
    findings: Findings
    secrets_of: Collection[str] | None = None
    feed_secrets: bool = True

    def read(self, folder: Folder) -> Reading:
        of = {
            kind: [d for d in folder.documents if d.name.startswith(kind)]
            for kind in (
                "monitor.toml",
                "feeds/",
                "watches/",
                "lexicon/",
                "webhooks.toml",
                "routes.toml",
            )
        }
        self._refuse_other_keys(of["feeds/"], ("feed",))
        self._refuse_other_keys(of["watches/"], ("watch",))
        self._refuse_other_keys(of["lexicon/"], ("groups", "masks"))
        self._refuse_other_keys(of["webhooks.toml"], ("webhooks",))
        self._refuse_other_keys(of["routes.toml"], ("route", "inhibit"))
        broken = "lexicon" in folder.broken
        groups, group_origins = self._lists(of["lexicon/"], "groups", "group", broken=broken)
        masks, mask_origins = self._lists(of["lexicon/"], "masks", "mask", broken=broken)
        return Reading(
            settings=self._settings(of["monitor.toml"]),
            settings_place=Place(file="monitor.toml"),
            written=_written(of["monitor.toml"]),
            feeds=self._listed(of["feeds/"], "feed", FEED, _FEED_STAND_INS),
            watches=self._listed(of["watches/"], "watch", WATCH, {"id": "?"}),
            groups=groups,
            masks=masks,
            origins={"group": group_origins, "mask": mask_origins},
            webhooks=self._webhooks(of["webhooks.toml"]),
            routes=self._listed(of["routes.toml"], "route", ROUTE, {"id": "?"}),
            inhibitions=self._listed(
                of["routes.toml"], "inhibit", INHIBITION, {"id": "?", "source": [], "target": []}
            ),
            broken=folder.broken,
        )

    # --- monitor.toml ----------------------------------------------------------------------------

    def _settings(self, documents: list[Document]) -> Settings:
        settings = Settings()
        for document in documents:
            self._refuse_other_keys([document], tuple(SETTINGS))
            for section, keys in SETTINGS.items():
                part = self._section(document, section)
                settings = replace(settings, **{f: getattr(part, f) for f in keys.values()})
        chosen = "service.database" in _written(documents)
        if chosen and is_address(settings.database):
            return self._served(settings)
        path = database_of(self.folder, settings.database if chosen else None)
        return replace(settings, database=path)

    def _served(self, settings: Settings) -> Settings:
        """With a database that a server keeps."""
        place = Place(file="monitor.toml", order=list(SETTINGS).index("service") + 1)
        try:
            name, address = address_of(settings.database, self._secrets())
        except NotASecret as problem:
            self.findings.error(place, "service.database", problem.what, problem.cure)
            return replace(settings, database=database_of(self.folder, None))
        return replace(settings, database=name, database_url=address)

    def _section(self, document: Document, section: str) -> Settings:
        place = Place(file=document.name, order=list(SETTINGS).index(section) + 1)
        table = document.table.get(section, {})
        if not isinstance(table, dict):
            self.findings.error(
                place, section, f"must be a section, not {kind_of(table)}", f"write [{section}]"
            )
            return Settings()
        # Who only reads need not have the service's secrets.
        needed = self.secrets_of is None
        if section not in ("heartbeat", "web"):
            needed = self.feed_secrets or self.secrets_of != ()
        secrets = self._secrets(needed=needed)
        value, faults = decode(section_shape(section), table, secrets, _SETTING_STAND_INS)
        for fault in faults:
            cure = _home_of(fault.key) if fault.what == "unknown key" else ""
            self.findings.error(place, f"{section}.{fault.key}", fault.what, cure or fault.cure)
        return value or Settings()

    # --- [[feed]], [[watch]] ---------------------------------------------------------------------

    def _listed(
        self,
        documents: list[Document],
        key: str,
        shape: Shape[T],
        stand_ins: Mapping[str, Any],
    ) -> Tables[T]:
        tables: Tables[T] = Tables()
        for document in documents:
            for number, table in self._entries(document, key):
                written = table.get("id")
                name = f'"{written}"' if isinstance(written, str) else f"number {number}"
                place = Place(file=document.name, label=f"{key} {name}", order=number)
                needed = self.feed_secrets and table.get("enabled", True) is not False
                secrets = self._secrets(needed=needed)
                value, faults = decode(shape, table, secrets, stand_ins)
                for fault in faults:
                    self.findings.error(place, fault.key, fault.what, fault.cure)
                kept = isinstance(written, str) and self._keep(tables, written, place, value)
                if not kept and value is not None:
                    # Without an id of its own, but what is wrong inside is told in the same go.
                    unnamed = f"?{place.file}: {number}"
                    tables.values[unnamed], tables.places[unnamed] = value, place
        return tables

    def _entries(self, document: Document, key: str) -> Iterator[tuple[int, dict[str, Any]]]:
        entries = document.table.get(key, [])
        place = Place(file=document.name)
        if not isinstance(entries, list):
            self.findings.error(
                place, key, f"must be a list of tables, not {kind_of(entries)}", f"write [[{key}]]"
            )
            return
        for number, entry in enumerate(entries, 1):
            if isinstance(entry, dict):
                yield number, entry
            else:
                self.findings.error(
                    place,
                    key,
                    f"entry {number} must be a table, not {kind_of(entry)}",
                    f"write [[{key}]]",
                )

    # --- [groups.x], [masks.x], [webhooks.x] -----------------------------------------------------

    def _lists(
        self, documents: list[Document], key: str, noun: str, *, broken: bool
    ) -> tuple[Tables[TermGroup], Origins]:
        reader = ListReader(self.findings)
        tables: Tables[List] = Tables()
        changes = []
        for place, name, table in self._named(documents, key, noun):
            written = reader.read(place, name, table)
            if written.changes_another:
                changes.append(written)
            else:
                self._keep(tables, name, place, written)
        lists = [*tables.values.values(), *changes]
        resolver = Resolver(lists, noun, self.findings, broken=broken)
        return Tables(values=resolver.groups(), places=tables.places), resolver.origins

    def _webhooks(self, documents: list[Document]) -> Tables[WebhookConfig]:
        tables: Tables[WebhookConfig] = Tables()
        for place, name, table in self._named(documents, "webhooks", "webhook"):
            self._keep(tables, name, place, self._webhook(place, name, table))
        return tables

    def _named(
        self, documents: list[Document], key: str, noun: str
    ) -> Iterator[tuple[Place, str, dict[str, Any]]]:
        """Every table of a section, with its name and where it stands."""
        for document in documents:
            section = document.table.get(key, {})
            place = Place(file=document.name)
            if not isinstance(section, dict):
                self.findings.error(
                    place, key, f"must be tables, not {kind_of(section)}", f"write [{key}.name]"
                )
                continue
            for number, (name, table) in enumerate(section.items(), 1):
                at = replace(place, label=f'{noun} "{name}"', order=number)
                if isinstance(table, dict):
                    yield at, name, table
                else:
                    what = f"must be a table, not {kind_of(table)}"
                    self.findings.error(at, "", what, f"write [{key}.{name}]")

    def _webhook(self, place: Place, name: str, table: dict[str, Any]) -> WebhookConfig | None:
        kind, enabled = table.get("kind"), table.get("enabled", True)
        if not isinstance(enabled, bool):
            what = f"must be true or false, not {kind_of(enabled)}"
            self.findings.error(place, "enabled", what)
            enabled = True
        options_type = self._options_type(place, kind)
        if options_type is None:
            return None
        calm = self._calm(place, {key: table[key] for key in CALM.keys if key in table})
        policy = self._policy(place, str(kind), table)
        apart = ("kind", "enabled", *CALM.keys, *POLICY.keys)
        written = {key: value for key, value in table.items() if key not in apart}
        needed = enabled and (self.secrets_of is None or name in self.secrets_of)
        options, faults = decode(
            options_shape(options_type), written, self._secrets(needed=needed), {}
        )
        for fault in faults:
            self.findings.error(place, fault.key, fault.what, fault.cure)
        # Without its secrets, half an option would only mislead.
        options = options if needed else None
        return WebhookConfig(
            id=name, kind=str(kind), options=options, calm=calm, enabled=enabled, policy=policy
        )

    def _policy(self, place: Place, kind: str, table: dict[str, Any]) -> Policy:
        """How it is delivered to: as its kind usually is, but for what is written."""
        written = {key: value for key, value in table.items() if key in POLICY.keys}
        policy, faults = decode(POLICY, written, self._secrets(), {})
        for fault in faults:
            self.findings.error(place, fault.key, fault.what, fault.cure)
        given = {key: getattr(policy, key) for key in written} if policy and not faults else {}
        return replace(usual(kind), **given)

    def _calm(self, place: Place, table: dict[str, Any]) -> Calm:
        calm, faults = decode(CALM, table, self._secrets(), {})
        for fault in faults:
            self.findings.error(place, fault.key, fault.what, fault.cure)
        return calm or Calm()

    def _options_type(self, place: Place, kind: object) -> type | None:
        try:
            if isinstance(kind, str) and kind in self.kinds:
                return self.kinds[kind]
            self._tell_kind(place, kind)
        except ConfigError as error:  # a package that announces a kind is broken
            for problem in error.problems:
                self.findings.error(place, "kind", problem.what, problem.cure)
        return None

    def _tell_kind(self, place: Place, kind: object) -> None:
        known = ", ".join(sorted(self.kinds))
        if kind is None:
            self.findings.error(place, "kind", "missing", f"add kind = ..., one of {known}")
        elif not isinstance(kind, str):
            what = f"must be a text in quotes, not {kind_of(kind)}"
            self.findings.error(place, "kind", what, f"one of {known}")
        else:
            cure = did_you_mean(kind, self.kinds)
            self.findings.error(place, "kind", f"no kind named {shown(kind)}", cure)

    # --- all -------------------------------------------------------------------------------------

    def _secrets(self, *, needed: bool = True) -> Secrets:
        return Secrets(folder=self.folder, env=self.env, needed=needed)

    def _keep(self, tables: Tables[T], name: str, place: Place, value: T | None) -> bool:
        """Note a table under its id; False: another one has it."""
        if not ID.fullmatch(name):
            self.findings.error(
                place,
                "id",
                f"{shown(name)} cannot be an id",
                ID_CURE,
            )
        if (first := tables.places.get(name)) is not None:
            where = "twice in this file" if first.file == place.file else f"in {first.file} too"
            self.findings.error(place, "id", f"'{name}' is used {where}", "give one another id")
            return False
        tables.places[name] = place
        if value is not None:
            tables.values[name] = value
        return True

    def _refuse_other_keys(self, documents: list[Document], allowed: tuple[str, ...]) -> None:
        opening, closing = ("[[", "]]") if allowed[0] in ("feed", "watch", "route") else ("[", "]")
        for document in documents:
            for key in document.table:
                if key in allowed:
                    continue
                near = _home_of(key) if "service" in allowed else ""
                near = near or did_you_mean(key, allowed)
                if not near.startswith(("did", "it")):
                    near = "known: " + ", ".join(f"{opening}{name}{closing}" for name in allowed)
                self.findings.error(Place(file=document.name), key, "unknown key or section", near)


def _written(documents: list[Document]) -> frozenset[str]:
    return frozenset(
        f"{section}.{key}"
        for document in documents
        for section, table in document.table.items()
        if isinstance(table, dict)
        for key in table
    )


def _home_of(key: str) -> str:
    """The section of monitor.toml where a key belongs, as a cure; empty if there is none."""
    home = next((name for name, keys in SETTINGS.items() if key in keys), None)
    return f"it belongs under [{home}]" if home else ""


def database_of(folder: Path, written: str | None) -> str:
    """Where the database is. Relative paths start beside the folder: `config/` and `data/` are
    neighbours.

    By default each folder has its own, for two beside each other must not share one unasked.

    Args:
        written: As `monitor.toml` says; None: it does not.
    """
    here = Path(os.path.abspath(folder))  # noqa: PTH100 - keeps symbolic links
    base, name = here.parent, "monitor" if here.name == "config" else here.name
    if (base / "model.py").is_file() and base.name == "monitor":
        # Inside an installed package nothing can be kept.
        base, name = Path.cwd(), "monitor"
    if written is None:
        written = f"data/{name}.sqlite"
    return os.path.normpath(base / Path(written).expanduser())
