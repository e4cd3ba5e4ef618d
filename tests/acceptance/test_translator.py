"""The translator renames and reshapes: it compares nothing, and no number stands in it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
TRANSLATOR = ("translator.py", "given.py", "scene.py", "days.py", "reshape.py", "tokens.py")
# By these one could compare without an operator.
COMPARING = frozenset({"operator", "cmp_to_key", "max", "min", "__eq__", "__lt__", "__le__", "__gt__", "__ge__"})


@pytest.fixture(params=TRANSLATOR)
def tree(request: pytest.FixtureRequest) -> ast.Module:
    return ast.parse((HERE / str(request.param)).read_text("utf-8"))


def test_acceptance_translator_compares_nothing(tree: ast.Module) -> None:
    operators = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Compare)]
    assert not operators
    assert not COMPARING & set(_names(tree))


def test_acceptance_translator_has_no_numbers(tree: ast.Module) -> None:
    constants = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    assert not [value for value in constants if isinstance(value, int | float) and not isinstance(value, bool)]
    assert not [value for value in constants if isinstance(value, str) and value.strip("-.").isdigit()]


def test_acceptance_translator_is_all_of_these_modules() -> None:
    beside = {path.stem for path in HERE.glob("*.py")} - {"conftest"}
    seen, waiting = set(), {"translator"}
    while waiting:
        name = waiting.pop()
        seen.add(name)
        found = ast.parse((HERE / f"{name}.py").read_text("utf-8"))
        imported = {node.module or "" for node in ast.walk(found) if isinstance(node, ast.ImportFrom)}
        waiting |= {module.rpartition(".")[2] for module in imported if module.startswith("tests.")} & beside - seen
    assert seen - {"written"} == {Path(name).stem for name in TRANSLATOR}


def _names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
                yield name
            case ast.ImportFrom(module=str(name)):
                yield name
            case _:
                pass
