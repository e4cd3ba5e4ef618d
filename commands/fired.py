"""How many golden cases each rule fires in, and how many refuse it.

A decision fires where it stands in the verdict under the rule's name; it is refused where a case looks at a row of its
subject and it does not stand there: it is not made, is denied, or lost to another. A requirement fires where what it
guards is decided, and refuses where a reason is given under its name.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from commands.golden import Told
from commands.lines import Line, head
from engine.decisions import KINDS
from engine.law.model import Constitution, Rule
from engine.place import Fault


@dataclass(frozen=True, slots=True)
class Count:
    """In how many cases one rule fires, and in how many it is refused, or refuses."""

    rule: Rule
    fires: int
    refuses: int

    @property
    def fault(self) -> Fault | None:
        """A rule counts only with a case of each kind."""
        if self.fires and self.refuses:
            return None
        missing = " and ".join(
            said for said, count in (("fires it", self.fires), ("refuses it", self.refuses)) if not count
        )
        return Fault(
            self.rule.origin.place, "no-case", f"'{self.rule.id}' has no golden case that {missing}; write one"
        )


def counted(law: Constitution, told: Iterable[Told]) -> Mapping[str, Count]:
    """Return the count of every rule of a law over what it says in cases."""
    fires, refuses = dict.fromkeys(law.rules, 0), dict.fromkeys(law.rules, 0)
    for each in told:
        for name, rule in law.rules.items():
            rows = fired(rule, each)
            fires[name] += bool(rows)
            refuses[name] += refused(rule, each, rows)
    return {name: Count(rule, fires[name], refuses[name]) for name, rule in law.rules.items()}


def fired(rule: Rule, told: Told) -> frozenset[str]:
    """Return the rows about which a rule has decided; of a requirement those for which what it guards is decided."""
    found = (line for line in told.decisions if head(line)[0] == rule.kind)
    return frozenset(str(head(line)[1]) for line in found if not rule.decides or _own(rule, line))


def refused(rule: Rule, told: Told, rows: frozenset[str]) -> bool:
    """Return whether a case shows a rule that does not fire, or a requirement that refuses."""
    if rule.decides:
        return any(row.partition(" ")[0] == rule.subject for row in told.rows - rows)
    return any(head(reason)[1] == rule.id for line in told.decisions for reason in line.get("reasons", ()))


def _own(rule: Rule, line: Line) -> bool:
    """Return whether a line is the rule's own decision, and not the alert that something it needs is unknown."""
    told = KINDS[rule.kind].model_fields  # a line leaves out what is as it mostly is
    words = {name: value for name, value in rule.fields.items() if isinstance(value, str)}
    same = (line.get(name, told[name].default) == value for name, value in words.items())
    return bool(line["rule"] == rule.id and all(same))
