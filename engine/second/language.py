"""The condition language once more, by recursive descent; nothing of `engine.expr` is asked what a text means."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'"
    r"|(?P<path>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)|(?P<sign>\|\||&&|[<>=!]=|[-+*/()<>!,\[\]]))"
)
COMPARISONS: Final = ("<=", ">=", "==", "!=", "<", ">")
# From the loosest to the tightest; a comparison is made once, not in a chain.
_LEVELS: Final = (("||",), ("&&",), (*COMPARISONS, "in"), ("+", "-"), ("*", "/"))
_EACH: Final = frozenset({"exists", "all", "count", "sum"})


class LanguageError(Exception):
    """The text is not in the language as it is read here."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A number as written, or a word in quotes."""

    text: str
    word: bool


@dataclass(frozen=True, slots=True)
class Name:
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: "tuple[Tree, ...]"


@dataclass(frozen=True, slots=True)
class Each:
    """`row.rows.how(variable, body)`."""

    row: str
    rows: str
    how: str
    variable: str
    body: "Tree"


@dataclass(frozen=True, slots=True)
class Prefix:
    """`-` or `!`."""

    sign: str
    of: "Tree"


@dataclass(frozen=True, slots=True)
class Joined:
    """Terms under `&&` or `||`."""

    sign: str
    terms: "tuple[Tree, ...]"


@dataclass(frozen=True, slots=True)
class Pair:
    """Arithmetic, a comparison, or `in` a parameter."""

    sign: str
    left: "Tree"
    right: "Tree"


@dataclass(frozen=True, slots=True)
class Listed:
    """`[a, b]`, which stands behind `in` alone."""

    items: "tuple[Tree, ...]"


Tree: TypeAlias = Literal | Name | Call | Each | Prefix | Joined | Pair | Listed


@lru_cache(maxsize=8192)
def read(text: str) -> Tree:
    """Return what an expression says.

    Raises:
        LanguageError: It is not in the language.
    """
    reader = _Reader(text)
    tree = reader.level(0)
    if reader.at < len(reader.tokens):
        message = f"'{reader.tokens[reader.at][1]}' is left over in '{text}'"
        raise LanguageError(message)
    return tree


class _Reader:
    """The tokens of one text, and how far it has been read."""

    def __init__(self, text: str) -> None:
        self.text, self.tokens, self.at = text, [*_tokens(text)], 0

    def took(self, *signs: str) -> str:
        """Step over the next token if it is one of these signs, and return it."""
        kind, word = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        if kind not in ("sign", "path") or word not in signs:
            return ""
        self.at += 1
        return word

    def must(self, sign: str) -> None:
        if not self.took(sign):
            message = f"'{sign}' is missing in '{self.text}'"
            raise LanguageError(message)

    def level(self, number: int) -> Tree:
        if number == len(_LEVELS):
            return self.unary()
        signs = _LEVELS[number]
        left = self.level(number + 1)
        if "&&" in signs or "||" in signs:
            terms = [left]
            while self.took(*signs):
                terms.append(self.level(number + 1))
            return left if len(terms) == 1 else Joined(signs[0], tuple(terms))
        while sign := self.took(*signs):
            left = Pair(sign, left, self.level(number + 1))
            if "in" in signs:
                break
        return left

    def unary(self) -> Tree:
        sign = self.took("-", "!")
        return Prefix(sign, self.unary()) if sign else self.atom()

    def atom(self) -> Tree:
        if self.took("("):
            inner = self.level(0)
            self.must(")")
            return inner
        if self.took("["):
            return Listed(self.items("]"))
        if self.at == len(self.tokens):
            message = f"'{self.text}' ends too early"
            raise LanguageError(message)
        kind, word = self.tokens[self.at]
        self.at += 1
        if kind in ("number", "double", "single"):
            return Literal(word, kind != "number")
        if kind == "sign":
            message = f"'{word}' begins nothing in '{self.text}'"
            raise LanguageError(message)
        return self.called(word) if self.took("(") else Name(tuple(word.split(".")))

    def called(self, word: str) -> Tree:
        path, _, last = word.rpartition(".")
        if last not in _EACH or not path:
            return Call(word, self.items(")"))
        variable = self.tokens[self.at][1]
        self.at += 1
        self.must(",")
        row, _, rows = path.partition(".")
        (body,) = self.items(")")
        return Each(row, rows, last, variable, body)

    def items(self, end: str) -> tuple[Tree, ...]:
        if self.took(end):
            return ()
        found = [self.level(0)]
        while self.took(","):
            found.append(self.level(0))
        self.must(end)
        return tuple(found)


def _tokens(text: str) -> list[tuple[str, str]]:
    found, end = [], 0
    while token := _TOKEN.match(text, end):
        end = token.end()
        kind = str(token.lastgroup)
        found.append((kind, token[kind]))
    if text[end:].strip():
        message = f"'{text[end:].strip()[:1]}' is no part of the language"
        raise LanguageError(message)
    return found


def inside(tree: Tree) -> tuple[Tree, ...]:
    """Return the direct parts of an expression."""
    match tree:
        case Literal() | Name():
            return ()
        case Call(arguments=parts) | Joined(terms=parts) | Listed(items=parts):
            return parts
        case Each(body=of) | Prefix(of=of):
            return (of,)
        case Pair(left=left, right=right):
            return (left, right)


def rows_named(tree: Tree) -> frozenset[str]:
    """Return the rows from outside that an expression reads, by the names it has for them."""
    match tree:
        case Name(path=(row, _, *_)):
            return frozenset({row})
        case Each(row=row, variable=variable, body=body):
            return rows_named(body) - {variable} | {row}
        case _:
            return frozenset().union(*(rows_named(part) for part in inside(tree)))


def read_outside(tree: Tree, *variables: str) -> tuple[Name, ...]:
    """Return what an expression reads of rows from outside: facts, and what owns the lists that it asks, as a row."""
    match tree:
        case Name(path=(row, _, *_)):
            return () if row in variables else (tree,)
        case Each(row=row, variable=variable, body=body):
            own = () if row in variables else (Name((row,)),)
            return (*own, *read_outside(body, *variables, variable))
        case Call(function="mean_true_range", arguments=(Name(path=(row, *_)), *others)):
            return (Name((row,)), *(name for part in others for name in read_outside(part, *variables)))
        case _:
            return tuple(dict.fromkeys(name for part in inside(tree) for name in read_outside(part, *variables)))
