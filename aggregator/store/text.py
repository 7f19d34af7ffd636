"""Text and records as every database can hold them.

PostgreSQL refuses NUL in text, and no database encodes half of a surrogate pair, yet trackers
deliver both. Here, and nowhere else, each such character becomes U+FFFD. Other control
characters are stored as they came: escaping is the business of whoever shows them.
"""

import re
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any, TypeVar

import msgspec
from msgspec import structs

from ..records import (
    Absence,
    Batch,
    Change,
    DateMove,
    Item,
    Link,
    Listing,
    PullRequest,
    Review,
    TrackerMilestone,
    Worklog,
)

_encode = msgspec.json.Encoder().encode
_encode_lines = msgspec.json.Encoder().encode_lines
_REFUSED = re.compile("[\x00\ud800-\udfff]")

Record = TypeVar(
    "Record",
    Item,
    TrackerMilestone,
    Link,
    Change,
    DateMove,
    Absence,
    Listing,
    Worklog,
    PullRequest,
    Review,
)
AnyRecord = (
    Item
    | TrackerMilestone
    | Link
    | Change
    | DateMove
    | Absence
    | Listing
    | Worklog
    | PullRequest
    | Review
)


def storable(text: str) -> str:
    """Replace NUL and lone surrogates; other text comes back as the same object."""
    if text.isascii() and "\x00" not in text:
        return text
    return _REFUSED.sub("\ufffd", text)


def storable_json(value: object) -> object:
    """Do the same inside lists and mappings."""
    match value:
        case str():
            return storable(value)
        case list() | tuple():
            return [storable_json(part) for part in value]
        case dict():
            return {storable(str(key)): storable_json(part) for key, part in value.items()}
        case _:
            return value


def storable_batch(batch: Batch) -> Batch:
    """Clean a batch before it is compared with what is stored, or an id would never match."""
    if _is_storable(batch):
        return batch
    return structs.replace(
        batch,
        items=tuple(map(_storable_record, batch.items)),
        milestones=tuple(map(_storable_record, batch.milestones)),
        links=tuple(map(_storable_record, batch.links)),
        changes=tuple(map(_storable_record, batch.changes)),
        moves=tuple(map(_storable_record, batch.moves)),
        absences=tuple(map(_storable_record, batch.absences)),
        listings=tuple(map(_storable_record, batch.listings)),
        gone=_storable_tuple(batch.gone),
        worklogs=tuple(map(_storable_record, batch.worklogs)),
        pull_requests=tuple(map(_storable_record, batch.pull_requests)),
        reviews=tuple(map(_storable_record, batch.reviews)),
    )


def content_hashes(records: Sequence[Item | TrackerMilestone]) -> list[int]:
    """Condense each storable record to 64 bits that change when it does."""
    return [
        int.from_bytes(blake2b(line, digest_size=8).digest(), signed=True)
        for line in _encode_lines(records).splitlines()
    ]


def values(record: AnyRecord) -> dict[str, Any]:
    """Give a record's fields by name, which are also the names of its table's columns."""
    return {name: getattr(record, name) for name in record.__struct_fields__}


def _storable_record(record: Record) -> Record:
    if _is_storable(record):
        return record
    changed: dict[str, Any] = {}
    for name, value in values(record).items():
        cleaned = _CLEAN[type(value)](value) if type(value) in _CLEAN else value
        if cleaned is not value:
            changed[name] = cleaned
    return structs.replace(record, **changed) if changed else record


def _is_storable(records: object) -> bool:
    """Find the rare bad text faster than by looking at each."""
    try:
        return rb"\u0000" not in _encode(records)
    except UnicodeEncodeError:
        return False


def _storable_tuple(texts: tuple[str, ...]) -> tuple[str, ...]:
    cleaned = tuple(map(storable, texts))
    return texts if cleaned == texts else cleaned


_CLEAN: dict[type, Callable[[Any], Any]] = {str: storable, tuple: _storable_tuple}
