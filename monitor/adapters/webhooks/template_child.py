"""Renders templates: `python -m monitor.adapters.webhooks.template_child`.

Reads {"template", "values"}, a line of JSON each, until standard input ends, and answers with
{"text"} or {"problem", "line", "cure"}. Values are data: a template in them is text.
"""

import json
import os
import resource
import signal
import sys
import traceback
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from jinja2 import FunctionLoader, StrictUndefined, Template, TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError, TemplateNotFound
from jinja2.sandbox import ImmutableSandboxedEnvironment

from monitor.adapters.webhooks.templates import MAX_OUTPUT

_MAX_MIB = 384
_NAME = "<template>"  # Jinja's, of what was no file
_ALONE = "a template stands alone: no include, import or extends"


class _Sandbox(ImmutableSandboxedEnvironment):
    """Without formatting by text, the usual way out, and without functions of its own."""

    def __init__(self) -> None:
        super().__init__(
            loader=FunctionLoader(lambda name: None),  # noqa: ARG005 - there is none to load
            autoescape=False,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.globals.clear()
        del self.filters["format"]

    def wrap_str_format(self, value: Any) -> Any:
        if super().wrap_str_format(value) is not None:
            raise SecurityError("format is not available; write {{ ... }}")
        return None


def main() -> None:
    _give_up_rights()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    _say(answers, {})  # ready
    for line in sys.stdin:
        request = json.loads(line)
        _say(answers, _answer(request["template"], request["values"]))


def _say(answers: Any, said: dict[str, Any]) -> None:
    answers.write(json.dumps(said) + "\n")
    answers.flush()


def _answer(template: str, values: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"text": _text(_compiled(template), values)}
    except TemplateSyntaxError as exc:
        return {"problem": exc.message or "cannot be read", "line": exc.lineno}
    except MemoryError:
        return {"problem": "needs too much memory", "cure": "make it simpler"}
    except RecursionError:
        return {"problem": "is nested too deeply", "cure": "make it simpler"}
    except TemplateNotFound:
        return {"problem": "names another template", "cure": _ALONE}
    except (UndefinedError, SecurityError) as exc:
        return {"problem": exc.message or "names what is not there", "line": _line_of(exc)}
    except Exception as exc:  # noqa: BLE001 - whatever a template does costs that message only
        return {"problem": f"{type(exc).__name__}: {exc}"[:300], "line": _line_of(exc)}


@lru_cache(maxsize=64)
def _compiled(template: str) -> Template:
    return _SANDBOX.from_string(template)


def _text(template: Template, values: dict[str, Any]) -> str:
    made, size = [], 0
    for piece in template.generate(MappingProxyType(values)):
        size += len(piece.encode("utf-8", "replace"))
        if size > MAX_OUTPUT:
            raise ValueError(f"makes more than {MAX_OUTPUT // 1024} KiB")
        made.append(piece)
    return "".join(made)


def _line_of(exc: Exception) -> int:
    frames = traceback.extract_tb(exc.__traceback__)
    return next((frame.lineno or 0 for frame in reversed(frames) if frame.filename == _NAME), 0)


def _give_up_rights() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.dont_write_bytecode = True
    for kind, limit in (
        (resource.RLIMIT_AS, _MAX_MIB * 1024 * 1024),
        (resource.RLIMIT_NOFILE, 16),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(kind)[1]
        allowed = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(kind, (allowed, allowed))


_SANDBOX = _Sandbox()

if __name__ == "__main__":
    main()
