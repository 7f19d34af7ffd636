"""What a process that reads a source and the one that stores say to each other.

Every message is a Struct in MessagePack behind its length. The reading process is told its
``Task`` first, and answers ``Ready``; then it is told which scopes to ``Begin``, and sends what
``Came`` of them until each is ``Over``. Errors go along as what they mean, without their objects:
a message of a ``SourceError``, but of a bug no more than its type and its place in the code.
"""

import socket
import traceback
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from struct import Struct as Layout
from typing import Any, Generic, TypeVar

import msgspec

from .connector import RequestSeen, Retry, Skip, SourceError, Stop, WrongSite
from .records import Batch, Cursor

_T = TypeVar("_T")

_LENGTH = Layout("!Q")


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """Which source to read, and how; the first message of all."""

    source: str
    kind: str
    settings: Mapping[str, Any]
    """As the operator wrote them: secrets are references there."""
    readers: int
    """How many scopes to read at a time."""
    concurrency: int
    """How many requests may be under way, those of the process that stores included."""
    together: int
    """Items of one batch, where the source gives fewer at a time."""
    allowed: int
    """How many requests the throttle lets through by what was learned before."""
    cursors: list[tuple[str, Cursor]]
    named: list[str] | None
    """With ``cursors``, for a connector that follows its scopes."""
    approvals: frozenset[str]
    roles: dict[str, str]
    """Both as in ``Context``."""


class Begin(msgspec.Struct, frozen=True, tag=True):
    """Read a scope."""

    scope: str
    cursor: Cursor | None


class GiveUp(msgspec.Struct, frozen=True, tag=True):
    """Read no further in a scope."""

    scope: str


class WakeUp(msgspec.Struct, frozen=True, tag=True):
    """Wait for nothing any more before asking again: the program is stopping."""


class Learned(msgspec.Struct, frozen=True, tag=True):
    """What the throttle of either process has learned, for the other's."""

    allowed: int
    """Requests that may be under way, of both."""
    away: float
    """For how many seconds none."""


Order = Begin | GiveUp | WakeUp | Learned


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The connector is made."""


class Asked(msgspec.Struct, frozen=True, tag=True):
    """Requests that were made since the last time."""

    requests: list[RequestSeen]


class Came(msgspec.Struct, frozen=True, tag=True):
    """A batch of a scope, to be stored before any later one of it."""

    scope: str
    batch: Batch


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """An error; ``kind`` is the name of its class."""

    kind: str
    message: str = ""
    retry_at: datetime | None = None
    where: list[str] = []
    """Of a bug: its place in the code."""


class Over(msgspec.Struct, frozen=True, tag=True):
    """Nothing more comes of a scope."""

    scope: str
    trouble: Trouble | None


Report = Ready | Asked | Came | Over | Learned


class RemoteBugError(Exception):
    """A bug that another process met: ``kind`` is the class of its exception."""

    def __init__(self, kind: str, where: list[str]) -> None:
        super().__init__(kind)
        self.kind = kind
        self.where = where


def trouble_of(error: BaseException) -> Trouble:
    """Say what an error means; the text of a bug may quote the payload, and stays here."""
    kind = type(error).__name__
    if isinstance(error, SourceError):
        retry_at = error.retry_at if isinstance(error, Retry) else None
        return Trouble(kind=kind, message=str(error), retry_at=retry_at)
    return Trouble(kind=kind, where=place(error))


def error_of(trouble: Trouble) -> Exception:
    """Make the error again."""
    if trouble.kind == Retry.__name__:
        return Retry(trouble.message, retry_at=trouble.retry_at)
    for kind in (Skip, Stop, WrongSite, SourceError):
        if trouble.kind == kind.__name__:
            return kind(trouble.message)
    return RemoteBugError(trouble.kind, trouble.where)


def place(error: BaseException) -> list[str]:
    """Say where in the code an exception came from."""
    if isinstance(error, RemoteBugError):
        return error.where
    frames = traceback.extract_tb(error.__traceback__)[-5:]
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]


class Line(Generic[_T]):
    """One end of a connection on which messages of some types come in."""

    def __init__(self, connection: socket.socket, heard: Any) -> None:
        """``heard`` is the type, or union of types, that stands for ``_T``."""
        self._connection = connection
        self._encode_into = msgspec.msgpack.Encoder().encode_into
        self._decode = msgspec.msgpack.Decoder(heard).decode

    def fileno(self) -> int:
        """Give the descriptor, to wait for a message."""
        return self._connection.fileno()

    def written(self, message: msgspec.Struct) -> bytearray:
        """Write a message as ``send_written`` sends it."""
        written = bytearray(_LENGTH.size)
        self._encode_into(message, written, _LENGTH.size)
        _LENGTH.pack_into(written, 0, len(written) - _LENGTH.size)
        return written

    def send_written(self, message: bytearray) -> None:
        """Send a message whole, as soon as the other end takes it; raises ``OSError``."""
        self._connection.sendall(message)

    def send(self, message: msgspec.Struct) -> None:
        """Write a message and send it; raises ``OSError``."""
        self.send_written(self.written(message))

    def receive(self) -> _T | None:
        """Wait for a message; None when the other end has gone."""
        head = self._exactly(_LENGTH.size)
        body = None if head is None else self._exactly(_LENGTH.unpack(head)[0])
        message: _T | None = None if body is None else self._decode(body)
        return message

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _exactly(self, size: int) -> bytearray | None:
        """Receive so many bytes in as few calls as can be: each waits for the interpreter."""
        received = bytearray(size)
        rest = memoryview(received)
        while rest:
            try:
                count = self._connection.recv_into(rest, len(rest), socket.MSG_WAITALL)
            except ConnectionError:
                return None
            if not count:
                return None
            rest = rest[count:]
        return received
