"""A running service reads the sheets that budgets name, again and again, beside its sources."""

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .running import Running, eventually, write_config

Start = Callable[..., Running]
Config = dict[str, Any]

SPENT = "slipwatch_program_actual_cost"
BUDGET = {
    "currency": "EUR",
    "bac": 1000,
    "actuals": {"csv": {"path": "actuals.csv"}},
}


def test_what_is_booked_shows_up_without_anybody_asking(
    start: Start, config: Config, tmp_path: Path
) -> None:
    sheet = tmp_path / "actuals.csv"
    sheet.write_text("date,amount\n2020-01-06,300\n")
    config["sync"]["every"] = "1s"
    config["programs"][0]["budget"] = BUDGET
    service = start(config)
    eventually(lambda: service.metric(SPENT) == 300)

    sheet.write_text("date,amount\n2020-01-06,300\n2020-01-07,150\n")

    eventually(lambda: service.metric(SPENT) == 450)
    sheet.unlink()
    eventually(lambda: "there is no such file" in service.log)
    assert service.metric(SPENT) == 450


def test_a_budget_that_is_new_in_the_file_is_read_at_once(
    start: Start, config: Config, tmp_path: Path
) -> None:
    (tmp_path / "actuals.csv").write_text("date,amount\n2020-01-06,300\n")
    config["sync"]["every"] = config["assess"]["every"] = "1h"
    service = start(config)
    eventually(service.is_ready)
    assert service.metric(SPENT) is None

    config["programs"][0]["budget"] = BUDGET
    write_config(tmp_path, config)
    service.send(signal.SIGHUP)

    eventually(lambda: service.metric(SPENT) == 300)
