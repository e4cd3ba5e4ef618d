"""durable-rules itself, by its C module: rule sets made once, one session for every call, every answer counted.

The only module that imports it. The C module is called directly, so that no thread, timer or clock takes part and a
failure is an exception; what can crash it is kept away by `limits.py`, and what crashes all the same crashes a worker.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

SESSIONS: Final = 8  # names of sessions, used in turn: far fewer than it can keep
MOST_FACTS: Final = 256  # in one session
DONE: Final = "done"
_LAST: Final = 9  # the priority of the rule that always fires, so that there is always a session to be deleted
_RULE, _ID = 1, 7  # where the rule's name and the fact's id stand between the quotes of an answer


class NotInstalledError(Exception):
    """durable-rules cannot be imported here."""


class InconsistentError(Exception):
    """durable-rules has not answered as it must: there is no second opinion."""


def installed() -> Any:  # noqa: ANN401 - a C module without types
    """Return the C module.

    Raises:
        NotInstalledError: It is not here; the message says why.
    """
    try:
        import durable_rules_engine  # noqa: PLC0415 - it may be missing, and nothing else needs it
    except ImportError as error:
        raise NotInstalledError(str(error)) from error
    return durable_rules_engine


class RuleSet:
    """One set of rules. A fact is the text of its own fields, without the braces, its id and its session."""

    def __init__(self, name: str, rules: Mapping[str, Sequence[str]]) -> None:
        self._engine = installed()
        self._session = 0
        whole = {rule: _pattern(terms) for rule, terms in rules.items()}
        whole[DONE] = {"pri": _LAST, "all": [{"m": {"t": -1}}]}
        self._handle = self._engine.create_ruleset(name, json.dumps(whole))

    def fired(self, facts: Sequence[str]) -> Iterator[tuple[str, int]]:
        """Yield the rules that fire, each with the number of the fact.

        Raises:
            InconsistentError: The rule that always fires did not, or not once.
        """
        for first in range(0, len(facts), MOST_FACTS):
            yield from self._session_of(facts[first : first + MOST_FACTS], first)

    def _session_of(self, facts: Sequence[str], first: int) -> Iterator[tuple[str, int]]:
        self._session = (self._session + 1) % SESSIONS
        session = str(self._session)
        texts = [f'{{"id":"{number}","sid":"{session}",{fact}}}' for number, fact in enumerate(facts)]
        texts.append(f'{{"id":"{DONE}","sid":"{session}","t":-1}}')
        _, offset = self._engine.assert_facts(self._handle, f"[{','.join(texts)}]")
        done = 0
        try:
            for rule, id_ in self._answers(offset):
                if rule == DONE:
                    done += 1
                else:
                    yield rule, first + int(id_)
        finally:
            self._engine.delete_state(self._handle, session)
        if done != 1:
            message = f"the rule that always fires fired {done} times"
            raise InconsistentError(message)

    def _answers(self, offset: int) -> Iterator[tuple[str, str]]:
        started = self._engine.start_action_for_state(self._handle, offset)
        message = started and started[1]
        while message:
            parts = message.split('"', _ID + 1)
            yield parts[_RULE], parts[_ID]
            message = self._engine.complete_and_start_action(self._handle, offset)


def _pattern(terms: Sequence[str]) -> dict[str, Any]:
    """Return a rule: one fact, all of whose terms hold; the first says of which type it is."""
    return {"pri": 0, "all": [{"m": {"$and": [json.loads(term) for term in terms]}}]}
