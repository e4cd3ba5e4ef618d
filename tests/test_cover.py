"""What golden cases exercise: each way in which a place of the law turns out, and nothing that a case does not look at."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from shutil import copyfile

import pytest
from click.testing import CliRunner, Result

from cli import main
from commands.covered import covered
from commands.fixture import read_fixtures
from commands.law import law_folder
from engine.decide import decide
from engine.evaluate import Evaluator
from engine.law.load import load
from engine.law.read import read_folder
from proof.coverage import Coverage
from proof.coverage_pieces import atlas_of
from proof.coverage_points import Key, Mark
from proof.coverage_recorder import Recorder
from proof.coverage_tally import Tally
from proof.coverage_words import advice
from tests.tiny import write

ROOT = Path(__file__).resolve().parents[1]
GOLDEN = ROOT / "fixtures" / "golden"
LAW = law_folder(None, None)

WEATHER = """\
parameters:
  calm_vix: {value: 20, unit: index_points, cites: "0.1", means: where calm ends}
  storm_vix: {value: 30, unit: index_points, cites: "0.1", means: where storms begin}
facts:
  market.risen: {value: market.vix > market.vix_close, means: higher than yesterday, cites: "0.1"}
tables:
  market.weather:
    hit: first
    by: {calm: market.vix < calm_vix, storm: market.vix >= storm_vix}
    rows:
      - {calm: true, then: fair}
      - {storm: true, then: foul}
    otherwise: dull
    unit: symbol
    cites: "0.1"
  market.sky:
    hit: unique
    by: {vix: market.vix}
    rows:
      - {vix: below calm_vix, then: blue}
      - {vix: from calm_vix, then: grey}
    unit: symbol
    cites: "0.1"
latches:
  market.flooded:
    set: market.weather == "foul"
    clear: market.weather == "fair"
    cites: "0.1"
rules:
  flood:
    for: market
    decide: Alert
    when: market.flooded
    with: {code: flood}
    cites: "0.1"
    rests_on: [A-01]
  rise:
    for: market
    decide: Alert
    when: known(market.vix_close) && market.risen && market.sky == "grey"
    with: {code: rise}
    cites: "0.1"
  host_sound:
    for: host
    decide: Alert
    when: '!host.healthy'
    with: {code: unwell}
    cites: "0.1"
"""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["cover", *map(str, arguments)], prog_name="alluse")


def cases(folder: Path, *given: str, about: str = "market") -> Path:
    """Write a fixture with a case for each difference from the small snapshot, called a, b, c."""
    copyfile(ROOT / "tests" / "small_snapshot.yaml", folder / "small.yaml")
    text = "".join(f"  {name}:\n    given: {{{one}}}\n" for name, one in zip("abcdefgh", given, strict=False))
    path = folder / "cases.yaml"
    path.write_text(f"base: small.yaml\nabout: {about}\ncases:\n{text}", "utf-8")
    return path


def tiny(folder: Path, *given: str, about: str = "market") -> Coverage:
    return covered(write(folder / "law", WEATHER), cases(folder, *given, about=about)).coverage


def real(*files: str) -> Coverage:
    """Return what some fixture files show of the law of this repository, taken together."""
    (only,) = files
    return covered(LAW, GOLDEN / only).coverage


def ways(coverage: Coverage, form: str, piece: str = "") -> dict[str, dict[str, str | None]]:
    """Return the ways of every place of a form, each with the name of the case that shows it."""
    found: dict[str, dict[str, str | None]] = {}
    for key, probe in coverage.probes.items():
        if key.form == form and piece in ("", key.piece):
            cases = {way: coverage.shown.get(Mark(key, way)) for way in probe.wanted}
            found[key.text or key.piece] = {way: case and case.partition("::")[2] for way, case in cases.items()}
    return found
