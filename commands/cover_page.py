"""What golden cases exercise as one page: what is missing first, and which case shows everything else."""

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from commands.covered import Covered, told
from commands.page.chapters import joined
from commands.page.html import page
from commands.page.markdown import escaped, heading, link, small, table
from engine.facts import STATES
from engine.place import Place
from proof.coverage import Missing
from proof.coverage_points import FORMS, Key, Mark, Probe
from proof.coverage_words import advice, called

_HOW = """\
Every place of the law that can turn out in several ways is listed with the ways that golden cases show: a rule that
decides and one that does not, a requirement that holds, fails, or cannot be judged, a row that applies and one that was
looked at and does not, a value one tick below a bound, on it, one tick above it.

- A case shows only what its own decisions, orders and memory hung on: what it does not look at does not count.
- Of a bound of the law the nearest on each side counts from one tick away; what compares two facts, from anywhere.
- What no facts lead to is not asked for.
- Behind what is missing stands the case one would write, and one that is there to begin from.
"""


def html(of: Covered, base: str) -> str:
    """Return the page; `base` is what stands before the name of a file of the law in a link."""
    title = f"What golden cases show of the ALL-USE Constitution, version {of.law.version}"
    return page(title, joined(_opening(of, title)), joined(_contents(of)), joined(_body(of, base)))


def _opening(of: Covered, title: str) -> Iterator[str]:
    coverage = of.coverage
    yield f"# {escaped(title)}"
    yield ""
    shown = told(coverage.whole, escaped(of.what))
    yield f"**{coverage.cases} golden cases show {shown}.** The law is `{of.law.bytes_digest[:12]}`."
    yield ""
    yield _HOW
    yield ""
    yield from table(
        ["what", "places", "shown", "of", "%"],
        ([FORMS[form], *_numbers(of, found)] for form, found in coverage.forms),
    )


def _numbers(of: Covered, found: Sequence[Probe]) -> list[str]:
    shown = of.coverage.of(found)
    return [str(len(found)), str(shown.ways), str(shown.wanted), f"{shown.percent:.1f}"]


def _contents(of: Covered) -> Iterator[str]:
    yield heading(2, "contents", "Contents")
    yield ""
    for name, found in of.coverage.sections:
        percent = f"{of.coverage.of(found).percent:.0f} %"
        yield f"- {link(escaped(of.title(name)), f'section-{name}')} {small(percent)}"


def _body(of: Covered, base: str) -> Iterator[str]:
    for name, found in of.coverage.sections:
        missing, shown = of.coverage.missing(found), of.coverage.of(found)
        yield heading(2, f"section-{name}", escaped(of.title(name)))
        yield ""
        yield f"{told(shown, escaped(of.title(name)))}."
        yield ""
        yield from _states(of, found)
        if missing:
            yield heading(3, f"missing-{name}", "Missing")
            yield ""
            yield from table(["where", "what", "write a case about"], (_lacking(of, one, base) for one in missing))
            yield ""
        yield f"<details><summary>what is shown, and by which case: {len(found)} places</summary>"
        yield ""
        yield from table(["where", "what", "shown by"], (_shown(of, probe, base) for probe in found))
        yield ""
        yield "</details>"
        yield ""


def _states(of: Covered, found: Sequence[Probe]) -> Iterator[str]:
    """Yield the changes of state as a table, where there are any: from the left to the top."""
    rules = dict.fromkeys(probe.key.piece for probe in found if probe.key.form == "transition")
    for rule in rules:
        yield from table(
            ["from, to", *STATES], ([source, *(_change(of, rule, source, to) for to in STATES)] for source in STATES)
        )
        yield ""


def _change(of: Covered, rule: str, source: str, to: str) -> str:
    key = Key("transition", rule, f"{source} to {to}")
    probe = of.coverage.probes.get(key)
    if probe is None:
        return ""
    return "<br>".join(way if Mark(key, way) in of.coverage.shown else f"**{way}?**" for way in probe.wanted)


def _lacking(of: Covered, one: Missing, base: str) -> list[str]:
    said = advice(one, of.law)
    told_ = [f"**{escaped(way)}:** {escaped(text)}" for way, text in zip(one.ways, said, strict=True)]
    like = small(f"begin from {escaped(_short(one.like))}") if one.like else ""
    return [_link(one.probe.place, base), _what(one.probe), "<br>".join([*told_, *filter(None, [like])])]


def _shown(of: Covered, probe: Probe, base: str) -> list[str]:
    ways = [(way, of.coverage.shown.get(Mark(probe.key, way), "")) for way in probe.wanted]
    told_ = [f"**{escaped(way)}:** {escaped(_short(case)) or 'no case'}" for way, case in ways]
    never = [f"no facts lead to {escaped(', '.join(sorted(probe.never)))}"] if probe.never else []
    return [_link(probe.place, base), _what(probe), "<br>".join([*told_, *map(small, never)])]


def _what(probe: Probe) -> str:
    return f"{probe.key.form} {escaped(called(probe))}"


def _short(case: str) -> str:
    """Return a case by its section, file and name."""
    file, _, name = case.partition("::")
    path = PurePosixPath(file)
    return f"{path.parent.name}/{path.stem}::{name}" if case else ""


def _link(place: Place, base: str) -> str:
    return f"[{place.file}:{place.line}]({base}{place.file}#L{place.line})"
