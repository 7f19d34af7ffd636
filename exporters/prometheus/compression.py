"""gzip of which the larger part is compressed beforehand: one member, as every client reads it.

A deflate stream may go on behind a full flush, and a CRC-32 behind its last byte: so what was
compressed once is joined with what each scrape adds, and only that is compressed again.
"""

import re
import struct
import zlib
from dataclasses import dataclass

LEVEL = 6
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
