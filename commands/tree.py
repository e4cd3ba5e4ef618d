"""Explanations on paper: trees of evaluated expressions, cut to what decides, every fact defined once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from rich.console import RenderableType
from rich.rule import Rule
from rich.text import Text
from rich.tree import Tree

from commands.render import cited, dim, quantity, table
from commands.tables import contract, told
from engine.explanation import ALL_OF, ANY_OF, Explained, Explanation, Ground, Step
from engine.law.authored import Interpretation

_MARKS: Final = {True: ("✓", "green"), False: ("✗", "red"), None: ("?", "yellow")}
_FEW: Final = 3
_SILENT: Final = {ALL_OF: True, ANY_OF: False}


@dataclass
class Paper:
    """Explanations, one after the other; facts deeper than `depth` definitions stay closed, `None` opens everything."""

    explanations: Sequence[Explained]
    depth: int | None = None
    opened: set[tuple[str, str]] = field(default_factory=set)
    reads: dict[tuple[str, str], None] = field(default_factory=dict)
    parameters: dict[str, None] = field(default_factory=dict)
    rests: dict[str, None] = field(default_factory=dict)

    def parts(self) -> Iterator[RenderableType]:
        """Yield everything that a person reads, from the top."""
        for number, explanation in enumerate(self.explanations):
            if number:
                yield from ("", Rule(style="dim"), "")
            if isinstance(explanation, Explanation):
                yield _head(explanation)
            for tree in self.trees(explanation.grounds):
                yield from ("", tree)
        yield from self.tables()

    def tables(self) -> Iterator[RenderableType]:
        """Yield the rulings, parameters and facts of what was written so far."""
        for found in (self._rulings(), self._parameters(), self._facts()):
            if found is not None:
                yield from ("", found)

    def trees(self, grounds: Sequence[Ground]) -> Iterator[Tree]:
        """Yield a tree for every ground; requirements that are met share one, a line each, unless all is shown."""
        met = [ground for ground in grounds if ground.role == "requires" and ground.holds and self.depth is not None]
        for ground in grounds:
            if ground not in met:
                self.rests |= dict.fromkeys(ground.origin.rests_on)
                tree = Tree(_label(ground), guide_style="dim")
                for number, step in enumerate(ground.steps):
                    self._grow(tree, step, 0 if _decisive(ground, step, number) else self.depth or 0)
                yield tree
        if met:
            yield _met(met)

    def _grow(self, tree: Tree, step: Step, level: int) -> None:
        """Add a step and what it is made of; `level` definitions have been opened above it."""
        key = (step.name, step.id)
        telling = self._telling(step)
        if not step.name and step.says in _SILENT and len(telling) == 1:
            self._grow(tree, replace(telling[0], label=step.label or telling[0].label), level)
            return
        again = bool(step.name) and key in self.opened
        closed = self.depth is not None and bool(step.name) and level >= self.depth
        more = "  (above)" if again and step.parts else "  …" if closed and step.parts else ""
        branch = tree.add(_line(step, more))
        self.reads |= dict.fromkeys(step.reads)
        self.parameters |= dict.fromkeys(step.parameters)
        if again or closed:
            return
        if step.name:
            self.opened.add(key)
        for part in telling:
            self._grow(branch, part, level + bool(step.name))

    def _telling(self, step: Step) -> Sequence[Step]:
        """Return the parts that make a condition what it is: of a true `any of` the true ones, and so on."""
        silent = _SILENT.get(step.says)
        if self.depth is None or silent is None or step.plain is silent:
            return step.parts
        return [part for part in step.parts if part.plain is step.plain]

    def _rulings(self) -> RenderableType | None:
        known = {name: each for found in self.explanations for name, each in found.rulings.items()}
        rows = (_ruling(name, known[name]) for name in sorted(self.rests) if name in known)
        return table("Rests on", ("", "question", "chosen", "set aside"), rows)

    def _parameters(self) -> RenderableType | None:
        known = {name: each for found in self.explanations for name, each in found.parameters.items()}
        rows = []
        for name in sorted(self.parameters):
            each = known[name]
            law = dim(f"{cited(each.origin.cites)} {each.origin.place}")
            rows.append((name, each.written, each.unit, each.origin.means, law))
        return table("Parameters", ("name", "value", "unit", "means", "law"), rows)

    def _facts(self) -> RenderableType | None:
        known = {key: each for found in self.explanations for key, each in found.facts.items()}
        found = [known[key] for key in sorted(self.reads)]
        files = {each.place.file for each in found if each.place is not None}
        rows = []
        for each in found:
            place = "" if each.place is None else str(each.place)
            where = place.removeprefix(f"{each.place.file}:") if each.place and len(files) == 1 else place
            rows.append((each.name, contract(each.id), contract(each.gives), each.means, dim(where)))
        title = f"Facts, from {files.pop()}" if len(files) == 1 else "Facts"
        return table(title, ("name", "of", "value", "means", "at"), rows)


def _decisive(ground: Ground, step: Step, number: int) -> bool:
    """Return whether a step is worth opening: a condition, one of few fields, a ceiling that binds."""
    return step.plain is False if ground.role == "chooses" else number == 0 or len(ground.steps) <= _FEW


def _head(explanation: Explanation) -> Text:
    decision = explanation.decision
    text = Text(told(decision), style="bold")
    text.append(f"\n{decision.subject} {contract(decision.id)}".rstrip())
    for item in dict.fromkeys(item for ground in explanation.grounds[:1] for item in ground.origin.cites):
        if item in explanation.items:
            text.append(f"\n§{item}  ", style="not bold dim")
            text.append(explanation.items[item].text, style="not bold")
    return text


def _label(ground: Ground) -> Text:
    text = Text(f"{ground.name} {ground.role}", style="bold")
    if ground.role == "requires":
        said = {True: "and is met", False: f"and is not met: {ground.reason}", None: f"and is unknown: {ground.reason}"}
        text.append(f" {said[ground.holds]}")
    elif ground.reason:
        text.append(f": {contract(ground.reason)}")
    elif ground.role == "tells":
        text.append(" what nobody knows")
    elif ground.role == "wins":
        text.append(" over it")
    return text.append(f"  {cited(ground.origin.cites)} {ground.origin.place}", style="dim not bold")


def _met(met: Iterable[Ground]) -> Tree:
    tree = Tree(Text("Also required, and met", style="bold"), guide_style="dim")
    for ground in met:
        line = _line(replace(_gist(ground.steps[0]), label=ground.name, origin=None))
        tree.add(line.append(f"  {cited(ground.origin.cites)}", style="dim"))
    return tree


def _gist(step: Step) -> Step:
    """Return the part that says most: of a true `any of` the first true one, of a table what its row gives."""
    part = next((part for part in step.parts if part.label == "gives" or (step.says == ANY_OF and part.plain)), None)
    return step if part is None else _gist(part)


def _line(step: Step, more: str = "") -> Text:
    text = Text()
    if step.unit == "bool":
        mark, style = _MARKS[step.plain if isinstance(step.plain, bool) else None]
        text.append(f"{mark} ", style=f"bold {style}")
    if step.label:
        text.append(f"{contract(step.label)}: ", style="italic")
    text.append_text(_said(step))
    if step.margin is not None:
        text.append(f", margin {quantity(step.margin, step.margin_unit)}", style="cyan")
    if step.unknown and not step.parts:
        text.append(f"  {contract(', '.join(step.unknown))}", style="yellow")
    place = f"  {cited(step.origin.cites)} {step.origin.place}" if step.origin else ""
    return text.append(f"{more}{place}", style="dim")


def _said(step: Step) -> Text:
    """Return a fact's name, what it gives and how; an expression without a name by itself."""
    text, says, gives = Text(), contract(step.says), contract(step.gives)
    if step.name:
        text.append(step.name, style="bold")
        value = f" {gives}" if step.unit != "bool" else ""
        text.append(f"{value} = " if step.form == "fact" and value else f"{value}: ")
    elif step.unit != "bool" and not says.endswith(gives):
        return text.append(f"{says} = {gives}")
    return text.append(says)


def _ruling(name: str, ruling: Interpretation) -> tuple[RenderableType, ...]:
    asked = Text(ruling.question)
    if ruling.human_ruling_needed:
        asked.append(" A person must confirm it.", style="yellow")
    return name, asked, ruling.chosen, dim("\n".join(f"• {other}" for other in ruling.set_aside))
