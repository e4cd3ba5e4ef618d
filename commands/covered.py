"""Golden cases decided, and what they exercise: as lines of text and as data."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import click
from rich.console import RenderableType
from rich.text import Text

from commands.fixture import find, read_fixtures
from commands.golden import Case
from commands.law import read_law
from commands.lines import looked_at, spelled
from commands.render import present, table
from engine.decide import decide
from engine.law.finding import Files
from engine.law.model import Constitution
from engine.law.read import read_folder
from engine.place import Place
from proof.coverage import Coverage, Missing, Shown, cover
from proof.coverage_outcomes import Sample
from proof.coverage_points import FORMS, Mark, Probe
from proof.coverage_words import advice, called

ITEMS: Final = "items.yaml"
_NONE: Final = "Who wins"


@dataclass(frozen=True)
class Covered:
    """One law, where it stands, and what cases exercise of it."""

    folder: Path
    files: Files
    coverage: Coverage
    what: str = "the law"

    @property
    def law(self) -> Constitution:
        return self.coverage.law

    def title(self, section: str) -> str:
        """Return a section as it is listed."""
        return f"§{section} {self._said(section)}" if section.isdigit() else self._said(section)

    def _said(self, section: str) -> str:
        """Return what a section is called; what belongs to none is about who wins."""
        return self.law.titles.get(section) or self.files[ITEMS].model.titles.get(section, "") or _NONE

    def only(self, wanted: Sequence[str]) -> "Covered":
        """Return what is shown of some sections, each named by its number, by its title, or by both as they are listed.

        Raises:
            click.BadParameter: There is no such section.
        """
        sections = [name for name, _ in self.coverage.sections]
        called = {self._plain(each): name for name in sections for each in (name, self.title(name), self._said(name))}
        unknown = [each for each in wanted if self._plain(each) not in called]
        if unknown:
            known = ", ".join(name or self.title(name) for name in sections)
            raise click.BadParameter(f"there is no section {unknown[0]!r}, only {known}", param_hint="--section")
        chosen = [name for name in sections if name in {called[self._plain(each)] for each in wanted}]
        what = " and ".join(map(self.title, chosen))
        return replace(self, coverage=self.coverage.only(chosen), what=what)

    @staticmethod
    def _plain(said: str) -> str:
        return said.strip().removeprefix("§").casefold()

    def at(self, place: Place) -> str:
        """Return a place as it is found from here."""
        here = Path.cwd()
        folder = self.folder.relative_to(here) if self.folder.is_relative_to(here) else self.folder
        return f"{folder / place.file}:{place.line}"


def covered(folder: Path, golden: Path) -> Covered:
    """Decide every golden case at a path, with a bar on a terminal, and return what they exercise of a law.

    Raises:
        ConstitutionError: The law is at fault, or a fixture is.
        click.BadParameter: There is no case.
    """
    law, (files, _) = read_law(folder), read_folder(folder, [])
    cases = [
        (f"{fixture.path}::{case.name}", case) for fixture in read_fixtures(find(golden)) for case in fixture.cases
    ]
    if not cases:
        raise click.BadParameter(f"there is no golden case at {golden}; name a fixture or a folder of them")
    hidden = not sys.stderr.isatty()
    with click.progressbar(cases, label="golden cases", file=sys.stderr, hidden=hidden) as shown:
        return Covered(folder, files, cover(law, files, (_sample(law, name, case) for name, case in shown)))


def _sample(law: Constitution, name: str, case: Case) -> Sample:
    verdict, about = decide(law, case.snapshot), [*case.about]
    rows = {
        subject: [row for row, id_ in enumerate(ids) if looked_at(spelled(subject, id_), about)]
        for subject, ids in verdict.facts.ids.items()
    }
    return Sample(name, verdict, rows, case.remembers is not None)


def summary(of: Covered) -> Iterator[RenderableType]:
    """Yield how much is shown, by section and by what it is."""
    law, coverage = of.law, of.coverage
    yield Text(f"Constitution {law.version} ({law.status}) {law.bytes_digest[:12]}", style="bold")
    yield f"{coverage.cases} golden cases show {told(coverage.whole, of.what)}"
    sections = ((of.title(name), *_row(coverage, found), _left(coverage, found)) for name, found in coverage.sections)
    forms = ((FORMS[form], *_row(coverage, found), _impossible(found)) for form, found in coverage.forms)
    head = ("#places", "#shown", "#of", "#%")
    yield from present(
        table("By section", ("section", *head, "missing"), sections),
        table("By what it is", ("what", *head, "#no facts lead to"), forms),
    )


def told(shown: Shown, what: str = "the law") -> str:
    """Return a part of what can turn out in words."""
    return f"{shown.ways} of {shown.wanted} ways in which {what} can turn out: {shown.percent:.1f} %"


def _row(coverage: Coverage, found: Sequence[Probe]) -> tuple[str, ...]:
    shown = coverage.of(found)
    return str(len(found)), str(shown.ways), str(shown.wanted), f"{shown.percent:.1f}"


def _left(coverage: Coverage, found: Sequence[Probe]) -> str:
    """Return how many ways of each form are missing."""
    count = Counter({FORMS[one.probe.key.form]: 0 for one in coverage.missing(found)})
    for one in coverage.missing(found):
        count[FORMS[one.probe.key.form]] += len(one.ways)
    return ", ".join(f"{number} {form}" for form, number in count.most_common())


def _impossible(found: Sequence[Probe]) -> str:
    return str(sum(len(probe.never) for probe in found) or "")


def lines(of: Covered) -> Iterator[str]:
    """Yield what is missing by section and place: what it is, and the case that one would write."""
    for name, found in of.coverage.sections:
        missing = of.coverage.missing(found)
        if missing:
            yield of.title(name)
            yield from (line for one in missing for line in _missing(of, one))
            yield ""


def _missing(of: Covered, one: Missing) -> Iterator[str]:
    yield f"{of.at(one.probe.place)} {one.probe.key.form} {called(one.probe)}"
    for way, said in zip(one.ways, advice(one, of.law), strict=True):
        yield f"    {way}: {said}"
    if one.like:
        yield f"    begin from {one.like}"


def document(of: Covered) -> dict[str, Any]:
    """Return everything as JSON has it: what is shown by which case, what is missing, and the case one would write."""
    coverage = of.coverage
    return {
        "constitution": of.law.version,
        "law": of.law.bytes_digest,
        "cases": coverage.cases,
        **_share(coverage.whole),
        "sections": [
            {"section": name, "title": of.title(name), **_share(coverage.of(found))}
            for name, found in coverage.sections
        ],
        "forms": [{"form": form, **_share(coverage.of(found))} for form, found in coverage.forms],
        "missing": [_lacking(one, of.law) for one in coverage.missing()],
        "places": [_probe(probe, coverage) for probe in coverage.probes.values()],
    }


def _share(shown: Shown) -> dict[str, Any]:
    return {"shown": shown.ways, "of": shown.wanted, "percent": round(shown.percent, 2)}


def _where(probe: Probe) -> dict[str, Any]:
    key, place = probe.key, probe.place
    what = {"form": key.form, "piece": key.piece, "text": key.text}
    return {"file": place.file, "line": place.line, "section": probe.section, **what}


def _lacking(one: Missing, law: Constitution) -> dict[str, Any]:
    said = dict(zip(one.ways, advice(one, law), strict=True))
    return {**_where(one.probe), "write": said, "begin_from": one.like or None}


def _probe(probe: Probe, coverage: Coverage) -> dict[str, Any]:
    shown = {way: coverage.shown.get(Mark(probe.key, way)) for way in probe.wanted}
    return {**_where(probe), "ways": shown, "never": sorted(probe.never)}
