"""`python -m bench.peers FILE [--quick | --answers]`, where the engines are: a report as JSON in a file.

Every line of the standard error is `share what`; the command that started it draws them. Ends with 1 and one line when
answers differ.
"""

import json
import sys
from pathlib import Path

from bench.measure import AnswersDifferError
from bench.peers.entrants import Size, agreement
from bench.peers.race import race

_DIFFER = 1


def _told(share: float, what: str) -> None:
    print(f"{share:.4f} {what}", file=sys.stderr, flush=True)


def main(file: str, *arguments: str) -> int:
    if "--answers" in arguments:
        Path(file).write_text(json.dumps(agreement(Size.small())), "utf-8")
        return 0
    try:
        report = race(_told, Size.small() if "--quick" in arguments else Size())
    except AnswersDifferError as error:
        print(f"1 {error}", file=sys.stderr)
        return _DIFFER
    Path(file).write_text(json.dumps(report.document(), ensure_ascii=False, allow_nan=False), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
