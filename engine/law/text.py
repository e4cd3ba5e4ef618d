"""Strict YAML: values keep their place and raw slice; what YAML would guess is refused.

The events come from PyYAML's C parser, whose marks count characters, not bytes. Its resolver
is not asked: `plain` alone decides what an unquoted scalar means.
"""

import re
import stat
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias, cast

import yaml
from yaml.error import Mark

from engine.place import Fault, Place

MAX_DEPTH: Final = 32

# Control and invisible characters, a carriage return that ends no line, and the line breaks
# that YAML knows and editors do not count.
_FORBIDDEN = re.compile(
    r"[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|\r(?!\n)"
    r"|[\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]"
)
_PROPERTY = re.compile(r"(!<[^>\s]*>|[&!][^\s,\[\]{}]*)(?:\s++|#[^\n]*+)*+")
_COMMENT = re.compile(r"[ \t]+#")
_BLOCK: Final = frozenset("|>")

_CONSTANTS: Final = {"": None, "null": None, "true": True, "false": False}
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,29})")
# Bounded, so that no exponent becomes an integer that fills the memory.
_DECIMAL = re.compile(r"[-+]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][-+]?[0-9]{1,2})?")
# Possessive, so that the time to match grows no faster than the scalar.
_GUESS = re.compile(
    r"(?=[-+.~0-9FNOTYfnoty])(?:(?P<boolean>(?!(?:true|false)\Z)(?i:true|false|yes|no|on|off|y|n))"
    r"|(?P<null>~|Null|NULL)"
    r"|(?P<sexagesimal>[-+]?[1-9][0-9_]*+(?::[0-5]?[0-9])++(?:\.[0-9_]*+)?)"
    r"|(?P<clock>[-+]?[0-9][0-9_]*+(?::[0-9]++)++(?:\.[0-9_]*+)?)"
    r"|(?P<octal>[-+]?0(?:[oO]?[0-9_]++)(?:\.[0-9_]*+)?(?:[eE][-+]?[0-9]++)?)"
    r"|(?P<radix>[-+]?0(?:[xX][0-9a-fA-F_]++|[bB][01_]++))"
    r"|(?P<grouped>[-+]?(?=\.?[0-9])[0-9.][0-9.]*+_[0-9_.]*+(?:[eE][-+]?[0-9]++)?)"
    rf"|(?P<long>(?!{_DECIMAL.pattern}\Z)"
    r"[-+]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][-+]?[0-9]++)?))"
)
_READINGS: Final = {
    "boolean": ("bool", "is read as a boolean by YAML 1.1", "write true or false, or quote it"),
    "null": ("null", "is read as null by YAML 1.1", "write null, or quote it"),
    "sexagesimal": ("time", "is read as a number by YAML 1.1", ""),
    "clock": ("time", "looks like 10:30, a number to YAML 1.1", ""),
    "octal": ("number", "begins with 0 like an octal number", "drop the 0, or quote it"),
    "radix": ("number", "is read as a number in base 16 or 2", "write it in base 10, or quote it"),
    "grouped": ("number", "is read as a number by YAML 1.1", "drop the '_', or quote it"),
    "long": ("number", "has more digits than a number may have", "shorten it, or quote it"),
}

_SPACES: Final = "indent with spaces, not with a tab"
_ADVICE: Final = {
    "could not find expected ':'": "write 'key: value', or indent the line under the text it continues",
    "mapping values are not allowed in this context": "quote the text with the ':', or mend the indentation",
    "found character that cannot start any token": "quote the value",
    "found a tab character that violates indentation": _SPACES,
    "found a tab character where an indentation space is expected": _SPACES,
    "found unexpected end of stream": "close the quote",
    "found unexpected document indicator": "close the quote",
    "found unknown escape character": "double the backslash, or use single quotes",
    "did not find expected ',' or ']'": "separate entries with ',' and close the list with ']'",
    "did not find expected ',' or '}'": "separate entries with ',' and close the mapping with '}'",
    "did not find expected key": "mend the indentation, or quote the whole value",
    "did not find expected '-' indicator": "begin the entry with '- ', or mend the indentation",
    "block sequence entries are not allowed in this context": "begin the list on a line of its own",
    "did not find expected alphabetic or numeric character": "quote the value",
    "did not find expected node content": "write a value, or close what is open",
    "found undefined tag handle": "delete the tag",
    "found unknown directive name": "delete the line",
    "did not find expected <document start>": "delete the '...' above, a file holds one document",
}


class Source:
    """The text of one file, which knows where each of its characters stands; asked of few."""

    def __init__(self, file: str, text: str) -> None:
        self.file, self.text = file, text

    @cached_property
    def _lines(self) -> list[int]:
        return [0, *accumulate(len(line) + 1 for line in self.text.split("\n"))]

    def place(self, index: int) -> Place:
        line = bisect_right(self._lines, index)
        return Place(self.file, line, index - self._lines[line - 1] + 1)


class Scalar(NamedTuple):
    """A value as it was written.

    `at` is where the value begins: at the opening quote, or at the first visible character of a block's body; a block
    counts as `quoted`. From `start` to `end` goes the file's own slice without the quotes: escapes and folds are still
    in it, and a block's later lines keep their indentation. `behind` is where the line goes on, none behind a block.
    """

    text: str
    source: Source
    at: int
    start: int
    end: int
    behind: int | None = None
    quoted: bool = False

    @property
    def place(self) -> Place:
        return self.source.place(self.at)

    @property
    def raw(self) -> str:
        return self.source.text[self.start : self.end]

    @property
    def raw_place(self) -> Place:
        return self.source.place(self.start)

    @property
    def comment_follows(self) -> bool:
        """Whether ` #` comes next on the line and may have cut an unquoted value."""
        return self.behind is not None and _COMMENT.match(self.source.text, self.behind) is not None

    def place_at(self, offset: int) -> Place:
        """Return the place of `raw[offset]`; `len(raw)` asks for the place behind the value."""
        return self.source.place(self.start + offset)


@dataclass(frozen=True, slots=True, match_args=False)
class Mapping:
    """The entries in the order of the file; of duplicate keys the first."""

    __match_args__ = ("items", "place")
    entries: "dict[str, tuple[Scalar, Node]]"
    source: Source
    at: int

    @property
    def place(self) -> Place:
        return self.source.place(self.at)

    @property
    def items(self) -> "tuple[tuple[Scalar, Node], ...]":
        return tuple(self.entries.values())

    def get(self, key: str) -> "Node | None":
        """Return the value under `key`; an empty value is a Scalar, not None."""
        return self.entries[key][1] if key in self.entries else None

    def key(self, key: str) -> Scalar | None:
        """Return the key itself, which knows its place."""
        return self.entries[key][0] if key in self.entries else None

    def keys(self) -> tuple[str, ...]:
        """Return the keys' texts in the order of the file."""
        return tuple(self.entries)

    def __contains__(self, key: object) -> bool:
        return key in self.entries


@dataclass(frozen=True, slots=True)
class Sequence:
    """The entries of a list, in either notation."""

    items: "tuple[Node, ...]"
    source: Source
    at: int

    @property
    def place(self) -> Place:
        return self.source.place(self.at)


Node: TypeAlias = Scalar | Mapping | Sequence


def read_file(path: Path, file: str, faults: list[Fault], limit: int) -> Node | None:
    """Read a regular file of at most `limit` bytes; `file` is its name in places."""
    try:
        data = _read(path, limit)
    except FileNotFoundError:
        refusal = "missing", "there is no such file; check the name"
    except OSError as error:
        refusal = "unreadable", f"{error.strerror}; name a file that can be read"
    else:
        if data is not None:
            return read_yaml(data, file, faults)
        refusal = "too-large", f"more than the {limit} bytes allowed; shorten or split the file"
    faults.append(Fault(Place(file, 1, 1), *refusal))
    return None


def _read(path: Path, limit: int) -> bytes | None:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError(0, "a folder, pipe or device")
    if status.st_size > limit:
        return None
    with path.open("rb") as stream:
        data = stream.read(limit + 1)
    # Some files have more than the size they report, and a file may grow meanwhile.
    return data if len(data) <= limit else None


def read_yaml(data: bytes, file: str, faults: list[Fault]) -> Node | None:
    """Return the file's one document and append every fault; None when nothing can be used.

    What comes back together with faults serves to find more of them and is not to be trusted.
    """
    text = _decoded(data, Place(file, 1, 1), faults)
    if text is None:
        return None
    reader = _Reader(text, file, faults)
    try:
        root = reader.stream()
    except yaml.MarkedYAMLError as error:
        reader.refuse_syntax(error)
        return None
    except _TooDeepError:
        return None
    if root is None or (isinstance(root, Scalar) and not root.quoted and not root.raw):
        reader.refuse(0, "empty", "the file holds no value; write its content")
        return None
    # `12` cut out of `125` is good YAML, so the last line must show that it is whole.
    if not text.endswith(("\n", "}", "]")):
        cut = "the last line does not end, as in a file cut short; complete it with a line break"
        reader.refuse(len(text), "syntax", cut)
    return root


def plain(node: Node) -> object:
    """Return the value as JSON would hold it, numbers as int or Decimal, never as float.

    Spellings of infinity and of no number stay texts.
    """
    match node:
        case Mapping():
            return {key.text: plain(value) for key, value in node.items}
        case Sequence():
            return [plain(value) for value in node.items]
        case Scalar():
            return node.text if node.quoted else _meaning(node.text)


def _meaning(text: str) -> object:
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return Decimal(text) if _DECIMAL.fullmatch(text) else text


def _behind(place: Place, passed: str) -> Place:
    """Return the place behind `passed`, which begins at `place`."""
    breaks = passed.count("\n")
    if not breaks:
        return Place(place.file, place.line, place.column + len(passed))
    return Place(place.file, place.line + breaks, len(passed) - passed.rfind("\n"))


def _decoded(data: bytes, start: Place, faults: list[Fault]) -> str | None:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        place = _behind(start, data[: error.start].decode("utf-8"))
        found = f"byte 0x{data[error.start]:02x} is not UTF-8; save the file as UTF-8"
        faults.append(Fault(place, "encoding", found))
        return None
    if text.startswith("\ufeff"):
        faults.append(Fault(start, "bom", "a byte order mark begins the file; save it without"))
        text = text[1:]
    return _visible(text, start, faults)


def _visible(text: str, start: Place, faults: list[Fault]) -> str:
    """Replace forbidden characters one for one, so that places stay; one fault for each kind."""
    found: dict[str, list[int]] = {}
    for match in _FORBIDDEN.finditer(text):
        found.setdefault(match.group(), []).append(match.start())
    for character, indices in found.items():
        name = f"U+{ord(character):04X} is a control or invisible character"
        message = f"{name}, {len(indices)} in this file; delete it"
        faults.append(Fault(_behind(start, text[: indices[0]]), "control", message))
    return _FORBIDDEN.sub("\ufffd", text) if found else text


class _TooDeepError(Exception):
    """The rest is left unread: what the parser spends on an event grows with the depth."""


class _Reader:
    """One text on its way from events to nodes."""

    def __init__(self, text: str, file: str, faults: list[Fault]) -> None:
        self.text = text
        self.source = Source(file, text)
        self.faults = faults
        self.words: set[str] = set()  # keys that were found good: a file has few, many times
        # None comes only behind the end of the stream, where nobody asks.
        self.next_event = cast("Callable[[], yaml.Event]", yaml.CSafeLoader(text).get_event)

    def refuse(self, index: int, code: str, message: str) -> None:
        self.faults.append(Fault(self.source.place(index), code, message))

    def refuse_syntax(self, error: yaml.MarkedYAMLError) -> None:
        found, index = str(error.problem), cast("Mark", error.problem_mark).index
        advice = _SPACES if self.text.startswith("\t", index) else _ADVICE.get(found, "mend the YAML here")
        if error.context_mark and error.context_mark.index < index:
            found = f"{found} {error.context} begun at {self.source.place(error.context_mark.index)}"
        # By the index, for at the end of the file the parser's line is one too many.
        self.refuse(index, "syntax", f"{found}; {advice}")

    def stream(self) -> Node | None:
        """Return the first document; the others are read for their faults."""
        root = None
        self.next_event()
        while not isinstance(event := self.next_event(), yaml.StreamEndEvent):
            if root:
                more = "another document begins; keep one in a file"
                self.refuse(self.span(event)[0], "documents", more)
            node = self.node(self.next_event(), 1)
            root = root or node
            self.next_event()
        return root

    def node(self, event: yaml.Event, depth: int) -> Node:
        if isinstance(event, yaml.ScalarEvent):
            return self.value(event)
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event)
        if depth > MAX_DEPTH:
            deep = f"lists and mappings stand more than {MAX_DEPTH} deep; flatten them"
            self.refuse(self.span(event)[0], "depth", deep)
            raise _TooDeepError
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(event, depth)
        return self.sequence(event, depth)

    def sequence(self, start: yaml.Event, depth: int) -> Sequence:
        index, _ = self.span(start)
        items = []
        while not isinstance(event := self.next_event(), yaml.SequenceEndEvent):
            items.append(self.node(event, depth + 1))
        return Sequence(tuple(items), self.source, index)

    def mapping(self, start: yaml.Event, depth: int) -> Mapping:
        index, _ = self.span(start)
        entries: dict[str, tuple[Scalar, Node]] = {}
        while not isinstance(event := self.next_event(), yaml.MappingEndEvent):
            key = self.key(event, depth)
            value = self.node(self.next_event(), depth + 1)
            if key is None:
                continue
            first, _ = entries.setdefault(key.text, (key, value))
            if first is not key:
                again = f"{key.text!r} is written again, first at {first.place}; keep one of them"
                self.refuse(key.at, "duplicate-key", again)
        return Mapping(entries, self.source, index)

    def key(self, event: yaml.Event, depth: int) -> Scalar | None:
        if isinstance(event, yaml.ScalarEvent):
            scalar = self.scalar(event)
            if not scalar.quoted and scalar.text not in self.words:
                self.refuse_key(scalar)
            return scalar
        node = self.node(event, depth + 1)
        if isinstance(node, Scalar):
            return node
        self.refuse(node.at, "key", "a list or mapping stands as a key; write a text")
        return None

    def refuse_key(self, key: Scalar) -> None:
        if key.text == "<<":
            self.refuse(key.at, "anchor", "'<<' is a merge key; write its entries out")
        elif guess := _GUESS.fullmatch(key.text):
            kind, reading, _ = _READINGS[str(guess.lastgroup)]
            self.refuse(key.at, f"ambiguous-{kind}", f"{key.text!r} {reading}; write {_quoted(key)}")
        elif not isinstance(_meaning(key.text), str):
            found = f"{key.text!r} is no text, which a key must be; write {_quoted(key)}"
            self.refuse(key.at, "key", found)
        else:
            self.words.add(key.text)

    def value(self, event: yaml.ScalarEvent) -> Scalar:
        scalar = self.scalar(event)
        if not scalar.quoted and (guess := _GUESS.fullmatch(scalar.text)):
            kind, reading, advice = _READINGS[str(guess.lastgroup)]
            advice = advice or f"write {_quoted(scalar)}"
            self.refuse(scalar.at, f"ambiguous-{kind}", f"{scalar.text!r} {reading}; {advice}")
        return scalar

    def scalar(self, event: yaml.ScalarEvent) -> Scalar:
        start, end = self.span(event)
        if not event.style:
            return Scalar(event.value, self.source, start, start, end, end)
        if event.style in _BLOCK:
            first, end = self.body(start, end)
            return Scalar(event.value, self.source, first, first, end, quoted=True)
        return Scalar(event.value, self.source, start, start + 1, end - 1, end, quoted=True)

    def body(self, start: int, end: int) -> tuple[int, int]:
        """Return where a block begins, at its first visible character, and ends; one without, where it is announced."""
        _, _, body = self.text[start:end].partition("\n")
        index = end - len(body.lstrip(" \t\r\n"))
        return (index, end) if index < end else (start, start)

    def alias(self, event: yaml.AliasEvent) -> Scalar:
        start, end = self.span(event)
        name = self.text[start:end]
        self.refuse(start, "anchor", f"{name!r} is an alias; write the value out")
        return Scalar(name, self.source, start, start, end)

    def span(self, event: yaml.Event) -> tuple[int, int]:
        """Return where the value begins and ends, behind its anchor and tag, which are refused."""
        mark: Any = event.start_mark  # a Mark, always: asked without a word of it, for there are very many
        behind: Any = event.end_mark
        index, end = mark.index, behind.index
        while self.text.startswith(("&", "!"), index, end) and (found := _PROPERTY.match(self.text, index, end)):
            if found[1].startswith("&"):
                self.refuse(index, "anchor", f"{found[1]!r} is an anchor; delete it and write values out")
            else:
                self.refuse(index, "tag", f"{found[1]!r} is a tag; delete it and quote what is text")
            index = found.end()
        return index, end


def _quoted(scalar: Scalar) -> str:
    return repr(f'"{scalar.text}"')
