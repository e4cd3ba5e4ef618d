"""The language of golden cases: what a difference does, what is compared, what is refused and with which words."""

import json
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from stat import S_IMODE
from typing import Protocol

import pytest
from click.testing import CliRunner, Result

from cli import main
from commands.differing import lines_of
from commands.fixture import BASES, find, read_fixtures
from commands.golden import Case
from commands.law import law_folder
from commands.testing import Failed
from commands.testing import run as run_cases
from engine.facts import Account, Position, Snapshot
from engine.law.load import load
from engine.law.model import Constitution
from engine.place import FactError
from tests.limits import files_at_most

BAD = Path(__file__).parent / "bad_fixtures"
GOLDEN = Path(__file__).resolve().parents[1] / "fixtures" / "golden"
TELLS = "expect:\n      - {Level: position P1, level: 0, before: 0, rule: stand_at_level}\n"
WHOLE = """\
    expect:
      - {Hold: position P1, rule: hold}
      - {Level: position P1, level: 0, before: 0, rule: stand_at_level}
      - {Monitor: position P1, seconds: 300, rule: monitor}
"""
RULES = """\
rules:
  hold: {cites: ["6.1"], rests_on: [A-62, A-65], file: 06-protocol.yaml}
  monitor: {cites: ["0.10"], rests_on: [A-43], file: 00-global.yaml}
  stand_at_level: {cites: ["6.1", "6.2", "6.3", "6.4"], rests_on: [A-53], file: 06-protocol.yaml}
"""


class Write(Protocol):
    def __call__(self, cases: str, head: str = ...) -> Path: ...


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Return what writes a fixture about Gen's put P1 beside the golden bases, in the folder that tests run in."""
    (tmp_path / BASES).mkdir()
    for base in (GOLDEN / BASES).glob("*.yaml"):
        (tmp_path / BASES / base.name).write_bytes(base.read_bytes())
    monkeypatch.chdir(tmp_path)

    def written(cases: str, head: str = "base: bases/short_puts.yaml\nabout: position P1\n") -> Path:
        path = Path("one.yaml")
        path.write_text(f"{head}cases:\n{cases}", encoding="utf-8")
        return path

    return written


def given(path: Path) -> Snapshot:
    return only(path).snapshot


def only(path: Path) -> Case:
    [fixture] = read_fixtures([path])
    return fixture.cases[0]


def account(snapshot: Snapshot) -> Account:
    return snapshot.accounts[0]


def positions(snapshot: Snapshot) -> dict[str, Position]:
    return {each.id: each for sleeve in account(snapshot).sleeves or () for each in sleeve.positions or ()}


@pytest.fixture(scope="module")
def law() -> Constitution:
    return load(law_folder(None, None))


def told(law: Constitution, path: Path) -> str:
    """Return what `alluse test` prints of cases that differ."""
    runs = run_cases(law, read_fixtures([path]))
    failed = [Failed.of(each.case, each.differences) for each in runs if each.differences]
    return "\n".join(line for each in failed for line in lines_of(law, Path("law"), each))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["test", *arguments], prog_name="alluse")


# What a difference does.


@pytest.mark.parametrize("name", sorted(path.stem for path in BAD.glob("*.yaml")))
def test_every_fault_is_told_in_one_pass(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(BAD)
    with pytest.raises(FactError) as raised:
        read_fixtures([Path(f"{name}.yaml")])
    assert str(raised.value) == Path(f"{name}.txt").read_text("utf-8").rstrip("\n")


def test_without_a_difference_the_base_is_decided(write: Write) -> None:
    assert given(write("  one: {expect: []}\n")).market.vix == 18


def test_a_path_changes_one_value_and_leaves_the_rest(write: Write) -> None:
    changed = given(write("  one: {given: {accounts.A1.sleeves.gen.positions.P1.delta: -0.7001}}\n"))
    assert str(positions(changed)["P1"].delta) == "-0.7001"
    assert positions(changed)["P2"] == positions(given(write("  one: {}\n")))["P2"]


def test_null_is_missing(write: Write) -> None:
    changed = given(write("  one: {given: {market.vix: null, accounts.A1.orders: null}}\n"))
    assert changed.market.vix is None
    assert account(changed).orders is None


def test_null_for_a_row_takes_it_away(write: Write) -> None:
    changed = given(write("  one: {given: {accounts.A1.sleeves.gen.positions.P1: null}}\n"))
    assert [*positions(changed)] == ["P2", "R1"]


def test_a_mapping_merges_into_a_row_that_is_there(write: Write) -> None:
    changed = given(write("  one: {given: {accounts.A1: {sleeves.gen: {positions: {P1: {strike: 250}}}}}}\n"))
    assert positions(changed)["P1"] == positions(given(write("  one: {}\n")))["P1"].model_copy(update={"strike": 250})


def test_a_mapping_under_a_new_name_adds_a_row(write: Write) -> None:
    row = "{underlying: SPY, right: put, strike: 600, expiration: 2026-03-06, multiplier: 100, quantity: -1}"
    changed = given(write(f"  one: {{given: {{accounts.A1.sleeves.rev.positions.P9: {row}}}}}\n"))
    assert positions(changed)["P9"].underlying == "SPY"


def test_a_list_replaces_a_list(write: Write) -> None:
    changed = given(write("  one: {given: {accounts.A1.events: [{kind: user_pause}]}}\n"))
    assert [event.kind for event in account(changed).events or ()] == ["user_pause"]


@pytest.mark.parametrize(
    "changes",
    [
        "market.vix_closes.2026-03-03: 31, market.vix_closes.2026-03-02: null",
        "market.vix_closes: {2026-03-03: 31, 2026-03-02: null}",
        "market: {vix_closes: {2026-03-02: null, 2026-03-03: 31}}",
    ],
)
def test_a_series_goes_by_its_dates(write: Write, changes: str) -> None:
    base = 'market.vix_closes: {"2026-03-02": NaN, 2026-02-27: 20.5, 2026-02-26: -1}'
    head = f"base: bases/short_puts.yaml\ngiven: {{{base}}}\n"
    closes = given(write(f"  one: {{given: {{{changes}}}}}\n", head)).market.vix_closes
    assert closes is not None
    assert closes.closes[-3:] == (None, 205_000, 310_000)
    assert closes.implausible[-1:] == ((date(2026, 2, 26).toordinal(), "not_positive", Decimal(-1)),)
    assert date(2026, 3, 2).toordinal() not in closes.days


def test_a_series_may_be_taken_away_and_stated_anew(write: Write) -> None:
    head = "base: bases/short_puts.yaml\ngiven: {market.vix_closes: null}\n"
    assert given(write("  one: {}\n", head)).market.vix_closes is None
    closes = given(write("  one: {given: {market.vix_closes.2026-03-02: 31}}\n", head)).market.vix_closes
    assert str(closes) == "the close of 2026-03-02"


def test_a_close_of_another_kind_is_refused_where_it_stands(write: Write) -> None:
    path = write("  one: {given: {market.vix_closes.2026-02-30: 31}}\n")
    said = "vix_closes.2026-02-30: '2026-02-30' is not in the calendar; check month and day"
    with pytest.raises(FactError, match=re.escape(f"value: {said}")):
        read_fixtures([path])


def test_a_contract_goes_by_its_occ_symbol(write: Write) -> None:
    changed = given(
        write("  one: {given: {candidates.IWM260311P00195000.delta: -0.44, candidates.SPX261016P04250000: null}}\n")
    )
    assert changed.candidates is not None
    assert changed.candidates.delivered("delta")[0] == -440000
    assert "SPX" not in changed.candidates.columns["underlying"]


def test_a_new_contract_is_told_by_its_name(write: Write) -> None:
    changed = given(write("  one: {given: {candidates.IWM260312P00190500: {multiplier: 100}}}\n"))
    assert changed.candidates is not None
    row = changed.candidates.row(changed.candidates.size - 1)
    assert (row.right, str(row.strike), str(row.expiration)) == ("put", "190.5000", "2026-03-12")


def test_an_order_id_may_have_points(write: Write) -> None:
    head = "base: bases/orders.yaml\n"
    path = write("  one: {given: {accounts.A1.orders.A1-GEN-20260305-IWM260306P00200000-01.v1.contracts: 3}}\n", head)
    assert [order.contracts for order in account(given(path)).orders or ()] == [3, 1]


def test_memory_is_merged_and_taken_away(write: Write) -> None:
    head = "base: bases/short_puts.yaml\ngiven: {memory.position.P1.last_level: 1, memory.position.P2.last_level: 2}\n"
    path = write("  one: {given: {memory.position.P1: {breached: {by: law}}, memory.position.P2: null}}\n", head)
    assert given(path).memory == {"position": {"P1": {"last_level": 1, "breached": {"by": "law"}}}}
    assert given(write("  one: {given: {memory: null}}\n", head)).memory is None


def test_facts_are_stated(write: Write) -> None:
    before = given(write("  one: {}\n")).assume
    after = given(write("  one: {given: {assume: {position.P1.roll_cost: 1.00}}}\n")).assume
    assert [(item.fact, str(item.value)) for item in after if item not in before] == [("position.P1.roll_cost", "1.00")]


def test_another_instant_moves_what_was_observed(write: Write) -> None:
    moved = given(write("  one: {at: 2026-03-04T12:00:00-05:00}\n"))
    assert (moved.as_of.day, moved.symbols[0].spot_at and moved.symbols[0].spot_at.day) == (4, 4)  # type: ignore[union-attr]
    assert moved.assume == given(write("  one: {}\n")).assume


def test_a_case_goes_over_its_file(write: Write) -> None:
    head = "base: bases/short_puts.yaml\ngiven: {market.vix: 20, market.vix_close: 21}\nabout: market\n"
    case = only(write("  one: {given: {market.vix: 30}, about: account A1}\n", head))
    assert [case.snapshot.market.vix, case.snapshot.market.vix_close] == [30, 21]
    assert [*case.about] == ["account A1"]


def test_bases_are_no_fixtures() -> None:
    assert find(GOLDEN)
    assert not [path for path in find(GOLDEN) if path.parent.name == BASES]


# What is compared.


def test_whole_decisions_pass(write: Write) -> None:
    result = run(str(write(f"  one:\n{WHOLE}\n{RULES}")))
    assert (result.exit_code, result.stdout) == (0, "1 case in 1 file: all as expected\n")


def test_a_decision_too_many_and_one_too_few(write: Write) -> None:
    prepares = (
        "    expect:\n      - {Hold: position P1, rule: hold}\n      - {PrepareRoll: position P1, rule: prepare_roll}\n"
    )
    result = run(str(write(f"  one:\n{prepares}")))
    assert result.exit_code == 1
    head, *rest, last = result.stdout.splitlines()
    assert head == "one.yaml:4:3 one: 3 differences"
    assert [line.split("(")[0].strip() for line in rest] == [
        "one.yaml:7:9 not said: {PrepareRoll: position P1, rule: prepare_roll}",
        "one.yaml:4:3 not expected: {Level: position P1, level: 0, before: 0, rule: stand_at_level}",
        "one.yaml:4:3 not expected: {Monitor: position P1, seconds: 300, rule: monitor}",
    ]
    assert all("06-protocol.yaml:" in line or "00-global.yaml:" in line for line in rest)
    said = "1 differ from what is expected; where the law is right, --update writes what it says"
    assert last == f"1 case in 1 file: {said}"


def test_a_field_that_differs_is_named(write: Write, law: Constitution) -> None:
    result = told(law, write(f"  one:\n{WHOLE.replace('seconds: 300', 'seconds: 301')}\n{RULES}"))
    assert "one.yaml:8:9 Monitor position P1: seconds is 300, expected 301 (law/00-global.yaml:" in result


def test_of_many_reasons_the_one_that_differs_is_told_with_its_rule(write: Write, law: Constitution) -> None:
    head = "base: bases/short_puts.yaml\nabout: account A1\ngiven: {symbols.IWM.spot: 192.00}\n"
    path = write("  one:\n    why: it stays shut\n", head)
    run(str(path), "--update")
    text = path.read_text("utf-8")
    path.write_text(text.replace("margin: 0 count", "margin: 1 count").replace("[{freeze", "[{safe: no_safe}, {freeze"))
    lines = told(law, path).splitlines()
    assert lines[:2] == ["one.yaml:5:3 one: 1 difference", "    why: it stays shut"]
    [line] = lines[2:]
    changed, _, places = line.partition(" (")
    assert changed.endswith(
        "EntryDenied account A1: reason not said: {safe: no_safe}; reason freeze: margin is 0 count, expected 1 count"
    )
    assert [place.partition(":")[0] for place in places.split(", ")] == ["law/06-protocol.yaml"] * 2
    assert all(place.startswith("law/") for place in places.split(", "))


def test_a_citation_that_differs_is_named(write: Write, law: Constitution) -> None:
    result = told(law, write(f"  one:\n{WHOLE}\n{RULES.replace('A-43', 'A-44')}"))
    assert "what monitor cites: rests_on is [A-43], expected [A-44]" in result


def test_orders_are_whole_whoever_is_looked_at(write: Write, law: Constitution) -> None:
    result = told(law, write("  one: {about: host, expect: []}\n", "base: bases/gen_thursday.yaml\n"))
    assert result.count("not expected: {sell: ") == 2


def test_a_forbidden_kind_is_found_wherever_it_is(write: Write, law: Constitution) -> None:
    result = told(law, write("  one: {about: host, expect: [], forbid: [Hold, Roll]}\n"))
    assert result.count("forbidden: ") == 3
    assert "Roll" not in result


def test_memory_is_compared_where_a_case_says_so(write: Write, law: Constitution) -> None:
    case = "  one: {given: {symbols.IWM.spot: 196}, remembers: {position P1: {last_level: 2}}, expect: []}\n"
    result = told(law, write(case))
    assert "what it remembers: position P1 is {breached: " in result
    assert "last_level: 1}, expected {last_level: 2}" in result


def test_a_row_that_is_not_there_is_no_row_to_look_at(write: Write) -> None:
    result = run(str(write("  one: {about: position P7, expect: []}\n")))
    assert result.exit_code == 2
    assert result.stderr == "one.yaml:4:16 unknown-row: 'position P7' is not in the snapshot; look at a row that is\n"


def test_a_fact_that_the_law_does_not_have_is_refused_where_it_stands(write: Write) -> None:
    result = run(str(write("  one: {given: {assume: {position.P1.rolcost: 1}}, expect: []}\n")))
    assert result.exit_code == 2
    assert result.stderr.startswith("one.yaml:4:26 assume: ")


def test_a_rule_that_the_law_does_not_have_is_refused_where_something_is_said_of_it(write: Write) -> None:
    path = write(f"  one:\n{WHOLE}\n{RULES}  holt: {{cites: ['6.1'], file: 06-protocol.yaml}}\n")
    for options in ((), ("--update",)):
        result = run(str(path), *options)
        assert (result.exit_code, result.stdout) == (2, "")
        assert re.fullmatch(
            r"one\.yaml:14:3 unknown-rule: the law has no rule 'holt'; did you mean '\w+'\?\n", result.stderr
        )


def test_a_rule_that_the_law_has_no_more_is_a_difference_of_the_case_that_names_it(write: Write) -> None:
    path = write(f"  one:\n{WHOLE}\n{RULES}".replace("hold", "holt"))
    result = run(str(path))
    assert (result.exit_code, result.stderr) == (1, "")
    assert "Hold position P1: rule is hold, expected holt" in result.stdout
    assert run(str(path), "--update").exit_code == 0
    assert path.read_text("utf-8").partition("cases:\n")[2] == f"  one:\n{WHOLE}\n{RULES}"


def test_a_case_among_the_rules_is_refused_with_where_it_belongs(write: Write) -> None:
    path = write(f"  one:\n{WHOLE}\n{RULES}  two:\n    why: it was put at the end\n    expect: []\n")
    result = run(str(path))
    said = "one.yaml:14:3 misplaced: 'two' is a case; move it above, to the others of 'cases:'\n"
    assert (result.exit_code, result.stderr) == (2, said)


# What is written.


def test_update_writes_what_the_law_says_and_leaves_the_rest(write: Write) -> None:
    path = write(
        "  one:  # as it was\n    why: it holds\n    forbid: [Roll]\n\n  two:\n    given: {symbols.IWM.spot: 196}\n"
    )
    first = run(str(path), "--update")
    assert first.exit_code == 0
    assert first.stdout.endswith("wrote one.yaml\n2 cases in 1 file: 2 rewritten\n")
    text = path.read_text("utf-8")
    assert f"  one:  # as it was\n    why: it holds\n    forbid: [Roll]\n{WHOLE}\n  two:\n" in text
    assert "{Level: position P1, level: 1, before: 0, rule: stand_at_level}" in text
    assert run(str(path)).stdout == "2 cases in 1 file: all as expected\n"
    assert run(str(path), "--update").exit_code == 0
    assert path.read_text("utf-8") == text


def test_update_of_one_case_leaves_the_others(write: Write) -> None:
    path = write(f"  one:\n    {TELLS}  two:\n    {TELLS}")
    run(str(path), "-k", "::two", "--update")
    assert path.read_text("utf-8").count("{Monitor: ") == 1


def test_update_drops_orders_that_are_no_longer_given(write: Write) -> None:
    orders = "    orders:\n      - {sell: IWM260306P00200000, contracts: 1, rule: permit}\n"
    path = write(f"  one:\n{orders}{WHOLE}")
    run(str(path), "--update")
    assert "orders" not in path.read_text("utf-8")


def test_update_keeps_comments_beside_what_they_stood_beside(write: Write) -> None:
    path = write(
        "  one:\n    why: 'it # holds'\n    expect:  # of one put\n      # the first\n"
        '      - {Hold: position P1, rule: hold}  # said of a "put"\n'
        "    # no deeper than its key\n"
        "      - {Level: position P1, level: 2, before: 0, rule: stand_at_level}  # it was 2\n"
        "      # the last\n"
        f"    # of the next\n  two:\n{WHOLE}\n# of the rules\n"
        f"{RULES.replace('00-global.yaml}', '00-global.yaml}  # often')}"
    )
    result = run(str(path), "--update")
    assert (result.exit_code, result.stdout.splitlines()[-2:]) == (
        0,
        ["wrote one.yaml", "2 cases in 1 file: 1 rewritten"],
    )
    assert path.read_text("utf-8") == (
        "base: bases/short_puts.yaml\nabout: position P1\ncases:\n"
        "  one:\n    why: 'it # holds'\n    expect:  # of one put\n      # the first\n"
        '      - {Hold: position P1, rule: hold}  # said of a "put"\n'
        "      # no deeper than its key\n"
        "      - {Level: position P1, level: 0, before: 0, rule: stand_at_level}  # it was 2\n"
        "      - {Monitor: position P1, seconds: 300, rule: monitor}\n"
        "      # the last\n"
        f"    # of the next\n  two:\n{WHOLE}\n# of the rules\n"
        f"{RULES.replace('00-global.yaml}', '00-global.yaml}  # often')}"
    )
    assert run(str(path)).stdout == "2 cases in 1 file: all as expected\n"


def test_a_comment_on_what_is_said_no_more_is_told_before_it_is_gone(write: Write) -> None:
    orders = "    orders:  # none soon\n      - {sell: IWM260306P00200000, contracts: 1, rule: permit}  # sold\n"
    gone = "      # why it is due\n      - {PrepareRoll: position P1, rule: prepare_roll}\n"
    path = write(f"  one:\n{orders}{WHOLE}{gone}")
    result = run(str(path), "--update")
    said = "comment left out, with the line that it was for"
    assert result.stdout.splitlines()[-5:] == [
        "wrote one.yaml",
        f"one.yaml:5:14 {said}: # none soon",
        f"one.yaml:6:65 {said}: # sold",
        f"one.yaml:11:7 {said}: # why it is due",
        "1 case in 1 file: 1 rewritten",
    ]
    assert (
        path.read_text("utf-8") == f"base: bases/short_puts.yaml\nabout: position P1\ncases:\n  one:\n{WHOLE}\n{RULES}"
    )


def test_a_file_is_written_with_its_mode_and_through_its_link(write: Write) -> None:
    write("  one:\n    expect: []\n").rename("there.yaml")
    there, link = Path("there.yaml"), Path("link.yaml")
    there.chmod(0o640)
    link.symlink_to(there)
    assert run(str(link), "--update").exit_code == 0
    assert (link.is_symlink(), S_IMODE(there.stat().st_mode)) == (True, 0o640)
    assert run(str(there)).stdout == "1 case in 1 file: all as expected\n"
    assert sorted(path.name for path in Path().iterdir()) == [BASES, "link.yaml", "there.yaml"]


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_cannot_be_written_is_told_beside_what_was(write: Write, form: str) -> None:
    Path("cases").mkdir()
    for name in "abc":
        path = write("  one:\n    why: it holds\n    expect: []\n" + "# long\n" * 2000 * (name == "b"))
        path.rename(f"cases/{name}.yaml")
    before = Path("cases/b.yaml").read_text("utf-8")
    with files_at_most(4096):
        result = run("cases", "--update", "--format", form)
    assert (result.exit_code, result.stderr) == (2, "not written: cases/b.yaml (File too large)\n")
    assert Path("cases/b.yaml").read_text("utf-8") == before
    assert sorted(path.name for path in Path("cases").iterdir()) == ["a.yaml", "b.yaml", "c.yaml"]
    if form == "json":
        document = json.loads(result.stdout)
        assert (document["wrote"], document["unwritten"]) == (
            ["cases/a.yaml", "cases/c.yaml"], {"cases/b.yaml": "File too large"},
        )  # fmt: skip
    else:
        assert [line for line in result.stdout.splitlines() if not line.startswith(" ")] == [
            "cases/a.yaml:4:3 one: 3 differences",
            "cases/b.yaml:4:3 one: 3 differences",
            "cases/c.yaml:4:3 one: 3 differences",
            "wrote cases/a.yaml",
            "wrote cases/c.yaml",
            "3 cases in 3 files: 2 rewritten, 1 not",
        ]
    assert run("cases").stdout.endswith("3 cases in 3 files: 1 differ from what is expected; "
                                        "where the law is right, --update writes what it says\n")  # fmt: skip


def test_a_case_on_one_line_cannot_be_written(write: Write) -> None:
    result = run(str(write("  one: {expect: []}\n")), "--update")
    assert result.exit_code == 2
    assert result.stderr.startswith("one.yaml:4:3 one-line: ")


def test_nothing_is_written_while_one_file_cannot_be(write: Write) -> None:
    Path("cases").mkdir()
    write(f"  one:\n    {TELLS}").rename("cases/a.yaml")
    write("  one: {expect: []}\n").rename("cases/b.yaml")
    before = Path("cases/a.yaml").read_text("utf-8")
    result = run("cases", "--update")
    assert result.exit_code == 2
    assert result.stderr.startswith("cases/b.yaml:4:3 one-line: ")
    assert Path("cases/a.yaml").read_text("utf-8") == before


# On several cores.


@pytest.fixture
def many(write: Write) -> Path:
    """Return a folder with as many files as two cores share, of which two have a case that differs."""
    folder = Path("many")
    folder.mkdir()
    for number in range(32):
        whole = WHOLE.replace("seconds: 300", "seconds: 301") if number in {3, 28} else WHOLE
        write(f"  one:\n{whole}\n{RULES}").rename(folder / f"{number:02}.yaml")
    return folder


@pytest.mark.parametrize("options", [(), ("--format", "json"), ("-k", "28.yaml")])
def test_what_is_told_does_not_depend_on_how_many_cores_there_are(many: Path, options: tuple[str, ...]) -> None:
    alone, together = (run(str(many), "--jobs", jobs, *options) for jobs in ("1", "2"))
    assert (alone.exit_code, alone.stdout) == (together.exit_code, together.stdout)
    assert alone.exit_code == 1
    assert "28.yaml" in alone.stdout


def test_every_fault_of_the_first_step_that_has_some_is_told_once(many: Path) -> None:
    for number, fault in ((2, "rolcost"), (30, "rolcosts")):
        path = many / f"{number:02}.yaml"
        case = f"  one: {{given: {{assume: {{position.P1.{fault}: 1}}}}, expect: []}}\n"
        path.write_text(f"base: bases/short_puts.yaml\ncases:\n{case}", "utf-8")
    alone, together = (run(str(many), "--jobs", jobs) for jobs in ("1", "2"))
    assert (alone.exit_code, alone.stderr) == (together.exit_code, together.stderr)
    assert [line.partition(" ")[0] for line in alone.stderr.splitlines()] == ["many/02.yaml:3:26", "many/30.yaml:3:26"]
    (many / "20.yaml").write_text("base: bases/short_puts.yaml\n", "utf-8")
    (many / "05.yaml").write_text("base: bases/no.yaml\ncases: {}\n", "utf-8")
    alone, together = (run(str(many), "--jobs", jobs) for jobs in ("1", "2"))
    assert alone.stderr == together.stderr
    assert [line.partition(":")[0] for line in alone.stderr.splitlines()] == ["many/05.yaml", "many/20.yaml"]


def test_on_several_cores_files_are_written_as_on_one(many: Path) -> None:
    result = run(str(many), "--jobs", "2", "--update")
    assert result.stdout.splitlines()[-3:] == [
        "wrote many/03.yaml", "wrote many/28.yaml", "32 cases in 32 files: 2 rewritten",
    ]  # fmt: skip
    assert run(str(many), "--jobs", "2").stdout == "32 cases in 32 files: all as expected\n"


def test_json_has_every_difference(write: Write) -> None:
    result = run(str(write(f"  one:\n    {TELLS}")), "--format", "json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert (document["constitution"], document["cases"]) == ("1.3", 1)
    [case] = document["differing"]
    assert (case["file"], case["line"], case["case"]) == ("one.yaml", 4, "one")
    assert {each["rule"] for each in case["differences"]} == {"hold", "monitor"}


def test_no_case_of_a_name_is_a_mistake(write: Write) -> None:
    result = run(str(write(f"  one:\n    {TELLS}")), "-k", "three")
    assert result.exit_code == 2
    assert "no case at one.yaml has 'three' in its name" in result.stderr


@pytest.mark.parametrize("there", ["empty", "one.yaml"])
def test_where_there_is_no_case_at_all_that_is_said(write: Write, there: str) -> None:
    Path("empty").mkdir()
    write("").write_text("base: bases/short_puts.yaml\ncases: {}\n", "utf-8")
    result = run(there)
    assert result.exit_code == 2
    assert f"there is no case at {there}; name a file or a folder of golden cases\n" in result.stderr
