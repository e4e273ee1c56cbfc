"""Why something was told or not, in words for people."""

from monitor.core.inert import one_line
from monitor.model import Cause, Dropped, Reason, Watch

WHY = {
    Reason.FIRST_MATCH: "it is the watch's first item of this story",
    Reason.ESCALATED: "it changes what is claimed, or who stands for it",
    Reason.UPDATED: "it adds to a story that was told",
    Reason.CORRECTED: "an edit changed a fact of an item that was told",
    Reason.NEWLY_MATCHING: "an edit made the item match",
    Reason.BETTER_SOURCE: "it is a copy, but from a source that makes it more severe",
    Reason.COPY: "the same text was seen elsewhere before",
    Reason.SAME_STORY: "it adds nothing to a story that was told",
    Reason.ANALYSIS: "it comments on a story that was told",
    Reason.TOO_OLD: "it was published longer ago than the watch allows (max_age)",
    Reason.UNDATED_BASELINE: "it has no date, and came with the first poll of its feed",
    Reason.ALREADY_TOLD: "it is an edit of an item that was told before",
    Reason.LOW_SCORE: "its score is below the watch's min_score",
    Reason.DEFERRED: "a watch that this one defers to tells of it",
}

_PREVENTED = {
    Cause.MASK: "masked by",
    Cause.NOT: "excluded by NOT",
    Cause.UNLESS: "silenced by watch",
}


def prevented(drop: Dropped) -> str:
    """What kept a watch from matching."""
    return f"{_PREVENTED[drop.cause]} {one_line(', '.join(drop.by))}"


def raised_by(watch: Watch | None, escalations: tuple[int, ...]) -> list[str]:
    """Escalations whose query is true, as the watch has them now: "high: @kp AND train"."""
    known = watch.escalations if watch else ()
    return [
        f"{known[at].severity.value}: {_asks(watch, at)}"
        if watch and at < len(known)
        else f"escalation {at + 1}, which the watch has no more"
        for at in escalations
    ]


def _asks(watch: Watch, at: int) -> str:
    one = watch.escalations[at]
    tiers = ", ".join(tier.value.replace("_", " ") for tier in sorted(one.tiers))
    parts = (
        one_line(one.query or ""),
        f"from {tiers}" if tiers else "",
        f"when {one_line(one.when)}" if one.when else "",
    )
    return " ".join(part for part in parts if part) or "any item"
