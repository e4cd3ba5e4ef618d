"""The law's own tensions: what is said of each, what makes it go, and what is refused of the file they stand in."""

import json
import re
import shutil
from collections import ChainMap
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache
from math import exp, log, sqrt
from pathlib import Path
from statistics import NormalDist
from typing import Any, Final, cast

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from commands.validate import command
from engine.expr.typed import Const, walk
from engine.expr.units import UNITS
from engine.law import tensions as written
from engine.law.finding import Finding
from engine.law.load import load
from engine.law.model import Constitution
from engine.law.text import plain, read_yaml
from engine.place import LawError
from engine.tensions import Formulas, tensions
from sources.formulas import FORMULAS
from tests.conftest import examples

ROOT: Final = Path(__file__).resolve().parents[1]
LAW: Final = ROOT / "constitution" / "1.3"
BASE: Final = ROOT / "tests" / "bad_laws" / "base"
_VALUE: Final = re.compile(r'value: (\[[^\]]*\]|"[^"]*"|[^,}\n]+)')


@cache
def law() -> Constitution:
    return load(LAW)


def expected() -> dict[str, dict[str, Any]]:
    node = read_yaml((ROOT / "tests" / "tensions.yaml").read_bytes(), "tensions.yaml", [])
    assert node is not None
    return cast("dict[str, dict[str, Any]]", plain(node))


EXPECTED: Final = expected()
ALTERABLE: Final = [name for name, of in EXPECTED.items() if "gone" in of]


def found(of: Constitution, formulas: Formulas = FORMULAS) -> dict[str, Finding]:
    """Return what is said of each tension that holds, by its name."""
    names = {tension.origin.place: name for name, tension in of.tensions.items()}
    return {names[finding.place]: finding for finding in tensions(of, formulas)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(LAW, tmp_path / "law"))


def altered(folder: Path, parameters: Mapping[str, str]) -> Constitution:
    """Return the law with other values of its parameters."""
    for name, value in parameters.items():
        place = law().parameters[name].origin.place
        path = folder / place.file
        lines = path.read_text("utf-8").split("\n")
        before, rest = "\n".join(lines[: place.line - 1]), "\n".join(lines[place.line - 1 :])
        path.write_text(before + "\n" + _VALUE.sub(f"value: {value}", rest, count=1), encoding="utf-8")
    return load(folder)


def replaced(folder: Path, file: str, old: str, new: str) -> Constitution:
    text = (folder / file).read_text("utf-8")
    assert text.count(old) == 1
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    return load(folder)


# The law as it is.


def test_every_tension_of_the_law_holds_and_has_a_case() -> None:
    assert [*found(law())] == [*law().tensions] == [*EXPECTED]


@pytest.mark.parametrize("name", EXPECTED)
def test_a_tension_is_said_with_its_items_its_rulings_and_its_numbers(name: str) -> None:
    tension, finding = law().tensions[name], found(law())[name]
    rulings = f" ({', '.join(tension.origin.rests_on)})" if tension.origin.rests_on else ""
    items = " against ".join(f"§{item}" for item in tension.origin.cites)
    assert finding.message == f"{items}{rulings}: {tension.origin.means}: {EXPECTED[name]['says']}"
    assert (finding.code, finding.severity, finding.place.file) == ("tension", "finding", "tensions.yaml")


def reads(name: str) -> frozenset[str]:
    """Return the parameters that a tension depends on: every one, where it asks the law about a made-up row."""
    of = law().tensions[name]
    if of.supposing:
        return frozenset(law().parameters)
    inside = (part for typed in (*of.values.values(), of.holds_when) for part in walk(typed))
    names = (part.name.rpartition("(")[2].rstrip(")") for part in inside if isinstance(part, Const))
    return frozenset(names) & law().parameters.keys()


def batches(bound: str) -> Iterator[tuple[str, ...]]:
    """Yield tensions of which none depends on what is altered for another: one altered law does for all of them."""
    left = [*ALTERABLE]
    while left:
        batch: list[str] = []
        for name in left:
            apart = all(
                reads(name).isdisjoint(EXPECTED[other][bound]) and reads(other).isdisjoint(EXPECTED[name][bound])
                for other in batch
            )
            if apart:
                batch.append(name)
        left = [name for name in left if name not in batch]
        yield tuple(batch)


def holding(bound: str, tmp_path: Path) -> set[str]:
    """Return the tensions that hold where each has its own parameters altered."""
    names: set[str] = set()
    for number, batch in enumerate(batches(bound)):
        folder = Path(shutil.copytree(LAW, tmp_path / str(number)))
        law_of_all = altered(folder, dict(ChainMap(*(EXPECTED[name][bound] for name in batch))))
        names |= found(law_of_all).keys() & {*batch}
    return names


def test_a_tension_holds_up_to_its_bound(tmp_path: Path) -> None:
    assert holding("still", tmp_path) == {*ALTERABLE}


def test_a_tension_is_gone_beyond_its_bound(tmp_path: Path) -> None:
    assert holding("gone", tmp_path) == set()


GEN_PIVOTS = "{sleeve: gen, then: sleeve.drawdown >= pivot_drawdown}"


@pytest.mark.parametrize(
    ("name", "file", "old", "new"),
    [
        (
            "com_sells_puts",
            "01-cadence.yaml",
            "{terms: reentry_put, then: holding.reentry_queued}",
            "{terms: reentry_put, then: false}",
        ),
        (
            "pivot_ends_in_a_storm",
            "00-global.yaml",
            GEN_PIVOTS,
            GEN_PIVOTS.replace("}", " && market.vix < pivot_calm_vix}"),
        ),
        (
            "calls_leave_before_they_are_called",
            "06-protocol.yaml",
            "position.profit_taken || position.last_session_call || position.assigned_early",
            "position.profit_taken || position.last_session_call && false || position.assigned_early",
        ),
    ],
)
def test_a_tension_in_a_table_or_fact_is_gone_when_that_is_changed(
    name: str, file: str, old: str, new: str, folder: Path
) -> None:
    before = found(load(folder))
    after = found(replaced(folder, file, old, new))
    assert before.keys() - after.keys() >= {name}


# What `alluse validate` makes of them.


def validate(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(command, list(arguments))
    return result.exit_code, result.output


def test_validate_prints_a_tension_with_its_place_and_is_strict_about_it() -> None:
    place = law().tensions["rev_stays_idle"].origin.place
    code, output = validate(str(LAW))
    line = f"{LAW}/tensions.yaml:{place.line}:3 tension: §0.2 against §0.3 (A-01): "
    told = [each for each in output.splitlines() if each.startswith(line)]
    says = "size(rev_universe) 2 × symbol_exposure_limit 0.25 = 0.5 < deployment_floor 0.95"
    assert [each.endswith(f": {says}") for each in told] == [True]
    assert (code, validate(str(LAW), "--strict")[0]) == (0, 1)


def test_validate_says_every_tension_as_json_too() -> None:
    _, output = validate(str(LAW), "--format", "json")
    said = [each for each in json.loads(output)["findings"] if each["code"] == "tension"]
    assert [(each["file"], each["line"], each["message"]) for each in said] == [
        (finding.place.file, finding.place.line, finding.message) for finding in found(law()).values()
    ]


def test_a_law_without_the_file_has_no_tensions(folder: Path) -> None:
    (folder / "tensions.yaml").unlink()
    assert found(load(folder)) == {}


def test_a_tension_is_no_reader_of_a_parameter_and_carries_out_nothing(tmp_path: Path) -> None:
    base = Path(shutil.copytree(BASE, tmp_path / "law"))
    more = '  "6.5": {kind: rule, source: text, text: A rule that is not carried out.}\n'
    (base / "items.yaml").write_text((base / "items.yaml").read_text("utf-8") + more, encoding="utf-8")
    (base / "tensions.yaml").write_text(TWO_LEVELS.format('between: ["6.5"]', "exit_distance > 2 * watch_distance"))
    lines = validate(str(base))[1].splitlines()
    assert lines[0] == f"{base / 'items.yaml'}:7:3 uncited-item: nothing carries out 6.5, which is a rule"


TWO_LEVELS = """\
tensions:
  levels:
    {}
    means: the two levels lie too far apart
    holds_when: {}
"""


def test_a_tension_without_a_ruling_or_an_assumption_says_none(tmp_path: Path) -> None:
    base = Path(shutil.copytree(BASE, tmp_path / "law"))
    (base / "tensions.yaml").write_text(TWO_LEVELS.format('between: ["6.2"]', "exit_distance >= 2 * watch_distance"))
    says = "§6.2: the two levels lie too far apart: exit_distance 8.00 >= 2 × watch_distance 4.00 = 8.00"
    assert [finding.message for finding in tensions(load(base), {})] == [says]
    (base / "tensions.yaml").write_text(TWO_LEVELS.format('between: ["6.2"]', "exit_distance > 2 * watch_distance"))
    assert [*tensions(load(base), {})] == []


OPEN = "mend the expressions"


@pytest.mark.parametrize(
    ("more", "holds_when"),
    [
        ("supposing: {it: {of: market, given: {}}}", "it.weather == 'storm'"),
        ("supposing: {it: {of: position, given: {position.right: put}}}", "it.level > calm"),
        ("values: {price: 'put_price(exit_distance, watch_distance, 1, 1, 0)'}", "price > watch_distance"),
    ],
)
def test_a_tension_that_cannot_be_worked_out_says_so(more: str, holds_when: str, tmp_path: Path) -> None:
    base = Path(shutil.copytree(BASE, tmp_path / "law"))
    head = f'between: ["6.2"]\n    {more}'
    (base / "tensions.yaml").write_text(TWO_LEVELS.format(head, f'"{holds_when}"'), encoding="utf-8")
    (finding,) = tensions(load(base), {"put_price": lambda _: None})
    assert finding.message.startswith("§6.2: the two levels lie too far apart: cannot be said: ")
    assert finding.message.endswith(OPEN)


@pytest.mark.parametrize(
    ("holds_when", "says"),
    [
        ("it.weather == 'storm'", 'it.weather storm == "storm"'),
        ("it.weather in ['storm', 'fair']", 'it.weather storm in ["storm", "fair"]'),
        ("!(it.weather == 'fair') && known(it.vix)", '!(it.weather storm == "fair") && known(it.vix 50.0001)'),
        ("it.vix - storm_vix > 0", "it.vix 50.0001 − storm_vix 50 = 0.0001 > 0"),
    ],
)
def test_the_law_says_what_it_makes_of_a_made_up_row(holds_when: str, says: str, tmp_path: Path) -> None:
    base = Path(shutil.copytree(BASE, tmp_path / "law"))
    assumed = "assumptions: {more: {value: 0.0001, unit: index_points, means: a little more}}\n"
    head = 'between: ["6.4"]\n    supposing: {it: {of: market, given: {market.vix: storm_vix + more}}}'
    text = assumed + TWO_LEVELS.format(head, f'"{holds_when}"')
    (base / "tensions.yaml").write_text(text, encoding="utf-8")
    message = f"§6.4: the two levels lie too far apart: {says}; assuming more 0.0001"
    assert [finding.message for finding in tensions(load(base), {})] == [message]


# What is refused of the file; most of it stands in bad_laws.


def test_a_formula_may_be_called_by_a_tension_only(tmp_path: Path) -> None:
    base = Path(shutil.copytree(BASE, tmp_path / "law"))
    ladder = base / "06-ladder.yaml"
    text = ladder.read_text("utf-8").replace(
        "when: position.level == calm", "when: put_price(watch_distance, exit_distance, 1, 1, 0) > watch_distance"
    )
    ladder.write_text(text, encoding="utf-8")
    with pytest.raises(LawError) as caught:
        load(base)
    (fault,) = caught.value.faults
    assert (fault.code, fault.message.partition(";")[0]) == ("unknown-function", "calls 'put_price'")


def test_an_assumption_in_a_unit_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    base = Path(shutil.copytree(BASE, tmp_path / "law"))
    assumed = "assumptions: {price: {value: 100, unit: dollars, means: a round price}}\n"
    text = assumed + TWO_LEVELS.format('between: ["6.2"]', "exit_distance > watch_distance")
    (base / "tensions.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(LawError) as caught:
        load(base)
    (fault,) = caught.value.faults
    assert (str(fault.place), fault.code) == ("tensions.yaml:1:41", "unknown-unit")


# The formulas.


def test_every_formula_that_a_tension_may_call_is_there() -> None:
    assert FORMULAS.keys() == written.SIGNATURES.keys()


def of_black_and_scholes(
    right: str, spot: float, strike: float, terms: tuple[float, float, float]
) -> tuple[float, float]:
    """Return price and absolute delta of an option without dividends, by the closed form."""
    years, volatility, rate = terms
    deviation, chance = volatility * sqrt(years), NormalDist().cdf
    sign = 1 if right == "call" else -1
    first = (log(spot / strike) + rate * years) / deviation + deviation / 2
    ahead, behind = chance(sign * first), chance(sign * (first - deviation))
    return sign * (spot * ahead - strike * exp(-rate * years) * behind), ahead


TERMS = st.tuples(st.floats(0.004, 1.5), st.floats(0.05, 1.2), st.floats(0, 0.08))


def asked(name: str, *numbers: float) -> float:
    value = FORMULAS[name]([Fraction(number) for number in numbers])
    assert value is not None
    return float(value)


@examples(60)
@given(strike=st.floats(90, 111), terms=TERMS)
def test_prices_and_deltas_are_those_of_the_closed_form(strike: float, terms: tuple[float, float, float]) -> None:
    for right in ("put", "call"):
        price, delta = of_black_and_scholes(right, 100, strike, terms)
        if price > 0.0001:
            assert asked(f"{right}_price", 100, strike, *terms) == pytest.approx(price, abs=0.00006)
        if right == "put" and delta > 0.00001:
            assert asked("put_abs_delta", 100, strike, *terms) == pytest.approx(delta, abs=0.000002)


@examples(60)
@given(delta=st.floats(0.05, 0.9), terms=TERMS)
def test_the_strike_of_a_delta_has_that_delta(delta: float, terms: tuple[float, float, float]) -> None:
    for right in ("put", "call"):
        strike = asked(f"{right}_strike", 100, delta, *terms)
        assert of_black_and_scholes(right, 100, strike, terms)[1] == pytest.approx(delta, abs=0.001)


def test_a_value_has_the_decimals_of_its_unit_and_none_stands_where_there_is_none() -> None:
    numbers = [Fraction(100), Fraction(90), Fraction(1, 12), Fraction(1, 5), Fraction(1, 25)]
    price = FORMULAS["put_price"](numbers)
    assert price == round(Fraction(price or 0), UNITS["usd_per_share"].scale) > 0
    for index in range(4):
        for nothing in (Fraction(0), Fraction(-1)):
            assert FORMULAS["put_price"]([nothing if at == index else each for at, each in enumerate(numbers)]) is None
    assert FORMULAS["put_strike"]([numbers[0], Fraction(2), *numbers[2:]]) is None, "no option has a delta of 2"
    assert FORMULAS["put_price"]([numbers[0], Fraction(1, 100), *numbers[2:]]) is None, "worth less than it can say"
