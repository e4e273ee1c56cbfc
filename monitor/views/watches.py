"""A watch: what it looks for as a tree, its policy in words, and what `check` says of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from monitor.config.durations import duration_text
from monitor.core.query import QUIET, Node, Survey, parse, quiet_problems
from monitor.core.query.ast import And, Boost, Field, Group, Near, Not, Or, walk
from monitor.core.query.printer import to_text
from monitor.errors import Problem
from monitor.model import Escalation, Expectation, Grouping, Lexicon, TermGroup, Watch, Window
from monitor.ports import Archive

if TYPE_CHECKING:
    from monitor.config import Config

_UNSEEN = Survey(items=0, matched={}, entries={})
_DEEPEST = 6  # groups within groups that are shown


# --- the query -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Branch:
    """A part of a query.

    Attributes:
        words: What has to hold of the parts below, or empty for a leaf.
        text: A leaf, as it is written.
        group: The lexicon's list that a leaf names; None: none.
    """

    words: str = ""
    text: str = ""
    below: tuple["Branch", ...] = ()
    group: "Group_ | None" = None


@dataclass(frozen=True, slots=True)
class Group_:  # noqa: N801 - the tree's own Group is another thing
    """A list of the lexicon, spelled out.

    Attributes:
        terms: Language -> entries; other lists stand there as "@name".
        count: How many entries there are.
        inner: Lists that it takes in.
    """

    id: str
    note: str
    count: int
    terms: Mapping[str, Sequence[str]]
    inner: tuple["Group_", ...] = ()


def tree_of(query: str, lexicon: Lexicon) -> Branch:
    """The query as people read it.

    Raises:
        QueryError: It cannot be read.
    """
    return _branch(parse(query), lexicon)


def _branch(node: Node, lexicon: Lexicon) -> Branch:
    match node:
        case And():
            return Branch("all of", below=_below(node.children, lexicon))
        case Or():
            return Branch("any of", below=_below(node.children, lexicon))
        case Not():
            return Branch("but not", below=_below((node.child,), lexicon))
        case Near():
            order = "in this order, " if node.ordered else ""
            words = f"{order}at most {node.distance} words between"
            return Branch(words, below=_below((node.left, node.right), lexicon))
        case Field():
            return Branch(f"in the {node.name}", below=_below((node.child,), lexicon))
        case Boost():
            return Branch(f"counts {node.factor:g} times", below=_below((node.child,), lexicon))
        case Group():
            group = lexicon.groups.get(node.name)
            spelled = _spelled(group, lexicon, 1) if group else None
            return Branch(text=to_text(node), group=spelled)
        case _:
            return Branch(text=to_text(node))


def _below(nodes: Sequence[Node], lexicon: Lexicon) -> tuple[Branch, ...]:
    return tuple(_branch(node, lexicon) for node in nodes)


def _spelled(group: TermGroup, lexicon: Lexicon, depth: int) -> Group_:
    named = dict.fromkeys(
        entry[1:].strip()
        for entries in group.terms.values()
        for entry in entries
        if entry.startswith("@")
    )
    inner = [lexicon.groups[name] for name in named if name in lexicon.groups]
    return Group_(
        group.id,
        group.note,
        sum(map(len, group.terms.values())),
        group.terms,
        tuple(_spelled(one, lexicon, depth + 1) for one in inner) if depth < _DEEPEST else (),
    )


def lists_of(watch: Watch, lexicon: Lexicon) -> frozenset[tuple[str, str]]:
    """Kind ("group" or "mask") and name of all lists that the watch depends on."""
    queries = [watch.query, *(rule.query for rule in watch.escalations if rule.query)]
    found = {("mask", name) for name in watch.masks}
    waiting = [
        part.name for query in queries for part in walk(parse(query)) if isinstance(part, Group)
    ]
    while waiting:
        name = waiting.pop()
        if ("group", name) in found or name not in lexicon.groups:
            continue
        found.add(("group", name))
        entries = lexicon.groups[name].terms.values()
        waiting += [one[1:].strip() for some in entries for one in some if one.startswith("@")]
    return frozenset(found)


# --- what is wrong with it -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """What tells whether watches are quiet: when each matched last, and on how many of the last 30
    days items came in."""

    last_matches: Mapping[str, datetime] = field(default_factory=dict)
    days_seen: int = 0


def quiet_of(archive: Archive | None, now: datetime) -> Quiet:
    if archive is None:
        return Quiet()
    return Quiet(last_matches=archive.last_matches(), days_seen=archive.days_seen(now - QUIET))


def findings_of(config: "Config", watch: Watch, quiet: Quiet, now: datetime) -> Sequence[Problem]:
    """What `check` says of the watch and of the lists that it depends on.

    All but what it finds in the texts of the newest items, which takes it some seconds.
    """
    labels = [f'watch "{watch.id}"']
    labels += [f'{kind} "{name}"' for kind, name in sorted(lists_of(watch, config.lexicon))]
    found = []
    for problem in (*config.passed_over, *config.warnings):
        _, _, label = problem.where.partition(": ")
        if any(label == one or label.startswith(f"{one}: ") for one in labels):
            found.append(problem)
    enabled = [watch] if watch.enabled else []
    silent = quiet_problems(_UNSEEN, enabled, quiet.last_matches, quiet.days_seen, now)
    return [*found, *config.placed(silent)]


# --- what becomes of what it finds ---------------------------------------------------------------


def policy(watch: Watch, config: "Config") -> Iterator[tuple[str, str]]:
    """What it is called and what it says, in the order that one asks."""
    yield "looks at", _looked_at(watch)
    if watch.masks:
        yield "blanks first", f"what stands in the mask lists {_listed(watch.masks)}"
    if watch.unless:
        yield "matches nothing if", f"{_listed(watch.unless)} matches the item"
    if watch.defer_to:
        yield "leaves the telling to", f"{_listed(watch.defer_to)}, if it tells of the item"
    yield "alerts", _alerts(watch)
    yield "one event", _one_event(watch, config)
    own = watch.webhooks or config.settings.webhooks
    where = ", ".join(own) or "nowhere"
    yield "sent to", f"{where}{'' if watch.webhooks else ' (as all watches)'}{_routed(config)}"
    if watch.report:
        yield "report", f"{watch.report}{', written to a folder, too' if watch.report_to else ''}"
    if watch.note:
        yield "note", " ".join(watch.note.split())


def _looked_at(watch: Watch) -> str:
    window = "each paragraph by itself" if watch.window is Window.PARAGRAPH else "the whole item"
    languages = ", ".join(sorted(watch.languages)) or "all languages"
    return f"{window}, in {languages}"


def _alerts(watch: Watch) -> str:
    score = f", with a score of {watch.min_score:g} or more" if watch.min_score else ""
    age = f"of items not older than {duration_text(watch.max_age)}"
    return f"as {watch.severity.value}, {age}{score}"


def _one_event(watch: Watch, config: "Config") -> str:
    if watch.grouping is Grouping.NONE:
        return "is not looked for: every match is told by itself"
    pause = config.settings.cooldown if watch.cooldown is None else watch.cooldown
    return (
        f"{watch.grouping.value} grouping, gone on from for {duration_text(watch.follow)};"
        f" after an alert further news wait {duration_text(pause)} to be told together"
    )


def _routed(config: "Config") -> str:
    return "; routes may say otherwise" if config.routes else ""


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + " or " + names[-1] if len(names) > 1 else "".join(names)


def escalation_words(rule: Escalation) -> Iterator[tuple[str, str]]:
    """What has to hold for a louder alert: of what, and how it is written."""
    if rule.query:
        yield "the item also matches", to_text(parse(rule.query))
    if rule.tiers:
        yield "its feed is", " or ".join(one.value for one in sorted(rule.tiers, key=_rank))
    if rule.when:
        yield "of its story", rule.when


def _rank(tier: object) -> int:
    return tier.rank  # type: ignore[attr-defined, no-any-return]


def expectation_words(one: Expectation) -> Iterator[tuple[str, str]]:
    """What a silence of a story is, in words."""
    yield "once", one.arm
    yield "wait for", one.expect
    since = "after the day that is named for the event" if one.from_effective_date else "from then"
    yield "for", f"{duration_text(one.within)} {since}"
    yield "else tell it as", one.severity.value
    if one.require_healthy:
        yield "unless ill", ", ".join(one.require_healthy)
