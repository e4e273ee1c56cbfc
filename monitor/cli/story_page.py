"""`stories show`: a thread on one page, for people."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from rich.text import Text

from monitor.cli import render
from monitor.core.expectations import UNKNOWN
from monitor.core.inert import inert_link, one_line
from monitor.core.origins import Corroboration
from monitor.core.story_lines import in_words
from monitor.model import Awaited, Followed, Judgement, Standing, Step, Story, StoryVerdict
from monitor.views.stories import Page, Told, disputed_by, telling


def tell(page: Page, now: datetime) -> None:
    """Print the page."""
    told = page.thread or page.story
    thread_id = page.story.thread_id
    count = sum(story.item_count for story, _ in page.stories)
    render.say(Text(one_line(told.title) or "(no headline)", style="bold"))
    facts = [
        f"Story {page.story.id}" + (f", told as {thread_id}" if thread_id != page.story.id else ""),
        render.plural(count, "item"),
        render.plural(len(page.alerts), "alert"),
        f"{render.moment(told.first_seen_at)} to {render.moment(told.last_seen_at)}",
    ]
    render.say(" | ".join(facts))
    if page.thread is None or not page.thread.item_count:
        render.say("No item of it matched a watch.")
    for line in (*_claimed(page.standing), *_origins(page.sources)):
        render.say(line)
    _list("History", map(_step, page.standing.history))
    _list("Waited for", map(_awaited, page.awaited))
    _list("Watches", (_follower(one, now) for one in page.followers))
    _list("Said by people", map(_verdict, page.verdicts))
    for story, items in sorted(page.stories, key=lambda one: one[0].id != page.story.id):
        _tell_story(story, items, own=story.id == page.story.id)


def _list(title: str, lines: Iterable[str]) -> None:
    for number, line in enumerate(lines):
        if not number:
            render.say(f"{title}:")
        render.say(f"    {line}")


def _claimed(standing: Standing) -> Iterator[str]:
    if standing.claim:
        by = f" by {in_words(standing.tier)}" if standing.tier else ""
        at = f", {render.moment(standing.at)}" if standing.at else ""
        yield f"Claimed: {in_words(standing.claim)}{by}{at}"
    if standing.disputed:
        who = one_line(disputed_by(standing))
        yield f"Disputed: {in_words(standing.disputed)}" + (f" by {who}" if who else "")
    if standing.official:
        yield f"Last official word: {_word(standing.official)}"
    for party, step in sorted(standing.parties.items(), key=lambda one: one[1].at):
        yield f"{one_line(party) or 'Operator'} itself: {_word(step)}"
    if standing.effective_on:
        yield f"Takes effect: {standing.effective_on.isoformat()}"


def _word(step: Step) -> str:
    return f"{in_words(step.claim)}, {render.moment(step.at)} ({one_line(step.publisher)})"


def _origins(sources: Corroboration) -> Iterator[str]:
    for label, names in (
        ("Independent origins", sources.independent),
        ("Carried by", sources.carried_by),
    ):
        if names:
            yield f"{label} {len(names)}: {', '.join(map(one_line, names))}"


def _step(step: Step) -> str:
    who = f"{one_line(step.publisher)}, {in_words(step.tier)}"
    party = f" for {one_line(step.party)}" if step.party else ""
    read = f", as {one_line(step.read_by)} read it" if step.read_by else ""
    moved = "  <- moved the story" if step.moved else ""
    at = render.moment(step.at)
    return f"{at}  {in_words(step.claim)} ({who}{party}){read} {step.item_id}{moved}"


def _awaited(one: Awaited) -> str:
    since = f"{one.watch_id}: {one.expectation}, since {render.moment(one.armed_at)}"
    since += f" ({one.armed_by})"
    if one.settled_at is None:
        return f"{since}, until {render.moment(one.due_at)}"
    outcome = "could not be seen" if one.outcome == UNKNOWN else one.outcome
    return f"{since}: {outcome} {render.moment(one.settled_at)}"


def _follower(one: Followed, now: datetime) -> str:
    told = telling(one, now)
    more = "more of it is told at" if told.times else "it is told at"
    parts = (
        f", the last {render.moment(told.last_at)}" if told.last_at else "",
        f"; {more} {render.moment(told.coming_at)}" if told.coming_at else "",
        f"; more of it waits until {render.moment(told.quiet_until)}" if told.quiet_until else "",
    )
    return f"{one.watch_id}: {told.words}{''.join(parts)}"


def _verdict(one: StoryVerdict) -> str:
    what = "are one" if one.kind == "merge" else "are two"
    return f"{render.moment(one.at)}  {one.one} and {one.two} {what} ({one_line(one.author)})"


def _tell_story(story: Story, items: Sequence[Told], *, own: bool) -> None:
    lead = "" if own else "Also reported: "
    language = one_line(story.language) or "unknown language"
    count = render.plural(story.item_count, "item")
    title = one_line(story.title)
    render.say()
    render.say(Text(f"{lead}{story.id} in {language}, {count}: {title}", style="bold"))
    for told in items:
        item = told.item
        who = f"{one_line(item.publisher)}, {in_words(item.tier)}"
        render.say(f"    {render.moment(item.effective_at)}  {one_line(item.title)} ({who})")
        render.say(Text(f"        {item.id} {inert_link(item.url)}", style="dim"))
        _tell_became(told.became.get(item.id, ()))
        for copy in told.copies:
            when = render.moment(copy.effective_at)
            render.say(f"        copy: {when}  {one_line(copy.publisher)} {copy.id}")
            _tell_became(told.became.get(copy.id, ()), indent=12)


def _tell_became(judgements: Iterable[Judgement], indent: int = 8) -> None:
    for one in judgements:
        reason = one.reason.value.replace("_", " ")
        alert = one.alert
        became = (
            f"alert {alert.id}, {alert.kind.value}, {alert.severity.value}: {reason}"
            if alert
            else f"held back: {reason}"
        )
        style = "green" if alert else "yellow"
        render.say(Text(f"{' ' * indent}{one.match.watch_id}: {became}", style=style))
