"""What is claimed of an event, by whom, and how far it has come: from rumour to running trains.

`cues` are the phrases of five languages and `caveats` what takes from them; `reading` is what one
item claims, `exchanges` and `answers` what a ministry's answer to a question does, `standing` what
a story's items claim together.
"""

from monitor.core.ladder.reading import Reading, read
from monitor.core.ladder.standing import Voice, advance

__all__ = ["Reading", "Voice", "advance", "read"]
