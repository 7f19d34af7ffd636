"""Two services on one store, by mistake or while one replaces the other."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from slipwatch.aggregator.assessment import from_json
from slipwatch.aggregator.store import Store, open_store

from .running import Running, eventually, write_config
from .warm import Warm

Config = dict[str, Any]
Dump = Callable[[Store, str], list[str]]


@pytest.fixture
def pair(warm: Warm, tmp_path: Path) -> Iterator[Callable[[Config], list[Running]]]:
    """Give a function that starts two services at the same time, each in a folder of its own."""
    with ExitStack() as stack:

        def start(config: Config) -> list[Running]:
            for name in ("one", "two"):
                (tmp_path / name).mkdir()
                write_config(tmp_path / name, config)
            (tmp_path / "one/github-token").write_text((tmp_path / "github-token").read_text())
            (tmp_path / "two/github-token").write_text((tmp_path / "github-token").read_text())
            return [stack.enter_context(Running(warm, tmp_path / name)) for name in ("one", "two")]

        yield start


def has_worked(service: Running) -> bool:
    seen = service.samples()
    syncs = sum(value for (name, _), value in seen.items() if name == "slipwatch_syncs_total")
    return syncs >= 9 and seen["slipwatch_assessments_total", frozenset()] >= 3


def test_both_work_and_the_store_holds_what_one_would_have_written(
    pair: Callable[[Config], list[Running]],
    config: Config,
    store_url: str,
    dump: Dump,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    warm: Warm,
) -> None:
    monkeypatch.setenv("STORE", store_url)
    services = pair({**config, "store": {"env": "STORE"}})

    for service in services:
        eventually(partial(has_worked, service))
    for service in services:
        assert service.metric("slipwatch_sync_failures_total") == 0
        assert service.metric("slipwatch_assessment_failures_total") == 0
        assert service.end()[0] == 0
        assert "error" not in service.log

    alone = f"sqlite:///{tmp_path / 'alone.db'}"
    (tmp_path / "github-token").touch()
    with Running(warm, tmp_path / "one", STORE=alone) as single:
        eventually(single.is_ready)
        single.end()
    with open_store(store_url) as both, open_store(alone) as one:
        for name in config["sources"]:
            assert dump(both, name) == dump(one, name)
        kept = both.assessment()
        assert kept is not None
        assert len(from_json(kept.body).milestones) == 3
