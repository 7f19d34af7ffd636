"""Clients that take their time, with real sockets."""

import socket

PATIENCE = 30.0
LARGE = 30_000_000
"""Bytes: more than the kernel keeps for a client that does not read."""


def slow(address: tuple[str, int], *sent: bytes) -> socket.socket:
    """Open a connection that takes little at a time, and send something."""
    opened = socket.socket()
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    opened.settimeout(PATIENCE)
    opened.connect(address)
    for one in sent:
        opened.sendall(one)
    return opened


def read_all(opened: socket.socket) -> int:
    """Read until the server hangs up; count the bytes."""
    size = 0
    try:
        while chunk := opened.recv(1 << 20):
            size += len(chunk)
    except ConnectionResetError:
        pass
    return size
