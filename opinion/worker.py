"""The process that gives the second opinion: one line of JSON in, one line out; `python -m opinion.worker` starts it.

The first line is the authored law. The answers go to standard output, which nothing else may use.
"""

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from engine.law.authored import Section, Version
from engine.second.durable import InconsistentError, NotInstalledError, installed
from engine.second.limits import limits, summary
from engine.second.opinion import Opinion, Second, of_authored

Message: TypeAlias = Mapping[str, Any]


class Worker:
    """One law, and the last snapshot that was asked about."""

    def __init__(self, second: Second) -> None:
        self.second = second
        self.last: Opinion | None = None

    def answer(self, message: Message) -> Message:
        """Return the answer to one message."""
        of: dict[str, Callable[[Any], Message]] = {"tables": self._said, "reads": self._reads}
        ((what, given),) = message.items()
        return of[what](given)

    def _said(self, tables: Any) -> Message:  # noqa: ANN401 - as `engine.second.given.plain` makes it
        self.last = None
        self.last = self.second.opinion(tables)
        return {"said": self.last.said.document()}

    def _reads(self, asked: list[tuple[str, int, list[str]]]) -> Message:
        return {"reads": [self.last.reads(*of) if self.last else {} for of in asked]}


def ready(second: Second) -> Message:
    """Return what a law needs to be given and what is judged where; or what does not fit, or is not installed."""
    try:
        installed()
    except NotInstalledError as error:
        return {"missing": str(error)}
    found = [str(limit) for limit in limits(second)]
    if found:
        return {"refused": "; ".join(found)}
    return {"needs": second.needs, "summary": str(summary(second)), "sets": sum(map(len, second.sets))}


def serve(read: Callable[[], str], write: Callable[[Message], None]) -> None:
    """Answer until nothing more is asked."""
    law = json.loads(read())
    sections = tuple(Section.model_validate(section) for section in law["sections"])
    second = of_authored(sections, None if law["front"] is None else Version.model_validate(law["front"]))
    first = ready(second)
    write(first)
    if "needs" not in first:
        return
    worker = Worker(second)
    while line := read():
        try:
            write(worker.answer(json.loads(line)))
        except InconsistentError as error:
            write({"refused": str(error)})


def _write(message: Message) -> None:
    sys.stdout.write(json.dumps(message, separators=(",", ":")) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    serve(sys.stdin.readline, _write)
