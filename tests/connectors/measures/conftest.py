"""A measure of one benefit, read as the service reads it."""

from collections.abc import Callable, Generator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from slipwatch.aggregator.benefits.model import Reading
from slipwatch.aggregator.connector import Context
from slipwatch.config.strategy import MeasureSettings
from slipwatch.connectors.measures.table import read_measure

from ..canned import CannedServer

NOW = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
Read = Callable[..., list[Reading]]


@pytest.fixture
def server() -> Generator[CannedServer]:
    """Give a server that answers what it is told to."""
    with CannedServer() as running:
        yield running


@pytest.fixture
def read() -> Read:
    """Give a function that reads a measure as the file has it, and waits for nothing."""

    def run(now: datetime = NOW, **measure: Any) -> list[Reading]:
        settings = MeasureSettings.model_validate(measure)
        context = Context(now=lambda: now, sleep=lambda _seconds: None)
        return read_measure("p/benefit:B1", settings, context, BERLIN)

    return run
