"""gzip of which the larger part is compressed beforehand: one member, as every client reads it.

A deflate stream may go on behind a full flush, and a CRC-32 behind its last byte: so what was
compressed once is joined with what each scrape adds, and only that is compressed again.
"""

import re
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

LEVEL = 6
SMALL = 8192
"""Bytes below which a part is compressed together with others."""
_HEADER = b"\x1f\x8b\x08" + bytes(6) + b"\xff"
"""Deflate; no name, no time, no system."""
_REFUSED = re.compile(r";\s*q=0(\.0*)?\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deflated:
    """Bytes compressed so that others can follow."""

    data: bytes
    crc: int
    size: int
    """Before compression."""


def deflate(plain: bytes) -> Deflated:
    """Compress the first part; the interpreter is let go meanwhile."""
    compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    data = compressor.compress(plain) + compressor.flush(zlib.Z_FULL_FLUSH)
    return Deflated(data=data, crc=zlib.crc32(plain), size=len(plain))


class Deflater:
    """Compresses texts part by part; what the texts before had as well is not compressed again."""

    def __init__(self) -> None:
        self._before: dict[bytes, bytes] = {}
        self._now: dict[bytes, bytes] = {}

    def deflate(self, parts: Iterable[bytes]) -> Deflated:
        """Compress parts to one text; the interpreter is let go meanwhile."""
        data, crc, size = list[bytes](), 0, 0
        for portion in _portions(parts):
            data.append(self._portion(portion))
            crc, size = zlib.crc32(portion, crc), size + len(portion)
        return Deflated(data=b"".join(data), crc=crc, size=size)

    def turn(self) -> None:
        """Let go of what no text has had since the last turn."""
        self._before, self._now = self._now, {}

    def _portion(self, plain: bytes) -> bytes:
        known = self._now.get(plain) or self._before.get(plain)
        self._now[plain] = known = known or deflate(plain).data
        return known


def _portions(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Join small parts: each that is compressed by itself begins a dictionary of its own."""
    small: list[bytes] = []
    for part in parts:
        if len(part) < SMALL:
            small.append(part)
            continue
        if small:
            yield b"".join(small)
            small.clear()
        yield part
    if small:
        yield b"".join(small)


def gzip_parts(first: Deflated, rest: bytes) -> tuple[bytes, ...]:
    """Finish a gzip file that begins with a part compressed beforehand, without copying that."""
    compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    end = compressor.compress(rest) + compressor.flush()
    size = (first.size + len(rest)) & 0xFFFFFFFF
    return _HEADER, first.data, end, struct.pack("<II", zlib.crc32(rest, first.crc), size)


def takes_gzip(accept_encoding: str) -> bool:
    """Tell whether a client takes gzip, by its ``Accept-Encoding`` (RFC 9110, 12.5.3)."""
    taken = {"*": False}
    for part in accept_encoding.lower().split(","):
        taken[part.partition(";")[0].strip()] = _REFUSED.search(part) is None
    return taken.get("gzip", taken["*"])
