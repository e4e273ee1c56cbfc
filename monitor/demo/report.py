"""What the demo says: alerts as they arrive, and at the end what was seen, held back and proven."""

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, TextIO

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from monitor.core.inert import one_line
from monitor.core.query import Explanation
from monitor.demo.outcome import Outcome, Seen
from monitor.demo.story import Outlet, Story, StoryItem
from monitor.listen import Received
from monitor.model import Item, Reason, Severity, Tier

_WIDTH = 100
_DATE = 13  # columns of the story's clock
_LABEL = 10  # columns of the severity
_STYLES = {
    "low": "green",
    "medium": "yellow",
    "high": "bold red",
    "critical": "bold white on red",
}
_LANGUAGES = {
    "en": "English",
    "ko": "Korean",
    "ja": "Japanese",
    "zh-Hans": "Chinese",
    "ru": "Russian",
}
_BRIEFLY = {
    Reason.COPY: "a copy",
    Reason.ALREADY_TOLD: "already told",
    Reason.SAME_STORY: "nothing new",
    Reason.ANALYSIS: "a comment",
}
_REASONS = {
    Reason.COPY: "the text was already told",
    Reason.ALREADY_TOLD: "an edit of an item that was already told",
    Reason.SAME_STORY: "adds nothing to a story that was told",
    Reason.ANALYSIS: "comments on a story that was told",
    Reason.TOO_OLD: "too old",
    Reason.UNDATED_BASELINE: "undated, on the first poll of its feed",
    Reason.LOW_SCORE: "below the watch's least score",
}


def _console_on(out: IO[str]) -> Console:
    terminal = out.isatty()
    console = Console(
        file=out,
        width=None if terminal else _WIDTH,
        color_system="auto" if terminal else None,
        highlight=False,
        markup=False,
        emoji=False,
    )
    if terminal and console.width > _WIDTH:
        console.width = _WIDTH
    return console


class Screen:
    """Prints for a person on a terminal, and as plain text into a pipe."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._console = _console_on(out or sys.stdout)
        self._last: tuple[str, int] | None = None  # URL and revision of the alert printed last
        self._kind = ""  # of the block printed last

    # --- beginning and end -----------------------------------------------------------------------

    def opening(self, story: Story, speed: float) -> None:
        """What is about to be seen."""
        items, feeds = len(story.items), len(story.outlets)
        first, last = story.items[0].published_at, story.items[-1].published_at
        pace = "in about a minute" if speed == 1 else f"at {speed:g} times the usual speed"
        self._rule("news-monitor demo: will there be a train from Pyongyang to Beijing?")
        self._say(
            f"{items} news items of {feeds} outlets in {len(story.languages)} languages, "
            f"{first:%d %B} to {last:%d %B %Y}, {pace}. "
            "FICTION: outlets, headlines, quotations and dates are invented."
        )
        self._say(
            "Everything else is real: RSS and Atom documents over HTTP, the service as a process "
            "of its own with the watches it is shipped with, and signed webhooks to a receiver. "
            "The dates on the left are the story's. English in brackets is for you; the monitor "
            "reads the original. 'why' names groups of its lexicon (@kp: North Korea) and the "
            "words found."
        )

    def started(
        self, pid: int, root: Path, *, kept: bool, feeds: int, watches: Iterable[str]
    ) -> None:
        """The daemon has asked every feed."""
        names = ", ".join(watches)
        self._say(
            f"news-monitor run (process {pid}) has asked all {feeds} feeds: nothing there yet. "
            f"Watches: {names}. Configuration, database and log are in {root}"
            + ("." if kept else " until the end."),
            style="dim",
        )

    def story_over(self) -> None:
        """No more items come."""
        self._block("over")
        self._say("The story is over; what is still on its way arrives.", style="dim")

    def failed(self, problem: str) -> None:
        """The demo could not be played."""
        self._say(f"The demo failed: {problem}", style="bold red")

    def interrupted(self, keep: Path | None) -> None:
        """Ctrl-C."""
        # One that was interrupted while it printed may keep to itself what follows.
        self._console = _console_on(self._console.file)
        rest = f"what was written is in {keep}" if keep else "its folder was removed"
        self._gap()
        self._say(f"Interrupted: the daemon was stopped, {rest}.")

    def verdict(self, wrong: Sequence[str], kept: Path | None) -> None:
        """Whether all went as it should, and how to go on."""
        if wrong:
            self._heading(f"NOT as expected: {len(wrong)} differences", style="bold red")
            for what in wrong:
                self._bullet(what)
        else:
            self._heading("All as expected", style="bold green")
            self._say("Every expected watch fired for every item, and every alert arrived once.")
        self._gap()
        self._say("How to go on:", style="bold")
        for line in _how_to_go_on(kept):
            self._bullet(line)

    # --- as it happens ---------------------------------------------------------------------------

    def arrived(self, story: Story, request: Received, attempt: int) -> None:
        """The receiver was asked."""
        body = _body(request)
        if body is None:
            self._say(f"Something arrived that is no alert (answered {request.status}).")
            return
        data = body["data"]
        item = _item_of(story, data["url"], data["revision"])
        if request.status != 204:
            self._refused(item, data, request)
        elif request.repeat:
            self._repeated(item, data, request)
        else:
            self._alert(story, item, data, request, attempt)

    def held(self, seen: Seen) -> None:
        """An item was stored, and nobody is told."""
        self._block("held")
        reasons = {_BRIEFLY.get(j.reason, j.reason.value) for j in seen.judgements}
        why = ", ".join(sorted(reasons)) or "no watch"
        line = _start(seen.item, "no alert", "dim")
        room = self._console.width - _DATE - _LABEL - cell_len(why) - 3
        line.append(f"{_fit(seen.item.title, room)} [{why}]", style="dim")
        self._print(line)

    def receiver_will_refuse(self) -> None:
        """The first mishap."""
        self._mishap(
            "Mishap 1: the receiver is down for a moment. It answers the next alert with "
            "503 Service Unavailable; the monitor has to come again."
        )

    def daemon_will_die(self, outlet: Outlet) -> None:
        """The second mishap."""
        self._mishap(
            f"Mishap 2: a power cut. {outlet.name} is about to publish, and the moment the daemon "
            "is handed that feed it is killed (SIGKILL)."
        )

    def daemon_died(self, dead: int, alive: int) -> None:
        """It runs again."""
        self._mishap(
            f"Process {dead} was killed while it read. Started again as process {alive}, on the "
            "same database: nothing may be lost, nothing told twice."
        )

    def _alert(
        self,
        story: Story,
        item: StoryItem | None,
        data: Mapping[str, Any],
        request: Received,
        attempt: int,
    ) -> None:
        again = self._last == (data["url"], data["revision"])
        if not again:
            self._block("alert")
        self._last = (data["url"], data["revision"])
        line = _start(None if again else item, data["severity"].upper(), _STYLES[data["severity"]])
        line.append(data["watch_name"], style="bold" if not again else "")
        line.append(f"  {data['watch']}", style="dim")
        if again:
            line.append("  (same item)", style="dim")
        self._print(line)
        if not again:
            self._indented(Text(one_line(data["headline"]), style="bold"))
            if item and item.gloss:
                self._indented(Text(f"({item.gloss})", style="italic"))
            self._indented(Text(_source(data), style="cyan"))
        if known := _story_line(data):
            self._indented(Text(known, style="bold" if _moved(data) else ""))
        self._indented(Text(_why(data)))
        if data["snippet"] and not any(m["field"] == "title" for m in data["matched"]):
            for paragraph in data["snippet"].split("\n"):
                self._indented(Text(f"| {one_line(paragraph)}", style="dim"))
        if data["revision"]:
            self._indented(Text(_edited(story, item), style="magenta"))
        if attempt > 1:
            self._indented(
                Text(
                    f"attempt {attempt}, under the same webhook-id: {request.webhook_id}",
                    style="magenta",
                )
            )

    def _refused(self, item: StoryItem | None, data: Mapping[str, Any], request: Received) -> None:
        self._block("refused")
        self._print(self._brief(item, "refused", data))
        words = f"the receiver answered {request.status} to {request.webhook_id}"
        self._indented(Text(words, style="magenta"))

    def _repeated(self, item: StoryItem | None, data: Mapping[str, Any], request: Received) -> None:
        self._block("again")
        self._print(self._brief(item, "again", data))
        words = f"taken before, known by its webhook-id {request.webhook_id}: discarded"
        self._indented(Text(words, style="magenta"))

    def _brief(self, item: StoryItem | None, label: str, data: Mapping[str, Any]) -> Text:
        line = _start(item, label, "magenta")
        words = f"{data['watch']}: {data['headline']}"
        line.append(_fit(words, self._console.width - _DATE - _LABEL))
        return line

    def _mishap(self, text: str) -> None:
        self._block("mishap")
        self._say(f">>> {text}", style="bold magenta")

    # --- the summary -----------------------------------------------------------------------------

    def summary(
        self,
        story: Story,
        outcome: Outcome,
        explain: Callable[[Item], Sequence[Explanation]],
        answers: Mapping[int, int],
    ) -> None:
        """What was seen, what was held back and why, and the proof of delivery."""
        self._gap()
        self._rule("What was seen")
        self._counts(story, outcome, answers)
        self._alert_table(outcome)
        self._rule("What was held back or passed over, and why")
        self._held_back(story, outcome, explain)
        self._rule("Proof of delivery")
        self._proof(story, outcome)

    def _counts(self, story: Story, outcome: Outcome, answers: Mapping[int, int]) -> None:
        totals = outcome.totals
        spoken = ", ".join(
            f"{_LANGUAGES.get(language, language)} {count}"
            for language, count in story.languages.items()
        )
        asked = sum(answers.values())
        self._bullet(
            f"{len(story.items)} publications: {totals.items} items, {totals.copies} of them "
            f"copies of others, and {totals.revisions} later edited. {spoken}."
        )
        self._bullet(
            f"The feeds were asked {asked} times: {answers.get(304, 0)} answers were 304 Not "
            f"Modified, {answers.get(200, 0)} a document (feeds yet without entries included)."
        )
        self._bullet(
            f"{totals.matches} matches of watch and item: {totals.alerts} alerts, "
            f"{totals.matches - totals.alerts} held back."
        )

    def _alert_table(self, outcome: Outcome) -> None:
        counted = Counter((one.alert.watch_id, one.alert.severity) for one in outcome.sent)
        table = _table("alerts", *(severity.value for severity in reversed(Severity)), "all")
        for watch in sorted({watch for watch, _ in counted}):
            numbers = [counted[watch, severity] for severity in reversed(Severity)]
            table.add_row(watch, *(str(n) if n else "-" for n in numbers), str(sum(numbers)))
        self._gap()
        self._print(table)
        self._gap()

    def _held_back(
        self, story: Story, outcome: Outcome, explain: Callable[[Item], Sequence[Explanation]]
    ) -> None:
        for seen in outcome.seen:
            held = [judgement for judgement in seen.judgements if judgement.alert is None]
            if not seen.stored or (seen.judgements and not held):
                continue
            line = Text(f"{seen.item.published_at:%m-%d %H:%M}  ")
            line.append(_fit(seen.item.title, self._console.width - _DATE))
            self._print(line)
            for judgement in held:
                words = _REASONS.get(judgement.reason, judgement.reason.value)
                where = _origin(story, seen.item)
                self._indented(Text(f"{judgement.match.watch_id}: {words}{where}", style="dim"))
            if not seen.judgements:
                words = _why_no_watch(explain(seen.stored))
                self._indented(Text(words, style="dim"))
        self._gap()

    def _proof(self, story: Story, outcome: Outcome) -> None:
        table = _table("webhook-id", "attempts", "story", "watch", "answers")
        for one in outcome.sent:
            item = _item_of(story, one.alert.url, one.alert.revision)
            table.add_row(
                one.delivery.id,
                str(len(one.answers)),
                f"{item.published_at:%m-%d %H:%M}" if item else "",
                one.alert.watch_id,
                " ".join(map(str, one.answers)),
            )
        self._print(table)
        self._gap()
        lost = sum(204 not in one.answers for one in outcome.sent)
        taken = sum(one.answers.count(204) - one.repeats for one in outcome.sent)
        more = sum(len(one.answers) > 1 for one in outcome.sent)
        again = sum(one.repeats for one in outcome.sent)
        self._bullet(
            f"{len(outcome.sent)} alerts, {taken} taken by the receiver, each under its own "
            f"webhook-id; {lost} lost, {taken + lost - len(outcome.sent)} repeated."
        )
        self._bullet(
            f"{more} needed more than one attempt, under the same id; "
            + (
                f"{again} came again after the power cut under the id the receiver already had, "
                "and was discarded."
                if again
                else "none came twice."
            )
        )
        verdict = "none failed" if not outcome.unsigned else f"{outcome.unsigned} FAILED"
        self._bullet(f"The receiver verified the signature of every message: {verdict}.")
        self._gap()

    # --- printing --------------------------------------------------------------------------------

    def _print(self, what: Text | Table | Rule) -> None:
        if isinstance(what, Text):
            self._hanging("", what)
            return
        with self._console.capture() as capture:
            self._console.print(what)
        self._console.file.writelines(f"{line.rstrip()}\n" for line in capture.get().splitlines())
        self._console.file.flush()

    def _say(self, text: str, style: str = "") -> None:
        for paragraph in text.splitlines():
            self._print(Text(paragraph, style=style))

    def _gap(self) -> None:
        self._console.print()

    def _block(self, kind: str) -> None:
        """A blank line between things of different kinds, and between any two alerts."""
        if kind != "held" or self._kind != "held":
            self._gap()
        self._kind, self._last = kind, None

    def _rule(self, title: str) -> None:
        self._print(Rule(Text(title, style="bold"), align="left", characters="-"))

    def _heading(self, title: str, style: str) -> None:
        self._print(Rule(Text(title, style=style), align="left", characters="-"))

    def _bullet(self, text: str) -> None:
        self._hanging("- ", Text(text))

    def _indented(self, text: Text) -> None:
        self._hanging(" " * _DATE, text)

    def _hanging(self, lead: str, text: Text) -> None:
        """Wrapped by cells (a Han character takes two), each line after the lead's width."""
        lines = text.wrap(self._console, self._console.width - len(lead), overflow="fold")
        for number, line in enumerate(lines):
            whole = Text(lead if number == 0 else " " * len(lead)) + line
            whole.rstrip()
            self._console.print(whole, soft_wrap=True)
        self._console.file.flush()


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="bold")
    for number, column in enumerate(columns):
        right = number > 0 and column in ("attempts", "all", *Severity)
        table.add_column(column, justify="right" if right else "left", no_wrap=True)
    return table


def _start(item: StoryItem | None, label: str, style: str) -> Text:
    date = f"{item.published_at:%m-%d %H:%M}" if item else ""
    line = Text(date.ljust(_DATE), style="")
    line.append(label, style=style)
    line.append(" " * max(1, _LABEL - len(label)))
    return line


def _fit(text: str, room: int) -> str:
    text = one_line(text)
    return text if cell_len(text) <= room else set_cell_size(text, max(room - 1, 0)).rstrip() + "…"


def _body(request: Received) -> dict[str, Any] | None:
    try:
        body = json.loads(request.body)
        return body if {"url", "revision", "severity", "matched"} <= body["data"].keys() else None
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _item_of(story: Story, url: str, revision: int) -> StoryItem | None:
    same = [item for item in story.items if item.link == url]
    return same[revision] if revision < len(same) else None


def _moved(data: Mapping[str, Any]) -> bool:
    now = data["story_now"]
    return bool(now) and now["state"] != now["was"]


def _story_line(data: Mapping[str, Any]) -> str:
    """What the alert is to its story, and what is known of that: claims, officials, sources."""
    now = data["story_now"]
    if not now:
        return ""
    was, state = _spoken(now["was"]), _spoken(now["state"])
    parts = [f"{was} > {state.upper()}" if was and was != state else state or "nothing claimed"]
    if now["claim"] and now["claim"] != now["state"]:
        parts.append(f"this one says: {_spoken(now['claim'])}")
    if now["disputed"]:
        parts.append(f"disputed: {_spoken(now['disputed']['claim'])}")
    if now["official"]:
        said = now["official"]
        parts.append(f"official word of {said['party']}: {_spoken(said['claim'])}")
    origins = now["independent_origins"]["count"]
    if origins > 1:
        parts.append(f"{origins} independent sources")
    return f"{data['kind']}: {'; '.join(parts)}"


def _spoken(claim: str | None) -> str:
    return (claim or "").replace("_", " ")


def _source(data: Mapping[str, Any]) -> str:
    source = data["source"]
    who = source["publisher"] or source["name"]
    if source["name"] != who:
        who = f"{who} via {source['name']}"
    tier = Tier(source["tier"]).value.replace("_", " ") if source["tier"] else ""
    if source["authority_for"]:
        tier += f", may speak for {', '.join(source['authority_for'])}"
    return " | ".join(part for part in (data["language"], who, tier) if part)


def _why(data: Mapping[str, Any]) -> str:
    """`why: @kp Pyongyang, @rail train in the headline`: the first word of each group."""
    first: dict[str, Mapping[str, Any]] = {}
    for matched in data["matched"]:
        first.setdefault(matched["group"] or matched["term"], matched)
    shown = first.values()
    parts = []
    for field in dict.fromkeys(m["field"] for m in shown):
        words = ", ".join(_term(m, data["headline"]) for m in shown if m["field"] == field)
        parts.append(f"{words} {_FIELDS.get(field, field)}")
    return "why: " + "; ".join(parts)


_FIELDS = {"title": "in the headline", "summary": "in the text", "feed": "implied by the source"}


def _term(matched: Mapping[str, Any], headline: str) -> str:
    """A group and the word that stands for it: as in the headline, else as in the lexicon."""
    word = matched["term"].strip("={}").lstrip("*")
    if word.endswith("*"):  # a stem, in scripts that have cases
        word = word[:-1] + ("…" if word.lower() != word.upper() else "")
    if matched["field"] == "title":
        word = headline[matched["start"] : matched["end"]]
    group = f"@{matched['group']}" if matched["group"] else ""
    return group if matched["field"] == "feed" else f"{group} {one_line(word)}".strip()


def _edited(story: Story, item: StoryItem | None) -> str:
    if item is None or item.replaces is None:
        return "an edit"
    before = story.item(item.replaces)
    return f"an edit of the item of {before.published_at:%m-%d %H:%M}: {_fit(before.title, 60)}"


def _origin(story: Story, item: StoryItem) -> str:
    other = item.copy_of or item.replaces
    if other is None:
        return ""
    origin = story.item(other)
    name = story.outlets[origin.feed].name
    return f" ({name}, {origin.published_at:%m-%d %H:%M})"


def _why_no_watch(explanations: Sequence[Explanation]) -> str:
    """The watch that came nearest, what it has and what it lacks."""
    nearest = max(explanations, key=lambda one: (len(one.groups), -len(one.reason)))
    has = ", ".join(f"@{group}" for group in nearest.groups)
    return (
        f"no watch; nearest {nearest.watch_id}: " + (f"has {has}, " if has else "") + nearest.reason
    )


def _how_to_go_on(kept: Path | None) -> list[str]:
    lines = [
        "make run            the real service on config/: alerts appear on the terminal",
        "config/             feeds, watches, lexicon, webhooks: TOML to be made your own",
        "news-monitor init   writes that configuration to a folder of your choice",
    ]
    if kept is None:
        return [
            *lines,
            "make demo DEMO_ARGS='--keep DIR'   keeps database, log and items of the demo",
        ]
    folder = min(os.path.relpath(kept), str(kept), key=len)
    return [
        *lines,
        f"news-monitor web --config {folder}/config   all of it in a browser",
        f"news-monitor alerts --config {folder}/config   what was alerted here",
        f"news-monitor replay {folder}/items.jsonl --config {folder}/config   the same items again",
    ]
