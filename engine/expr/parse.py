"""Text to tree, on lark's LALR parser; every fault knows its offset."""

import re
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedCharacters, UnexpectedToken, VisitError

from engine.expr import tree


class ExpressionError(Exception):
    """The text is no expression of the language, or makes no sense; `at` is the offset, `code` the kind of fault."""

    def __init__(self, at: int, code: str, message: str) -> None:
        self.at, self.code, self.message = at, code, message
        super().__init__(message)


class _Builder(Transformer[Token, tree.Tree]):
    """Builds the tree while lark reduces."""

    def number(self, items: list[Token]) -> tree.Tree:
        return tree.Number(_at(items[0]), str(items[0]))

    def string(self, items: list[Token]) -> tree.Tree:
        return tree.String(_at(items[0]), str(items[0])[1:-1])

    def name(self, items: list[Token]) -> tree.Tree:
        return _name(items[0])

    def call(self, items: list[tree.Tree | None]) -> tree.Tree:
        function, *arguments = items
        given = tuple(item for item in arguments if item is not None)
        return tree.Call(_at(function), str(function), given)

    def each(self, items: list[Token]) -> tree.Tree:
        source, how, variable, body = items
        name: tree.Each = str(how)  # type: ignore[assignment] # the terminal admits these four words only
        return tree.Quantified(_at(source), _name(source), name, str(variable), body)  # type: ignore[arg-type]

    def negative(self, items: list[tree.Tree]) -> tree.Tree:
        return tree.Negative(items[0].at, items[0])

    def not_(self, items: list[tree.Tree]) -> tree.Tree:
        return tree.Not(items[0].at, items[0])

    def binary(self, items: list[tree.Tree]) -> tree.Tree:
        left, operator, right = items
        return tree.Binary(_at(operator), str(operator), left, right)

    def comparison(self, items: list[tree.Tree]) -> tree.Tree:
        return self.binary(items)

    def and_(self, items: list[tree.Tree]) -> tree.Tree:
        return _both("&&", items)

    def or_(self, items: list[tree.Tree]) -> tree.Tree:
        return _both("||", items)

    def listing(self, items: list[tree.Tree]) -> tree.Tree:
        return tree.Listing(items[0].at, tuple(items))


def _at(token: object) -> int:
    return (token.start_pos or 0) if isinstance(token, Token) else 0


def _name(token: Token) -> tree.Name:
    return tree.Name(_at(token), tuple(str(token).split(".")))


def _both(operator: Literal["&&", "||"], terms: list[tree.Tree]) -> tree.Tree:
    return tree.Both(terms[0].at, operator, tuple(terms))


@cache
def _parser() -> Lark:
    grammar = files("engine.expr").joinpath("grammar.lark").read_text("utf-8")
    return Lark(grammar, parser="lalr", transformer=_Builder(), maybe_placeholders=False)


@cache
def _path() -> re.Pattern[str]:
    """Return the grammar's own form of a name."""
    return re.compile(_parser().get_terminal("PATH").pattern.to_regexp())


@lru_cache(maxsize=4096)
def parse(text: str) -> tree.Tree:
    """Return the tree of one expression; line ends are blanks.

    Many a cell of a table is a name and nothing else, and many say the same.

    Raises:
        ExpressionError: The text is not in the language; the message says what stands there and what may.
    """
    if _path().fullmatch(text):
        return tree.Name(0, tuple(text.split(".")))
    try:
        return _parser().parse(text)  # type: ignore[return-value] # the transformer returns trees
    except UnexpectedToken as fault:
        at = len(text) if fault.token.type == "$END" else fault.pos_in_stream or 0
        found = "the end" if fault.token.type == "$END" else f"'{fault.token}'"
        raise ExpressionError(at, "expression", f"{found} is not expected here; {_hint(text, at)}") from None
    except UnexpectedCharacters as fault:
        at = fault.pos_in_stream or 0
        raise ExpressionError(at, "expression", f"'{text[at]}' is not expected here; {_hint(text, at)}") from None
    except VisitError as fault:
        raise fault.orig_exc from None


_HINTS = {
    "?": "there is no ternary: write a table",
    "&": "and is written &&",
    "|": "or is written ||",
    "=": "equality is written ==",
    "\\": "there are no escapes inside a string",
    "%": "write a share as a ratio: 0.07",
    "\t": "write blanks instead of a tab",
}


def _hint(text: str, at: int) -> str:
    return _HINTS.get(text[at : at + 1], "write names, numbers, comparisons, && and ||")
