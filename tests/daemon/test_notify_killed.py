"""A service that is killed anywhere tells each change of each finding, and none of them twice."""

import random
import threading
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.receivers import HttpReceiver, Received, Reply
from tests.victims import KILLED, Victim

from . import notify_victim

KILLS = 3


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    with HttpReceiver() as running:
        yield running


@pytest.mark.slow
def test_every_change_is_told_once_by_a_service_that_is_killed_again_and_again(
    store_url: str, receiver: HttpReceiver
) -> None:
    chance = random.Random(7)
    victims: list[Victim] = []
    kills = {"left": KILLS, "next": 4}

    def answer(_received: Received) -> Reply:
        """Kill the sender now and then: before it hears the answer, or a little later."""
        kills["next"] -= 1
        if kills["left"] and kills["next"] <= 0:
            kills["left"] -= 1
            kills["next"] = chance.randint(1, 8)
            if kills["left"] % 2:
                victims[-1].kill()
                victims[-1].wait()
            else:
                threading.Timer(chance.uniform(0, 0.03), victims[-1].kill).start()
        return Reply()

    receiver.answer = answer
    while True:
        with Victim(notify_victim.main, store_url, receiver.url) as victim:
            victims.append(victim)
            code = victim.end()
        if code == 0:
            break
        assert code == KILLED
    assert len(victims) > 2
    once = {received.headers["x-slipwatch-delivery"]: received for received in receiver.received}
    told = Counter(
        (line["fingerprint"], line["change"])
        for received in once.values()
        for line in received.json["lines"]
    )
    expected = {
        (f"f{number:02}", change)
        for number in range(notify_victim.ROUNDS)
        for change in ("new", "worse")
    }
    assert set(told) == expected
    assert set(told.values()) == {1}
    repeated = len(receiver.received) - len(once)
    assert 0 < repeated <= KILLS, "only what was under way when it was killed comes again"
    for received in receiver.received:
        assert received.body == once[received.headers["x-slipwatch-delivery"]].body
