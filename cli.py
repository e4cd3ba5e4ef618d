"""The command line: a command is imported when it is called, and what a person can mend is said in one line each."""

import os
import sys
from contextlib import suppress
from importlib import import_module
from typing import Any, Final, NoReturn, TextIO

import click

from engine.place import ConstitutionError

# Said here too, so that the list of commands needs none of them.
COMMANDS: Final = {
    "evaluate": "Decide a snapshot, and send nothing.",
    "explain": "Say why a decision is as it is, with every value.",
    "why": "Say why something was decided, or ordered: its rules, facts, limits, margins and lines.",
    "why-not": "Say what stood in the way of something, and the smallest change that would have cleared it.",
    "show": "Show an item, parameter, rule, table, interpretation or fact of the law.",
    "facts": "List every name that a rule may read.",
    "docs": "Write the Constitution as one page to read: items, values, rules in words, tables, rulings, findings.",
    "index": "Map each item of the law to what carries it out, and name what nothing carries out.",
    "snapshot": "Build a snapshot from files of quotes, market and account.",
    "screen": "Judge every contract of chain files for every sleeve: what passes, and why the rest does not.",
    "history": "Run the market of many years through the law, and tell which breakers, triggers and tiers held when.",
    "rehearse": "Let the law run a made-up year: every order is filled at once, every decision carried out.",
    "validate": "Check a law: its text, names, units, tables, citations, and who wins where rules compete.",
    "test": "Decide golden cases and compare whole decisions.",
    "cover": "Say what golden cases exercise of a law, and what none of them has shown yet.",
    "diff": "Compare two versions of the law by what they say and decide, or two verdicts.",
    "mutate": "Try every slip of an editor's hand in the law on the golden cases.",
    "bench": "Measure how fast the law decides.",
    "schema": "List the JSON Schemas (2020-12) that editors check the files with, write them, or check them.",
    "ratify": "Ratify a draft: set its status, and seal the bytes of every file with the record of its approval.",
}
MALFORMED: Final = 2
_INTERRUPTED: Final = 130
_PIPE_CLOSED: Final = 141
_EXAMPLES: Final = """\b
Examples:
  alluse evaluate fixtures/snapshots/calm_thursday.yaml
  alluse explain fixtures/snapshots/level_two.yaml P1
  alluse show 6.3

\b
Exit codes: 0 done, 1 what was asked about is so (each command says it), 2 the input or the law is malformed, or the
output cannot be written.
"""


class Commands(click.Group):
    """The commands by name. Here, and nowhere else, an error of law, snapshot or output becomes lines of text."""

    def main(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - as click has it
        if sys.stdout is None:
            _give_up("the output is closed")
        try:
            return super().main(*args, **kwargs)
        except OSError as error:
            what = f"{error.filename}:" if error.filename else "the output cannot be written:"
            _give_up(f"{what} {error.strerror or error}")

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click calls it
        return [*COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - likewise
        if cmd_name not in COMMANDS:
            return None
        from commands.collecting import uncollected

        with uncollected():
            found: click.Command = import_module(f"commands.{cmd_name.replace('-', '_')}").command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - likewise
        with formatter.section("Commands"):
            formatter.write_dl([*COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            close = get_close_matches(args[0], COMMANDS, 1)
            hint = f"did you mean '{close[0]}'?" if close else f"there are {', '.join(COMMANDS)}"
            ctx.fail(f"there is no command '{args[0]}'; {hint}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as click has it
        try:
            return super().invoke(ctx)
        except ConstitutionError as error:
            click.echo(error, err=True)
            ctx.exit(MALFORMED)
        except KeyboardInterrupt:
            click.echo("stopped", err=True)
            ctx.exit(_INTERRUPTED)
        except BrokenPipeError:
            _let_go(sys.stdout)
            ctx.exit(_PIPE_CLOSED)


def _give_up(why: str) -> NoReturn:
    """Say why, where that can still be written, and end as for malformed input: a 1 would be an answer."""
    with suppress(OSError):
        click.echo(f"Error: {why}", err=True)
    _let_go(sys.stdout, sys.stderr)
    sys.exit(MALFORMED)


def _let_go(*streams: TextIO | None) -> None:
    """Send the rest of some streams nowhere, or Python complains of them once more at the end."""
    for stream in streams:
        if stream is not None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@click.group(cls=Commands, epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="alluse", message="%(prog)s %(version)s")
def main() -> None:
    """Say what the ALL-USE Constitution decides, and by which clause.

    The law is data, a decision is a pure function of the law and a snapshot, and nothing here sends an order.
    """


if __name__ == "__main__":
    main()
