"""The rule set in three parts, so that what is the same for all candidates is asked once.

The parts are those of a scene, of a ticker, of a candidate. A person who knows the engine would divide it so;
expressions do not do it by themselves, the compiled law does.
"""

import json
from typing import Final

from bench.peers.plain import Get, PlainLaw, reads
from bench.peers.writer import Writer, definitions, inlined

LEVELS: Final = (("host", "market", "account", "sleeve"), ("symbol", "holding"), ("candidate", "entry"))


def levels(law: PlainLaw, writer: Writer) -> str:
    """Return for each part one expression, the reasons of its truths, and the derived facts that it gives to the next.

    The expression is a list: the truths, then those facts.
    """
    derived = definitions(law.derived)
    written = []
    for place, subjects in enumerate(LEVELS):
        own = {key: value for key, value in derived.items() if key[0] in subjects}
        below = [subject for level in LEVELS[place + 1 :] for subject in level]
        checks = [check for check in law.checks if check.subject in subjects]
        wanted = [check.holds for check in law.checks if check.subject in below]
        wanted += [value for (subject, _), value in derived.items() if subject in below]
        gives = [key for key in own if any((read.subject, read.fact) == key for of in wanted for read in reads(of))]
        asked = [inlined(of, own) for of in (*(check.holds for check in checks), *(own[key] for key in gives))]
        before = dict.fromkeys(read for of in asked for read in reads(of) if read.subject not in subjects)
        written.append(
            {
                "reasons": [check.reason for check in checks],
                "reads": [writer.get(read) for read in before],
                "gives": [writer.get(Get(*key)) for key in gives],
                "program": f"[{', '.join(map(writer.write, asked))}]",
            }
        )
    return json.dumps(written)
