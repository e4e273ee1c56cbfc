"""TOML tables → nouns: the dataclasses themselves are the schema, the messages are ours."""

import dataclasses
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from functools import cached_property
from pathlib import Path
from types import UnionType
from typing import (
    Annotated,
    Any,
    Generic,
    Literal,
    NamedTuple,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    Strict,
    ValidationError,
    ValidationInfo,
    create_model,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from monitor.config.durations import NotADuration, parse_duration
from monitor.config.secrets import NotASecret, Secrets, is_reference
from monitor.config.suggest import did_you_mean, shown
from monitor.core.rates import parse_rate
from monitor.errors import MonitorError
from monitor.model import Rate, Secret, Template

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
_FORM = ConfigDict(extra="forbid", arbitrary_types_allowed=True)
_AFTER_DATE = re.compile(r"\s*effective_date\s*\+(.*)", re.DOTALL)
MAX_TEMPLATE = 64 * 1024
# Before each field: an option may be called "copy" or "json" without shadowing pydantic's own.
_PREFIX = "f_"
# An address that any kind accepts, in place of one that was refused.
_USABLE = Secret("https://example.org/")


class SecretOrPlain(Secret):
    """In the hints of a shape: a reference, or a text that is no secret."""


class TextOrTexts:
    """In the hints of a shape: a text, or several in a list."""


class Fault(NamedTuple):
    """What is wrong with one key of a table."""

    key: str
    what: str
    cure: str


@dataclass(frozen=True, kw_only=True)
class Shape(Generic[T_co]):
    """How a noun is written down.

    Attributes:
        names: Field → key, where they differ.
        hints: Field → type, where the file allows less than the noun.
        optional: Fields which the file may leave out although the noun has no default.
        hidden: Fields which are never written.
        table: Name of the table, where it may hold further tables (`[[table.key]]`).
        beside: Keys of the same table that are read by another shape; may be meant, too.
        examples: Key → what might be written there, for the message that it is missing.
    """

    noun: Callable[..., T_co]
    names: Mapping[str, str] = dataclasses.field(default_factory=dict)
    hints: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    optional: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    table: str = ""
    beside: frozenset[str] = frozenset()
    examples: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def keys(self) -> Mapping[str, str]:
        """Key → field, in the order of the noun."""
        return {
            self.names.get(field.name, field.name): field.name
            for field in dataclasses.fields(self.noun)  # type: ignore[arg-type] # a dataclass
            if field.init and field.name not in self.hidden
        }

    def nested_keys(self, key: str) -> frozenset[str]:
        """Keys of the tables inside this table, under this key."""
        field = self.keys[key]
        hint = self.hints.get(field, get_type_hints(self.noun).get(field))
        return frozenset(name for shape in _shapes_in(hint) for name in shape.keys)

    @cached_property
    def form(self) -> type[BaseModel]:
        """The pydantic model that reads the table."""
        hints = get_type_hints(self.noun, include_extras=True)
        fields: dict[str, Any] = {
            _PREFIX + field.name: (
                _written(self.hints.get(field.name, hints[field.name])),
                Field(
                    default=... if self._is_required(field) else None,
                    validation_alias=self.names.get(field.name, field.name),
                ),
            )
            for field in dataclasses.fields(self.noun)  # type: ignore[arg-type] # a dataclass
            if field.init and field.name not in self.hidden
        }
        return create_model("Table", __config__=_FORM, **fields)

    def _is_required(self, field: "dataclasses.Field[Any]") -> bool:
        return (
            field.default is dataclasses.MISSING
            and field.default_factory is dataclasses.MISSING
            and field.name not in self.optional
        )

    def built(self, form: BaseModel) -> T_co:
        """The noun with what was written; its own defaults stand for the rest."""
        return self.noun(**self.fields_of(form))

    def fields_of(self, form: BaseModel) -> dict[str, Any]:
        """What was written, and what stands in for the rest, by field."""
        written = {name: getattr(form, name) for name in form.model_fields_set}
        return dict(self.optional) | {k.removeprefix(_PREFIX): v for k, v in written.items()}


def _shapes_in(hint: Any) -> Iterator[Shape[Any]]:
    """Of the tables that a value of this type holds."""
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        yield Shape(noun=hint)
    elif get_origin(hint) is Annotated and (named := _shape_among(hint.__metadata__)):
        yield named
    else:
        for part in get_args(hint):
            yield from _shapes_in(part)


def _shape_among(metadata: tuple[Any, ...]) -> Shape[Any] | None:
    return next((one for one in metadata if isinstance(one, Shape)), None)


def _written(hint: Any) -> Any:
    """The type of a value in a file, for the type it gets in the noun."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        if shape := _shape_among(hint.__metadata__):
            return Annotated[shape.form, AfterValidator(shape.built)]
        return Annotated[(_written(arguments[0]), *arguments[1:])]
    if origin is Literal:
        return Annotated[Any, PlainValidator(_one_of({str(a): a for a in arguments}))]
    if origin in (Union, UnionType):
        return Union[tuple(_written(a) for a in arguments)]  # noqa: UP007 - made at run time
    if origin is not None and arguments:
        return origin[tuple(a if a is ... else _written(a) for a in arguments)]
    return _written_scalar(hint)


def _written_scalar(hint: Any) -> Any:
    if hint is Secret:
        return Annotated[Any, PlainValidator(_secret)]
    if hint is SecretOrPlain:
        return Annotated[Any, PlainValidator(_secret_or_plain)]
    if hint is TextOrTexts:
        return Annotated[Any, PlainValidator(_text_or_texts)]
    if hint is Template:
        return Annotated[Any, PlainValidator(_template)]
    if hint is Path:
        return Annotated[Any, PlainValidator(_path)]
    if hint is timedelta:
        return Annotated[Any, PlainValidator(_duration)]
    if hint in (int, bool, float):
        return Annotated[hint, Strict()]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return Annotated[Any, PlainValidator(_one_of({str(m.value): m for m in hint}))]
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        shape: Shape[Any] = Shape(noun=hint)
        return Annotated[shape.form, AfterValidator(shape.built)]
    return hint


def _fault(what: str, cure: str = "") -> PydanticCustomError:
    return PydanticCustomError("ours", "{what}", {"what": what, "cure": cure})


def _one_of(choices: Mapping[str, Any]) -> Callable[[Any], Any]:
    def chosen(value: Any) -> Any:
        if isinstance(value, str) and value in choices:
            return choices[value]
        near = did_you_mean(value, choices) if isinstance(value, str) else ""
        raise _fault(
            f"{shown(value)} is not one of {', '.join(choices)}",
            near if near.startswith("did") else "",
        )

    return chosen


def _duration(value: Any) -> timedelta:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise _fault(f'must be a length of time as in "15m", not {kind_of(value)}')
    try:
        return parse_duration(value)
    except NotADuration as problem:
        raise _fault(problem.what, problem.cure) from None


def deadline(value: Any) -> tuple[timedelta, bool]:
    """A length of time, and whether it is counted from the day that is named for an event."""
    if isinstance(value, str) and (after := _AFTER_DATE.fullmatch(value)):
        return _duration(after[1]), True
    try:
        return _duration(value), False
    except PydanticCustomError as fault:
        cure = f"""{fault.context["cure"] if fault.context else ""}, or "effective_date + 2d\""""
        raise _fault(fault.message(), cure.removeprefix(", ")) from None


def _template(value: Any, info: ValidationInfo) -> Template:
    """The text itself, or `file:` and a path from the configuration folder."""
    if not isinstance(value, str):
        raise _fault(
            f'must be a text or a file as in "file:templates/desk.j2", not {kind_of(value)}'
        )
    if not value.startswith("file:"):
        return Template(text=value)
    secrets, target = info.context, value.removeprefix("file:")
    assert isinstance(secrets, Secrets)
    try:
        with (secrets.folder / Path(target).expanduser()).open("rb") as file:
            raw = file.read(MAX_TEMPLATE + 1)
        text = raw.decode()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        cure = "a relative path starts at the configuration folder"
        raise _fault(f"the file {target} cannot be read ({why})", cure) from None
    if len(raw) > MAX_TEMPLATE:
        raise _fault(f"the file {target} is longer than {MAX_TEMPLATE // 1024} KiB")
    return Template(text=text, origin=target)


def _path(value: Any, info: ValidationInfo) -> Path:
    """Relative ones start beside the folder, as the database's does."""
    if not isinstance(value, str):
        raise _fault(f'must be the path of a file as in "data/alerts.jsonl", not {kind_of(value)}')
    secrets = info.context
    assert isinstance(secrets, Secrets)
    beside = os.path.abspath(secrets.folder)  # noqa: PTH100 - keeps symbolic links
    return Path(os.path.normpath(Path(beside).parent / Path(value).expanduser()))


def rates(value: Any) -> tuple[Rate, ...]:
    """What `rate` may hold: one, several, or "off"."""
    written = [value] if isinstance(value, str) else value
    if value == "off":
        return ()
    if not isinstance(written, list) or not all(isinstance(one, str) for one in written):
        raise _fault(f'must be a rate as in "10/s", not {kind_of(value)}')
    try:
        return tuple(map(parse_rate, written))
    except ValueError as problem:
        cure = 'write it as in "1/s", "20/min" or "500/h" (at most 1000), several in a list'
        raise _fault(str(problem), f'{cure}; "off" for none') from None


def _secret(value: Any, info: ValidationInfo) -> Secret:
    if not isinstance(value, str):
        raise _fault(f'must be a reference as in "env:DESK_URL", not {kind_of(value)}')
    secrets = info.context
    assert isinstance(secrets, Secrets)
    try:
        return secrets.resolve(value)
    except NotASecret as problem:
        raise _fault(problem.what, problem.cure) from None


def _text_or_texts(value: Any) -> str | tuple[str, ...]:
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return tuple(value)
    raise _fault(f"must be a text in quotes or a list of such, not {kind_of(value)}")


def _secret_or_plain(value: Any, info: ValidationInfo) -> Secret:
    plain = isinstance(value, str) and not is_reference(value)
    return Secret(value.strip()) if plain else _secret(value, info)


def secret_or_none(value: Any, info: ValidationInfo) -> Secret:
    """Empty: none is meant."""
    return Secret("") if value == "" else _secret(value, info)


def decode(
    shape: Shape[T], table: Mapping[str, Any], secrets: Secrets, stand_ins: Mapping[str, Any]
) -> tuple[T | None, list[Fault]]:
    """The noun that a table describes, and everything that is wrong with it.

    A table with faults is read a second time without the faulty keys, so that the rest can be
    checked too.

    Args:
        stand_ins: Key → value for keys that are missing or unreadable.

    Returns:
        None if not even the rest can be read.
    """
    value, faults = _attempt(shape, table, secrets)
    if faults:
        bad = {fault.key.partition(":")[0] for fault in faults}
        rest = {key: given for key, given in table.items() if key not in bad}
        rest |= {key: given for key, given in stand_ins.items() if key in bad}
        value, _ = _attempt(shape, rest, secrets)
    return value, faults


def _attempt(
    shape: Shape[T], table: Mapping[str, Any], secrets: Secrets
) -> tuple[T | None, list[Fault]]:
    try:
        written = shape.form.model_validate(table, context=secrets)
    except ValidationError as error:
        found = error.errors(include_url=False)
        return None, [_explained(details, shape) for details in found]
    try:
        return shape.built(written), []
    except (ValueError, TypeError, MonitorError) as error:
        text = str(error)
    if not secrets.needed:
        return None, []  # it complains of secrets that nobody fetched
    return None, _refused_by_kind(shape, written, text)


def _refused_by_kind(shape: Shape[Any], written: BaseModel, text: str) -> list[Fault]:
    """A kind's own check of its options, told of the key, entry and reference it is about.

    A check ends at the first mistake; what it has named is put right for it, so that it goes on.
    """
    faults = []
    for name in sorted(written.model_fields_set):
        key, secret = _key_of(shape, name), getattr(written, name)
        if isinstance(secret, Secret) and re.match(rf"{re.escape(key)}\b", text):
            faults.append(_fault_of(key, key, text, secret, written))
            written = written.model_copy(update={name: _USABLE})
            text = _refusal(shape, written, {})
    for name in sorted(written.model_fields_set):
        key, secrets = _key_of(shape, name), getattr(written, name)
        if not isinstance(secrets, tuple) or _refusal(shape, written, {name: ()}):
            continue
        for number, secret in enumerate(secrets, 1):
            said = _refusal(shape, written, {name: (secret,)})
            if said and isinstance(secret, Secret):
                faults.append(_fault_of(f"{key}: entry {number}", key, said, secret, written))
    if faults:
        return faults
    key = next((key for key in shape.keys if re.match(rf"{re.escape(key)}\b", text)), "")
    return [_fault_of(key, key, text, None, written)]


def _refusal(shape: Shape[Any], written: BaseModel, changed: Mapping[str, Any]) -> str:
    try:
        shape.built(written.model_copy(update=dict(changed)))
    except (ValueError, TypeError, MonitorError) as error:
        return str(error)
    return ""


def _fault_of(place: str, key: str, text: str, secret: Secret | None, written: BaseModel) -> Fault:
    # What a kind quotes may be a secret.
    for one in _secrets_in(list(dict(written).values())):
        if one.reveal():
            text = text.replace(one.reveal(), repr(one))
    what, _, cure = text.partition("; ")
    reference = secret.reference if secret else ""
    if reference:
        what = f"{reference}: {what.removeprefix(f'{key}: ').removeprefix(f'{key} ')}"
    elif key:
        what = what.removeprefix(f"{key}: ").removeprefix(f"{key} ")
    return Fault(place, what, cure)


def _key_of(shape: Shape[Any], field: str) -> str:
    name = field.removeprefix(_PREFIX)
    return shape.names.get(name, name)


def _secrets_in(value: object) -> Iterator[Secret]:
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, dict):
        yield from _secrets_in(list(value.values()))
    elif isinstance(value, list | tuple | set | frozenset):
        for part in value:
            yield from _secrets_in(part)


def _explained(error: ErrorDetails, shape: Shape[Any]) -> Fault:
    place = [f"entry {part + 1}" if isinstance(part, int) else part for part in error["loc"]]
    context = error.get("ctx", {})
    if error["type"] == "ours":
        return Fault(": ".join(place), context["what"], context["cure"])
    if error["type"] == "extra_forbidden":
        known = {*shape.keys, *shape.beside} if len(place) == 1 else shape.nested_keys(place[0])
        return Fault(": ".join(place), "unknown key", did_you_mean(place[-1], known))
    if error["type"] == "missing":
        return Fault(
            ": ".join(place), "missing", f"add {place[-1]} = {shape.examples.get(place[-1], '...')}"
        )
    what, cure = _in_words(error, context, place[-1])
    if _WANTED.get(error["type"]) is _LIST and _holds_tables(shape, place):
        what = f"must be a list of tables, not {kind_of(error['input'])}"
        cure = f"write [[{shape.table}.{place[0]}]], in two brackets"
    return Fault(": ".join(place), what, cure)


def _holds_tables(shape: Shape[Any], place: list[str]) -> bool:
    if not shape.table or len(place) > 1:
        return False
    inner = get_args(get_type_hints(shape.noun).get(shape.keys[place[0]]))
    return any(dataclasses.is_dataclass(part) for part in inner)


def _in_words(error: ErrorDetails, context: Mapping[str, Any], key: str) -> tuple[str, str]:
    given = error["input"]
    wanted = _WANTED.get(error["type"])
    if wanted:
        cure = f"write {key} = [{_quoted(given)}]" if wanted is _LIST and _is_text(given) else ""
        return f"must be {wanted}, not {_as_given(given, wanted)}", cure
    for name, words in _LIMITS.items():
        if name in context and error["type"].startswith(_LIMITED_TYPES):
            return f"{shown(given)} is out of range", f"it must be {words} {context[name]}"
    return error["msg"].lower(), ""


def _as_given(value: object, wanted: str) -> str:
    """What kind of value it is; "a whole number, not a number" would help nobody."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return shown(value) if is_number and wanted.endswith("number") else kind_of(value)


def _is_text(value: object) -> bool:
    # A text that may be a secret is not repeated in the cure.
    return isinstance(value, str) and len(value) <= 40 and "/" not in value and ":" not in value


def _quoted(value: object) -> str:
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


_LIST = 'a list, as in ["a", "b"]'
_WANTED = {
    "string_type": "a text in quotes",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": _LIST,
    "frozen_set_type": _LIST,
    "set_type": _LIST,
    "list_type": _LIST,
    "dict_type": "a table",
    "mapping_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "finite_number": "a finite number",
}
_LIMITS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
_LIMITED_TYPES = ("greater_than", "less_than")


def kind_of(value: object) -> str:
    """A TOML value in words."""
    if isinstance(value, bool):
        return "true" if value else "false"
    for types, words in (
        ((int, float), "a number"),
        ((str,), "a text"),
        ((list,), "a list"),
        ((dict,), "a table"),
        ((datetime, date, time), "a date"),
    ):
        if isinstance(value, types):
            return words
    return "something else"
