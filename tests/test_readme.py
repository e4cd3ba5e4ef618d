"""What the README shows is what the program says today, and the law that it quotes stands in the law."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli import main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
WIDTH = "140"
CUT = "…"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def quoted() -> list[str]:
    """The top-level entries of every YAML block that is long enough to be of the law."""
    return [block for block in blocks("yaml") if re.match(r"(ladders|rules):\n", block)]


def shown_of(line: str, said: str) -> bool:
    """Whether a line of the README, which may be cut at its end, is a line of what was said."""
    if line.endswith(CUT) or set(line) == {"─"}:
        return said.startswith(line.rstrip(f" {CUT}"))
    return said == line


def missing(shown: str, said: str) -> list[str]:
    """The lines that are not said, or not in this order."""
    rest, found = iter(said.splitlines()), list[str]()
    for line in shown.splitlines():
        if line != CUT and not any(shown_of(line, each.rstrip()) for each in rest):
            found.append(line)
            rest = iter(said.splitlines())
    return found


@pytest.mark.parametrize("block", blocks("console"), ids=lambda block: block.splitlines()[0])
def test_what_the_readme_shows_is_what_the_command_says(block: str, monkeypatch: pytest.MonkeyPatch) -> None:
    command, _, shown = block.partition("\n")
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", WIDTH)
    said = CliRunner().invoke(main, command.removeprefix("$ alluse ").split(), prog_name="alluse").stdout
    assert shown
    assert missing(shown, said) == []


def test_every_line_of_law_in_the_readme_stands_in_the_law() -> None:
    law = {line for path in ROOT.glob("constitution/1.3/*.yaml") for line in path.read_text("utf-8").splitlines()}
    lines = [line for block in quoted() for line in block.splitlines()]
    assert lines
    assert [line for line in lines if line not in law] == []


def test_a_line_that_is_not_said_is_found() -> None:
    said = "one two\n─────\nthree four\n"
    assert missing("one two\n───\n…\nthree …\n", said) == []
    assert missing("three four\none two\n", said) == ["one two"]
    assert missing("one\nthree five …\n", said) == ["one", "three five …"]
