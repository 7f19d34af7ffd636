"""Threads that decode the same types for the first time together do not end the process."""

import subprocess
import sys

RACE = """
import sys
import threading

import msgspec

from slipwatch.daemon.priming import prime_decoders

fields = [(f"f{number}", int | str | None, None) for number in range(10)]
kind = msgspec.defstruct("S0", fields)
for depth in range(1, 40):
    kind = msgspec.defstruct(f"S{depth}", [("inner", kind | None, None), *fields])
broken = msgspec.defstruct("Broken", [("field", "NoSuchType")])

prime_decoders()
sys.setswitchinterval(1e-6)
barrier = threading.Barrier(4)


def decode():
    barrier.wait()
    for _ in range(50):
        msgspec.json.decode(b'{"inner": {"inner": {"f1": 3}, "f1": "x"}, "f3": 3}', type=kind)


threads = [threading.Thread(target=decode) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""

READERS = """
import sys
import threading

from slipwatch.connectors.jira.fields import layout
from slipwatch.daemon.priming import learn_structs, prime_decoders

prime_decoders()
sys.setswitchinterval(1e-6)
page = b'{"issues": [{"id": "1", "key": "PAY-1", "fields": {"updated": "2026-01-05"}}]}'


def read(number):
    ids = {"points": [f"customfield_{number}{place}" for place in range(9)]}
    barrier.wait()
    layout(ids).read_page(page)


for number in range(20):
    barrier = threading.Barrier(5)
    threads = [threading.Thread(target=read, args=[number]) for _ in range(4)]
    for thread in threads:
        thread.start()
    barrier.wait()
    learn_structs()
    for thread in threads:
        thread.join()
"""


def test_what_is_primed_can_be_decoded_by_many_threads_at_once() -> None:
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", RACE], check=False, capture_output=True)

        assert (done.returncode, done.stderr) == (0, b"")


def test_readers_of_one_jira_may_learn_its_fields_while_another_source_begins() -> None:
    done = subprocess.run([sys.executable, "-c", READERS], check=False, capture_output=True)

    assert (done.returncode, done.stderr) == (0, b"")
