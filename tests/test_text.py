"""The strict reader: what it keeps of a file, what it refuses, and with which words."""

import os
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.law.text import MAX_DEPTH, Mapping, Node, Scalar, Sequence, plain, read_file, read_yaml
from engine.place import Fault, Place


def faults_of(source: str | bytes) -> list[str]:
    faults: list[Fault] = []
    read_yaml(source.encode() if isinstance(source, str) else source, "x.yaml", faults)
    return [str(fault) for fault in faults]


def good(source: str) -> Node:
    faults: list[Fault] = []
    node = read_yaml(source.encode(), "x.yaml", faults)
    assert faults == []
    assert node is not None
    return node


def good_mapping(source: str) -> Mapping:
    node = good(source)
    assert isinstance(node, Mapping)
    return node


def scalar(source: str, key: str = "a") -> Scalar:
    node = good_mapping(source).get(key)
    assert isinstance(node, Scalar)
    return node


def character(source: str, place: Place) -> str:
    return source.splitlines(keepends=True)[place.line - 1][place.column - 1]


def at(line: int, column: int) -> Place:
    return Place("x.yaml", line, column)


class Kept(NamedTuple):
    """What is kept of a scalar."""

    text: str
    place: Place
    quoted: bool
    raw: str
    raw_place: Place
    comment_follows: bool


def kept(node: Node | None) -> Kept:
    assert isinstance(node, Scalar)
    return Kept(node.text, node.place, node.quoted, node.raw, node.raw_place, node.comment_follows)


def unquoted(text: str, place: Place, raw: str) -> Kept:
    return Kept(text, place, quoted=False, raw=raw, raw_place=place, comment_follows=False)


def quoted(text: str, place: Place, raw: str, raw_place: Place) -> Kept:
    return Kept(text, place, quoted=True, raw=raw, raw_place=raw_place, comment_follows=False)


def other_boolean(place: str, word: str) -> str:
    advice = "write true or false, or quote it"
    return f"x.yaml:{place} ambiguous-bool: '{word}' is read as a boolean by YAML 1.1; {advice}"


def test_plain_scalar_keeps_its_place_and_its_raw_slice() -> None:
    assert kept(scalar("b: 1\na:  x <= y \n")) == unquoted("x <= y", at(2, 5), "x <= y")


def test_plain_scalar_over_lines_is_folded_in_text_and_whole_in_raw() -> None:
    assert kept(scalar("a: x\n    and  \n\n  y\n")) == unquoted("x and\ny", at(1, 4), "x\n    and  \n\n  y")


def test_quoted_scalars_begin_at_the_quote_and_their_raw_slice_behind_it() -> None:
    assert kept(scalar("a: 'it''s'\n")) == quoted("it's", at(1, 4), "it''s", at(1, 5))
    assert kept(scalar('a: "\\u00e9"\n')) == quoted("é", at(1, 4), "\\u00e9", at(1, 5))


def test_literal_block_begins_at_its_first_visible_character() -> None:
    assert kept(scalar("a: | # why\n\n  x\n   y\n\nb: 1\n")) == quoted("\nx\n y\n", at(3, 3), "x\n   y\n\n", at(3, 3))


def test_folded_block_keeps_its_lines_as_they_stand() -> None:
    assert kept(scalar("a: >-\r\n  x\r\n  y\r\nb: 1\r\n")) == quoted("x y", at(2, 3), "x\r\n  y\r\n", at(2, 3))


def test_block_without_a_body_stands_at_its_indicator() -> None:
    assert kept(scalar("a: |\nb: 1\n")) == quoted("", at(1, 4), "", at(1, 4))


def test_absent_value_stands_behind_its_colon() -> None:
    assert kept(scalar("a:   \nb: 1\n")) == unquoted("", at(1, 3), "")


def test_columns_count_characters_in_every_plane() -> None:
    node = good_mapping("é𝄞漢: 'ü𝄞'\r\n𝄞: [𝄞𝄞, x]\r\n")
    assert [key.place for key, _ in node.items] == [at(1, 1), at(2, 1)]
    assert kept(node.get("é𝄞漢")) == quoted("ü𝄞", at(1, 6), "ü𝄞", at(1, 7))
    values = node.get("𝄞")
    assert isinstance(values, Sequence)
    assert values.place == at(2, 4)
    assert [value.place for value in values.items] == [at(2, 5), at(2, 9)]


@pytest.mark.parametrize("source", ["a: x # y\n", "a: x\t# y\n", "a: 'x'  # y\n", "a: x\n  z # y\n", "a: # y\n"])
def test_comment_behind_a_value_is_told(source: str) -> None:
    assert scalar(source).comment_follows


@pytest.mark.parametrize("source", ["a: x#y\n", "a: 'x # y'\n", "a: x\n# y\n", "a: |\n  x\n # y\n", "a: | # y\n  x\n"])
def test_comment_elsewhere_is_not_told(source: str) -> None:
    assert not scalar(source).comment_follows


def test_mapping_finds_values_and_keys_by_text() -> None:
    node = good_mapping("a: 1\n'b':\n")
    assert node.keys() == ("a", "b")
    assert kept(node.key("b")) == quoted("b", at(2, 1), "b", at(2, 2))
    assert node.key("c") is None
    assert node.get("c") is None
    assert "a" in node
    assert "c" not in node
    assert 1 not in node


lines = st.lists(st.text("abé𝄞漢<>", min_size=1), min_size=1, max_size=4).map(" ".join)
paragraphs = st.lists(lines | st.just(""), max_size=4)


@st.composite
def written(draw: st.DrawFn) -> str:
    """A file whose entry `a` is a text in one of YAML's styles, over several lines."""
    first, more = "x" + draw(lines), draw(paragraphs)
    last = [*more, "z" + draw(lines)]
    indent = " " * draw(st.integers(2, 5))
    continued = "".join(f"\n{indent}{line}" if line else "\n" for line in last)
    before = draw(st.sampled_from(["", "é: 𝄞 # 漢\n", "b: |\n  𝄞\n\n"]))
    value = draw(
        st.sampled_from(
            [
                first,
                first + continued,
                first + continued + " # é",
                f"'{first}'",
                f"'{first}''{continued}'",
                f'"{first}\\"{continued}" # é',
                f"|\n{indent}{first}{continued}",
                f"|+ # é\n\n{indent}{first}{continued}\n\n",
                f">-\n\n{indent}{first}{continued}",
            ]
        )
    )
    source = f"{before}a: {value}\nc: 1\n"
    return source.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


@given(written())
def test_every_offset_of_raw_is_the_same_character_of_the_file(source: str) -> None:
    value = scalar(source)
    assert [character(source, value.place_at(n)) for n in range(len(value.raw))] == list(value.raw)
    assert value.raw.startswith("x")
    assert value.raw in source


@given(written())
def test_place_behind_the_last_character_is_where_the_value_ends(source: str) -> None:
    value = scalar(source)
    end = value.place_at(len(value.raw))
    rest = "".join(source.splitlines(keepends=True)[end.line - 1 :])[end.column - 1 :]
    assert source.endswith(value.raw + rest)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("", None),
        ("'true'", "true"),
        ("''", ""),
        ("0", 0),
        ("-12", -12),
        ("+7", 7),
        ("'7'", "7"),
        ("|\n  7", "7\n"),
        ("0.30", Decimal("0.30")),
        ("-.5", Decimal("-0.5")),
        ("1e-3", Decimal("0.001")),
        ("1.5E+2", Decimal("1.5E+2")),
        (".nan", ".nan"),
        ("NaN", "NaN"),
        (".inf", ".inf"),
        ("-Infinity", "-Infinity"),
        ("2026-03-05", "2026-03-05"),
        ("2026-03-05T10:00:00-05:00", "2026-03-05T10:00:00-05:00"),
        ("١٢", "١٢"),
        ("1.2.3", "1.2.3"),
        ("yes and no", "yes and no"),
    ],
)
def test_value_means_what_it_says(written: str, meant: object) -> None:
    value = plain(scalar(f"a: {written}\n"))
    assert (type(value), str(value)) == (type(meant), str(meant))


def test_lists_and_mappings_become_those_of_json() -> None:
    assert plain(good("a: [1, {b: x}]\nc:\n  - 0.5\n")) == {"a": [1, {"b": "x"}], "c": [Decimal("0.5")]}


def test_json_is_read_without_a_line_break_at_its_end() -> None:
    assert plain(good('{"a": [1, "b", null]}')) == {"a": [1, "b", None]}


def test_duplicate_key_names_both_places_and_keeps_the_first() -> None:
    faults: list[Fault] = []
    node = read_yaml(b'a: 1\nb: {c: 1, c: 2}\n"a": 3\n', "x.yaml", faults)
    assert [str(fault) for fault in faults] == [
        "x.yaml:2:11 duplicate-key: 'c' is written again, first at x.yaml:2:5; keep one of them",
        "x.yaml:3:1 duplicate-key: 'a' is written again, first at x.yaml:1:1; keep one of them",
    ]
    assert node is not None
    assert plain(node) == {"a": 1, "b": {"c": 1}}


def test_anchors_aliases_and_merge_keys_are_refused_each_at_its_place() -> None:
    assert faults_of("a: &base {b: 1}\nc:\n  <<: *base\n&k d: 1\n") == [
        "x.yaml:1:4 anchor: '&base' is an anchor; delete it and write values out",
        "x.yaml:3:3 anchor: '<<' is a merge key; write its entries out",
        "x.yaml:3:7 anchor: '*base' is an alias; write the value out",
        "x.yaml:4:1 anchor: '&k' is an anchor; delete it and write values out",
    ]


def test_tags_are_refused_each_at_its_place() -> None:
    assert faults_of("a: !!str 1\nb: &x !y [z]\nc: !<tag:yaml.org,2002:map> {}\nd: !\n") == [
        "x.yaml:1:4 tag: '!!str' is a tag; delete it and quote what is text",
        "x.yaml:2:4 anchor: '&x' is an anchor; delete it and write values out",
        "x.yaml:2:7 tag: '!y' is a tag; delete it and quote what is text",
        "x.yaml:3:4 tag: '!<tag:yaml.org,2002:map>' is a tag; delete it and quote what is text",
        "x.yaml:4:4 tag: '!' is a tag; delete it and quote what is text",
    ]


def test_value_behind_a_tag_keeps_its_own_place() -> None:
    assert faults_of("a: &x # é\n  !y 10:30\n") == [
        "x.yaml:1:4 anchor: '&x' is an anchor; delete it and write values out",
        "x.yaml:2:3 tag: '!y' is a tag; delete it and quote what is text",
        "x.yaml:2:6 ambiguous-time: '10:30' is read as a number by YAML 1.1; write '\"10:30\"'",
    ]


@pytest.mark.parametrize("word", ["yes", "No", "ON", "off", "y", "N", "True", "FALSE"])
def test_other_words_for_true_and_false_are_ambiguous(word: str) -> None:
    assert faults_of(f"a: {word}\n") == [other_boolean("1:4", word)]


@pytest.mark.parametrize("word", ["~", "Null", "NULL"])
def test_other_words_for_null_are_ambiguous(word: str) -> None:
    assert faults_of(f"- {word}\n") == [
        f"x.yaml:1:3 ambiguous-null: '{word}' is read as null by YAML 1.1; write null, or quote it"
    ]


@pytest.mark.parametrize("time", ["10:30", "10:30:00", "-1:30", "190:20:30.15"])
def test_time_that_yaml_reads_as_a_number_is_ambiguous(time: str) -> None:
    assert faults_of(f"a: {time}\n") == [
        f"x.yaml:1:4 ambiguous-time: '{time}' is read as a number by YAML 1.1; write '\"{time}\"'"
    ]


@pytest.mark.parametrize("time", ["09:30", "00:00:00", "10:75", "9:305"])
def test_time_that_only_looks_like_such_a_number_is_ambiguous_too(time: str) -> None:
    assert faults_of(f"a: {time}\n") == [
        f"x.yaml:1:4 ambiguous-time: '{time}' looks like 10:30, a number to YAML 1.1; write '\"{time}\"'"
    ]


@pytest.mark.parametrize(
    ("number", "reading"),
    [
        ("017", "begins with 0 like an octal number; drop the 0, or quote it"),
        ("0o17", "begins with 0 like an octal number; drop the 0, or quote it"),
        ("-00.5", "begins with 0 like an octal number; drop the 0, or quote it"),
        ("0x1F", "is read as a number in base 16 or 2; write it in base 10, or quote it"),
        ("0b11", "is read as a number in base 16 or 2; write it in base 10, or quote it"),
        ("1_000", "is read as a number by YAML 1.1; drop the '_', or quote it"),
        ("1_000.5", "is read as a number by YAML 1.1; drop the '_', or quote it"),
        ("1e999", "has more digits than a number may have; shorten it, or quote it"),
        ("1" * 5000, "has more digits than a number may have; shorten it, or quote it"),
    ],
)
def test_number_that_is_not_plainly_decimal_is_ambiguous(number: str, reading: str) -> None:
    assert faults_of(f"[{number}]\n") == [f"x.yaml:1:2 ambiguous-number: '{number}' {reading}"]


def test_nothing_is_ambiguous_in_quotes() -> None:
    assert faults_of("- 'yes'\n- \"10:30\"\n- |\n  017\n- '~'\n") == []


def test_key_that_is_no_text_is_refused() -> None:
    assert faults_of('{6.9: a, 1: b, true: c, null: d, ? : e, "7": f}') == [
        "x.yaml:1:2 key: '6.9' is no text, which a key must be; write '\"6.9\"'",
        "x.yaml:1:10 key: '1' is no text, which a key must be; write '\"1\"'",
        "x.yaml:1:16 key: 'true' is no text, which a key must be; write '\"true\"'",
        "x.yaml:1:25 key: 'null' is no text, which a key must be; write '\"null\"'",
        "x.yaml:1:36 key: '' is no text, which a key must be; write '\"\"'",
    ]


def test_ambiguous_key_is_to_be_quoted() -> None:
    assert faults_of("on: 1\n10:30: 2\n") == [
        "x.yaml:1:1 ambiguous-bool: 'on' is read as a boolean by YAML 1.1; write '\"on\"'",
        "x.yaml:2:1 ambiguous-time: '10:30' is read as a number by YAML 1.1; write '\"10:30\"'",
    ]


def test_list_or_mapping_as_key_is_refused_and_read_on() -> None:
    assert faults_of("? [a]\n: yes\n? {b: off}\n: 1\n*c : 1\n") == [
        "x.yaml:1:3 key: a list or mapping stands as a key; write a text",
        other_boolean("2:3", "yes"),
        other_boolean("3:7", "off"),
        "x.yaml:3:3 key: a list or mapping stands as a key; write a text",
        "x.yaml:5:1 anchor: '*c' is an alias; write the value out",
    ]


def test_byte_order_mark_is_refused_and_counts_no_column() -> None:
    assert faults_of(b"\xef\xbb\xbfa: yes\n") == [
        "x.yaml:1:1 bom: a byte order mark begins the file; save it without",
        other_boolean("1:4", "yes"),
    ]


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"a: 1\nb: \xc3\xa9\xe9\n", "x.yaml:2:5 encoding: byte 0xe9 is not UTF-8; save the file as UTF-8"),
        ("a: 1\n".encode("utf-16"), "x.yaml:1:1 encoding: byte 0xff is not UTF-8; save the file as UTF-8"),
        (b"a: \xed\xa0\x80\n", "x.yaml:1:4 encoding: byte 0xed is not UTF-8; save the file as UTF-8"),
    ],
)
def test_bytes_that_are_not_utf_8_are_refused(data: bytes, line: str) -> None:
    assert faults_of(data) == [line]


@pytest.mark.parametrize("code", [0x00, 0x07, 0x1B, 0x7F, 0x85, 0x200B, 0x2028, 0x202E, 0x2066, 0xFEFF, 0xFFFE])
def test_control_and_invisible_characters_are_refused_once_each_kind(code: int) -> None:
    assert faults_of(f"a: 'x{chr(code)}y{chr(code)}'\nb: yes\n") == [
        f"x.yaml:1:6 control: U+{code:04X} is a control or invisible character, 2 in this file; delete it",
        other_boolean("2:4", "yes"),
    ]


def test_carriage_return_that_ends_no_line_is_refused() -> None:
    assert faults_of("a: 'x\ry'\r\nb: 1\r\n") == [
        "x.yaml:1:6 control: U+000D is a control or invisible character, 1 in this file; delete it"
    ]


def test_every_document_but_the_first_is_refused_and_read_on() -> None:
    assert faults_of("a: 1\n---\nb: yes\n---\n") == [
        "x.yaml:2:1 documents: another document begins; keep one in a file",
        other_boolean("3:4", "yes"),
        "x.yaml:4:1 documents: another document begins; keep one in a file",
    ]


@pytest.mark.parametrize("source", ["", "\n\n", "# only this\n", "---\n", "--- # only this\n...\n"])
def test_file_without_a_value_is_empty(source: str) -> None:
    assert faults_of(source) == ["x.yaml:1:1 empty: the file holds no value; write its content"]


SYNTAX = [
    (
        "a:\n\tb: 1\n",
        "2:1",
        "found character that cannot start any token",
        "indent with spaces, not with a tab",
    ),
    (
        "a: b\n\tc: d\n",
        "2:1",
        "found a tab character that violates indentation while scanning a plain scalar begun at x.yaml:1:4",
        "indent with spaces, not with a tab",
    ),
    (
        "a: |\n\tx\n",
        "2:1",
        (
            "found a tab character where an indentation space is expected"
            " while scanning a block scalar begun at x.yaml:1:4"
        ),
        "indent with spaces, not with a tab",
    ),
    ("é: @x\n", "1:4", "found character that cannot start any token", "quote the value"),
    (
        "a: b: c\n",
        "1:5",
        "mapping values are not allowed in this context",
        "quote the text with the ':', or mend the indentation",
    ),
    (
        "a: 1\nb\nc: 2\n",
        "3:1",
        "could not find expected ':' while scanning a simple key begun at x.yaml:2:1",
        "write 'key: value', or indent the line under the text it continues",
    ),
    (
        "a:\n  - 1\n b: 2\n",
        "3:2",
        "did not find expected key while parsing a block mapping begun at x.yaml:1:1",
        "mend the indentation, or quote the whole value",
    ),
    (
        "- a\nb: 1\n",
        "2:1",
        "did not find expected '-' indicator while parsing a block collection begun at x.yaml:1:1",
        "begin the entry with '- ', or mend the indentation",
    ),
    (
        "a: - b\n",
        "1:4",
        "block sequence entries are not allowed in this context",
        "begin the list on a line of its own",
    ),
    (
        'a: "\\q"\n',
        "1:5",
        "found unknown escape character while parsing a quoted scalar begun at x.yaml:1:4",
        "double the backslash, or use single quotes",
    ),
    (
        "a: 'x\n---\ny'\n",
        "2:1",
        "found unexpected document indicator while scanning a quoted scalar begun at x.yaml:1:4",
        "close the quote",
    ),
    (
        "a: 1\n...\nb: 2\n",
        "3:1",
        "did not find expected <document start>",
        "delete the '...' above, a file holds one document",
    ),
    ("a: !b!c d\n", "1:4", "found undefined tag handle", "delete the tag"),
    (
        "a: * b\n",
        "1:5",
        "did not find expected alphabetic or numeric character while scanning an alias begun at x.yaml:1:4",
        "quote the value",
    ),
    (
        "%FOO\n---\na: 1\n",
        "1:5",
        "found unknown directive name while scanning a directive begun at x.yaml:1:1",
        "delete the line",
    ),
    (
        'a: "\\xzz"\n',
        "1:7",
        "did not find expected hexdecimal number while parsing a quoted scalar begun at x.yaml:1:4",
        "mend the YAML here",
    ),
]


@pytest.mark.parametrize(("source", "place", "found", "advice"), SYNTAX)
def test_syntax_fault_says_where_what_and_what_to_do(source: str, place: str, found: str, advice: str) -> None:
    assert faults_of(source) == [f"x.yaml:{place} syntax: {found}; {advice}"]


CUT = [
    (
        "a: [1,\n  2",
        "2:4",
        "did not find expected ',' or ']' while parsing a flow sequence begun at x.yaml:1:4",
        "separate entries with ',' and close the list with ']'",
    ),
    (
        "{a: 1",
        "1:6",
        "did not find expected ',' or '}' while parsing a flow mapping begun at x.yaml:1:1",
        "separate entries with ',' and close the mapping with '}'",
    ),
    (
        'a: "x\n  y',
        "2:4",
        "found unexpected end of stream while scanning a quoted scalar begun at x.yaml:1:4",
        "close the quote",
    ),
    ("a: 12", "1:6", "the last line does not end, as in a file cut short", "complete it with a line break"),
]


@pytest.mark.parametrize(("source", "place", "found", "advice"), CUT)
def test_file_cut_short_is_a_syntax_fault_at_its_end(source: str, place: str, found: str, advice: str) -> None:
    assert faults_of(source) == [f"x.yaml:{place} syntax: {found}; {advice}"]


WHOLE = "é:\n  - b: 125\n    c: [1, {d: 2}, '𝄞']\n  - \"x\n    y\"\ne: |\n  z\n  z\nf: {g: 1.5,\n  h: 2}\n"


@given(st.integers(1, len(WHOLE) - 1))
def test_every_cut_within_a_line_is_a_syntax_fault(length: int) -> None:
    cut = WHOLE[:length]
    inside = not cut.endswith(("\n", "}", "]"))
    assert not inside or any(" syntax: " in fault for fault in faults_of(cut))


def test_faults_before_a_syntax_fault_are_told_with_it() -> None:
    assert faults_of("a: yes\na: 10:30\nb: [\n") == [
        other_boolean("1:4", "yes"),
        "x.yaml:2:4 ambiguous-time: '10:30' is read as a number by YAML 1.1; write '\"10:30\"'",
        "x.yaml:2:1 duplicate-key: 'a' is written again, first at x.yaml:1:1; keep one of them",
        "x.yaml:4:1 syntax: did not find expected node content; write a value, or close what is open",
    ]


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? ", "[{? "])
def test_nesting_without_end_is_refused_at_the_bound(opening: str) -> None:
    faults = faults_of(opening * 100_000)
    assert len(faults) == 1
    assert faults[0].endswith(f" depth: lists and mappings stand more than {MAX_DEPTH} deep; flatten them")


def test_nesting_up_to_the_bound_is_read() -> None:
    assert faults_of("[" * MAX_DEPTH + "]" * MAX_DEPTH) == []
    assert faults_of("[" * 100 + "]" * 100) == [
        f"x.yaml:1:{MAX_DEPTH + 1} depth: lists and mappings stand more than {MAX_DEPTH} deep; flatten them"
    ]


def test_alias_bomb_is_refused_without_being_unfolded() -> None:
    bomb = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10))
    faults = faults_of("a0: &a0 boom\n" + bomb)
    assert len(faults) == 1 + 9 * 11
    assert all(" anchor: " in fault for fault in faults)


@given(st.binary() | st.text("ab:-?[]{}#&*!|>'\"%@\\ \t\r\n\x00\u2028é𝄞01._", max_size=40).map(str.encode))
def test_every_input_gives_a_node_or_says_why_not(data: bytes) -> None:
    faults: list[Fault] = []
    node = read_yaml(data, "x.yaml", faults)
    assert faults or node is not None
    assert all("\n" not in str(fault) for fault in faults)
    assert node is None or plain(node) == plain(node)


def file_faults(path: Path, limit: int = 100) -> list[str]:
    faults: list[Fault] = []
    assert read_file(path, "law/x.yaml", faults, limit) is None
    return [str(fault) for fault in faults]


def test_file_is_read_under_the_name_it_is_given(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"a: 1\n")
    faults: list[Fault] = []
    node = read_file(path, "law/x.yaml", faults, limit=5)
    assert faults == []
    assert isinstance(node, Mapping)
    assert node.place == Place("law/x.yaml", 1, 1)


def test_file_over_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    with path.open("wb") as stream:
        stream.truncate(1 << 40)
    assert file_faults(path) == ["law/x.yaml:1:1 too-large: more than the 100 bytes allowed; shorten or split the file"]


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no file here hides its size")
def test_file_that_hides_its_size_is_refused_all_the_same() -> None:
    assert file_faults(Path("/proc/self/status")) == [
        "law/x.yaml:1:1 too-large: more than the 100 bytes allowed; shorten or split the file"
    ]


def test_missing_file_is_a_fault(tmp_path: Path) -> None:
    assert file_faults(tmp_path / "x.yaml") == ["law/x.yaml:1:1 missing: there is no such file; check the name"]


def test_folder_is_a_fault(tmp_path: Path) -> None:
    assert file_faults(tmp_path) == [
        "law/x.yaml:1:1 unreadable: a folder, pipe or device; name a file that can be read"
    ]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_pipe_is_a_fault_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.yaml")
    assert file_faults(tmp_path / "x.yaml") == [
        "law/x.yaml:1:1 unreadable: a folder, pipe or device; name a file that can be read"
    ]


def test_file_that_cannot_be_reached_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"")
    assert file_faults(tmp_path / "x" / "y.yaml") == [
        "law/x.yaml:1:1 unreadable: Not a directory; name a file that can be read"
    ]
