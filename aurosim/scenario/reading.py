"""Reading a YAML file that may be hostile, without losing the line of anything.

The file is read as a stream of YAML events and never composed by the library: so size, depth and
the number of nodes that
aliases would expand to are counted before anything is built, tags are refused instead of obeyed, a
duplicate key is a
complaint instead of a silent loss, and each value keeps its line. What comes out is plain: dicts
with text keys, lists,
text, numbers, booleans and None, with a table from path to line beside it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from aurosim.errors import Complaint, ScenarioError
from aurosim.scenario.foreign import not_yaml
from aurosim.scenario.holes import BROKEN
from aurosim.scenario.scalars import plain_scalar
from aurosim.units import format_size, shown

MAX_BYTES = 256 * 1024
MAX_DEPTH = 24
MAX_NODES = 20_000
MAX_KEYS_OF_ONE_MAPPING = 1_000
MAX_KEY_CHARACTERS = 100
MAX_TEXT_CHARACTERS = 20_000

Path_ = tuple[str | int, ...]


@dataclass
class Source:
    """A file's plain content, the place of every path in it, and the complaints that reading it
    raised already.

    `lines` has the line of each path, a mapping's entry under its key's line. `set_by` has the
    `--set` text of paths
    that were overridden.
    """

    name: str
    tree: Any
    lines: dict[Path_, int]
    complaints: list[Complaint] = field(default_factory=list)
    set_by: dict[Path_, str] = field(default_factory=dict)


@dataclass
class _Node:
    """One value, or a collection of nodes, before aliases are written out. `size` counts what it
    expands to.
    """

    line: int
    value: Any
    size: int = 1
    height: int = 0
    open: bool = False


def read_file(path: str | Path) -> tuple[str, bytes]:
    """The name as given and the content of the file. Raises ScenarioError where it cannot be read
    or is too large.
    """
    name = str(path)
    try:
        with Path(path).open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ScenarioError([Complaint(name, None, "", f"cannot be read: {reason}.")]) from error
    return name, content


def read(content: bytes | str, name: str) -> Source:
    """The document in `content` as plain data. Raises ScenarioError where the rest cannot be
    understood (syntax, size);
    faults that leave the rest readable (a duplicate key, a tag) are in the source's complaints.
    """
    text = _decoded(content, name)
    other = not_yaml(text)
    if other is not None:
        raise ScenarioError([Complaint(name, 1, "", other)])
    reader = _Reader(name)
    try:
        root = reader.document(iter(yaml.parse(text, Loader=yaml.SafeLoader)))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise ScenarioError(
            [*reader.complaints, Complaint(name, line, "", _syntax(error))]
        ) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        message = f"holds the character U+{error.character:04X}, which YAML does not allow."
        raise ScenarioError([Complaint(name, line, "", message)]) from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        # PyYAML lets chr() and int() fail on escapes such as \UFFFFFFFF and on absurd %YAML
        # versions.
        raise ScenarioError([Complaint(name, None, "", f"is not YAML: {error}.")]) from error
    source = Source(name, None, {}, reader.complaints)
    source.tree = _plain(root, (), source.lines)
    return source


def _decoded(content: bytes | str, name: str) -> str:
    if len(content) > MAX_BYTES:
        message = (
            f"is larger than {format_size(MAX_BYTES)}, the most a scenario may have. Is it the "
            f"right file?"
        )
        raise ScenarioError([Complaint(name, None, "", message)])
    if isinstance(content, str):
        return content.removeprefix("\ufeff")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = "is not UTF-8 text here. Save the file as UTF-8."
        raise ScenarioError([Complaint(name, line, "", message)]) from error


def _syntax(error: yaml.MarkedYAMLError) -> str:
    """The library's finding, with a way out for the mistakes people make most."""
    problem = str(error.problem or "").rstrip(".")
    context = f" ({error.context})" if error.context else ""
    way = ""
    if "cannot start any token" in problem:
        way = " Indent with spaces, and put text that begins with a special character in quotes."
    elif "mapping values are not allowed" in problem:
        way = " A value that holds ': ' needs quotes; or the indentation is off."
    elif "expected <block end>" in problem or "could not find expected ':'" in problem:
        way = " Look at the indentation of this line and the one before, and for a missing ':'."
    elif "expected ',' or" in problem or "<stream end>" in problem:
        way = " A bracket or brace may be open."
    elif "undefined alias" in problem:
        way = " Text that begins with '*' needs quotes."
    elif "unexpected end of stream" in problem:
        way = " A quote may be open."
    return f"is not YAML: {problem}{context}.{way}"


class _Reader:
    """Builds nodes from events and counts on the way. `complaints` holds the faults that did not
    stop it.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.complaints: list[Complaint] = []
        self.anchors: dict[str, _Node] = {}
        self.nodes = 0

    def complain(self, line: int, message: str, path: Path_ = ()) -> None:
        self.complaints.append(Complaint(self.name, line, field_text(path), message))

    def stop(self, line: int, message: str) -> ScenarioError:
        return ScenarioError([*self.complaints, Complaint(self.name, line, "", message)])

    def document(self, events: Iterator[Any]) -> _Node:
        """The one document of the stream."""
        root = _Node(1, None)
        documents = 0
        for event in events:
            line = event.start_mark.line + 1
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self.stop(line, "begins a second document; a file holds one scenario.")
                if event.version or event.tags:
                    self.complain(
                        line, "has a YAML directive ('%'); scenarios need none. Leave it out."
                    )
            elif isinstance(event, yaml.NodeEvent):
                root = self.node(event, events, (), 0)
        return root

    def node(self, event: Any, events: Iterator[Any], path: Path_, depth: int) -> _Node:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event.anchor, line, depth)
        self.count(1, line)
        if depth > MAX_DEPTH:
            raise self.stop(
                line, f"is nested deeper than {MAX_DEPTH} levels; no scenario needs that."
            )
        if event.tag is not None:
            self.complain(
                line, f"has the tag {shown(str(event.tag))}; tags are not read. Leave it out.", path
            )
        node = _Node(line, None)
        if event.anchor is not None:
            self.anchors[event.anchor] = node
        node.open = True
        if isinstance(event, yaml.ScalarEvent):
            node.value = self.scalar(event, line, path)
        elif isinstance(event, yaml.SequenceStartEvent):
            self.sequence(node, events, path, depth)
        else:
            self.mapping(node, events, path, depth)
        node.open = False
        return node

    def count(self, nodes: int, line: int) -> None:
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            raise self.stop(
                line, f"expands to more than {MAX_NODES} values; no scenario needs that."
            )

    def alias(self, anchor: str | None, line: int, depth: int) -> _Node:
        node = self.anchors.get(anchor or "")
        if node is None:
            raise self.stop(
                line, f"uses '*{anchor}', which nothing before it defines with '&{anchor}'."
            )
        if node.open:
            raise self.stop(
                line, f"uses '*{anchor}' inside what '&{anchor}' names; it would hold itself."
            )
        self.count(node.size, line)
        if depth + node.height > MAX_DEPTH:
            raise self.stop(
                line, f"is nested deeper than {MAX_DEPTH} levels; no scenario needs that."
            )
        return node

    def scalar(self, event: Any, line: int, path: Path_) -> Any:
        text = event.value
        if len(text) > MAX_TEXT_CHARACTERS:
            self.complain(
                line, f"is text of {len(text)} characters; the most is {MAX_TEXT_CHARACTERS}.", path
            )
            return ""
        if any("\ud800" <= character <= "\udfff" for character in text):
            self.complain(
                line, "holds half of a surrogate pair (\\uD8xx), which is no character.", path
            )
            return ""
        if event.style is not None:
            return text
        try:
            return plain_scalar(text)
        except ValueError as error:
            self.complain(line, str(error), path)
            return BROKEN

    def sequence(self, node: _Node, events: Iterator[Any], path: Path_, depth: int) -> None:
        node.value = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            self.take(node, self.node(event, events, (*path, len(node.value)), depth + 1))

    def take(self, node: _Node, child: _Node) -> None:
        node.value.append(child)
        node.size += child.size
        node.height = max(node.height, child.height + 1)

    def mapping(self, node: _Node, events: Iterator[Any], path: Path_, depth: int) -> None:
        node.value = {}
        seen: dict[str, int] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key = self.key(event, events, path, depth)
            line = event.start_mark.line + 1
            child = self.node(next(events), events, (*path, str(key)), depth + 1)
            node.size += child.size
            node.height = max(node.height, child.height + 1)
            if key is None:
                continue
            if key in seen:
                self.complain(
                    line, f"is given twice; first on line {seen[key]}. Keep one.", (*path, key)
                )
                continue
            if len(seen) >= MAX_KEYS_OF_ONE_MAPPING:
                raise self.stop(
                    line,
                    f"is key {len(seen) + 1} of one mapping; the most is "
                    f"{MAX_KEYS_OF_ONE_MAPPING}.",
                )
            seen[key] = line
            node.value[key] = (line, child)

    def key(self, event: Any, events: Iterator[Any], path: Path_, depth: int) -> str | None:
        """The key as text; None after a complaint about it."""
        line = event.start_mark.line + 1
        key = self.node(event, events, path, depth + 1).value
        if key is BROKEN:
            pass  # the number has its complaint already
        elif key == "<<" and getattr(event, "style", "alias") is None:
            self.complain(
                line,
                "has a merge key '<<', which YAML 1.2 does not know. Write the keys out.",
                path,
            )
        elif not isinstance(key, str):
            kind = shown(key) if not isinstance(event, yaml.AliasEvent) else "an alias"
            self.complain(
                line, f"has {kind} as a key; keys are words. Put it in quotes if it is one.", path
            )
        elif len(key) > MAX_KEY_CHARACTERS:
            self.complain(
                line, f"has a key of {len(key)} characters; the most is {MAX_KEY_CHARACTERS}.", path
            )
        else:
            return key
        return None


def _plain(node: _Node, path: Path_, lines: dict[Path_, int]) -> Any:
    """The node as plain data, aliases written out; the lines of what an alias brings are those
    where it was written.
    """
    lines.setdefault(path, node.line)
    if isinstance(node.value, list):
        return [_plain(child, (*path, index), lines) for index, child in enumerate(node.value)]
    if isinstance(node.value, dict):
        result = {}
        for key, (line, child) in node.value.items():
            lines[(*path, key)] = line
            result[key] = _plain(child, (*path, key), lines)
        return result
    return node.value


def field_text(path: Path_) -> str:
    """The path as a complaint shows it: `workload[0].client.pool`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
