"""Teams whose pace is known exactly, so that every date of theirs can be counted by hand."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

CREATED = "2025-10-01"


def items(
    name: str, todo: int, done: Sequence[str] = (), *, waits: Sequence[str] = (), **given: Any
) -> list[dict[str, Any]]:
    """Make a milestone's items, the done ones first; open ones wait for ``waits`` in turn."""
    rows: list[dict[str, Any]] = [
        {"key": f"{name}-{number}", "title": name, "milestone": name, "created": CREATED} | given
        for number in range(1, len(done) + todo + 1)
    ]
    for row, day in zip(rows, done, strict=False):
        row["done"] = day
    for row, wait in zip(rows[len(done) :], waits, strict=False):
        row["blocked_by"] = [wait]
    return rows


def listed(name: str, *, title: str | None = None, **given: Any) -> dict[str, Any]:
    return {"id": name, "from": [{"source": "plan", "milestone": title or name.upper()}], **given}


def team(name: str, *milestones: dict[str, Any], pace: int = 1, **given: Any) -> dict[str, Any]:
    throughput = {"samples": [pace], "per": "day"}
    return {"id": name, "throughput": throughput, "milestones": list(milestones), **given}


def p50(found: dict[str, Any]) -> dict[str, str]:
    return {name: view["forecast"]["p50"][5:] for name, view in found.items()}


@pytest.mark.parametrize("begun", [(), ("2025-12-15",)], ids=["nothing begun", "both begun"])
def test_a_milestone_waits_for_its_turn_even_when_work_on_it_has_begun(
    company: Any, begun: Sequence[str]
) -> None:
    plan = company.plan("plan", items=items("A", 10, begun) + items("B", 10, begun))
    company.configure(team("x", listed("a", rank=1), listed("b", rank=2)), sources={"plan": plan})
    company.sync()

    found = company.json(company.today())

    assert p50(found) == {"a": "01-16", "b": "01-30"}
    assert found["b"]["network"]["early_finish"] == "2026-01-30"


@pytest.mark.parametrize(
    ("waits", "finish"),
    [
        ((), "01-08"),
        (("U-1", "U-2"), "01-13"),
        (("U-1", "U-2", "U-3"), "01-14"),
        (("U-5", "U-5", "U-5", "U-5"), "01-15"),
    ],
)
def test_only_the_blocked_items_wait_and_all_of_them_as_if_it_were_finish_to_start(
    company: Any, waits: Sequence[str], finish: str
) -> None:
    # The supplier's five items end on Friday 9 January.
    plan = company.plan("plan", items=items("U", 5) + items("D", 4, waits=waits))
    company.configure(
        team("up", listed("u")), team("down", listed("d"), pace=1), sources={"plan": plan}
    )
    company.sync()

    assert p50(company.json(company.today())) == {"u": "01-09", "d": finish}


@pytest.mark.parametrize(("waits", "finish"), [(2, "01-13"), (4, "01-15"), (0, "01-08")])
def test_a_declared_duration_waits_in_proportion(company: Any, waits: int, finish: str) -> None:
    plan = company.plan("plan", items=items("U", 5) + items("D", 4, waits=["U-1"] * waits))
    company.configure(
        team("up", listed("u")), team("down", listed("d", duration="4wd")), sources={"plan": plan}
    )
    company.sync()

    assert p50(company.json(company.today())) == {"u": "01-09", "d": finish}


def test_items_that_are_over_hold_nobody_up(company: Any) -> None:
    rows = items("U", 2, ["2025-12-01"]) + items("D", 3, waits=["U-1", "U-2", "U-3"])
    for row in rows:
        if row["key"] in {"U-2", "D-3"}:
            row["status"] = "won't do"
    plan = company.plan("plan", items=rows)
    company.configure(team("up", listed("u")), team("down", listed("d")), sources={"plan": plan})
    company.sync()

    found = company.today()

    views = company.json(found)
    # Open are U-3 and, waiting for nothing that is open, D-1 and D-2.
    assert p50(views) == {"u": "01-05", "d": "01-06"}
    assert views["u"]["scope"] | {"baseline": None} == {
        "done": 1,
        "remaining": 1,
        "baseline": None,
        "added": None,
        "removed": None,
    }
    (dependency,) = found.dependencies
    assert (dependency.status, dependency.slack, dependency.driving) == ("ok", None, False)


def test_a_dependency_whose_upstream_item_was_dropped_is_broken_but_kept(company: Any) -> None:
    rows = items("U", 2) + items("D", 1, waits=["U-1"])
    rows[0]["category"] = "dropped"
    plan = company.plan("plan", items=rows)
    company.configure(team("up", listed("u")), team("down", listed("d")), sources={"plan": plan})
    company.sync()

    (dependency,) = company.today().dependencies

    assert (dependency.status, dependency.declared) == ("broken", False)
    assert dependency.evidence == (("plan:U-1", "plan:D-1"),)


def test_a_declared_dependency_outlives_the_link_that_supported_it(company: Any) -> None:
    rows = items("U", 2) + items("D", 1, waits=["U-1"])
    rows[0]["category"] = "dropped"
    plan = company.plan("plan", items=rows)
    waits = [{"milestone": "up/u"}]
    company.configure(
        team("up", listed("u")), team("down", listed("d", depends_on=waits)), sources={"plan": plan}
    )
    company.sync()

    found = company.today()

    (dependency,) = found.dependencies
    assert (dependency.status, dependency.declared, dependency.driving) == ("ok", True, True)
    assert p50(company.json(found)) == {"u": "01-05", "d": "01-06"}


def test_links_both_ways_between_milestones_are_no_deadlock_unless_items_wait_in_circles(
    company: Any,
) -> None:
    def cycles(*links: tuple[str, str]) -> list[tuple[str, tuple[str, ...]]]:
        rows = items("A", 2) + items("B", 2) + items("X", 1, milestone="")
        written = [{"upstream": up, "downstream": down} for up, down in links]
        company.now += timedelta(minutes=10)
        company.plan("plan", items=rows, links=written)
        company.sync()
        return [(cycle.kind, cycle.members) for cycle in company.today().cycles]

    plan = company.plan("plan", items=[])
    company.configure(team("x", listed("a")), team("y", listed("b")), sources={"plan": plan})

    both = ("p/x/a", "p/y/b")
    assert cycles(("A-1", "B-1"), ("B-2", "A-2")) == [("interleaved", both)]
    assert cycles(("A-1", "B-1"), ("B-1", "A-2"), ("A-2", "A-1")) == [("deadlock", both)]
    assert cycles(("A-1", "X-1"), ("X-1", "B-1"), ("B-1", "A-1")) == [("deadlock", both)]
    assert cycles(("A-1", "X-1"), ("X-1", "B-1")) == []


def test_interleaved_milestones_have_a_lower_bound_and_no_forecast(company: Any) -> None:
    rows = items("A", 3, waits=["", "B-1"]) + items("B", 4, waits=["", "A-1"])
    plan = company.plan("plan", items=rows)
    company.configure(
        team("x", listed("a", commitment="2026-02-27")),
        team("y", listed("b")),
        sources={"plan": plan},
    )
    company.sync()

    found = company.today()

    views = company.json(found)
    assert views["a"]["status"] == "grey"
    assert views["a"]["forecast"]["p50"] is None
    assert views["a"]["forecast"]["lower_bound"] == "2026-01-07"
    assert views["b"]["forecast"]["lower_bound"] == "2026-01-08"
    assert views["a"]["network"]["cycle"] == ["p/x/a", "p/y/b"]
    assert {d.upstream: d.evidence for d in found.dependencies} == {
        "p/x/a": (("plan:A-1", "plan:B-2"),),
        "p/y/b": (("plan:B-1", "plan:A-2"),),
    }


def test_a_blocked_sub_task_holds_up_the_item_that_it_is_part_of(company: Any) -> None:
    rows = items("U", 5) + items("D", 2)
    rows.append(
        {
            "key": "D-9",
            "title": "part",
            "type": "Sub-task",
            "parent": "D-1",
            "created": CREATED,
            "blocked_by": ["U-3"],
        }
    )
    plan = company.plan("plan", items=rows)
    company.configure(team("up", listed("u")), team("down", listed("d")), sources={"plan": plan})
    company.sync()

    found = company.today()

    assert p50(company.json(found)) == {"u": "01-09", "d": "01-12"}
    (dependency,) = found.dependencies
    assert dependency.evidence == (("plan:U-3", "plan:D-1"),)
    assert dependency.driving


def test_projects_that_name_the_same_stream_share_one_team(company: Any) -> None:
    plan = company.plan("plan", items=items("A", 5) + items("B", 5))
    company.configure(
        team("x", listed("a", commitment="2026-01-30"), stream="crew"),
        team("y", listed("b", commitment="2026-01-12"), stream="crew"),
        sources={"plan": plan},
    )
    company.sync()

    # The unranked queue by their dates.
    assert p50(company.json(company.today())) == {"b": "01-09", "a": "01-16"}


def test_a_team_that_finished_nothing_is_stalled_and_red(company: Any) -> None:
    plan = company.plan("plan", items=items("A", 5) + items("B", 2))
    project = {
        "id": "x",
        "milestones": [
            listed("a", commitment="2026-12-31", rank=1),
            listed("b", rank=2),
            {"id": "after", "duration": "1wd", "depends_on": [{"milestone": "a"}]},
        ],
    }
    company.configure(project, sources={"plan": plan})
    company.sync()

    found = company.json(company.today())

    assert found["a"]["forecast"]["p50"] is None
    assert found["a"]["forecast"]["p_on_time"] == 0
    assert found["a"]["status"] == found["b"]["status"] == "red"
    assert found["after"]["forecast"]["p50"] is None
    assert found["after"]["status"] == "grey"


def test_a_version_without_items_and_a_team_without_history_are_grey(company: Any) -> None:
    plan = company.plan(
        "plan",
        milestones=[{"title": "EMPTY", "due": "2026-12-01"}, {"title": "NEW", "due": "2026-12-01"}],
        items=items("NEW", 3, created="2025-12-22"),
    )
    company.configure(
        {"id": "x", "milestones": [listed("empty", commitment="2026-12-01"), listed("new")]},
        sources={"plan": plan},
    )
    company.sync()

    found = company.json(company.today())

    for name in ("empty", "new"):
        assert found[name]["status"] == "grey"
        assert found[name]["forecast"]["method"] == "none"
        assert found[name]["forecast"]["missing_inputs"] == [f"p/x/{name}"]
        assert found[name]["dates"]["plan"] == "2026-12-01"


def test_all_items_done_is_not_yet_released(company: Any) -> None:
    plan = company.plan(
        "plan",
        milestones=[{"title": "A", "due": "2026-01-20"}],
        items=items("A", 0, ["2025-12-15", "2025-12-16"]),
    )
    company.configure(
        {
            "id": "x",
            "milestones": [
                listed("a", commitment="2026-01-20"),
                {"id": "after", "duration": "2wd", "depends_on": [{"milestone": "a"}]},
            ],
        },
        sources={"plan": plan},
    )
    company.sync()

    found = company.json(company.today())

    assert found["a"]["dates"]["actual"] is None
    assert p50(found) == {"a": "01-05", "after": "01-06"}
    assert found["a"]["status"] == "green"


def test_a_released_version_with_open_items_is_done_and_they_are_found(company: Any) -> None:
    plan = company.plan(
        "plan",
        milestones=[{"title": "A", "due": "2025-12-12", "status": "done", "done": "2025-12-19"}],
        items=items("A", 1, ["2025-12-15"]),
    )
    company.configure(
        {
            "id": "x",
            "milestones": [
                listed("a", commitment="2025-12-12"),
                {"id": "after", "duration": "2wd", "depends_on": [{"milestone": "a"}]},
            ],
        },
        sources={"plan": plan},
    )
    company.sync()

    assessment = company.today()

    found = company.json(assessment)
    assert found["a"]["dates"]["actual"] == "2025-12-19"
    assert found["a"]["forecast"]["p_on_time"] == 0
    assert found["a"]["slip"]["forecast_vs_commitment"] == 5
    assert p50(found)["after"] == "01-06"
    assert [f.subject for f in assessment.findings if f.rule == "DQ-002"] == ["p/x/a"]


def test_a_milestone_of_several_sources_is_over_when_all_of_them_are(company: Any) -> None:
    def actual(*rows: dict[str, Any]) -> object:
        company.now += timedelta(minutes=10)
        company.plan("plan", milestones=[{"title": "A", "done": "2025-12-19"}], items=list(rows))
        company.sync()
        view = company.json(company.today())["a"]
        return view["dates"]["actual"], view["status"]

    labelled = {"source": "plan", "labels": ["launch"]}
    plan = company.plan("plan", items=[])
    release = listed("a", commitment="2026-12-01")
    release["from"].append(labelled)
    company.configure(team("x", release), sources={"plan": plan})

    row = {"key": "L-1", "title": "Press", "labels": ["launch"], "created": CREATED}
    assert actual(row) == (None, "green")
    assert actual(row | {"done": "2025-12-22"}) == ("2025-12-22", "green")


def test_what_is_named_and_not_found_is_never_green(company: Any) -> None:
    plan = company.plan("plan", milestones=[{"title": "A", "done": "2025-12-19"}])
    release = listed("a", commitment="2026-12-01", duration="1wd")
    release["from"].append({"source": "plan", "milestone": "Renamed"})
    company.configure({"id": "x", "milestones": [release]}, sources={"plan": plan})
    company.sync()

    found = company.json(company.today())["a"]

    assert found["dates"]["actual"] is None
    assert found["status"] == "grey"
    assert "Renamed" in found["reasons"][0]


def test_a_work_stream_counts_work_alone(company: Any) -> None:
    rows = items("A", 2, ["2025-12-15"])
    rows += [
        {"key": "E-1", "title": "epic", "type": "Epic", "milestone": "A", "created": CREATED},
        {"key": "S-1", "title": "part", "type": "Sub-task", "parent": "A-2", "milestone": "A"}
        | {"created": CREATED},
        {"key": "W-1", "title": "dropped", "status": "duplicate", "milestone": "A"}
        | {"created": CREATED, "done": "2025-12-10"},
    ]
    plan = company.plan("plan", items=rows)
    company.configure(team("x", listed("a")), sources={"plan": plan})
    company.sync()

    scope = company.json(company.today())["a"]["scope"]

    assert (scope["done"], scope["remaining"]) == (1, 2)


def test_a_vendor_whose_plan_is_a_sheet_promises_its_date(company: Any) -> None:
    plan = company.plan(
        "plan", milestones=[{"title": "A", "due": "2026-01-30"}], items=items("A", 3)
    )
    company.configure(
        {
            "id": "x",
            "milestones": [
                listed("a", external=True, owner="acme-bank"),
                {"id": "b", "external": True, "promise": "2026-01-30"},
                {"id": "c", "external": True},
            ],
        },
        sources={"plan": plan},
    )
    company.sync()

    found = company.json(company.today())

    for name in "ab":
        forecast = found[name]["forecast"]
        assert forecast["method"] == "promise"
        assert [forecast[q][5:] for q in ("p50", "p85", "p95")] == ["01-30", "02-06", "02-20"]
        assert found[name]["status"] == "amber"
    assert found["b"]["reasons"] == [
        "50 % by its promise 2026-01-30",
        "no commitment: judged by its promise",
    ]
    assert found["c"]["forecast"]["method"] == "none"
    assert found["c"]["status"] == "grey"


def test_what_was_dropped_is_no_beginning(company: Any) -> None:
    rows = items("A", 3)
    rows[0] |= {"category": "dropped", "done": "2025-11-03"}
    plan = company.plan("plan", items=rows)
    company.configure(team("x", listed("a")), sources={"plan": plan})
    company.sync()

    found = company.json(company.today())["a"]

    assert found["network"]["early_start"] == "2026-01-05"
    assert found["scope"]["remaining"] == 2


def test_an_epic_is_a_milestone_whose_date_has_a_history(company: Any) -> None:
    epic = {"key": "E-1", "title": "Epic", "type": "Epic", "created": CREATED, "due": "2026-03-02"}
    rows = [row | {"parent": "E-1", "milestone": None} for row in items("A", 3, ["2025-12-15"])]
    rows += items("U", 5)
    plan = company.plan(
        "plan",
        items=[epic, *rows],
        changes=[
            {"item": "E-1", "at": "2025-11-03", "field": "due", "old": "2026-02-02", "new": None},
            {"item": "E-1", "at": "2025-12-01", "field": "due", "old": None, "new": "2026-03-02"},
        ],
        links=[{"upstream": "U-1", "downstream": "E-1"}],
    )
    release = {"id": "a", "from": [{"source": "plan", "epic": "E-1"}]}
    company.configure(team("x", release), team("up", listed("u")), sources={"plan": plan})
    company.sync()

    found = company.today()

    views = company.json(found)
    assert views["a"]["slip"] | {"forecast_vs_baseline": None} == {
        "plan_vs_baseline": 20,
        "forecast_vs_baseline": None,
        "forecast_vs_commitment": None,
        "moves": 1,
        "slips": 1,
        "gross": 20,
        "net": 20,
    }
    assert (views["a"]["scope"]["done"], views["a"]["scope"]["remaining"]) == (1, 3)
    # The whole epic waits: three items after Friday 9 January.
    assert views["a"]["forecast"]["p50"] == "2026-01-14"
    assert company.json(company.replay("2025-11-10"))["a"]["dates"]["plan"] is None
    assert company.json(company.replay("2025-10-10"))["a"]["dates"]["plan"] == "2026-02-02"
