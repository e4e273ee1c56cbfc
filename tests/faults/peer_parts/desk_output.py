"""Output plugin for feed2exec: posts an item and says honestly whether it was taken.

Runs in the peer's environment, so it needs the standard library alone.
"""

import json
import os
from typing import Any
from urllib.request import Request, urlopen


def output(*_: Any, item: Any = None, **__: Any) -> bool:
    body = json.dumps({"data": {"headline": item["title"]}}).encode()
    headers = {"webhook-id": item["id"], "content-type": "application/json"}
    try:
        with urlopen(Request(os.environ["DESK_URL"], body, headers), timeout=20) as answer:
            return bool(200 <= answer.status < 300)
    except OSError:
        return False
