"""What people said of alerts, as cases that the watches have to get right."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from monitor.core.query.percolator import Percolator
from monitor.model import Rated, Rating, Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Regression:
    """A case that a watch gets wrong.

    Attributes:
        reason: Why it matches, or why it does not.
    """

    rated: Rated
    reason: str


def regressions(
    rated: Iterable[Rated], percolator: Percolator, watches: Mapping[str, Watch]
) -> list[Regression]:
    """The alerts rated good that would not come any more, and the noise that still would.

    Args:
        watches: Those of the percolator; cases of other watches are passed over.
    """
    wrong = []
    for case in rated:
        watch = watches.get(case.watch_id)
        if watch is None:
            continue
        told = next(one for one in percolator.explain(case.item) if one.watch_id == case.watch_id)
        score = told.match.score if told.match else 0.0
        is_found = told.match is not None and score >= watch.min_score
        if is_found is (case.rating is Rating.GOOD):
            continue
        reason = told.reason
        if told.match and not is_found:
            reason = f"its score {score:g} is below min_score, {watch.min_score:g}"
        wrong.append(Regression(rated=case, reason=reason))
    return wrong
