"""The end of a process that was forked from one that has imported everything."""

import atexit
import logging
import os
import sys
from collections.abc import Callable


def run_forked(command: Callable[[], None]) -> None:
    """Run a command as the last thing of a fork, which then ends with its exit code, and at once.

    Its threads end as ever. The modules stay: to take them down, the interpreter would write to
    all memory that is shared with the process it was forked from, and copy it for that.
    """
    code = 0
    try:
        command()
    except SystemExit as ended:
        if not isinstance(ended.code, int | None):
            raise
        code = ended.code or 0
    atexit.register(_leave, code)


def _leave(code: int) -> None:
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
