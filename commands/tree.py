"""An explanation on paper: trees of evaluated expressions, cut to what decides, each fact shown once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from rich.console import RenderableType
from rich.text import Text
from rich.tree import Tree

from commands.render import cited, dim, quantity, table
from commands.tables import told
from engine.explanation import ALL_OF, ANY_OF, Explanation, Ground, Step
from engine.law.authored import Interpretation

_MARKS: Final = {True: ("✓", "green"), False: ("✗", "red"), None: ("?", "yellow")}
_SILENT: Final = {ALL_OF: True, ANY_OF: False}


@dataclass
class Page:
    """One explanation; facts deeper than `depth` definitions are not opened, without a limit everything is shown."""

    explanation: Explanation
    depth: int | None = None
    opened: set[tuple[str, str]] = field(default_factory=set)
    reads: dict[tuple[str, str], None] = field(default_factory=dict)
    parameters: dict[str, None] = field(default_factory=dict)

    def parts(self) -> Iterator[RenderableType]:
        """Yield everything that a person reads, from the top."""
        yield self._head()
        grounds = self.explanation.grounds
        met = [ground for ground in grounds if ground.role == "requires" and ground.holds is True]
        told_of = grounds if self.depth is None else [ground for ground in grounds if ground not in met]
        for ground in told_of:
            yield ""
            yield self._ground(ground)
        if self.depth is not None and met:
            yield ""
            yield self._met(met)
        yield from self._tables(told_of)

    def _head(self) -> Text:
        decision = self.explanation.decision
        text = Text(told(decision), style="bold")
        text.append(f"\n{decision.subject} {' '.join(decision.id.split())}".rstrip(), style="bold")
        for item, law in self.explanation.items.items():
            text.append(f"\n§{item}  ", style="dim")
            text.append(law.text)
        return text

    def _ground(self, ground: Ground) -> Tree:
        tree = Tree(self._label(ground), guide_style="dim")
        for step in ground.steps:
            self._grow(tree, step, 0)
        return tree

    @staticmethod
    def _label(ground: Ground) -> Text:
        text = Text(f"{ground.name} {ground.role}", style="bold")
        if ground.role == "requires":
            text.append(" and is met" if ground.holds is True else f" and is not met: {ground.reason}")
        elif ground.reason:
            text.append(f": {ground.reason}")
        return text.append(f"  {cited(ground.origin.cites)} {ground.origin.place}", style="dim not bold")

    def _grow(self, tree: Tree, step: Step, level: int) -> None:
        key = (step.name, step.id)
        again = bool(step.name) and key in self.opened
        closed = self.depth is not None and bool(step.name) and level >= self.depth
        branch = tree.add(self._line(step, again=again, closed=closed))
        self.reads |= dict.fromkeys(step.reads)
        self.parameters |= dict.fromkeys(step.parameters)
        if again or closed:
            return
        if step.name:
            self.opened.add(key)
        for part in self._telling(step):
            self._grow(branch, part, level + bool(step.name))

    def _telling(self, step: Step) -> Iterable[Step]:
        """Return the parts that make a condition what it is: of a true `any of` the true ones, and so on."""
        silent = _SILENT.get(step.says.removesuffix(":"))
        if self.depth is None or silent is None or step.plain is silent:
            return step.parts
        return [
            part for part in step.parts if part.plain is not silent and (part.plain is None) is (step.plain is None)
        ]

    def _line(self, step: Step, *, again: bool, closed: bool) -> Text:
        text = Text(style="none")
        if step.unit == "bool":
            mark, style = _MARKS[step.plain if isinstance(step.plain, bool) else None]
            text.append(f"{mark} ", style=f"bold {style}")
        if step.label:
            text.append(f"{step.label}: ", style="italic")
        text.append_text(_said(step))
        if step.margin is not None:
            text.append(f", margin {quantity(step.margin, step.margin_unit)}", style="cyan")
        if step.unknown and not step.parts:
            text.append(f"  {', '.join(step.unknown)}", style="yellow")
        more = "  (above)" if again and step.parts else "  …" if closed and step.parts else ""
        place = f"  {cited(step.origin.cites)} {step.origin.place}" if step.origin else ""
        return text.append(f"{more}{place}", style="dim")

    def _met(self, met: list[Ground]) -> Tree:
        tree = Tree(Text("Also required, and met", style="bold"), guide_style="dim")
        for ground in met:
            step = ground.steps[0]
            text = Text(f"✓ {ground.name}: ").append_text(_said(step))
            if step.margin is not None:
                text.append(f", margin {quantity(step.margin, step.margin_unit)}", style="cyan")
            tree.add(text.append(f"  {cited(ground.origin.cites)}", style="dim"))
        return tree

    def _tables(self, grounds: Iterable[Ground]) -> Iterator[RenderableType]:
        rests = dict.fromkeys(ruling for ground in grounds for ruling in ground.origin.rests_on)
        rulings = [(name, self.explanation.rulings[name]) for name in rests if name in self.explanation.rulings]
        known = self.explanation
        parameters = [known.parameters[name] for name in sorted(self.parameters)]
        facts = [known.facts[key] for key in sorted(self.reads)]
        for found in (
            table("Rests on", ("", "question", "chosen", "set aside"), map(_ruling, rulings)),
            table(
                "Parameters",
                ("name", "value", "unit", "means", "law"),
                (
                    (p.name, p.written, p.unit, p.origin.means, _cite(p.origin.cites, p.origin.place))
                    for p in parameters
                ),
            ),
            table(
                "Facts",
                ("name", "of", "value", "means", "written at"),
                ((f.name, f.id, f.gives, f.means, dim(str(f.place or ""))) for f in facts),
            ),
        ):
            if found is not None:
                yield ""
                yield found


def _cite(items: Iterable[str], place: object) -> Text:
    return dim(f"{cited(items)} {place}")


def _ruling(entry: tuple[str, Interpretation]) -> tuple[RenderableType, ...]:
    name, ruling = entry
    asked = Text(ruling.question)
    if ruling.human_ruling_needed:
        asked.append(" A person must confirm it.", style="yellow")
    return name, asked, ruling.chosen, dim("\n".join(f"• {other}" for other in ruling.set_aside))


def _said(step: Step) -> Text:
    """Return a fact's name, what it gives and how; an expression without a name by itself."""
    text = Text()
    if step.name:
        text.append(step.name, style="bold")
        text.append(f" {step.gives}" if step.unit != "bool" or step.plain is None else "")
        text.append(": " if step.unit == "bool" else " = " if step.form == "fact" else ": ")
        return text.append(step.says)
    text.append(step.says)
    if step.unit != "bool" and step.gives not in step.says.rpartition(" ")[2]:
        text.append(f" = {step.gives}")
    return text
