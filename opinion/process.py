"""The second opinion on a law, asked of a worker that is started again after it has failed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self

from engine.law.model import Constitution
from engine.rows import Facts
from engine.second.given import plain
from engine.second.said import Said
from opinion.pipe import BrokenError, Pipe

MOST_SECONDS: Final = 20.0  # to begin: Python, the law, its rules
MOST_SECONDS_TO_ANSWER: Final = 10.0
_NO_ANSWER: Final = "the answer is none to what was asked"


@dataclass(frozen=True, slots=True)
class NoOpinion:
    """There is no second opinion, and why; `installed`: whether durable-rules is here at all."""

    why: str
    installed: bool = True

    def __str__(self) -> str:
        return f"no second opinion: {self.why}"


@dataclass
class SecondOpinion:
    """A law's second opinion. It is ready when it is first asked, or when somebody waits for it."""

    law: Constitution
    seconds: float = MOST_SECONDS_TO_ANSWER
    starting: Callable[[], Pipe] = Pipe
    started: int = 0
    _pipe: Pipe | None = None
    _ready: dict[str, Any] = field(default_factory=dict)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start the worker and hand it the law, without waiting for it.

        Raises:
            BrokenError: It has ended at once.
        """
        self.close()
        self.started += 1
        self._pipe = self.starting()
        sections = [section.model_dump(mode="json", by_alias=True) for section in self.law.sections]
        front = None if self.law.front is None else self.law.front.model_dump(mode="json", by_alias=True)
        self._pipe.send({"sections": sections, "front": front})

    def close(self) -> None:
        """End the worker."""
        if self._pipe is not None:
            self._pipe.close()
        self._pipe, self._ready = None, {}

    @property
    def pid(self) -> int | None:
        """The worker's process number."""
        return self._pipe.pid if self._pipe else None

    def ready(self) -> Mapping[str, Any] | NoOpinion:
        """Wait until the worker has read the law; return what it needs, and what it judges where."""
        try:
            return self._begun()
        except BrokenError as error:
            return self._failed(error)

    def of(self, facts: Facts, asked: Mapping[str, list[int]] | None = None) -> Said | NoOpinion:
        """Return what the second opinion says of the tables of a snapshot, and of rows that are `asked` about beside.

        After a failure the worker begins anew.
        """
        try:
            begun = self._begun()
            if isinstance(begun, NoOpinion):
                return begun
            tables = plain(facts, _told(begun, "needs"), asked)
            answer = self._asked({"tables": tables})
            if "refused" in answer:  # durable-rules has contradicted itself: what it still holds is not to be trusted
                self.start()
                return NoOpinion(answer["refused"])
            return _said(_told(answer, "said"))
        except BrokenError as error:
            return self._failed(error)

    def reads(self, asked: Sequence[tuple[str, int, Sequence[str]]]) -> list[dict[str, str]]:
        """Return the facts that rules and requirements read of rows, in the snapshot that was asked about last."""
        try:
            found: list[dict[str, str]] = _told(self._asked({"reads": list(asked)}), "reads")
        except BrokenError as error:
            self._failed(error)
            return [{} for _ in asked]
        return found

    def _asked(self, message: Mapping[str, Any]) -> dict[str, Any]:
        if self._pipe is None:
            reason = "the worker is not running"
            raise BrokenError(reason)
        self._pipe.send(message)
        return self._pipe.receive(self.seconds)

    def _begun(self) -> Mapping[str, Any] | NoOpinion:
        if self._pipe is None:
            self.start()
        if not self._ready and self._pipe is not None:
            self._ready = self._pipe.receive(MOST_SECONDS)
        if "missing" in self._ready:
            return NoOpinion(f"durable-rules is not installed ({self._ready['missing']})", installed=False)
        return NoOpinion(self._ready["refused"]) if "refused" in self._ready else self._ready

    def _failed(self, error: BrokenError) -> NoOpinion:
        """Start again, so that the next question finds a worker."""
        try:
            self.start()
        except BrokenError:
            self.close()
        return NoOpinion(str(error))


def _told(answer: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - JSON
    """Return a part of an answer.

    Raises:
        BrokenError: It has none: it is JSON, and not what a worker says.
    """
    if name not in answer:
        raise BrokenError(_NO_ANSWER)
    return answer[name]


def _said(document: Any) -> Said:  # noqa: ANN401 - JSON
    try:
        return Said.read(document)
    except (KeyError, TypeError):
        raise BrokenError(_NO_ANSWER) from None
