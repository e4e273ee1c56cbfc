"""The watch language: text -> tree -> ready to match -> which watches an item satisfies, and why.

parser reads a query (lexer, ast, printer), expand and terms turn its leaves into what is scanned
for, percolator finds the watches of an item, explain says why or why not, lint what is wrong.
"""

from monitor.core.query.ast import Node
from monitor.core.query.bounds import Patience
from monitor.core.query.explain import Explanation
from monitor.core.query.lint import NOTHING_TO_FIND, QueryProblem, problems, watch_problems
from monitor.core.query.parser import parse
from monitor.core.query.percolator import Percolation, Percolator, compile_watches
from monitor.core.query.printer import to_text
from monitor.core.query.regress import Regression, regressions
from monitor.core.query.suggest import Suggestion, suggest
from monitor.core.query.survey import (
    LOOKED_AT,
    QUIET,
    Survey,
    quiet_problems,
    survey,
    survey_problems,
)

__all__ = [
    "LOOKED_AT",
    "NOTHING_TO_FIND",
    "QUIET",
    "Explanation",
    "Node",
    "Patience",
    "Percolation",
    "Percolator",
    "QueryProblem",
    "Regression",
    "Suggestion",
    "Survey",
    "compile_watches",
    "parse",
    "problems",
    "quiet_problems",
    "regressions",
    "suggest",
    "survey",
    "survey_problems",
    "to_text",
    "watch_problems",
]
