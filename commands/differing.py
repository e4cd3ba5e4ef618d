"""How a golden case differs from what it expects: lines that point to the fixture and to the rule, and data."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from commands.golden import Difference, origin_of
from commands.law import place_from_here
from commands.lines import Line, head, written
from commands.testing import Failed
from engine.law.model import Constitution, Origin

_REASONS: Final = "reasons"


def lines_of(law: Constitution, folder: Path, failed: Failed) -> Iterator[str]:
    """Yield a failing case on one line, why there is such a case, and each difference.

    Args:
        law: The law that was tried.
        folder: Where it stands.
        failed: The case.
    """
    found = failed.differences
    count = f"{len(found)} differences" if len(found) > 1 else "1 difference"
    yield f"{failed.place} {failed.name}: {count}"
    if failed.why:
        yield f"    why: {failed.why}"
    for difference in found:
        places = [str(place_from_here(folder, origin.place)) for origin in _origins(law, difference)]
        where = f" ({', '.join(places)})" if places else ""
        yield f"    {difference.place} {told_of(difference)}{where}"


def data_of(law: Constitution, folder: Path, failed: Failed) -> dict[str, Any]:
    """Return a failing case as data."""
    return {
        "file": failed.place.file,
        "line": failed.place.line,
        "column": failed.place.column,
        "case": failed.name,
        "why": failed.why,
        "differences": [_data(law, folder, one) for one in failed.differences],
    }


def told_of(difference: Difference) -> str:
    """Return a difference in words."""
    expected, found = difference.expected, difference.found
    lead = f"{difference.what}: " if difference.what else ""
    if expected is None and found is None:
        return difference.what
    if expected is None:
        return f"{lead}not expected: {written(found)}"
    if found is None:
        return f"{lead}not said: {written(expected)}"
    changed = "; ".join(_changes(expected, found))
    return f"{lead}{changed}" if difference.what else f"{' '.join(map(str, head(found)))}: {changed}"


def _changes(expected: Line, found: Line) -> Iterator[str]:
    for key in dict.fromkeys((*expected, *found)):
        if key not in found:
            yield f"no {key}, expected {written(expected[key])}"
        elif key not in expected:
            yield f"{key} is {written(found[key])}, not expected"
        elif key == _REASONS:
            yield from _of_reasons(expected[key], found[key])
        elif expected[key] != found[key]:
            yield f"{key} is {written(found[key])}, expected {written(expected[key])}"


def _of_reasons(expected: Sequence[Line], found: Sequence[Line]) -> Iterator[str]:
    """Yield how the reasons of a refusal differ, one by one: there may be many, of which one does."""
    missing, extra = _beside(expected, found), _beside(found, expected)
    if not missing and not extra and [*expected] != [*found]:
        yield f"{_REASONS} stand in another order: {written(found)}, expected {written(expected)}"
    for reason in missing:
        alike = next((other for other in extra if head(other) == head(reason)), None)
        if alike is None:
            yield f"reason not said: {written(reason)}"
        else:
            extra.remove(alike)
            yield f"reason {head(reason)[0]}: {', '.join(_changes(reason, alike))}"
    yield from (f"reason not expected: {written(reason)}" for reason in extra)


def _beside(reasons: Sequence[Line], others: Sequence[Line]) -> list[Line]:
    return [reason for reason in reasons if reason not in others]


def _origins(law: Constitution, difference: Difference) -> list[Origin]:
    """Return where the rule stands that speaks, and those whose reasons differ."""
    told = [(line or {}).get(_REASONS, ()) for line in (difference.expected, difference.found)]
    reasons = [*_beside(*told), *_beside(*reversed(told))]
    rules = dict.fromkeys((difference.rule, *(str(head(reason)[1]) for reason in reasons)))
    return [origin for rule in rules if (origin := origin_of(law, rule)) is not None]


def _data(law: Constitution, folder: Path, one: Difference) -> dict[str, Any]:
    origin = origin_of(law, one.rule)
    return {
        "place": str(one.place),
        "what": one.what,
        "expected": one.expected,
        "found": one.found,
        "rule": one.rule,
        "rule_place": str(place_from_here(folder, origin.place)) if origin else None,
    }


def number(value: object) -> str:
    """Return a decimal as JSON has it here, in text."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    raise TypeError(f"{value!r} has no JSON form")
