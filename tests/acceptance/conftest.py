"""How many scenarios pass, section by section, at the end of a run."""

from collections import Counter

import pytest

OUTCOMES = ("passed", "failed", "xfailed", "xpassed")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    counts: dict[str, Counter[str]] = {}
    for outcome in OUTCOMES:
        for report in terminalreporter.getreports(outcome):
            for section in dict(report.user_properties).get("sections", "").split():
                counts.setdefault(section, Counter())[outcome] += 1
    if counts:
        terminalreporter.section("acceptance scenarios by section")
        for section in sorted(counts, key=int):
            told = [f"{counts[section][outcome]} {outcome}" for outcome in OUTCOMES if counts[section][outcome]]
            terminalreporter.line(f"§{section}: {', '.join(told)}")
