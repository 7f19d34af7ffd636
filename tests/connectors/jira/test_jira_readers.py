"""Several readers of one Jira in one process."""

import subprocess
import sys
from pathlib import Path

_READERS = """
import sys, threading
from slipwatch.connectors.jira.fields import layout

FIELDS = b'{"issuelinks": [{"type": {"id": "1"}}]}'
PAGE = b'{"issues": [{"id": "1", "key": "PAY-1", "fields": %b}]}' % FIELDS
sys.setswitchinterval(1e-6)
for turn in range(100):
    together = threading.Barrier(4)

    def read():
        together.wait()
        layout({"points": [f"customfield_{turn}"]}).read_page(PAGE)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
"""


def test_readers_that_meet_a_site_s_fields_at_the_same_time_all_read_them() -> None:
    # msgspec dies of a segmentation fault, which only another process survives.
    done = subprocess.run([sys.executable, "-c", _READERS], cwd=Path(__file__).parent, check=False)

    assert done.returncode == 0
