"""Reads a plan that is kept in a file: a sheet, or a YAML or JSON document."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from slipwatch.aggregator.connector import Context, Retry, Skip, Stop
from slipwatch.aggregator.records import Absence, Batch, Cursor, Presence

from .convert import Plan, plan_of
from .settings import FileSettings
from .sheet import Document, PlanError, read_document, read_text

BATCH = 500
_READS = b"2"
"""Raised when more is read of a file than before: it is then read anew."""


class FileConnector:
    """One file is one scope, read as a whole whenever it has changed."""

    def __init__(self, name: str, settings: FileSettings, context: Context) -> None:
        self._name = name
        self._settings = settings
        self._context = context

    @property
    def name(self) -> str:
        """The source's name in slipwatch.yaml."""
        return self._name

    def scopes(self) -> Sequence[str]:
        """Name the file."""
        return (self.only_scope,)

    @property
    def only_scope(self) -> str:
        """The file's name; its items may be of any project."""
        return self._settings.path.name

    def pull(self, scope: str, cursor: Cursor | None) -> Iterator[Batch]:
        """Yield the whole file, or one empty batch when it is as it was.

        What is wrong with it is raised as ``Stop``, all at once; then nothing of it is read.
        """
        content, written_at = self._read(scope)
        before = _sound(cursor)
        digest = self._digest(content)
        if before.get("sha256") == digest:
            yield Batch(cursor=before)
            return
        changed_at = self._changed_at(written_at, before)
        after: dict[str, object] = {"sha256": digest, "changed_at": changed_at.isoformat()}
        document, plan = self._plan(scope, content, changed_at)
        if document.ignored:
            yield Batch(cursor=before, warnings=(_unread(document),))
        yield from plan.batches(BATCH, before=before, after=after)

    def convert(self, payload: object) -> Batch:
        """Convert a decoded document, a list of them, or a list of items."""
        if payload is None:
            raise PlanError(["expected a document or a list of items, not nothing"])
        plan = plan_of(
            read_document(payload),
            scope=self._settings.path.stem,
            changed_at=self._context.now(),
        )
        (batch,) = plan.batches(max(1, len(plan.items)), before={}, after={})
        return batch

    def ids(self, scope: str) -> Iterator[frozenset[str]]:
        """List the ids of all items in the file."""
        yield self._ids(scope)

    def locate(self, scope: str, items: Mapping[str, str]) -> Iterator[Absence]:
        """Say that what the file does not hold is gone: it is nowhere else."""
        there = self._ids(scope)
        for item in sorted(items.keys() - there):
            yield Absence(item=item, presence=Presence.GONE, at=self._context.now())

    def close(self) -> None:
        """Nothing stays open."""

    def _ids(self, scope: str) -> frozenset[str]:
        if scope != self.only_scope:
            raise Skip(f"{self._name}: {scope} is another file than {self.only_scope}")
        _, plan = self._plan(scope, *self._read(scope))
        return frozenset(item.id for item in plan.items)

    def _plan(self, scope: str, content: bytes, changed_at: datetime) -> tuple[Document, Plan]:
        try:
            text = _text(content)
            document = read_text(text, self._settings.path.suffix, self._settings.columns)
            plan = plan_of(document, scope=self._settings.path.stem, changed_at=changed_at)
        except PlanError as problems:
            raise Stop(f"{self._name}: {scope} cannot be read:\n{problems}") from None
        return document, plan

    def _changed_at(self, written_at: datetime, before: Cursor) -> datetime:
        """Give the file's own time, unless that went backwards.

        A restored or copied file may be older than the one it replaces, and one from another
        machine may come from the future; items that look older than the stored ones are ignored.
        """
        now = self._context.now()
        earlier = str(before.get("changed_at") or "")
        backwards = written_at.isoformat() < earlier
        return now if backwards or written_at > now else written_at

    def _digest(self, content: bytes) -> str:
        """Sum up what the records depend on: the bytes, the columns' names, the file's name."""
        digest = hashlib.sha256(content)
        digest.update(json.dumps(self._settings.columns, sort_keys=True).encode())
        digest.update(self._settings.path.name.encode())
        digest.update(_READS)
        return digest.hexdigest()

    def _read(self, scope: str) -> tuple[bytes, datetime]:
        path = self._settings.path
        try:
            before = path.stat()
            content = path.read_bytes()
            after = path.stat()
        except FileNotFoundError:
            raise Stop(f"{self._name}: there is no file {path}: check path") from None
        except (PermissionError, IsADirectoryError) as error:
            raise Stop(f"{self._name}: {path}: {error.strerror}") from None
        except OSError as error:
            raise Retry(f"{self._name}: {scope} cannot be read: {error.strerror}") from None
        if (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, after.st_size):
            raise Retry(f"{self._name}: {scope} was being written while it was read")
        return content, datetime.fromtimestamp(int(after.st_mtime), UTC)


def _sound(cursor: Cursor | None) -> dict[str, object]:
    """Give a cursor as ``pull`` writes it; any other counts as none."""
    kept: dict[str, object] = {
        name: value for name, value in (cursor or {}).items() if isinstance(value, str)
    }
    return kept if kept.keys() == {"sha256", "changed_at"} else {}


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise PlanError([f"line {line} is not UTF-8: save the file as CSV UTF-8"]) from None


def _unread(document: Document) -> str:
    return f"columns that are not read: {', '.join(document.ignored)}"
