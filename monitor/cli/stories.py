"""`stories`: what is told as one, and what a person says of that."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

import click

from monitor.cli import render, story_page
from monitor.cli.options import (
    Chosen,
    archive_of,
    author_option,
    config_option,
    json_option,
    known,
    limit_option,
    pass_chosen,
    since_option,
)
from monitor.core.inert import one_line
from monitor.core.origins import corroboration
from monitor.core.query.mistakes import value_flaw
from monitor.core.story_lines import in_words
from monitor.model import Claim, Item, Story, ThreadCount
from monitor.views.placed import IN_NO_STORY
from monitor.views.stories import best_tier, claim_in_words, document, listed, page_of

if TYPE_CHECKING:
    from monitor.config import Config
    from monitor.pipeline import Line
    from monitor.ports import Archive, Unit

_AS_READ = "as-read"
_Said = TypeVar("_Said")


@click.group()
@config_option
def stories() -> None:
    """Show stories, and correct how items were grouped."""


@stories.command("list")
@click.option("--watch", metavar="ID", help="Those of which an item matched this watch.")
@since_option
@click.option(
    "--state",
    type=click.Choice([claim.value for claim in Claim]),
    metavar="CLAIM",
    help='What is claimed of them, as in "confirmed".',
)
@click.option("--language", metavar="xx", help="Told in this language, as in 'ko'.")
@limit_option(50)
@click.option("--all", "every", is_flag=True, help="Also those of which no item matched a watch.")
@json_option("one JSON object a line")
@config_option
@pass_chosen
def list_stories(
    chosen: Chosen,
    *,
    watch: str | None,
    since: datetime | None,
    state: str | None,
    language: str | None,
    limit: int,
    every: bool,
    as_json: bool,
) -> None:
    """List stories, the latest change first."""
    config = chosen.load_to_read()
    if language and (flaw := value_flaw("lang", language)):
        raise click.BadParameter(flaw, param_hint="--language")
    if every and (watch or state):
        raise click.UsageError("--all lists what no watch matched: not with --watch or --state")
    with archive_of(config) as archive:
        found = archive.threads(
            watch=watch,
            since=since,
            state=Claim(state) if state else None,
            language=language.partition("-")[0].lower() if language else None,
            every=every,
            limit=limit,
        )
        if watch and not found and not archive.threads(watch=watch, limit=1):
            known(watch, config.watches, noun="watch", option="--watch")
    if as_json:
        for one in found:
            render.line(listed(one))
        return
    if not found:
        render.note("No stories.")
        return
    columns = ("id", "last seen", "claim", "origins", "carried", "best tier", "languages")
    render.table((*columns, "items", "alerts", "title"), map(_row, found), cut_last=True)


def _row(one: ThreadCount) -> Sequence[str | int]:
    thread, tier = one.thread, best_tier(one.thread)
    sources = corroboration(thread.reports)
    return (
        thread.id,
        render.moment(thread.last_seen_at),
        claim_in_words(thread.standing),
        len(sources.independent),
        len(sources.carried_by),
        in_words(tier) if tier else "",
        " ".join(thread.languages),
        one.items,
        one.alerts,
        thread.title,
    )


@stories.command()
@click.argument("key", metavar="ID")
@json_option("one JSON document")
@config_option
@pass_chosen
def show(chosen: Chosen, *, key: str, as_json: bool) -> None:
    """Tell all of a story.

    What is claimed and by whom, its items in all languages, and what was told of them. ID is that
    of a story, an item or an alert, or a beginning that only one has; the address of an item will
    do.
    """
    with archive_of(chosen.load_to_read()) as archive:
        page = page_of(archive, story_of(archive, key))
    if as_json:
        render.document(document(page))
    else:
        story_page.tell(page, datetime.now(UTC))


@stories.command()
@click.argument("one", metavar="ONE")
@click.argument("two", metavar="TWO")
@author_option
@config_option
@pass_chosen
def merge(chosen: Chosen, *, one: str, two: str, author: str) -> None:
    """Say that two stories are one.

    Their items, and what was told of them, are one's from now on. Stories in two languages stay
    two, and are told as one. Works beside a running service.
    """
    from monitor import verdicts

    config = chosen.load_to_read()
    with archive_of(config) as archive:
        first, second = story_of(archive, one), story_of(archive, two)
    now, who = datetime.now(UTC), one_line(author)
    said = _say(
        config, lambda unit, line: verdicts.merge(unit, line, first.id, second.id, who, now)
    )
    if not said.items:
        render.say(f"{said.story} and {said.other} are told as one: {said.thread_id}")
        return
    moved = render.plural(said.items, "item")
    render.say(f"{said.other} is {said.story} now, with {moved} more")


@stories.command()
@click.argument("key", metavar="STORY")
@click.argument("keys", metavar="ITEM...", nargs=-1, required=True)
@author_option
@config_option
@pass_chosen
def split(chosen: Chosen, *, key: str, keys: tuple[str, ...], author: str) -> None:
    """Say that items of a story are another story.

    They go with their copies; later items that belong to one of the two do not make them one
    again. All items of one language leave those in others. Works beside a running service.
    """
    from monitor import verdicts

    config = chosen.load_to_read()
    with archive_of(config) as archive:
        story = story_of(archive, key)
        told = archive.stories_of(story.thread_id)
        items = [_item(archive, told, one) for one in keys]
    of = {item.story_id for item in items}
    story = next((one for one in told if of == {one.id}), story)
    ids = [item.id for item in items]
    now, who = datetime.now(UTC), one_line(author)
    said = _say(config, lambda unit, line: verdicts.split(unit, line, story.id, ids, who, now))
    if not said.items:
        render.say(f"{said.other} is told by itself now, and {said.story} without it")
        return
    moved = render.plural(said.items, "item")
    render.say(f"{said.other} is a story of its own now, with {moved} of {said.story}")


@stories.command("claim")
@click.argument("key", metavar="ITEM")
@click.argument("word", metavar="CLAIM", type=click.Choice([*map(str, Claim), _AS_READ]))
@author_option
@config_option
@pass_chosen
def say_claim(chosen: Chosen, *, key: str, word: str, author: str) -> None:
    """Say what an item claims of its story.

    CLAIM takes the place of what was read from the words of the present text, as in "no_comment"
    or "confirmed"; "as-read" takes that back. What it is worth is still up to who says it. Nothing
    is sent. Works beside a running service.
    """
    from monitor import verdicts

    config = chosen.load_to_read()
    with archive_of(config) as archive:
        told = archive.stories_of(story_of(archive, key).thread_id)
        item = _item(archive, told, key)
    claim = None if word == _AS_READ else Claim(word)
    now, who = datetime.now(UTC), one_line(author)
    said = _say(
        config,
        lambda unit, line: verdicts.read_as(unit, line, item.id, claim, who, now),
    )
    worth = in_words(said.claims) if said.claims else "nothing"
    source = f"{one_line(said.item.publisher)}, {in_words(said.item.tier)}"
    render.say(f"{said.item.id} claims: {worth} ({source})")
    was, state = (in_words(one) if one else "nothing" for one in (said.was, said.state))
    render.say(f"{said.thread_id}: {state}" + (f", was {was}" if was != state else ", as before"))


def _say(config: "Config", work: "Callable[[Unit, Line], _Said]") -> "_Said":
    """What a person says of stories, done in one transaction beside a running service."""
    from monitor import bootstrap

    with bootstrap.guest_store(config) as store:
        line = bootstrap.line_of(config, store.instance, {})
        return store.write(lambda unit: work(unit, line))


def story_of(archive: "Archive", key: str) -> Story:
    """By id of story, item or alert, or address of an item; ends the command if there is none."""
    story = archive.story(key)
    if story is None and (item := archive.item(key) or next(iter(archive.items_of(key)), None)):
        raise click.ClickException(f"'{one_line(item.title)}' is {IN_NO_STORY}")
    if story is None:
        raise click.ClickException(
            f"there is no story {key!r}, or more than one; 'news-monitor stories list' lists them"
        )
    return story


def _item(archive: "Archive", told: Sequence[Story], key: str) -> Item:
    """By id, address, or a beginning that only one item of these stories has."""
    if item := archive.item(key):
        return item
    begun = [item for one in told for item in archive.items_of(one.id) if item.id.startswith(key)]
    if len(begun) != 1:
        raise click.ClickException(f"there is no item {key!r} in it, or more than one")
    return begun[0]
