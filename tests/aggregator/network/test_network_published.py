"""Schedules that others computed: PSPLIB and Microsoft Project."""

import csv
import re
from datetime import date
from pathlib import Path

import pytest

from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.network import Activity, Edge, Network, display_finish, floats, trace

DATA = Path(__file__).resolve().parents[4] / "shared" / "data" / "schedules"
AS_OF = date(2016, 2, 8).toordinal()

pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the shared schedules are not here")


def read_psplib(path: Path) -> Network:
    """Read jobs and precedence; resources play no part in the critical path."""
    text = path.read_text()
    relations = text.split("PRECEDENCE RELATIONS:")[1].split("****")[0]
    requests = text.split("REQUESTS/DURATIONS:")[1].split("RESOURCEAVAILABILITIES")[0]
    daily = WorkCalendar(range(1, 8))
    rows = [[int(x) for x in line.split()] for line in relations.splitlines()[2:] if line.strip()]
    jobs = [line.split() for line in requests.splitlines() if re.match(r"\s*\d+\s+1\s", line)]
    return Network(
        [Activity(id=job[0], calendar=daily, duration=int(job[2])) for job in jobs],
        [Edge(str(row[0]), str(downstream)) for row in rows for downstream in row[3:]],
    )


def test_critical_paths_have_the_published_length() -> None:
    with (DATA / "psplib-j30.truth.csv").open() as file:
        truth = {row["instance"]: row for row in csv.DictReader(file)}
    assert len(truth) == 50
    for name, row in truth.items():
        network = read_psplib(DATA / "psplib-j30" / f"{name}.sm")
        schedule = network.schedule(AS_OF)
        last = str(row["jobs_incl_dummies"])
        assert int(schedule.finish[last][0]) - AS_OF == int(row["mpm_time_published"]), name
        total = floats(schedule).total
        critical = [job for job in network.activities if total[job] == 0]
        assert critical == row["zero_float_jobs"].split(), name
        assert sorted(trace(schedule).driving_path(last), key=int) == critical, name


def test_links_with_lags_are_scheduled_like_in_microsoft_project() -> None:
    with (DATA / "mspdi-task-links" / "tasks.csv").open() as file:
        tasks = [row for row in csv.DictReader(file) if row["name"]]
    standard = WorkCalendar(range(1, 6))
    edges: list[Edge] = []
    for row in tasks:
        for link in row["predecessors(uid:type:lag_tenths_of_minute)"].split():
            upstream, kind, lag = link.split(":")
            # A day of eight hours has 4,800 tenths of a minute.
            edges.append(Edge(upstream, row["uid"], type=kind.lower(), lag=int(lag) // 4800))
    network = Network(
        [Activity(id=row["uid"], calendar=standard, duration=1) for row in tasks], edges
    )
    schedule = network.schedule(AS_OF)
    total = floats(schedule).total
    # Project lets the start of an SS or SF predecessor slip past its successor's late dates; we
    # do not (DOMAIN.md 1.4).
    from_start = {edge.upstream for edge in edges if edge.type in ("ss", "sf")}
    assert len(from_start) == 2
    for row in tasks:
        uid = row["uid"]
        assert date.fromordinal(int(schedule.start[uid][0])).isoformat() == row["start"][:10]
        finish = display_finish(int(schedule.finish[uid][0]), standard)
        assert finish.isoformat() == row["finish"][:10]
        if uid not in from_start:
            assert total[uid] == int(row["total_slack_tenths_of_minute"]) // 4800
            assert (total[uid] == 0) == (row["critical"] == "1")
