"""What golden cases exercise of a law, as fired and as refused, and what none of them has shown yet."""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from engine.law.finding import Files
from engine.law.model import Constitution
from proof.coverage_outcomes import Outcomes, Sample
from proof.coverage_pieces import atlas_of
from proof.coverage_points import CARRIED_OUT, FORMS, NO, WITHHELD, Form, Key, Mark, Probe
from proof.coverage_rivals import resting
from proof.coverage_tally import Near, Tally

_ALL: Final = 100


@dataclass(frozen=True, slots=True)
class Shown:
    """How many ways of some probes are shown, of how many."""

    ways: int
    wanted: int

    @property
    def percent(self) -> float:
        """All of nothing is all."""
        return _ALL * self.ways / self.wanted if self.wanted else float(_ALL)


@dataclass(frozen=True)
class Missing:
    """A probe and the ways of it that no case shows; `like` is a case to begin from, where one comes near."""

    probe: Probe
    ways: tuple[str, ...]
    near: Mapping[str, Near]
    like: str


@dataclass(frozen=True)
class Coverage:
    """What cases have shown of a law: `shown` has the first case of each way, `near` what came close to a bound."""

    law: Constitution
    probes: Mapping[Key, Probe]
    shown: Mapping[Mark, str]
    near: Mapping[Mark, Near]
    cases: int

    def of(self, probes: Iterable[Probe]) -> Shown:
        """Return how much of some probes is shown."""
        marks = [Mark(probe.key, way) for probe in probes for way in probe.wanted]
        return Shown(sum(mark in self.shown for mark in marks), len(marks))

    @cached_property
    def whole(self) -> Shown:
        return self.of(self.probes.values())

    def only(self, sections: Container[str]) -> "Coverage":
        """Return what is shown of some sections."""
        return replace(self, probes={key: probe for key, probe in self.probes.items() if probe.section in sections})

    @property
    def forms(self) -> Iterator[tuple[Form, list[Probe]]]:
        """Yield the forms that the law has, each with its probes."""
        for form in FORMS:
            found = [probe for probe in self.probes.values() if probe.key.form == form]
            if found:
                yield form, found

    @property
    def sections(self) -> Iterator[tuple[str, list[Probe]]]:
        """Yield the sections in the order of the text, each with its probes; at last what belongs to none."""
        names = {probe.section for probe in self.probes.values()}
        for name in sorted(names, key=_in_order):
            found = [probe for probe in self.probes.values() if probe.section == name]
            yield name, sorted(found, key=lambda probe: (probe.place, probe.key))

    def missing(self, probes: Iterable[Probe] | None = None) -> list[Missing]:
        """Return what is missing of some probes, or of all, by the place it stands at."""
        found = [self._missing(probe) for probe in (self.probes.values() if probes is None else probes)]
        return sorted((one for one in found if one.ways), key=lambda one: (one.probe.place, one.probe.key))

    def _missing(self, probe: Probe) -> Missing:
        marks = [Mark(probe.key, way) for way in probe.wanted]
        left = [mark for mark in marks if mark not in self.shown]
        near = {mark.way: self.near[mark] for mark in left if mark in self.near}
        nearest = [each.case for each in near.values()]
        shown = [self.shown[mark] for mark in marks if mark in self.shown]
        like = next(iter((*nearest, *shown)), self._looked.get(probe.key.piece, ""))
        return Missing(probe, tuple(mark.way for mark in left), near, like)

    @cached_property
    def _looked(self) -> Mapping[str, str]:
        """The first case that shows anything of a piece."""
        found: dict[str, str] = {}
        for mark, case in self.shown.items():
            found.setdefault(mark.key.piece, case)
        return found


def _in_order(section: str) -> tuple[bool, int, bool, str]:
    numbered = section.isdigit()
    return not numbered, int(section) if numbered else 0, not section, section


def cover(law: Constitution, files: Files, samples: Iterable[Sample]) -> Coverage:
    """Return what cases exercise of a law.

    Args:
        law: The law that they were decided by.
        files: Its files, for the places.
        samples: The cases; each is read when it comes, and not kept.
    """
    tally = Tally(atlas_of(law, files))
    for sample in samples:
        tally.begin(sample.name)
        Outcomes(sample, tally).read()
    _rule_on(tally)
    return Coverage(law, tally.atlas.probes, tally.shown, tally.near, tally.cases)


def _rule_on(tally: Tally) -> None:
    """Note every ruling as carried out, or not, by the first case that shows so of something that rests on it."""
    for key, probe in tally.atlas.probes.items():
        if key.form != "ruling":
            continue
        for other in resting(tally.atlas, key.piece):
            for way in other.wanted:
                said = WITHHELD if way in NO else CARRIED_OUT
                if Mark(other.key, way) in tally.shown and said in probe.able:
                    tally.shown.setdefault(Mark(key, said), tally.shown[Mark(other.key, way)])
