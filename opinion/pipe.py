"""Lines of JSON to and from a process, never waited for longer than said."""

import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from signal import Signals
from tempfile import TemporaryFile
from typing import Any, Final

WORKER: Final = (sys.executable, "-P", "-m", "opinion.worker")
_SIGNALS: Final = {signal.value: signal.name for signal in Signals}  # most of the real-time ones have no name
_CHUNK: Final = 2**16
_SECOND: Final = 1.0


class BrokenError(Exception):
    """The process has ended, or has not answered in time; the message says which."""


class Pipe:
    """One process. What is sent waits here until the process takes it, so that a full pipe holds nobody up."""

    def __init__(self, command: Sequence[str] = WORKER) -> None:
        self._errors = TemporaryFile()  # noqa: SIM115 - as long as the process lives
        try:
            self._process = subprocess.Popen(  # noqa: S603 - a fixed command, without a shell
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors
            )
        except OSError as error:
            self._errors.close()
            raise BrokenError(str(error)) from None
        self._in, self._out = self._pipes()
        self._unsent, self._unread = bytearray(), bytearray()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._out, selectors.EVENT_READ)

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def _pipes(self) -> tuple[int, int]:
        process = self._process
        if process.stdin is None or process.stdout is None:
            message = "the process has no pipes"
            raise BrokenError(message)
        found = process.stdin.fileno(), process.stdout.fileno()
        for pipe in found:
            os.set_blocking(pipe, False)
        return found

    def send(self, message: Mapping[str, Any] | Sequence[Any]) -> None:
        """Put a message on its way, as far as the process takes it now.

        Raises:
            BrokenError: The process has ended.
        """
        if not self._unsent:
            self._selector.register(self._in, selectors.EVENT_WRITE)
        self._unsent += json.dumps(message, separators=(",", ":")).encode() + b"\n"
        self._move(0)

    def receive(self, seconds: float) -> dict[str, Any]:
        """Return the next line that the process writes.

        Raises:
            BrokenError: It has ended, or does not answer within so many seconds.
        """
        end = time.monotonic() + seconds
        while b"\n" not in self._unread:
            left = end - time.monotonic()
            if left <= 0:
                message = f"no answer within {seconds:g} s"
                raise BrokenError(message)
            self._move(left)
        line, _, rest = bytes(self._unread).partition(b"\n")
        self._unread = bytearray(rest)
        try:
            found: dict[str, Any] | object = json.loads(line)
        except ValueError:
            message = "the answer is no JSON"
            raise BrokenError(message) from None
        if not isinstance(found, dict):
            message = "the answer is no object"
            raise BrokenError(message)
        return found

    def _move(self, seconds: float) -> None:
        """Write what can be written and read what there is, once something can be done."""
        for key, _ in self._selector.select(seconds):
            if key.fd == self._in:
                self._write()
            else:
                self._read()

    def _write(self) -> None:
        try:
            sent = os.write(self._in, self._unsent[:_CHUNK])
        except BrokenPipeError:
            raise BrokenError(self._ended()) from None
        del self._unsent[:sent]
        if not self._unsent:
            self._selector.unregister(self._in)

    def _read(self) -> None:
        found = os.read(self._out, _CHUNK)
        if not found:
            raise BrokenError(self._ended())
        self._unread += found

    def _ended(self) -> str:
        """Return how the process has ended."""
        try:
            code = self._process.wait(_SECOND)
        except subprocess.TimeoutExpired:
            return "the process has closed its pipe"
        if code < 0:
            return f"the process ended with {_SIGNALS.get(-code, f'signal {-code}')}"
        self._errors.seek(0)
        said = self._errors.read().decode(errors="replace").strip().splitlines()
        return f"the process ended with {code}" + (f": {said[-1]}" if said else "")

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._selector.close()
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._errors):
            if pipe is not None:
                _closed(pipe)


def _closed(pipe: Any) -> None:  # noqa: ANN401 - a file of whatever kind
    try:
        pipe.close()
    except BrokenPipeError:
        return
