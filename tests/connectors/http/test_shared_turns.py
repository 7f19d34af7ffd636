"""Turns that two processes take at one source."""

import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from tempfile import TemporaryFile

from slipwatch.connectors.throttle import SharedThrottle
from slipwatch.connectors.turns import SharedTurns

from .test_throttle import PATIENCE, Clock, Crowd, ask, served

OTHER = """
import sys
from slipwatch.connectors.turns import SharedTurns
turns = SharedTurns(int(sys.argv[1]))
for word in sys.stdin:
    turns.take(lambda: 1) if word == "take\\n" else turns.give_back()
    print(word, end="", flush=True)
"""


class _Other:
    """Another process, which takes turns when it is told to."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def tell(self, word: str) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == f"{word}\n"


@contextmanager
def _beside(file: int) -> Generator[_Other]:
    with subprocess.Popen(
        [sys.executable, "-c", OTHER, str(file)],
        pass_fds=[file],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield _Other(process)
        process.kill()


def _one() -> int:
    return 1


def test_a_turn_is_waited_for_until_the_other_process_gives_it_back_or_is_killed() -> None:
    happened: list[str] = []
    with TemporaryFile() as file, _beside(file.fileno()) as other:
        turns = SharedTurns(file.fileno())

        def take() -> None:
            turns.take(_one)
            happened.append("taken")
            turns.give_back()

        for how in ("given back", "killed"):
            other.tell("take")
            waits = threading.Thread(target=take)
            waits.start()
            happened.append(how)
            if how == "killed":
                other.process.kill()
            else:
                other.tell("give back")
            waits.join(PATIENCE)
    assert happened == ["given back", "taken", "killed", "taken"]


def test_two_processes_have_no_more_requests_under_way_than_one_may() -> None:
    crowd = Crowd(bears=3)
    with TemporaryFile() as file, served(crowd) as url, _beside(file.fileno()) as other:
        other.tell("take")
        throttle = SharedThrottle(3, now=Clock().now)
        throttle.share(SharedTurns(file.fileno()), None)
        ask(url, throttle, connectors=3, requests_each=10)
        assert 1 <= crowd.most <= 2
        other.tell("give back")
        ask(url, throttle, connectors=3, requests_each=1)
    assert crowd.refused == 0


def test_what_a_throttle_learns_is_told_and_a_limit_that_both_meet_halves_once() -> None:
    ours, theirs = (SharedThrottle(8, now=Clock().now) for _ in range(2))
    ours.share(None, theirs.learn)
    theirs.share(None, ours.learn)
    turn = theirs.begin()
    ours.end(ours.begin(), limited=True, away=60.0)
    theirs.end(turn, limited=True, away=None)
    assert (ours.allowed, theirs.allowed) == (4, 4)
    assert theirs.closed_for() == 60.0


def test_a_request_that_began_before_turns_were_shared_gives_none_back() -> None:
    with TemporaryFile() as file:
        throttle = SharedThrottle(2, now=Clock().now)
        before = throttle.begin()
        turns = SharedTurns(file.fileno())
        throttle.share(turns, None)
        asks = threading.Thread(target=throttle.begin)
        asks.start()
        asks.join(PATIENCE)
        throttle.end(before, limited=False, away=None)
        locking = (
            "import fcntl, sys; fcntl.lockf(int(sys.argv[1]), fcntl.LOCK_EX | fcntl.LOCK_NB, 1)"
        )
        other = subprocess.run(
            [sys.executable, "-c", locking, str(file.fileno())],
            pass_fds=[file.fileno()],
            capture_output=True,
            check=False,
        )
    assert b"BlockingIOError" in other.stderr
