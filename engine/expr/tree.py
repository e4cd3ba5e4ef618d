"""An expression as written: names are not resolved yet. `at` is an offset into the raw text."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Each = Literal["exists", "all", "count", "sum"]


@dataclass(frozen=True, slots=True)
class Number:
    at: int
    text: str


@dataclass(frozen=True, slots=True)
class String:
    at: int
    value: str


@dataclass(frozen=True, slots=True)
class Name:
    at: int
    path: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Call:
    at: int
    function: str
    arguments: "tuple[Tree, ...]"


@dataclass(frozen=True, slots=True)
class Quantified:
    """`source.exists(variable, body)`, and `all`, `count`, `sum`."""

    at: int
    source: Name
    how: Each
    variable: str
    body: "Tree"


@dataclass(frozen=True, slots=True)
class Negative:
    at: int
    of: "Tree"


@dataclass(frozen=True, slots=True)
class Not:
    at: int
    of: "Tree"


@dataclass(frozen=True, slots=True)
class Binary:
    """Arithmetic (`+ - * /`) or a comparison (`< <= > >= == != in`)."""

    at: int
    operator: str
    left: "Tree"
    right: "Tree"


@dataclass(frozen=True, slots=True)
class Both:
    """`&&` or `||` over two or more terms."""

    at: int
    operator: Literal["&&", "||"]
    terms: "tuple[Tree, ...]"


@dataclass(frozen=True, slots=True)
class Listing:
    at: int
    items: "tuple[Tree, ...]"


Tree: TypeAlias = Number | String | Name | Call | Quantified | Negative | Not | Binary | Both | Listing

_BINDING = {"||": 1, "&&": 2, "+": 4, "-": 4, "*": 5, "/": 5}
_LOOSEST, _COMPARISON, _UNARY, _ATOM = 1, 3, 6, 7


def _binding(tree: Tree) -> int:
    match tree:
        case Both(operator=operator):
            return _BINDING[operator]
        case Binary(operator=operator):
            return _BINDING.get(operator, _COMPARISON)
        case Negative() | Not():
            return _UNARY
        case _:
            return _ATOM


def show(tree: Tree, loosest: int = _LOOSEST) -> str:
    """Return the expression's text in one canonical spelling; parsing it gives an equal tree but for offsets."""
    text = _show(tree)
    return f"({text})" if _binding(tree) < loosest else text


def _show(tree: Tree) -> str:
    match tree:
        case Number(text=text):
            return text
        case String(value=value):
            return f"'{value}'" if '"' in value else f'"{value}"'
        case Name():
            return str(tree)
        case Call(function=function, arguments=arguments):
            return f"{function}({', '.join(map(show, arguments))})"
        case Quantified(source=source, how=how, variable=variable, body=body):
            return f"{source}.{how}({variable}, {show(body)})"
        case Negative(of=of):
            return f"-{show(of, _UNARY)}"
        case Not(of=of):
            return f"!{show(of, _UNARY)}"
        case Both(operator=operator, terms=terms):
            return f" {operator} ".join(show(term, _BINDING[operator] + 1) for term in terms)
        case Binary(operator=operator, left=left, right=right):
            binding = _BINDING.get(operator, _COMPARISON)
            first = binding if operator in _BINDING else binding + 1
            return f"{show(left, first)} {operator} {show(right, binding + 1)}"
        case Listing(items=items):
            return f"[{', '.join(map(show, items))}]"
