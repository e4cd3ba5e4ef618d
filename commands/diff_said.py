"""A difference as a person reads it: what each version says, where, and what follows from it."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from commands.behaviour import Behaviour
from commands.render import cited, dim, present, table
from engine.law.model import Constitution, Origin
from engine.place import Place
from proof.compare import Change, Comparison
from proof.compare_behaviour import Group, heads, is_refused_otherwise, spoken
from proof.compare_reach import Reach
from proof.compare_turns import Turn
from proof.compare_verdicts import Ticks

_READERS: Final = 6
_SHOWN: Final = 2
_STYLES: Final = {"looser": "red", "tighter": "green", "different": "yellow"}
_ALONE: Final = "The comparison is by meaning alone"
_KEPT: Final = "what was remembered under the old name is not read any more"


def said(
    comparison: Comparison, names: tuple[str, str], found: Behaviour | None, golden: Path
) -> Iterator[RenderableType]:
    """Yield what differs between two versions, texts apart from what is decided.

    Args:
        comparison: What differs by what they say.
        names: What the two are called.
        found: What they decide otherwise, where that can hang on what differs.
        golden: Where the golden cases were looked for.
    """
    for name, law in zip(names, (comparison.old.law, comparison.new.law), strict=True):
        yield Text(f"{name}: Constitution {law.version} ({law.status}) {law.bytes_digest[:12]}", style="bold")
    meant = [change for change in comparison.changes if change.layer != "text"]
    texts = [change for change in comparison.changes if change.layer == "text"]
    if not meant:
        yield from ("", "They say the same.")
    yield from present(_parameters(comparison, meant))
    yield from _changed("What is said", [change for change in meant if not _is_value(change)])
    yield from _changed("Texts", texts)
    if comparison.renamed:
        told = ", ".join(f"{each.form} {each.old} is {each.new}" for each in comparison.renamed)
        yield from ("", dim(f"Only called otherwise: {told}"))
    if found is not None:
        yield ""
        yield from _decided(found, golden)
        yield from _behaviour(comparison, found)


def _is_value(change: Change) -> bool:
    return change.form == "parameter" and change.part == "value"


def _parameters(comparison: Comparison, changes: Iterable[Change]) -> RenderableType | None:
    reach = Reach(comparison.new)
    rows = (
        (
            change.name, change.old, change.new, change.unit, cited(change.cites), _places(change),
            dim(_readers(reach, change)),
        )
        for change in changes
        if _is_value(change)
    )  # fmt: skip
    return table("Parameters", ("name", "was", "is", "unit", "law", "where", "read by"), rows)


def _readers(reach: Reach, change: Change) -> str:
    piece = change.pieces[1]
    found = [reader.name for ref in piece.defines for reader in reach.readers.get(ref, ())] if piece else []
    more = f" and {len(found) - _READERS} more" if len(found) > _READERS else ""
    return f"{', '.join(found[:_READERS])}{more}"


def _places(change: Change) -> Text:
    """Return where both versions say it, once where that is one place."""
    places = [_place(place) for place in (change.old_place, change.new_place) if place is not None]
    return dim(" → ".join(dict.fromkeys(places)))


def _place(place: Place) -> str:
    return f"{place.file}:{place.line}:{place.column}"


def _changed(title: str, changes: Sequence[Change]) -> Iterator[RenderableType]:
    if changes:
        yield from ("", Text(title, style="bold"))
    for (form, name), own in groupby(changes, lambda change: (change.form, change.name)):
        listed = [*own]
        yield Text(f"{form} {name}  ").append_text(dim(cited(listed[0].cites) if form != "item" else ""))
        for change in listed:
            yield from _told(change)


def _told(change: Change) -> Iterator[RenderableType]:
    lead = f"{change.part} " if change.part else ""
    yield Padding(Text(f"{lead}{_how(change)}  ").append_text(_places(change)), (0, 0, 0, 2))
    lost, gained = (change.lost, change.gained) if change.lost or change.gained else ((change.old,), (change.new,))
    for sign, lines, style in (("−", lost, "red"), ("+", gained, "green")):
        yield from (Padding(Text(f"{sign} {line}", style=style), (0, 0, 0, 4)) for line in lines if line)


def _how(change: Change) -> str:
    if change.how == "renamed":
        return f"renamed: {_KEPT}"
    if change.lost or change.gained:
        return "changed; of its terms"
    return "in another order" if change.how == "moved" else change.how


def without_golden(found: Behaviour, where: Path) -> str:
    """Return what it means that there are no golden cases where they were looked for."""
    if found.decided:
        return f"No golden case was decided: there is none at {where}; name them with --golden."
    advice = "name golden cases with --golden, or snapshots with --snapshots"
    return f"Nothing was decided by both: there is no golden case at {where}. {_ALONE}; {advice}."


def _decided(found: Behaviour, where: Path) -> Iterator[RenderableType]:
    """Yield what both have decided, and which golden cases they have not."""
    if found.decided:
        count = len(found.differing)
        golden = f"{found.golden} of {found.of} golden cases, " if found.golden else ""
        made = f"{found.given} given, {found.made} made at the bounds"
        yield Text(f"Decided by both: {golden}{made}; {count} differ{'s' * (count == 1)}", style="bold")
    if not found.golden:
        yield Text(without_golden(found, where), style="bold red")
    yield from map(dim, _left(found))


def _behaviour(comparison: Comparison, found: Behaviour) -> Iterator[RenderableType]:
    rows = ((*_marked(group), _law(comparison, group.rules)) for group in found.groups)
    yield from present(table("", ("", "#snapshots", "what", "was", "is", "law"), rows))
    if found.groups:
        yield from ("", Text("Witnesses", style="bold"))
        yield from _witnesses(found.groups)


def _left(found: Behaviour) -> Iterator[str]:
    """Yield which golden cases were not decided, where some were not."""
    if found.golden < found.naming:
        some = f"{found.golden} of the {found.naming} golden cases in files whose rules read what changed were decided"
        yield f"{some}; --all decides all {found.of}."
    elif found.golden < found.of:
        yield f"The other golden cases are in files whose rules do not read what changed; --all decides all {found.of}."


def _marked(group: Group) -> tuple[RenderableType, ...]:
    return Text(group.mark, style=_STYLES[group.mark]), str(group.count), group.what, group.old, group.new


def _law(comparison: Comparison, rules: Sequence[str]) -> Text:
    """Return the first rule behind a turn, what it cites and where it stands."""
    for rule in rules:
        for law in (comparison.new.law, comparison.old.law):
            origin = _origin(law, rule)
            if origin is not None:
                return Text(f"{rule} {cited(origin.cites[:2])} ").append_text(dim(_place(origin.place)))
    return Text("")


def _origin(law: Constitution, rule: str) -> Origin | None:
    found = law.rules.get(rule) or law.choices.get(rule) or law.shares.get(rule)
    return None if found is None else found.origin


def _witnesses(groups: Sequence[Group]) -> Iterator[RenderableType]:
    """Yield each snapshot that shows something, and all that it shows."""
    shown = {id(trial): (trial, list[Text]()) for group in groups for trial, _ in group.witnesses[:_SHOWN]}
    for group in groups:
        for trial, turn in group.witnesses:
            if id(trial) in shown:
                old, new = spoken(turn)
                mark = Text(group.mark, style=_STYLES[group.mark])
                shown[id(trial)][1].append(mark.append(f" {turn.of}: {old} → {new}", style="default"))
    for trial, lines in shown.values():
        yield Text(trial.name).append_text(dim(f"  {trial.moved}"))
        yield from (Padding(line, (0, 0, 0, 2)) for line in lines)


def ticks_said(found: Ticks, *, every: bool) -> Iterator[RenderableType]:
    """Yield what one verdict says otherwise than the one before it; refusals that change alike once, or `every` one."""
    for name, each in (("before", found.old), ("after", found.new)):
        yield Text(f"{name}: {each.as_of}, Constitution {each.version} {each.law[:12]}", style="bold")
    refused = [] if every else [turn for turn in found.turns if is_refused_otherwise(turn)]
    for what, title in (("decision", "Decisions"), ("order", "Orders"), ("memory", "Memory")):
        told = [turn for turn in found.turns if turn.what == what and turn not in refused]
        rows = ((turn.of, *spoken(turn), _cited_by(found, turn.rules)) for turn in told)
        yield from present(table(title, ("of", "was", "is", "law"), rows))
    yield from present(_refused(found, refused))
    if not found.turns:
        yield from ("", "Nothing is decided, ordered or remembered otherwise.")
    if found.otherwise:
        what = "refusal stands and misses" if found.otherwise == 1 else "refusals stand and miss"
        yield from ("", dim(f"{found.otherwise} {what} by another amount."))


def _refused(found: Ticks, turns: Sequence[Turn]) -> RenderableType | None:
    """Return what is refused on both sides for other reasons, alike changes together."""
    alike: dict[tuple[str, str], list[Turn]] = {}
    for turn in turns:
        alike.setdefault(heads(turn), []).append(turn)
    rows = (
        (f"{own[0].of}{f' and {len(own) - 1} more' if len(own) > 1 else ''}", *said, _cited_by(found, own[0].rules))
        for said, own in alike.items()
    )
    return table("Refused before and after (--all lists each)", ("of", "was", "is", "law"), rows)


def _cited_by(found: Ticks, rules: Sequence[str]) -> Text:
    for rule in rules:
        citation = found.citations.get(rule)
        if citation is not None:
            return Text(f"{rule} {cited(citation.cites[:2])} ").append_text(dim(citation.place))
    return Text("")
