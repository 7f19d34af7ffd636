"""Read YAML into a tree that knows where each value stands.

The tree is built from the parser's events, not with a loader of PyYAML: these recurse once per
level (a file of brackets ends them), drop the positions, and let the last of two equal keys win.
Values mean what they mean in YAML 1.1, since that is what the tools around read; only days stay
text, so that one that does not exist can be named.
"""

import re
from dataclasses import dataclass, field

import yaml

from .problems import Fault, Mark, Steps
from .syntax import from_yaml, inside, split_lines, syntax_fault
from .tree import Mapping, Node, Scalar, Sequence, describe

MAX_DEPTH = 40
MAX_SIZE = 500_000
"""Values after aliases are expanded: a few lines of them can stand for millions."""

_CORE = "tag:yaml.org,2002:"
_TEXT_TAGS = {"str", "timestamp", "value"}


@dataclass(frozen=True, slots=True)
class Document:
    """What a text holds, as far as it could be read."""

    root: Node | None
    faults: tuple[Fault, ...]


def read_document(text: str) -> Document:
    """Read a text of one YAML document; what is wrong with it is in the answer."""
    builder = _Builder(text)
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            builder.take(event)
    except _UnusableError:
        return Document(None, tuple(builder.faults))
    except yaml.YAMLError as error:
        return Document(None, (*builder.faults, syntax_fault(error, text)))
    return Document(builder.root, tuple(builder.faults))


class _UnusableError(Exception):
    """Reading on would help nobody."""


@dataclass(frozen=True, slots=True)
class _Key:
    mark: Mark
    name: str | None
    """None when it cannot be used; its value is then read and left."""
    merge: bool = False


@dataclass(slots=True)
class _Frame:
    """A mapping or list that is still open."""

    node: Mapping | Sequence
    anchor: str | None
    key: _Key | None = None
    merged: list[Node] = field(default_factory=list[Node])


class _Builder:
    """Builds the tree as the events come."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines = split_lines(text)
        self._resolver = yaml.resolver.Resolver()
        self._constructor = yaml.constructor.SafeConstructor()
        self._stack: list[_Frame] = []
        self._anchors: dict[str, Node | None] = {}
        self._documents = 0
        self.root: Node | None = None
        self.faults: list[Fault] = []

    def take(self, event: yaml.Event) -> None:
        match event:
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    self._give_up(self._mark(event), "a second document begins: keep one per file")
            case yaml.AliasEvent():
                self._put(self._aliased(event), self._mark(event))
            case yaml.ScalarEvent():
                scalar = self._scalar(event)
                self._remember(event.anchor, scalar)
                self._put(scalar, scalar.mark)
            case yaml.MappingStartEvent():
                self._open(event, Mapping(mark=self._mark(event)))
            case yaml.SequenceStartEvent():
                self._open(event, Sequence(mark=self._mark(event)))
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._close()
            case _:
                pass

    def _mark(self, event: yaml.Event) -> Mark:
        return inside(from_yaml(event.start_mark), self._lines)

    def _steps(self) -> Steps:
        steps: list[str | int] = []
        for frame in self._stack:
            if isinstance(frame.node, Sequence):
                steps.append(len(frame.node.items))
            elif frame.key is not None and frame.key.name is not None:
                steps.append(frame.key.name)
        return tuple(steps)

    def _fault(self, mark: Mark, message: str) -> None:
        self.faults.append(Fault(mark, self._steps(), message))

    def _give_up(self, mark: Mark, message: str) -> None:
        self._fault(mark, message)
        raise _UnusableError

    def _remember(self, anchor: str | None, node: Node | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = node

    def _aliased(self, event: yaml.AliasEvent) -> Node:
        name = event.anchor or ""
        node = self._anchors.get(name)
        if node is not None:
            return node
        mark = self._mark(event)
        if name in self._anchors:
            self._fault(mark, "this alias stands inside the value that it names: remove it")
        else:
            self._fault(
                mark,
                "an alias without its anchor: put text that begins with * in quotes, "
                "or write &name where the value stands",
            )
        return Scalar(mark=mark, value=None, text="", plain=True, comment=False)

    def _open(self, event: yaml.CollectionStartEvent, node: Mapping | Sequence) -> None:
        if len(self._stack) >= MAX_DEPTH:
            self._give_up(node.mark, f"nested more than {MAX_DEPTH} levels deep")
        tag = event.tag or "!"
        if tag not in {"!", f"{_CORE}map", f"{_CORE}seq"}:
            self._fault(node.mark, "a tag (!…) is not understood here: remove it")
        self._remember(event.anchor, None)
        self._stack.append(_Frame(node, event.anchor))

    def _close(self) -> None:
        frame = self._stack.pop()
        node = frame.node
        if isinstance(node, Mapping):
            self._merge(node, frame.merged)
        children = list(node.entries.values()) if isinstance(node, Mapping) else node.items
        node.size += sum(child.size for child in children)
        node.depth += max((child.depth for child in children), default=0)
        if node.size > MAX_SIZE or node.depth > MAX_DEPTH:
            self._give_up(node.mark, "the aliases in here stand for more than anybody meant")
        self._remember(frame.anchor, node)
        self._put(node, node.mark)

    def _merge(self, node: Mapping, merged: list[Node]) -> None:
        for value in merged:
            for one in value.items if isinstance(value, Sequence) else [value]:
                if not isinstance(one, Mapping):
                    self._fault(one.mark, "<< takes in a mapping or a list of them")
                    continue
                for key, child in one.entries.items():
                    if key not in node.entries:
                        node.entries[key] = child
                        node.keys[key] = one.keys[key]

    def _put(self, node: Node, mark: Mark) -> None:
        """Put a finished value where it belongs."""
        if not self._stack:
            self.root = node
            return
        frame = self._stack[-1]
        if isinstance(frame.node, Sequence):
            frame.node.items.append(node)
        elif frame.key is None:
            frame.key = self._key(node, mark)
        else:
            key, frame.key = frame.key, None
            if key.merge:
                frame.merged.append(node)
            elif key.name is not None:
                self._enter(frame.node, key.name, key.mark, node)

    def _enter(self, mapping: Mapping, name: str, mark: Mark, node: Node) -> None:
        if name in mapping.entries:
            self.faults.append(
                Fault(
                    mark,
                    (*self._steps(), name),
                    f"the key `{name}` stands here twice, first in line {mapping.keys[name].line}: "
                    "keep one",
                )
            )
        else:
            mapping.entries[name] = node
            mapping.keys[name] = mark

    def _key(self, node: Node, mark: Mark) -> _Key:
        if not isinstance(node, Scalar):
            self._fault(mark, "a key is text: put text that begins with { or [ in quotes")
            return _Key(mark, None)
        if node.plain and node.text == "<<":
            return _Key(mark, None, merge=True)
        if isinstance(node.value, str) and node.value:
            return _Key(mark, node.value)
        if node.value is None or node.value == "":
            self._fault(mark, "a key is missing before the colon")
        else:
            self._fault(mark, f'this key is read as {describe(node)}: quote it: "{node.text}"')
        return _Key(mark, None)

    def _scalar(self, event: yaml.ScalarEvent) -> Scalar:
        mark = self._mark(event)
        plain = event.style is None
        tag = event.tag
        if tag is None or tag == "!":
            tag = self._resolver.resolve(  # type: ignore[no-untyped-call]  # its stub has no types
                yaml.ScalarNode, event.value, event.implicit
            )
        rest = self._rest_of_line(event)
        scalar = Scalar(
            mark=mark,
            value=self._value(mark, tag, event.value),
            text=event.value,
            plain=plain,
            comment=re.match(r"[ \t]*#", rest) is not None,
        )
        if plain and isinstance(scalar.value, str) and re.match(r"[ \t]+#[0-9]", rest):
            self._fault(
                mark,
                "the text ends before the #, where a comment begins: "
                "put it in quotes, or write a space after the # of a comment",
            )
        return scalar

    def _rest_of_line(self, event: yaml.ScalarEvent) -> str:
        end = from_yaml(event.end_mark)
        return self._lines[end.line - 1][end.column - 1 :] if end.line <= len(self._lines) else ""

    def _value(self, mark: Mark, tag: str, text: str) -> str | int | float | bool | None:
        if re.search("[\x00\ud800-\udfff]", text):
            self._fault(mark, "a character that no text may hold: remove the escape that makes it")
            return None
        name = tag.removeprefix(_CORE)
        node = yaml.ScalarNode(tag, text)
        try:
            match name:
                case "null":
                    return None
                case "bool":
                    return bool(self._constructor.construct_yaml_bool(node))
                case "int":
                    number = int(self._constructor.construct_yaml_int(node))
                    return number if abs(number) < 2**63 else text
                case "float":
                    return float(self._constructor.construct_yaml_float(node))
                case _ if name in _TEXT_TAGS or text == "<<":
                    return text
                case _:
                    message = (
                        "a tag (!…) is not understood here: put text that begins with ! in quotes"
                    )
        except (ValueError, LookupError, OverflowError):
            message = "this is not what its tag (!!…) says: remove the tag"
        self._fault(mark, message)
        return None
