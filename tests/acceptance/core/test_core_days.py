"""Days that go by: the slip ledger, baselines, causes, and replays of what was said before."""

import random
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from slipwatch.aggregator.assessment import Assessment, MilestoneView

MONDAY = date(2026, 1, 5)
CREATED = "2025-09-01"
TEAM = {"throughput": {"samples": [1], "per": "day"}}


def listed(name: str, **given: Any) -> dict[str, Any]:
    return {"id": name, "from": [{"source": "plan", "milestone": name.upper()}], **given}


def rows(name: str, count: int, first: int = 1) -> list[dict[str, Any]]:
    return [
        {"key": f"{name}-{n}", "title": name, "milestone": name, "created": CREATED}
        for n in range(first, first + count)
    ]


def view(found: Assessment, name: str) -> MilestoneView:
    return next(m for m in found.milestones if m.id.endswith(f"/{name}"))


class Team:
    """A plan file that changes from day to day, and keeps its history as a tracker does."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.items: dict[str, dict[str, Any]] = {}
        self.milestones = {
            name: {"title": name, "due": str(MONDAY + timedelta(days=30 + 14 * n))}
            for n, name in enumerate("ABC")
        }
        self.changes: list[dict[str, Any]] = []
        self.links: list[dict[str, Any]] = []
        for _ in range(45):
            self.add("2025-08-18")
        for week in range(18):
            for key in self.random.sample(self.open(), self.random.randrange(1, 3)):
                day = MONDAY - timedelta(weeks=18 - week) + timedelta(days=self.random.randrange(5))
                self.finish(key, day)

    def open(self) -> list[str]:
        return [key for key, item in self.items.items() if "done" not in item]

    def add(self, created: str) -> None:
        project = self.random.choice("XY")
        key = f"{project}-{len(self.items)}"
        self.items[key] = {
            "key": key,
            "title": key,
            "project": "PLAN",
            "labels": [project],
            "milestone": self.random.choice("ABC"),
            "created": created,
        }

    def change(self, key: str, at: date, field: str, old: str | None, new: str | None) -> None:
        self.changes.append({"item": key, "at": str(at), "field": field, "old": old, "new": new})

    def finish(self, key: str, day: date) -> None:
        self.items[key] |= {"done": str(day), "status": "Done"}
        self.change(key, day, "status", "Open", "Done")

    def live(self, day: date) -> None:
        """Let some things happen on a day, each with an entry in the history."""
        pick = self.random
        for key in pick.sample(self.open(), pick.choice((0, 1, 1, 2))):
            self.finish(key, day)
        if pick.random() < 0.3:
            self.add(str(day))
        closed = [key for key in self.items if "done" in self.items[key]]
        if pick.random() < 0.3:
            key = pick.choice(closed)
            if self.items[key].pop("done") != str(day):
                self.items[key]["status"] = "Open"
                self.change(key, day, "status", "Done", "Open")
            else:
                self.items[key]["done"] = str(day)
        if pick.random() < 0.3:
            key = pick.choice(self.open())
            old, new = self.items[key]["milestone"], pick.choice("ABC")
            if old != new:
                self.items[key]["milestone"] = new
                self.change(key, day, "milestone", old, new)
        if pick.random() < 0.2:
            name = pick.choice("ABC")
            due = date.fromisoformat(self.milestones[name]["due"])
            self.milestones[name]["due"] = str(due + timedelta(days=pick.choice((-3, 5, 9))))
        if pick.random() < 0.3:
            up, down = pick.sample(self.open(), 2)
            self.links.append({"upstream": up, "downstream": down, "since": f"{day}T10:00:00Z"})


def facts_of(found: Assessment) -> list[Any]:
    return [
        [
            (m.id, m.dates, m.forecast, m.network, m.slip, m.scope, m.status)
            for m in found.milestones
        ],
        [(m.id, m.caused_by, m.concurrent, m.hits) for m in found.milestones],
        found.dependencies,
        found.cycles,
        # Colours count findings, which open by the second of two evaluations; a replay has but one.
        [msgspec.structs.replace(project, health=None) for project in found.projects],
        [msgspec.structs.replace(program, health=None) for program in found.programs],
    ]


@pytest.mark.parametrize("seed", [1, 2])
def test_a_replay_gives_the_numbers_that_were_given_on_that_day(company: Any, seed: int) -> None:
    team = Team(seed)
    company.now = datetime.fromisoformat("2026-01-05T22:00:00+00:00")
    company.configure(
        *(
            {
                "id": name.lower(),
                "scope": [{"source": "plan", "labels": [name]}],
                "milestones": [
                    {
                        "id": version.lower(),
                        "from": [{"source": "plan", "labels": [name], "milestone": version}],
                        "commitment": str(MONDAY + timedelta(days=40 + 14 * n)),
                    }
                    for n, version in enumerate("ABC")
                ],
            }
            for name in "XY"
        ),
        sources={"plan": company.plan("plan")},
        assess={"trials": 500},
    )
    said: dict[str, Assessment] = {}
    for number in range(16):
        day = MONDAY + timedelta(days=number)
        if day.weekday() < 5:
            team.live(day)
        company.plan(
            "plan",
            items=list(team.items.values()),
            milestones=list(team.milestones.values()),
            changes=team.changes,
            links=team.links,
        )
        company.sync()
        company.today()
        said[str(day)] = company.today()
        company.now += timedelta(days=1)
    assert any(m.slip.moves for m in said["2026-01-20"].milestones)
    assert any(d.driving for found in said.values() for d in found.dependencies)

    for day_said, found in said.items():
        replayed = company.replay(day_said)
        for now, then in zip(facts_of(replayed), facts_of(found), strict=True):
            assert now == then, day_said


def test_reading_two_sources_one_after_the_other_is_no_slip(company: Any) -> None:
    first = company.plan("first", milestones=[{"title": "A", "due": "2026-02-02"}])
    second = company.plan("second", milestones=[{"title": "A", "due": "2026-02-16"}])
    both = [{"source": name, "milestone": "A"} for name in ("first", "second")]
    company.configure(
        {"id": "x", "milestones": [{"id": "a", "from": both}]},
        sources={"first": first, "second": second},
    )
    company.sync("first")
    company.now += timedelta(seconds=20)
    company.sync("second")

    found = view(company.today(), "a")

    assert (found.slip.moves, found.slip.net) == (0, 0)
    assert (found.dates.baseline, found.dates.plan) == (date(2026, 2, 16), date(2026, 2, 16))


def test_the_ledger_counts_moves_of_the_latest_date_and_outlives_a_gap(company: Any) -> None:
    dues = {
        "2026-01-05": ("2026-02-02", "2026-02-16"),
        "2026-01-06": ("2026-02-09", "2026-02-16"),  # the earlier one: no move
        "2026-01-07": ("2026-02-23", "2026-02-16"),  # + 5
        "2026-01-08": (None, "2026-02-16"),  # taken away: - 5
        "2026-01-09": (None, None),  # no date at all: no move
        "2026-01-12": (None, "2026-02-14"),  # a Saturday: its last working day is Friday 13
        "2026-01-13": (None, "2026-03-02"),
    }
    company.configure(
        {
            "id": "x",
            "milestones": [
                {
                    "id": "a",
                    "from": [{"source": "plan", "milestone": name} for name in ("ONE", "TWO")],
                }
            ],
        },
        sources={"plan": company.plan("plan")},
    )
    for day, (one, two) in dues.items():
        company.on(day)
        written = [{"title": "ONE", "due": one}, {"title": "TWO", "due": two}]
        company.plan("plan", milestones=written)
        company.sync()

    found = view(company.today(), "a")
    # 16 -> 23 Feb is 5, back is -5, 16 -> 13 Feb (the Saturday's last working day) -1, then 11.
    assert found.slip.moves == 4
    assert found.slip.slips == 2
    assert found.slip.gross == 5 + 11
    assert found.slip.net == 10
    assert found.dates.baseline == date(2026, 2, 16)
    assert found.slip.plan_vs_baseline == 10


def test_a_promise_that_is_moved_in_the_file_is_a_slip_and_a_cause(company: Any) -> None:
    def configure(promise: str) -> None:
        milestones = [
            {"id": "bank", "external": True, "promise": promise, "owner": "acme-bank"},
            {
                "id": "launch",
                "duration": "2wd",
                "baseline": {"duration": "2wd"},
                "commitment": "2026-02-06",
                "depends_on": [{"milestone": "bank"}],
            },
        ]
        company.configure({"id": "x", "milestones": milestones})

    configure("2026-01-30")
    first = company.today()
    company.on("2026-01-12")
    configure("2026-02-06")
    found = company.today()

    assert view(first, "bank").slip.moves == 0
    assert view(first, "launch").forecast.p50 == date(2026, 2, 3)
    bank, launch = view(found, "bank"), view(found, "launch")
    assert bank.dates.baseline == date(2026, 1, 30)
    assert bank.dates.plan == bank.forecast.p50 == date(2026, 2, 6)
    assert bank.forecast.p85 == date(2026, 2, 13)
    assert bank.forecast.p95 == date(2026, 2, 27)
    assert (bank.slip.moves, bank.slip.net, bank.slip.plan_vs_baseline) == (1, 5, 5)
    assert launch.forecast.p50 == date(2026, 2, 10)
    assert [(c.milestone, c.but_for, c.own_slip) for c in launch.caused_by] == [("p/x/bank", 5, 5)]
    assert [(h.milestone, h.days) for h in bank.hits] == [("p/x/launch", 5)]
    # On the day before, the old promise stood.
    assert view(company.replay("2026-01-11"), "bank").dates.plan == date(2026, 1, 30)
    assert view(company.replay("2026-01-11"), "bank").slip.moves == 0


def test_a_promise_nobody_confirmed_for_long_is_one_step_wider(company: Any) -> None:
    def p50(confirmed: str | None) -> date | None:
        promise = {"id": "bank", "external": True, "promise": "2026-01-30", "confirmed": confirmed}
        company.configure({"id": "x", "milestones": [promise]})
        return view(company.today(), "bank").forecast.p50

    company.on("2026-01-20")
    assert p50("2026-01-06") == date(2026, 1, 30)
    assert p50("2026-01-05") == date(2026, 2, 6)
    assert p50(None) == date(2026, 1, 30)
    # Nobody has said anything new since it was first seen here.
    company.on("2026-02-04")
    assert p50(None) == date(2026, 2, 6)


def test_progress_as_planned_has_no_cause_and_added_work_does(company: Any) -> None:
    """Both teams finish one item a day; the supplier's milestone grows on the third day."""
    launch = {
        "id": "launch",
        "duration": "1wd",
        "baseline": {"duration": "1wd"},
        "depends_on": [{"milestone": "down/d"}],
    }
    company.configure(
        {"id": "up", **TEAM, "milestones": [listed("u")]},
        {"id": "down", **TEAM, "milestones": [listed("d", depends_on=[{"milestone": "up/u"}])]},
        {"id": "all", "milestones": [launch]},
        sources={"plan": company.plan("plan")},
    )
    supplier, consumer = rows("U", 5), rows("D", 4)

    def day(number: int) -> Assessment:
        company.on(str(MONDAY + timedelta(days=number)))
        company.plan("plan", items=supplier + consumer)
        company.sync()
        company.today()
        found: Assessment = company.today()
        return found

    first = day(0)
    supplier[0]["done"] = "2026-01-05"
    second = day(1)
    supplier[1]["done"] = "2026-01-06"
    supplier += rows("U", 3, first=6)
    third = day(2)

    for found in (first, second):
        assert view(found, "launch").forecast.p50 == date(2026, 1, 16)
        assert all(not m.caused_by and not m.hits for m in found.milestones)
    assert view(third, "launch").forecast.p50 == date(2026, 1, 21)
    for name in ("d", "launch"):
        causes = view(third, name).caused_by
        assert [(c.milestone, c.but_for, c.shapley) for c in causes] == [("p/up/u", 3, 3.0)]
        assert view(third, name).concurrent == 0
    assert [(h.milestone, h.days) for h in view(third, "u").hits] == [
        ("p/all/launch", 3),
        ("p/down/d", 3),
    ]
    assert view(third, "u").scope.added == 3
    assert view(third, "u").scope.baseline == 5


def test_what_was_done_late_is_measured_against_the_first_promise(company: Any) -> None:
    company.configure(
        {"id": "x", **TEAM, "milestones": [listed("u")]}, sources={"plan": company.plan("plan")}
    )
    company.plan("plan", items=rows("U", 5), milestones=[{"title": "U", "due": "2026-01-09"}])
    company.sync()
    company.today()
    company.on("2026-01-15")
    done = [row | {"done": "2026-01-14"} for row in rows("U", 5)]
    closed = {"title": "U", "due": "2026-01-14", "done": "2026-01-14"}
    company.plan("plan", items=done, milestones=[closed])
    company.sync()

    found = view(company.today(), "u")

    assert found.forecast.method == "actual"
    assert found.dates.actual == found.forecast.p50 == date(2026, 1, 14)
    assert found.dates.baseline == date(2026, 1, 9)
    assert (found.slip.forecast_vs_baseline, found.slip.plan_vs_baseline, found.slip.net) == (
        3,
        3,
        3,
    )
    assert (found.scope.done, found.scope.baseline, found.scope.added) == (5, 5, 0)


def test_a_milestone_released_tomorrow_is_open_today(company: Any) -> None:
    company.on("2026-01-08")
    plan = company.plan(
        "plan", milestones=[{"title": "A", "done": "2026-01-07"}], items=rows("A", 1)
    )
    company.configure(
        {"id": "x", **TEAM, "milestones": [listed("a")]},
        sources={"plan": plan},
        timezone="Pacific/Auckland",
    )
    company.sync()

    assert view(company.replay("2026-01-06"), "a").dates.actual is None
    assert view(company.replay("2026-01-07"), "a").dates.actual == date(2026, 1, 7)


def test_a_discovered_milestone_keeps_its_id_when_it_is_renamed(company: Any) -> None:
    project = {"id": "x", "scope": [{"source": "plan"}], "discover": ["milestones"]}
    waits = [{"milestone": "x/public-beta"}]
    launch = {"id": "launch", "duration": "1wd", "depends_on": waits}
    company.configure(
        project,
        {"id": "y", "milestones": [launch]},
        sources={"plan": company.plan("plan")},
    )

    def discover(name: str, due: str) -> Assessment:
        company.now += timedelta(hours=1)
        company.plan("plan", milestones=[{"id": "77", "title": name, "due": due}])
        company.sync()
        found: Assessment = company.today()
        return found

    first = discover("Public Beta", "2026-02-02")
    found = discover("Open Beta", "2026-02-09")

    assert [d.status for d in first.dependencies] == ["ok"]
    beta = view(found, "public-beta")
    assert (beta.title, beta.slip.moves, beta.dates.baseline) == ("Open Beta", 1, date(2026, 2, 2))
    assert [(d.upstream, d.status) for d in found.dependencies] == [("p/x/public-beta", "ok")]
    assert view(found, "launch").forecast.missing_inputs == ("p/x/public-beta",)


def test_a_source_that_cannot_be_read_makes_its_milestones_grey_and_nothing_green(
    company: Any,
) -> None:
    far = "2026-12-01"

    def waits(name: str, duration: str = "1wd", commitment: str = far) -> dict[str, Any]:
        depends_on = [{"milestone": "down/d"}]
        return {
            "id": name,
            "duration": duration,
            "commitment": commitment,
            "depends_on": depends_on,
        }

    mine, theirs = listed("u", commitment=far), listed("d", commitment=far)
    theirs["from"] = [{"source": "other", "milestone": "D"}]
    company.configure(
        {"id": "up", **TEAM, "milestones": [mine]},
        {"id": "down", **TEAM, "milestones": [theirs]},
        {"id": "all", "milestones": [waits("launch"), waits("hopeless", "9wd", "2026-01-14")]},
        sources={
            "plan": company.plan("plan", items=rows("U", 5)),
            "other": company.plan("other", items=rows("D", 4)),
        },
    )
    company.sync()
    before = {m.id: m.status for m in company.today().milestones}
    (company.folder / "other.json").write_text("{")
    with pytest.raises(AssertionError, match="cannot be read"):
        company.sync()

    found = company.today()

    assert before == {
        "p/all/hopeless": "red",
        "p/all/launch": "green",
        "p/down/d": "green",
        "p/up/u": "green",
    }
    assert {m.id: m.status for m in found.milestones} == before | {
        "p/all/launch": "grey",
        "p/down/d": "grey",
    }
    assert view(found, "launch").reasons[0].startswith("it waits for p/down/d")
    assert view(found, "d").forecast.p50 == view(found, "d").network.early_finish
    assert {s.name: s.status for s in found.sources} == {"plan": "ok", "other": "failed"}
