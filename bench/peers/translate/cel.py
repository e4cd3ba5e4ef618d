"""The rule set as Common Expression Language: a program a rule, or all rules in one."""

import json

from bench.peers.plain import Get, PlainLaw
from bench.peers.translate.levels import levels
from bench.peers.writer import Writer, definitions, inlined


class Cel(Writer):
    def get(self, of: Get) -> str:
        return f"{of.subject}_{of.fact}"


def programs(law: PlainLaw) -> str:
    """Return derived facts in order, then rules, each a program that reads facts by name."""
    cel = Cel()
    return json.dumps(
        {
            "derived": [[cel.get(Get(fact.subject, fact.fact)), cel.write(fact.value)] for fact in law.derived],
            "rules": [[check.reason, cel.write(check.holds)] for check in law.checks],
        }
    )


def one_program(law: PlainLaw) -> str:
    """Return one program that gives a list of truths, derived facts written out where they are read."""
    cel, derived = Cel(), definitions(law.derived)
    return json.dumps(
        {
            "reasons": [check.reason for check in law.checks],
            "program": f"[{', '.join(cel.write(inlined(check.holds, derived)) for check in law.checks)}]",
        }
    )


def three_programs(law: PlainLaw) -> str:
    return levels(law, Cel())
