"""What a slip of the hand makes of an expression: one operator, term, constant or name is another."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, TypeAlias

from engine.expr.tree import Binary, Both, Call, Listing, Name, Negative, Not, Number, Quantified, String, Tree, show

Parts: TypeAlias = tuple[Tree, ...]

_COMPARISONS: Final = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "=="}
_LOGIC: Final = {"&&": "||", "||": "&&"}
_SIGNS: Final = {"+": "-", "-": "+"}
_LITERALS: Final = {"0": ("1",), "1": ("0", "2"), "2": ("1",)}
_TRUTHS: Final = {"true": "false", "false": "true"}
_FOLDS: Final = {"exists": "all", "all": "exists"}
_FUNCTIONS: Final = {
    "min": "max",
    "max": "min",
    "floor": "ceil",
    "ceil": "floor",
    "lower": "upper",
    "upper": "lower",
    "lowest_close": "highest_close",
    "highest_close": "lowest_close",
    "session_open": "session_close",
    "session_close": "session_open",
    "month": "quarter",
    "quarter": "month",
}


@dataclass(frozen=True, slots=True)
class Slip:
    """One change of an expression: its kind, where it stands, what stood there and what stands there now."""

    kind: str
    at: int
    was: str
    now: str
    tree: Tree


def slips(of: Tree, words: Callable[[String], tuple[str, ...]]) -> Iterator[Slip]:
    """Yield every slip in an expression, outside first; `words` gives what else a word could be."""
    yield from _here(of, words)
    for part, rebuilt in _parts(of):
        for slip in slips(part, words):
            yield replace(slip, tree=rebuilt(slip.tree))


def begin(of: Tree) -> int:
    """Return where the text of an expression begins."""
    return min([of.at, *(begin(part) for part, _ in _parts(of))])


def _here(of: Tree, words: Callable[[String], tuple[str, ...]]) -> Iterator[Slip]:
    match of:
        case Binary(operator=operator) if operator in _COMPARISONS:
            other = _COMPARISONS[operator]
            yield Slip("comparison", of.at, operator, other, replace(of, operator=other))
        case Binary(operator=operator) if operator in _SIGNS:
            other = _SIGNS[operator]
            yield Slip("sign", of.at, operator, other, replace(of, operator=other))
        case Both():
            yield from _logic(of)
        case Not(of=inner):
            yield Slip("negation", begin(of), show(of), show(inner), inner)
        case Negative(of=inner):
            yield Slip("sign", begin(of), show(of), show(inner), inner)
        case Quantified(how=how) if how in _FOLDS:
            yield Slip("function", of.at, how, _FOLDS[how], replace(of, how=_FOLDS[how]))  # type: ignore[arg-type]
        case Call():
            yield from _call(of)
        case Number(text=text):
            for other in _LITERALS.get(text, ()):
                yield Slip("constant", of.at, text, other, replace(of, text=other))
        case Name(path=(word,)) if word in _TRUTHS:
            yield Slip("constant", of.at, word, _TRUTHS[word], replace(of, path=(_TRUTHS[word],)))
        case String():
            for other in words(of):
                yield Slip("word", of.at, show(of), show(String(0, other)), replace(of, value=other))
        case Listing(items=items) if len(items) > 1:
            for number, item in enumerate(items):
                left = replace(of, items=(*items[:number], *items[number + 1 :]))
                yield Slip("entry", begin(item), show(item), "", left)
        case _:
            pass


def _logic(of: Both) -> Iterator[Slip]:
    other = _LOGIC[of.operator]
    yield Slip("logic", begin(of), of.operator, other, replace(of, operator=other))  # type: ignore[arg-type]
    for number, term in enumerate(of.terms):
        left = (*of.terms[:number], *of.terms[number + 1 :])
        rest = replace(of, terms=left) if len(left) > 1 else left[0]
        yield Slip("term", begin(term), show(term), "", rest)


def _call(of: Call) -> Iterator[Slip]:
    if of.function in _FUNCTIONS:
        other = _FUNCTIONS[of.function]
        yield Slip("function", of.at, of.function, other, replace(of, function=other))
    if of.function in ("first_known", "min", "max") and len(of.arguments) > 1:
        for number, argument in enumerate(of.arguments):
            left = (*of.arguments[:number], *of.arguments[number + 1 :])
            rest = replace(of, arguments=left) if len(left) > 1 else left[0]
            yield Slip("term", begin(argument), show(argument), "", rest)


def _parts(of: Tree) -> Iterator[tuple[Tree, Callable[[Tree], Tree]]]:
    """Yield the direct parts of an expression, each with what puts another in its place."""
    match of:
        case Call(arguments=arguments):
            yield from _each(arguments, lambda new: replace(of, arguments=new))
        case Quantified(body=body):
            yield body, lambda new: replace(of, body=new)
        case Negative(of=inner) | Not(of=inner):
            yield inner, lambda new: replace(of, of=new)
        case Binary(left=left, right=right):
            yield left, lambda new: replace(of, left=new)
            yield right, lambda new: replace(of, right=new)
        case Both(terms=terms):
            yield from _each(terms, lambda new: replace(of, terms=new))
        case Listing(items=items):
            yield from _each(items, lambda new: replace(of, items=new))
        case _:
            pass


def _each(parts: Parts, rebuilt: Callable[[Parts], Tree]) -> Iterator[tuple[Tree, Callable[[Tree], Tree]]]:
    for number, part in enumerate(parts):
        yield part, partial(_put, parts, number, rebuilt)


def _put(parts: Parts, number: int, rebuilt: Callable[[Parts], Tree], new: Tree) -> Tree:
    return rebuilt((*parts[:number], new, *parts[number + 1 :]))
