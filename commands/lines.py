"""Decisions and orders as golden cases write them: one line each, subjects in words, contracts without blanks."""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final, TypeAlias

from engine.decided import Decided, Reason
from engine.fields import suggestion
from engine.subjects import SUBJECTS
from engine.verdict import Ticket

Line: TypeAlias = dict[str, Any]

SIDES: Final = ("sell", "buy")
ORDER_KEYS: Final = ("contracts", "price", "sleeve", "effect", "id", "rule", "marks")
_SAID: Final = frozenset({"kind", "subject", "id", "rule", "shadowed"})  # by the line's own order
_NUMBER: Final = re.compile(r"[-+]?[0-9.]+([eE][-+]?[0-9]+)?")
_OCC: Final = re.compile(r"[A-Z]{1,6} *[0-9]{6}[CP][0-9]{8}")
_PLAIN: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_./^ -]*[A-Za-z0-9])?")
_GUESSED: Final = frozenset({"false", "n", "no", "null", "off", "on", "true", "y", "yes"})
_ONE: Final = frozenset({"market", "host"})  # there is one of each, without an id


def spelled(subject: str, id_: str) -> str:
    """Return a row in words: `position P1`, `entry A1/gen/IWM260306P00220000`, or `market`."""
    return subject if subject in _ONE else f"{subject} {id_.replace(' ', '')}"


def looked_at(row: str, about: Sequence[str]) -> bool:
    """Return whether a row is among those that a case is about: by its name, the name above it, or its subject."""
    return not about or any(row == word or row.startswith((f"{word} ", f"{word}/")) for word in about)


def unknown_row(word: str) -> str | None:
    """Return what is wrong with the words for a row, as far as they can be judged without a snapshot."""
    subject, _, id_ = word.partition(" ")
    if subject not in SUBJECTS:
        return f"{subject!r} is no subject; {suggestion(subject, [*SUBJECTS])}"
    if id_ and subject in _ONE:
        return f"there is one {subject}; write it without {id_!r}"
    return None


def decision_line(decision: Decided) -> Line:
    """Return a decision: its kind and row, its fields that say more than their defaults, and its rule."""
    line: Line = {type(decision).__name__: spelled(decision.subject, decision.id)}
    for name, info in type(decision).model_fields.items():
        value = getattr(decision, name)
        if name not in _SAID and value != info.default:
            line[name] = _plain(value)
    line["rule"] = decision.rule
    return line | ({"shadowed": list(decision.shadowed)} if decision.shadowed else {})


def order_line(order: Ticket) -> Line:
    """Return an order; its contract's name says underlying, right, strike and expiration."""
    return {
        order.side: order.contract.replace(" ", ""),
        "contracts": order.contracts,
        "price": order.price,
        "sleeve": f"{order.account}/{order.sleeve}",
        "effect": order.effect,
        "id": order.id,
        "rule": order.rule,
    } | ({"marks": dict(order.marks)} if order.marks else {})


def _plain(value: Any) -> Any:  # noqa: ANN401 - as many types as fields
    match value:
        case Reason():
            return _reason(value)
        case tuple():
            return [_plain(item) for item in value]
        case str() if _OCC.fullmatch(value):
            return value.replace(" ", "")
        case _:
            return value


def _reason(reason: Reason) -> Line:
    """Return a reason: its code and the rule that gives it, by how much it misses, and what it would need."""
    line: Line = {reason.code: reason.rule}
    if reason.margin is not None:
        line["margin"] = f"{reason.margin:f} {reason.unit}"
    said = {"code", "rule", "margin", "unit"}
    more = {name: getattr(reason, name) for name in type(reason).model_fields if name not in said}
    return line | {name: value for name, value in more.items() if value is not None}


def head(line: Line) -> tuple[str, object]:
    """Return what a line is about: its kind and row, or side and contract."""
    return next(iter(line.items()))


def rules_of(lines: Iterable[Line]) -> set[str]:
    """Return the rules that lines name, those of reasons and of what was shadowed too."""
    found: set[str] = set()
    for line in lines:
        found.add(str(line.get("rule")))
        found |= {str(head(reason)[1]) for reason in line.get("reasons", ())}
        found |= {str(other).partition(":")[2] for other in line.get("shadowed", ())}
    return found


def written(value: Any) -> str:  # noqa: ANN401 - a plain value
    """Return a plain value as YAML on one line."""
    match value:
        case dict():
            return f"{{{', '.join(f'{written(key)}: {written(item)}' for key, item in value.items())}}}"
        case list() | tuple():
            return f"[{', '.join(map(written, value))}]"
        case bool():
            return str(value).lower()
        case None:
            return "null"
        case int() | Decimal():
            return f"{Decimal(value):f}"
        case _:
            return _text(str(value))


def _text(text: str) -> str:
    plain = _PLAIN.fullmatch(text) and not _NUMBER.fullmatch(text) and text.lower() not in _GUESSED
    return text if plain else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
