"""The race's law with more or fewer rules: the same rules over and over, each under a name of its own."""

import re
import shutil
from collections import Counter
from itertools import cycle, islice
from pathlib import Path
from typing import Final

_SECTION: Final = "01-race.yaml"
_RULE: Final = re.compile(r"^  (\w+)_holds:\n((?:    .*\n)+)", re.MULTILINE)
_PARAMETER: Final = re.compile(r"^  (\w+): \{value: .*\n", re.MULTILINE)
_WORD: Final = re.compile(r"\w+")
_MEANING: Final = re.compile(r"means: .*")
_REASON: Final = re.compile(r"^    else: (\w+)$", re.MULTILINE)


def written(law: Path, folder: Path, rules: int) -> Path:
    """Write a law with so many requirements into a folder, and return the folder."""
    shutil.copytree(law, folder)
    text = (law / _SECTION).read_text("utf-8")
    head, found, decides = _taken_apart(text)
    again = (_named(*rule, number // len(found)) for number, rule in enumerate(islice(cycle(found), rules)))
    (folder / _SECTION).write_text(_read("".join([head, *again, decides])), "utf-8")
    return folder


def _read(text: str) -> str:
    """Return a section without the parameters that nothing reads: a law that has one is refused."""
    words = Counter(_WORD.findall(_MEANING.sub("", text)))
    return _PARAMETER.sub(lambda found: found[0] if words[found[1]] > 1 else "", text)


def _taken_apart(text: str) -> tuple[str, list[tuple[str, str]], str]:
    """Return what stands before the rules, each rule as its name and body, and what stands behind them."""
    rules = [*_RULE.finditer(text)]
    return text[: rules[0].start()], [(rule[1], rule[2]) for rule in rules], text[rules[-1].end() :]


def _named(name: str, body: str, turn: int) -> str:
    suffix = f"_{turn}" if turn else ""
    told = _REASON.sub(lambda found: f"    else: {found[1]}{suffix}", body)
    return f"  {name}{suffix}_holds:\n{told}"
