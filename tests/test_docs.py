"""The law as a page: what it says of rules and values, that every link leads somewhere, and where it is written."""

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli import main
from commands.docs import linked
from commands.page.book import Book
from commands.page.chapters import markdown
from commands.page.html import html
from commands.page.names import Names
from commands.page.values import decided, human, title, value_of
from commands.page.words import Words
from commands.validate import examine, newest
from engine.expr.typed import walk
from engine.law.load import load
from engine.law.model import Constitution
from engine.law.read import read_folder
from engine.law.text import Mapping, read_file
from engine.law.text import plain as plain_of
from tests.tiny import facts, parameters, write

ROOT = Path(__file__).resolve().parents[1]
SMALL = ROOT / "tests" / "small_law"
OUTPUT = ROOT / "tests" / "outputs" / "docs.md"
LINK = re.compile(r"\[([^][]*)\]\([^()]*\)")
TAG = re.compile(r"</?[a-z]+[^>]*>")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["docs", *arguments], prog_name="alluse")


def read(name: str) -> Mapping:
    node = read_file(ROOT / name, name, [], 1 << 20)
    assert isinstance(node, Mapping)
    return node


def bound(folder: Path) -> Book:
    report = examine(folder)
    assert report.law is not None, report.faults
    return Book(report.law, read_folder(folder, [])[0], report.findings, "law/")


@pytest.fixture(scope="module")
def book() -> Book:
    return bound(newest())


@pytest.fixture(scope="module")
def page(book: Book) -> str:
    return markdown(book)


@pytest.fixture(scope="module")
def whole(book: Book) -> str:
    return html(book)


def plain(text: str) -> str:
    """Return a Markdown text as a reader sees it."""
    return TAG.sub("", LINK.sub(r"\1", text)).replace("\\", "")


class Reader(HTMLParser):
    """What a browser would look for in a page: its anchors, where it links to, what it would fetch."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: list[str] = []
        self.links: list[str] = []
        self.tags: Counter[str] = Counter()
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        for name, value in attrs:
            if name == "id":
                self.anchors.append(value or "")
            elif name == "href" and tag == "a":
                self.links.append(value or "")
            elif name in ("src", "href", "srcset", "style") or name.startswith("on"):
                self.fetched.append(f"{tag} {name}")


# The whole page.


def test_the_page_of_a_small_law_is_as_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    result = run("tests/small_law")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == OUTPUT.read_text("utf-8")


def test_the_page_is_the_same_every_time(page: str, whole: str) -> None:
    again = bound(newest())
    assert (markdown(again), html(again)) == (page, whole)


def test_every_link_of_the_page_leads_to_one_anchor(whole: str) -> None:
    found = Reader(whole)
    assert [name for name, count in Counter(found.anchors).items() if count > 1] == []
    assert {link[1:] for link in found.links if link.startswith("#")} - set(found.anchors) == set()


def test_markdown_and_html_have_the_same_anchors_and_links(whole: str, page: str) -> None:
    found = Reader(whole)
    assert sorted(found.anchors) == sorted(re.findall(r'<a id="([^"]+)">', page))
    assert sorted(found.links) == sorted(re.findall(r"\]\(([^()\s]+)\)", page))


def test_every_piece_of_the_law_has_its_place(book: Book, page: str) -> None:
    law, anchors = book.law, set(re.findall(r'<a id="([^"]+)">', page))
    own = {f"fact-{name.removesuffix('_next')}" for name, of in law.derived.items() if of.form == "memory"}
    own |= {f"fact-{name}" for name, of in law.derived.items() if of.form in ("fact", "table", "ladder")}
    own |= {f"fact-{name}" for name in (*law.latches, *law.picks)}
    own |= {*law.interpretations, *(f"item-{name}" for name in law.items)}
    own |= {f"parameter-{name}" for name in law.parameters} | {f"rule-{name}" for name in law.rules}
    own |= {f"choice-{name}" for name in law.choices} | {f"share-{name}" for name in law.shares}
    assert own - anchors == set()


def test_the_sections_stand_in_the_order_of_the_text(page: str) -> None:
    found = re.findall(r'^## <a id="section-(\w+)"></a>', page, re.MULTILINE)
    assert found == [*map(str, range(19)), "start"]


def test_every_line_that_is_linked_to_is_one_of_the_law(whole: str) -> None:
    linked_to = {link.removeprefix("law/") for link in Reader(whole).links if link.startswith("law/")}
    lines = {path.name: len(path.read_text("utf-8").splitlines()) for path in newest().glob("*.yaml")}
    for link in linked_to:
        file, _, line = link.partition("#L")
        assert 1 <= int(line) <= lines[file], link


def test_a_ruling_and_what_rests_on_it_link_to_each_other(book: Book, page: str) -> None:
    parts = re.split(r'^#{2,4} <a id="', page, flags=re.MULTILINE)
    said = {part.partition('"')[0]: part for part in parts}
    for ruling in book.law.interpretations:
        resting = [piece for piece in book.pieces if ruling in piece.origin.rests_on]
        assert [piece.name for piece in resting if book.linked(piece) not in said[ruling]] == []
    for rule in book.law.rules.values():
        assert [ruling for ruling in rule.origin.rests_on if f"](#{ruling})" not in said[f"rule-{rule.id}"]] == []


def test_every_finding_stands_on_the_page_once(book: Book, page: str) -> None:
    for finding in book.findings:
        assert page.count(f"](law/{finding.place.file}#L{finding.place.line})") >= 1
    assert sum(page.count(f"`{code}` ·") for code in {finding.code for finding in book.findings}) == len(book.findings)


def test_nothing_is_said_in_the_signs_of_the_language(book: Book) -> None:
    words = Words(book.names)
    for piece in book.pieces:
        for of in piece.expressions:
            said = plain(words.said(of))
            assert not re.search(r"&&|\|\||==|!=|<|>|\b[a-z]+\.[a-z]+_[a-z]|by its table", said), (piece.name, said)


def test_every_parameter_that_a_condition_reads_is_said_with_its_value(book: Book) -> None:
    law, words = book.law, Words(book.names)
    for rule in law.rules.values():
        read = {getattr(part, "name", "") for part in walk(rule.when)} & law.parameters.keys()
        said = words.said(rule.when)
        assert [name for name in read if f"](#parameter-{name}) [" not in said] == [], rule.id


# HTML.


def test_the_html_fetches_nothing_and_runs_nothing(whole: str) -> None:
    found = Reader(whole)
    assert found.fetched == []
    assert not found.tags.keys() & {"script", "link", "img", "iframe", "object", "form", "base"}
    assert not re.search(r"url\(|@import|https?:", whole)


def test_the_html_suits_a_phone_both_colours_and_paper() -> None:
    text = html(bound(SMALL))
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in text
    assert "@media (prefers-color-scheme: dark)" in text
    assert "@media print" in text
    assert text.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert "<title>The ALL-USE Constitution, version 0.1</title>" in text


def test_a_text_of_the_law_is_no_markup(tmp_path: Path) -> None:
    section = (
        'facts:\n  market.odd:\n    value: market.vix\n    means: "<b>bold</b> | *a* _b_ [c](d)"\n    cites: "0.1"\n'
    )
    text = html(bound(write(tmp_path / "law", section)))
    assert "<strong>&lt;b&gt;bold&lt;/b&gt; | *a* _b_ [c](d)</strong>" in text


# Expressions in words.

NAMES = parameters(
    calm_vix=("20", "index_points"),
    storm_vix=("30", "index_points"),
    calm_band=("from 12 up to 20", "index_points"),
    patience=("5", "sessions"),
    half=("0.50", "ratio"),
    step=("0.01", "usd_per_share"),
    fast=("[SPY, QQQ]", "ticker"),
    start=('"14:30"', "time"),
    zone=("America/New_York", "zone"),
)
SAID = {key.text: str(plain_of(value)) for key, value in read("tests/said.yaml").items}


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each expression is said to be, by its text."""
    texts = {f"market_f{number}": text for number, text in enumerate(SAID)}
    law = load(write(tmp_path_factory.mktemp("said"), NAMES + facts(**texts)))
    words = Words(Names(law))
    found = (plain(words.said(law.derived[name.replace("_", ".")].value)) for name in texts)
    return dict(zip(texts.values(), found, strict=True))


@pytest.mark.parametrize("text", SAID)
def test_an_expression_is_said_in_words(said: dict[str, str], text: str) -> None:
    assert said[text] == SAID[text]


def test_the_first_known_and_a_place_in_a_list_are_said_too(tmp_path: Path) -> None:
    section = NAMES + facts(
        market_vix_used="first_known(market.vix, market.vix_close)", symbol_turn="rank(symbol.symbol, fast)"
    )
    law = _loaded(tmp_path, section)
    words = Words(Names(law))
    assert [plain(words.said(derived.value)) for derived in law.derived.values()] == [
        "the first that is known of: the VIX index now; the last official close of the VIX",
        "the place, from 0, of the underlying's symbol (of the underlying) in the order SPY, QQQ",
    ]


# Values.


@pytest.mark.parametrize(
    ("name", "value", "unit", "expected"),
    [
        ("limit", "0.25", "ratio", "25 %"),
        ("limit", "0.975", "ratio", "97.5 %"),
        ("limit", "2", "ratio", "200 %"),
        ("limit", "from 0.05 up to 0.95", "ratio", "5 to 95 %"),
        ("delta_limit", "0.70", "ratio", "0.70"),
        ("delta_band", "from 0.40 up to 0.45", "ratio", "0.40 to 0.45"),
        ("window", "from 9:45 up to 11:00", "time", "9:45 to 11:00"),
        ("opening", '"9:30:15"', "time", "9:30:15"),
        ("day", "thursday", "weekday", "Thursday"),
        ("clock", "America/New_York", "zone", "America/New_York"),
        ("tickers", "[AAPL, GOOG]", "ticker", "AAPL, GOOG"),
        ("steps", "[load_snapshot, active]", "symbol", "load snapshot, active"),
        ("wait", "300", "seconds", "5 min"),
        ("shift", "7200", "seconds", "2 h"),
        ("life", "from 3 up to 5", "sessions", "3 to 5 sessions"),
        ("life", "from 0 up to 1", "sessions", "0 to 1 session"),
        ("life", "from 5 up to 5", "sessions", "exactly 5 sessions"),
        ("life", "above 3 below 9", "sessions", "above 3 sessions, below 9 sessions"),
        ("life", "from 3", "sessions", "from 3 sessions"),
        ("months", "from 6 up to 12", "months", "6 to 12 months"),
        ("cent", "0.01", "usd", "$0.01"),
        ("start_usd", "100000", "usd", "$100,000"),
        ("price", "1.5", "usd_per_share", "$1.50 a share"),
        ("lot", "100", "shares_per_contract", "100 shares a contract"),
        ("vix", "65", "index_points", "65"),
        ("factor", "1.1", "multiple", "1.1"),
        ("tries", "3", "count", "3"),
        ("size", "1", "contracts", "1 contract"),
        ("month", "30.44", "days_per_month", "30.44 calendar days a month"),
    ],
)
def test_a_value_is_said_with_its_unit(tmp_path: Path, name: str, value: str, unit: str, expected: str) -> None:
    law = _loaded(tmp_path, parameters(**{name: (value, unit)}))
    assert value_of(law.parameters[name]) == expected


def _loaded(folder: Path, section: str) -> Constitution:
    """Return a law whose parameters some room outside the engine reads, so that no rule has to."""
    return load(
        write(
            folder / "law", section.replace("means: made up for a test}", "means: made up for a test, room: sources}")
        )
    )


def test_a_literal_takes_the_unit_of_what_it_stands_beside(tmp_path: Path) -> None:
    text = "sessions_between(market.vix_close_date, market.vix_close_date) <= 1"
    law = load(write(tmp_path / "law", facts(market_soon=text)))
    assert plain(Words(Names(law)).said(law.derived["market.soon"].value)).endswith("is at most 1 session")


def test_names_are_words() -> None:
    assert [human(name) for name in ("gen_delta_band", "safe_vix", "level3", "1dte", "Calm-Income", "SCANNING")] == [
        "Gen delta band",
        "SAFE VIX",
        "level 3",
        "1 DTE",
        "Calm-Income",
        "SCANNING",
    ]
    assert (decided("ExitPosition"), title("exit position")) == ("exit position", "Exit position")


# The forms of the law.

FORMS = """\
parameters:
  calm_vix: {value: 20, unit: index_points, cites: "0.1", means: where calm ends}
  storm_vix: {value: 30, unit: index_points, cites: "0.1", means: where a storm begins, rests_on: [A-01]}
tables:
  market.weather:
    hit: unique
    by: {vix: market.vix, healthy: host.healthy}
    rows:
      - {vix: up to calm_vix, healthy: true, then: calm}
      - {vix: up to calm_vix, healthy: false, then: blind}
      - {vix: above calm_vix, then: rough}
    unit: symbol
    means: what the weather is
    cites: "0.1"
latches:
  market.storm:
    set: market.vix > storm_vix
    clear: market.vix <= calm_vix && host.reconciled
    by: person
    keeps: {vix: market.vix}
    means: a storm is on; nothing else is said of it
    cites: "0.1"
memories:
  market.last_vix:
    next: market.vix
    initial: 0
    unit: index_points
    means: the VIX at the last look
    cites: "0.1"
picks:
  market.put:
    when: host.healthy
    among: market.candidates
    where: candidate.right == "put"
    order_by: [candidate.strike, candidate.occ_symbol]
    means: the lowest put
    cites: "0.1"
rules:
  tell:
    for: market
    decide: Alert
    when: >-
      market.storm && market.weather == "rough" && market.put_found && market.put.strike > 0
      && (market.vix > market.last_vix || market.vix > market.storm_vix || !host.healthy)
    with: {code: storm, urgency: critical}
    cites: "0.1"
    rests_on: [A-01]
"""


def test_tables_latches_memories_picks_and_rules_are_written_in_words(tmp_path: Path) -> None:
    text = plain(markdown(bound(write(tmp_path / "law", FORMS))))
    start, end = text.index("### Values"), text.index("## Who wins")
    assert text[start:end] == (ROOT / "tests" / "outputs" / "docs_forms.txt").read_text("utf-8")


# The command.


def test_files_are_written_where_they_are_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    page, text = tmp_path / "law.html", tmp_path / "law.md"
    result = run("tests/small_law", "--html", str(page), "--markdown", str(text))
    assert (result.exit_code, result.stdout) == (0, f"wrote {text}\nwrote {page}\n")
    assert text.read_text("utf-8") == OUTPUT.read_text("utf-8")
    assert page.read_text("utf-8").startswith("<!DOCTYPE html>")


def test_links_lead_to_the_files_from_where_the_page_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    law = write(tmp_path / "laws" / "mine", FORMS)
    monkeypatch.chdir(tmp_path)
    assert linked(Path("laws/mine"), None, None) == "laws/mine/"
    assert linked(law, None, Path("law.html")) == "laws/mine/"
    assert linked(law, None, Path("site/deep/law.html")) == "../../laws/mine/"
    assert linked(law, None, tmp_path.parent / "law.html") == "laws/mine/"
    assert (
        linked(law, "https://example.org/tree/main/", Path("site/law.html"))
        == "https://example.org/tree/main/laws/mine/"
    )


def test_a_law_from_elsewhere_is_named_without_the_path_of_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    law = write(tmp_path / "laws" / "mine", FORMS)
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    assert linked(law, None, None) == "mine/"
    assert linked(newest(), None, None) == f"constitution/{newest().name}/"


def test_a_hosted_repository_is_linked_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    result = run("tests/small_law", "--link-base", "https://example.org/alluse/blob/main")
    assert "(https://example.org/alluse/blob/main/tests/small_law/06-protocol.yaml#L5)" in result.stdout


def test_a_file_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    result = run(str(SMALL), "--html", str(tmp_path / "nowhere" / "law.html"))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"Error: {tmp_path / 'nowhere' / 'law.html'} cannot be written: No such file or directory\n"


def test_a_faulty_law_has_no_page(tmp_path: Path) -> None:
    law = write(tmp_path / "law", facts(market_high="market.vxi"))
    result = run(str(law), "--markdown", str(tmp_path / "law.md"))
    assert result.exit_code == 2
    assert "01-tiny.yaml:6:7 unknown-name: reads 'market.vxi'; did you mean 'market.vix'?" in result.stderr
    assert not (tmp_path / "law.md").exists()


def test_the_help_page_says_how_it_ends() -> None:
    shown = run("--help").stdout
    assert "Exit codes: 0 written, 2 the law is malformed, or a file cannot be written." in shown


def test_the_newest_version_is_written_when_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    result = run()
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith(f"# The ALL-USE Constitution, version {newest().name}\n")
