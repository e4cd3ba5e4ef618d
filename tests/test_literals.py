"""No number and no word of the law stands in the engine: they are YAML, and each of them is read, cited, produced."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

import pytest

from engine.decisions import BY_THE_ENGINE, KINDS
from engine.facts import SLEEVES, STATES
from engine.law.load import load
from engine.law.model import Constitution
from engine.law.text import plain, read_yaml
from engine.law.values import Interval
from engine.place import Fault

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = ROOT / "constitution" / "1.3"
MODULES: Final = sorted((ROOT / "engine").rglob("*.py"))
ALLOWED: Final = ROOT / "tests" / "literals.yaml"
# Counting, doubling, signs; and ten where it is raised to the number of decimals that a unit keeps.
_FREE: Final = {0, 1, 2}
_BASE: Final = 10
_CLOCK: Final = re.compile(r"\d{1,2}:\d\d(:\d\d)?")


class Literal(NamedTuple):
    """A constant of a module, and the module's name or function it stands in."""

    module: str
    owner: str
    value: object


@cache
def law() -> Constitution:
    return load(FOLDER)


def literals(path: Path) -> Iterator[Literal]:
    """Yield every constant of a module but docstrings."""
    module, name = ast.parse(path.read_text("utf-8")), str(path.relative_to(ROOT))
    for statement in module.body:
        for inner, owner in _owned(statement, _name(statement)):
            for node in _constants(inner):
                yield Literal(name, owner, node.value)


def _owned(statement: ast.stmt, name: str) -> Iterator[tuple[ast.stmt, str]]:
    """Yield the parts of a class or a function by the names that a reader looks for."""
    if isinstance(statement, ast.ClassDef):
        for part in statement.body:
            yield from _owned(part, f"{name}.{_name(part)}" if _name(part) else name)
    else:
        yield statement, name


def _name(statement: ast.stmt) -> str:
    match statement:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
            return name
        case ast.Assign(targets=[target]) | ast.AnnAssign(target=target):
            return ast.unparse(target)
        case _:
            return ""


def _constants(statement: ast.stmt) -> Iterator[ast.Constant]:
    bases = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
            bases.add(id(node.left))
    for node in ast.walk(statement):
        if isinstance(node, ast.Constant) and not (id(node) in bases and node.value == _BASE):
            yield node


def numbers(path: Path) -> Iterator[Literal]:
    for one in literals(path):
        if isinstance(one.value, int | float | complex) and not isinstance(one.value, bool) and one.value not in _FREE:
            yield one


def allowed() -> dict[str, dict[str, dict[str, Any]]]:
    faults: list[Fault] = []
    node = read_yaml(ALLOWED.read_bytes(), ALLOWED.name, faults)
    assert node is not None
    assert not faults
    return cast("dict[str, dict[str, dict[str, Any]]]", plain(node))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_number_in_the_engine_has_a_name_and_a_reason(path: Path) -> None:
    found: dict[str, set[object]] = {}
    for one in numbers(path):
        found.setdefault(one.owner, set()).add(one.value)
    listed = allowed().get(str(path.relative_to(ROOT)), {})
    assert found == {owner: {*entry["numbers"]} for owner, entry in listed.items()}
    assert all(len(entry["because"]) > 10 for entry in listed.values())


def test_the_list_of_numbers_names_modules_that_exist() -> None:
    assert allowed().keys() <= {str(path.relative_to(ROOT)) for path in MODULES}


def test_no_number_of_the_law_is_a_default_argument() -> None:
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.arguments):
                for default in (*node.defaults, *(one for one in node.kw_defaults if one)):
                    value = getattr(default, "value", None)
                    assert isinstance(value, bool | str | None) or value in (0, 1, 10**30), (
                        path.name,
                        ast.unparse(node),
                    )


# Where the vocabulary of facts and decisions is declared, and the days of the week, which every calendar has.
_VOCABULARIES: Final = {ROOT / "engine/facts.py", *(ROOT / "engine/kinds").glob("*.py")}


def words() -> dict[str, str]:
    """Return the words that only the law may say, each with what it is."""
    found = (
        dict.fromkeys(law().tickers, "a ticker") | dict.fromkeys(STATES, "a state") | dict.fromkeys(SLEEVES, "a sleeve")
    )
    found |= dict.fromkeys(law().levels, "a level") | dict.fromkeys(law().rules, "a rule")
    found |= {name.split(".")[1]: "a latch" for name in law().latches}
    found |= {rule.reason: "a reason" for rule in law().rules.values() if rule.reason}
    found |= dict.fromkeys(law().parameters.keys(), "a parameter")
    for rule in law().rules.values():
        found |= {value: "a word of a decision" for value in rule.fields.values() if isinstance(value, str)}
    return found


# Names of facts and lists of the snapshot, and of units, that the law uses for something of its own as well.
_SHARED: Final = {"delta", "strike", "earnings", "contracts", "breadth", "days_per_month", "universe", "critical"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_word_and_no_time_of_the_law_stands_in_the_engine(path: Path) -> None:
    if path in _VOCABULARIES:
        return
    known = words()
    said = {one.value for one in literals(path) if isinstance(one.value, str)}
    assert {word: known[word] for word in said & known.keys() - _SHARED} == {}
    assert {word for word in said if _CLOCK.fullmatch(word)} == set()


def authored(path: Path) -> dict[str, Any]:
    node = read_yaml(path.read_bytes(), path.name, [])
    assert node is not None
    return cast("dict[str, Any]", plain(node))


def test_every_parameter_is_read_by_the_law_or_by_the_room_that_it_names() -> None:
    files = [authored(path) for path in sorted(FOLDER.glob("[0-9c]*.yaml"))]
    texts = str([{key: value for key, value in file.items() if key != "parameters"} for file in files])
    for name, parameter in (item for file in files for item in file.get("parameters", {}).items()):
        if name in law().read:
            assert re.search(rf"\b{name}\b", texts), name
        else:
            code = "".join(path.read_text("utf-8") for path in (ROOT / parameter["room"]).rglob("*.py"))
            assert re.search(rf"\b{name}\b", code), name


def test_every_rule_and_parameter_cites_an_item_of_the_law() -> None:
    pieces: list[tuple[str, Any]] = [
        *law().rules.items(),
        *law().parameters.items(),
        *law().derived.items(),
        *law().picks.items(),
    ]
    pieces += [*law().latches.items(), *law().choices.items(), *law().shares.items()]
    for name, piece in pieces:
        assert piece.origin.cites, name
        assert {*piece.origin.cites} <= law().items.keys(), name
        assert {*piece.origin.rests_on} <= law().interpretations.keys(), name


def test_every_kind_of_decision_is_produced_by_a_rule_or_by_the_engine() -> None:
    assert KINDS.keys() == {rule.kind for rule in law().rules.values() if rule.decides} | BY_THE_ENGINE


def test_every_interval_of_the_law_has_two_ends_or_says_which_is_open() -> None:
    for name, parameter in law().parameters.items():
        if isinstance(parameter.value, Interval):
            assert re.search(r"\b(from|above)\b", parameter.written) or parameter.value.lower is None, name
            assert re.search(r"\b(up to|below)\b", parameter.written) or parameter.value.upper is None, name
