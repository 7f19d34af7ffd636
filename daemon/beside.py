"""The program that reads a source for a process that stores.

It is run with the numbers of a socket and of the file of turns, both open.
"""

import gc
import os
import sys

if __name__ == "__main__":
    # Nothing that is loaded is garbage; to look for some would take a seventh of the time.
    gc.disable()
    try:
        import socket

        from .reader import read

        connection, turns = map(int, sys.argv[1:])
        read(socket.socket(fileno=connection), turns)
    finally:
        # The threads would wait for the other end, and that for this one.
        os._exit(1)
