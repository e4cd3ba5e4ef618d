"""What decisions are filled in with, and what orders are held against: values for the rows that are asked about."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from engine.decisions import fields
from engine.law import authored
from engine.second.forms import text_of
from engine.second.graph import Frame, Node, Run
from engine.second.law import Law
from engine.second.values import exact, spelled

Values = Mapping[str, Mapping[str, list[str]]]


@dataclass
class Terms:
    """The expressions of decisions' own fields, of choices and of shares, each over the rows asked about by name."""

    law: Law
    front: authored.Version | None

    @cached_property
    def nodes(self) -> dict[str, dict[str, Node]]:
        """What is worked out of the rows under each name."""
        found = {name: dict(self._fields(name, rule)) for name, rule in self.law.rules.items() if rule.decide}
        named = {f"fields:{name}": nodes for name, nodes in found.items() if nodes}
        if self.front is not None:
            named |= {f"choice:{name}": self._choice(name, choice) for name, choice in self.front.choices.items()}
            for name, share in self.front.shares.items():
                named |= self._share(name, share)
        return named

    def _fields(self, name: str, rule: authored.Rule) -> Iterator[tuple[str, Node]]:
        wanted, frame = fields(str(rule.decide)), self.law.compiler.graph.some(rule.for_, f"fields:{name}")
        for field, value in rule.with_.items():
            text = text_of(value)
            if wanted[field].unit != "symbol" or "." in text or "(" in text:  # else a word that stands as itself
                yield field, self.law.forms.expression(frame, value)

    def _choice(self, name: str, choice: authored.Choice) -> dict[str, Node]:
        frame = self.law.compiler.graph.some(self._deciding(choice.among), f"choice:{name}")
        found = {"price": self.law.forms.expression(frame, choice.price)}
        for budget, of in choice.within.items():
            found[f"room:{budget}"] = self.law.forms.expression(frame, of.room)
            found[f"uses:{budget}"] = self.law.forms.expression(frame, of.uses)
        return found

    def _share(self, name: str, share: authored.Share) -> dict[str, dict[str, Node]]:
        graph, forms = self.law.compiler.graph, self.law.forms
        frame = graph.some(self._deciding(share.among), f"share:{name}")
        room = self._above(frame, share.shared_by, forms.expression(graph.root(share.shared_by), share.room))
        found = {f"share:{name}": {"asks": forms.expression(frame, share.asks), "room": room}}
        if share.need is not None:
            needed = forms.expression(graph.root(share.need.shared_by), share.need.room)
            found[f"share:{name}"]["need"] = self._above(frame, share.need.shared_by, needed)
        for leg, of in share.legs.items():
            bought = graph.some("candidate", f"leg:{name}:{leg}")
            costs, price = (forms.expression(bought, text) for text in (of.costs, of.price))
            found[f"leg:{name}:{leg}"] = {"costs": costs, "price": price}
            found[f"share:{name}"][f"weight:{leg}"] = forms.expression(frame, of.weight)
            if share.need is not None:
                found[f"leg:{name}:{leg}"]["uses"] = forms.expression(bought, share.need.uses)
            subject, fact = of.buys.split(".")
            pick = self.law.pick(subject, fact)
            if pick is not None:
                found[f"share:{name}"][f"buys:{leg}"] = self._above(frame, subject, pick)
        return found

    def _above(self, frame: Frame, subject: str, node: Node) -> Node:
        return self.law.compiler.gathered(frame, subject, node)

    def _deciding(self, kind: str) -> str:
        """Return the subject that a kind of decision is about."""
        return next(rule.for_ for rule in self.law.rules.values() if rule.decide == kind)

    def values(self, run: Run) -> dict[str, dict[str, list[str]]]:
        """Return what was asked about, each value spelled."""
        return {
            name: {
                field: [_spelled(node, value) for value in run.columns[node.number]] for field, node in nodes.items()
            }
            for name, nodes in self.nodes.items()
            if run.asked.get(name)
        }


def _spelled(node: Node, value: Any) -> str:  # noqa: ANN401 - any value
    return spelled(exact(node, value))
