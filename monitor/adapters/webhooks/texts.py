"""Parts of a machine-readable message: how they are made, and texts that fit into them."""

import json

from pydantic import BaseModel, ConfigDict

from monitor.core.inert import Unit, cut, inert

UTF8: Unit = "utf8"


class Part(BaseModel):
    """An object in the message."""

    model_config = ConfigDict(frozen=True)


class Texts:
    """Makes texts inert and short enough, and remembers whether one had to be cut."""

    def __init__(self) -> None:
        self.cut_any = False

    def fit(self, text: str, max_bytes: int) -> str:
        """Measured as it stands in the JSON: a quotation mark takes two bytes there."""
        clean = inert(text, newlines=True)
        short = cut(clean, max_bytes, UTF8, escape=escaped)
        self.cut_any |= short != clean
        return short

    def name(self, text: str) -> str:
        return self.fit(text, 250)


def escaped(text: str) -> str:
    """As it stands between the quotation marks of a JSON string."""
    return json.dumps(text, ensure_ascii=False)[1:-1]
