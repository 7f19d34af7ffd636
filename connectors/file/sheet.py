"""Rows out of text: CSV, YAML or JSON, each row with the place it was written at."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import yaml

COLUMNS = (
    "kind",
    "id",
    "key",
    "title",
    "project",
    "status",
    "category",
    "type",
    "milestone",
    "created",
    "started",
    "done",
    "start",
    "due",
    "points",
    "assignee",
    "labels",
    "parent",
    "blocked",
    "blocked_since",
    "blocked_by",
    "url",
)
"""What a row of an item may hold; a sheet's other columns are not read."""

SECTIONS: Mapping[str, tuple[str, ...]] = {
    "items": tuple(column for column in COLUMNS if column != "kind"),
    "milestones": (
        "id",
        "key",
        "title",
        "project",
        "status",
        "category",
        "start",
        "due",
        "done",
        "url",
    ),
    "links": ("upstream", "downstream", "kind", "label", "since"),
    "changes": ("item", "milestone", "at", "field", "old", "new", "actor"),
}
"""The parts of a YAML or JSON document, and what a row of each may hold."""

MAX_PROBLEMS = 50


class PlanError(ValueError):
    """Everything that is wrong with a file, one sentence each."""

    def __init__(self, problems: Sequence[str]) -> None:
        shown = list(problems[:MAX_PROBLEMS])
        if len(problems) > len(shown):
            shown.append(f"and {len(problems) - len(shown)} more")
        super().__init__("\n".join(shown))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row's cells by our names, and how to say where it stands."""

    values: Mapping[str, object]
    place: str
    headers: Mapping[str, str] | None = None
    """What a sheet calls our columns; None in a document."""

    def at(self, name: str) -> str:
        """Say where a cell is."""
        if self.headers is None:
            return f"{self.place}, {name}"
        return f"{self.place}, column {self.headers.get(name, name)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file's rows by section."""

    items: tuple[Row, ...] = ()
    milestones: tuple[Row, ...] = ()
    links: tuple[Row, ...] = ()
    changes: tuple[Row, ...] = ()
    ignored: tuple[str, ...] = ()
    """Headers of a sheet that stand for no column of ours."""


def read_text(text: str, suffix: str, columns: Mapping[str, str]) -> Document:
    """Read a file's text by its name's ending; raises ``PlanError``."""
    match suffix.lower():
        case ".csv" | ".tsv" | ".txt":
            return _sheet(text, columns)
        case ".yaml" | ".yml":
            return read_document(_yaml(text))
        case ".json":
            return read_document(_json(text))
        case _:
            raise PlanError([f"{suffix or 'no ending'} says no format: use .csv, .yaml or .json"])


def read_document(payload: object) -> Document:
    """Take a decoded document, a list of documents, or a list of items; raises ``PlanError``."""
    rows: dict[str, list[Row]] = {section: [] for section in SECTIONS}
    problems: list[str] = []
    for document in _documents(payload):
        for section, entries in document.items():
            if section not in rows:
                problems.append(
                    f"{section!r} is no part of a plan: choose from {', '.join(SECTIONS)}"
                )
            elif isinstance(entries, list):
                rows[section] += _section(section, cast("list[object]", entries), problems)
            elif entries is not None:
                problems.append(f"{section}: expected a list")
    if problems:
        raise PlanError(problems)
    return Document(
        items=tuple(rows["items"]),
        milestones=tuple(rows["milestones"]),
        links=tuple(rows["links"]),
        changes=tuple(rows["changes"]),
    )


def _documents(payload: object) -> Iterator[Mapping[str, object]]:
    if isinstance(payload, Mapping):
        yield cast("Mapping[str, object]", payload)
    elif isinstance(payload, list):
        entries = cast("list[object]", payload)
        whole = [e for e in entries if isinstance(e, Mapping) and SECTIONS.keys() & e.keys()]
        if whole and len(whole) == len(entries):
            yield from cast("list[Mapping[str, object]]", whole)
        else:
            yield {"items": entries}
    elif payload is not None:
        raise PlanError([f"expected {', '.join(SECTIONS)}, each with a list"])


def _section(section: str, entries: Sequence[object], problems: list[str]) -> Iterator[Row]:
    known = SECTIONS[section]
    for number, entry in enumerate(entries):
        place = f"{section}[{number}]"
        if isinstance(entry, _Lined):
            place = f"line {entry.line}, {place}"
        if not isinstance(entry, Mapping):
            problems.append(f"{place}: expected keys such as {', '.join(known[:4])}")
            continue
        values = {str(key): value for key, value in cast("Mapping[object, object]", entry).items()}
        unknown = [repr(key) for key in values if key not in known]
        if unknown:
            problems.append(
                f"{place}: {', '.join(unknown)} not known: choose from {', '.join(known)}"
            )
        yield Row(values=values, place=place)


def _sheet(text: str, columns: Mapping[str, str]) -> Document:
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        names, headers = _columns(header, columns)
        records: list[tuple[int, list[str]]] = []
        line = reader.line_num + 1
        for cells in reader:
            records.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        raise PlanError(
            [f"line {reader.line_num}: {error}: close every quote, and double those inside a cell"]
        ) from None
    rows = _rows(records, names, headers)
    kinds = [str(row.values.get("kind") or "item").strip().lower() for row in rows]
    problems = [
        f"{row.at('kind')}: expected item or milestone"
        for row, kind in zip(rows, kinds, strict=True)
        if kind not in {"item", "milestone"}
    ]
    if problems:
        raise PlanError(problems)
    return Document(
        items=tuple(r for r, kind in zip(rows, kinds, strict=True) if kind == "item"),
        milestones=tuple(r for r, kind in zip(rows, kinds, strict=True) if kind == "milestone"),
        ignored=tuple(
            name for name, known in zip(header, names, strict=True) if known is None and name
        ),
    )


def _columns(
    header: Sequence[str], columns: Mapping[str, str]
) -> tuple[list[str | None], dict[str, str]]:
    """Match a sheet's headers with our columns, however they are spaced and capitalised."""
    wanted = {_folded(column): column for column in COLUMNS if column not in columns}
    wanted |= {_folded(theirs): ours for ours, theirs in columns.items()}
    names = [wanted.get(_folded(cell)) for cell in header]
    headers = {name: cell for name, cell in zip(names, header, strict=True) if name is not None}
    problems = [
        f"line 1: two columns are called {headers[name]}: rename one"
        for name in headers
        if names.count(name) > 1
    ]
    missing = [theirs for ours, theirs in columns.items() if ours not in headers]
    problems += [
        f"line 1: there is no column {theirs}: mend columns in the source" for theirs in missing
    ]
    if not problems and not ({"id", "key"} & headers.keys() and "title" in headers):
        problems.append(
            "line 1: expected a header with at least key and title "
            "(or say with columns how the sheet calls them)"
        )
    if problems:
        raise PlanError(problems)
    return names, headers


def _rows(
    records: Sequence[tuple[int, list[str]]],
    names: Sequence[str | None],
    headers: Mapping[str, str],
) -> list[Row]:
    problems = [
        f"line {line}: {len(cells)} cells under {len(names)} headers: "
        "put a cell that holds the separator in quotes"
        for line, cells in records
        if len(cells) > len(names)
    ]
    if problems:
        raise PlanError(problems)
    return [
        Row(
            values={
                name: cell.strip()
                for name, cell in zip(names, cells, strict=False)
                if name is not None and cell.strip()
            },
            place=f"line {line}",
            headers=headers,
        )
        for line, cells in records
        if any(cell.strip() for cell in cells)
    ]


def _folded(name: str) -> str:
    return "_".join(name.casefold().replace("-", " ").replace("_", " ").split())


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise PlanError([f"line {error.lineno}, column {error.colno}: {error.msg}"]) from None
    except RecursionError:
        raise PlanError(["it is nested too deeply"]) from None


class _Lined(dict[object, object]):
    """A mapping that remembers its line."""

    line: int


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # libyaml is optional and ten times faster
    """Safe YAML whose mappings know their line."""


def _lined(loader: yaml.SafeLoader, node: yaml.MappingNode) -> _Lined:
    mapping = _Lined(loader.construct_mapping(node, deep=True))
    mapping.line = node.start_mark.line + 1
    return mapping


_Loader.add_constructor("tag:yaml.org,2002:map", _lined)


def _yaml(text: str) -> object:
    try:
        return cast("object", yaml.load(text, Loader=_Loader))  # noqa: S506  # derives from the safe one
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark is not None else ""
        raise PlanError([f"{where}{error.problem}"]) from None
    except (yaml.YAMLError, ValueError) as error:
        raise PlanError([f"no YAML: {error}"]) from None
    except RecursionError:
        raise PlanError(["it is nested too deeply"]) from None
