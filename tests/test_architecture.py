"""The shape of the code, where no tool checks it."""

import ast
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import monitor

PACKAGE = Path(monitor.__file__).parent
CORE = sorted((PACKAGE / "core").rglob("*.py"))
SOURCES = sorted(PACKAGE.rglob("*.py"))


@cache
def calls(path: Path) -> set[str]:
    """Names of everything that is called, as written: "datetime.now", "open"."""
    tree = ast.parse(path.read_text("utf-8"))
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


def called(paths: Iterable[Path], unwanted: Callable[[str], bool]) -> dict[str, set[str]]:
    """File -> those of the calls in it that are unwanted."""
    found = {str(path.relative_to(PACKAGE)): set(filter(unwanted, calls(path))) for path in paths}
    return {name: names for name, names in found.items() if names}


def test_core_reads_no_clock_and_no_files():
    """Time is an argument: a decision must be repeatable."""
    forbidden = ("now", "utcnow", "today", "fromtimestamp", "open", "read_text", "print", "getenv")

    assert not called(CORE, lambda name: name.rpartition(".")[2] in forbidden)


def test_feed_text_is_never_a_format_string():
    """`str.format` follows attributes: a headline like '{0.__class__}' would be a program."""
    assert not called(
        SOURCES,
        lambda name: name.endswith((".format", ".format_map")) and not name.startswith(("'", '"')),
    )


def test_templates_of_operators_are_compiled_in_the_child_alone():
    """Jinja's sandbox is one wall; a process with limits is the other. The page's are our own."""
    using = {path.name for path in SOURCES if "jinja2" in path.read_text("utf-8")}

    assert using == {"template_child.py", "templating.py"}
    ours = (PACKAGE / "web" / "templating.py").read_text("utf-8")
    assert "from_string" not in ours
    assert "autoescape=True" in ours


def test_the_page_has_no_way_around_escaping():
    """What a feed says is text: no template and no page marks it as safe."""
    templates = [*(PACKAGE / "web" / "templates").rglob("*.html")]
    assert templates

    assert not [path.name for path in templates if "|safe" in path.read_text().replace(" ", "")]
    assert not [path.name for path in templates if "autoescape" in path.read_text()]
    assert not [path.name for path in templates if "style=" in path.read_text()], "CSP forbids it"


def test_only_the_store_speaks_sql():
    outside = [p for p in SOURCES if not {"sql", "sqlite", "postgres"} & {*p.parts}]

    assert not [
        p for p in outside if "BEGIN IMMEDIATE" in p.read_text() or "INSERT INTO" in p.read_text()
    ]


def test_one_writer_begins_transactions():
    """`atomic()` of sqlite-utils is a deferred BEGIN: a reader that turns writer fails at once."""
    sqlite = [p for p in SOURCES if "sqlite" in p.parts]

    assert not [p for p in sqlite if ".atomic(" in p.read_text()]
