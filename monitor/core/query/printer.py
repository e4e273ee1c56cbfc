"""A tree as the text that means it."""

from monitor.core.query.ast import (
    And,
    Boost,
    Field,
    Filter,
    Group,
    Near,
    Node,
    Not,
    Or,
    Phrase,
    Raw,
    Regex,
    Word,
)

_OR, _AND, _NOT, _NEAR, _BOOSTED, _ATOM = range(6)


def to_text(node: Node) -> str:
    """One line that parses to the same tree."""
    return _print(node, _OR)


def _print(node: Node, level: int) -> str:
    """The node, in parentheses if it binds more loosely than `level` allows."""
    text, own = _text_and_level(node)
    return text if own >= level else f"({text})"


def _text_and_level(node: Node) -> tuple[str, int]:
    match node:
        case Or():
            # AND binds more tightly, but a reader should not have to know that.
            return " OR ".join(_print(child, _NOT) for child in node.children), _OR
        case And():
            return " AND ".join(_print(child, _NOT) for child in node.children), _AND
        case Not():
            return f"NOT {_print(node.child, _NOT)}", _NOT
        case Near():
            name = "ONEAR" if node.ordered else "NEAR"
            left, right = _print(node.left, _NEAR), _print(node.right, _BOOSTED)
            return f"{left} {name}/{node.distance} {right}", _NEAR
        case Boost():
            factor = repr(node.factor).removesuffix(".0")
            return f"{_print(node.child, _ATOM)}^{factor}", _BOOSTED
        case Field():
            return f"{node.name}:{_print(node.child, _ATOM)}", _ATOM
        case Filter():
            return _filter(node), _ATOM
        case _:
            return term_text(node), _ATOM


def term_text(node: Word | Phrase | Raw | Regex | Group) -> str:
    """A leaf as it is written in a query."""
    match node:
        case Word():
            left = "=" * node.exact + "*" * node.open_left
            return f"{left}{node.text}{'*' * node.open_right}{'~' * node.all_forms}"
        case Phrase():
            slop = "" if node.slop is None else f"~{node.slop}"
            return f"{'=' * node.exact}{_quote(node.text)}{slop}"
        case Raw():
            return f"{{{node.text}}}"
        case Regex():
            return f're"{_hide_quotes(node.pattern)}"'
        case Group():
            return f"@{node.name}" + (f"/{node.count}" if node.count > 1 else "")


def _filter(node: Filter) -> str:
    values = [_quote(value) for value in node.values]
    listed = values[0] if len(values) == 1 else f"({', '.join(values)})"
    return f"{node.name}:{node.comparison}{listed}"


def _quote(text: str) -> str:
    hidden = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{hidden}"'


def _hide_quotes(pattern: str) -> str:
    text, at = [], 0
    while at < len(pattern):
        pair = pattern[at : at + 2] if pattern[at] == "\\" else pattern[at]
        text.append('\\"' if pair == '"' else pair)
        at += len(pair)
    return "".join(text)
