"""Declared plans against dates counted by hand (DOMAIN.md 1.1, 1.4, 3.2 and 3.4)."""

from typing import Any

import pytest

CALENDARS = {
    "default": {"workdays": ["mon", "tue", "wed", "thu", "fri"]},
    "plant": {"workdays": ["sun", "mon", "tue", "wed", "thu"], "holidays": ["2026-01-19"]},
    "bavaria": {"country": "DE", "subdivision": "BY"},
}


def work(name: str, days: int | None, *waits: str, **given: Any) -> dict[str, Any]:
    """Write a milestone; a wait is ``UPSTREAM [TYPE [LAG [LAG_CALENDAR]]]``."""
    keys = ("milestone", "type", "lag", "lag_calendar")
    written: dict[str, Any] = {"id": name, **given}
    if days is not None:
        written["duration"] = f"{days}wd"
    written["depends_on"] = [dict(zip(keys, wait.split(), strict=False)) for wait in waits]
    return written


def dates(found: dict[str, Any], name: str) -> tuple[str, str]:
    network = found[name]["network"]
    assert found[name]["forecast"]["p50"] == network["early_finish"]
    return network["early_start"][5:], network["early_finish"][5:]


@pytest.mark.parametrize(
    ("milestone", "start", "finish"),
    [
        # p is done on Friday 9 January. Lag days follow the calendar of who waits: 11 and 12.
        (work("q", 3, "p fs 2wd", calendar="plant"), "01-13", "01-15"),
        # Lag days on Monday 12 and Tuesday 13; then Wednesday, Thursday and Sunday at the plant.
        (work("q", 3, "p fs 2wd default", calendar="plant"), "01-14", "01-18"),
        # Saturday, Sunday and Monday go by.
        (work("q", 3, "p fs 3ed", calendar="plant"), "01-13", "01-15"),
        (work("q", 4, "p fs 3ed"), "01-13", "01-16"),
        # The plant's last working day before Saturday is Thursday 8.
        (work("q", 1, "p fs -1wd", calendar="plant"), "01-08", "01-08"),
        # 11, 12, 13, 14, 15, 18, then the holiday, 20.
        (work("q", 7, "p", calendar="plant"), "01-11", "01-20"),
        # Not before Sunday 11, on which nobody works: unbroken work ends on Monday.
        (work("q", 2, "p ff 1wd plant"), "01-09", "01-12"),
        (work("q", 2, "p ss 2ed"), "01-07", "01-08"),
        # Epiphany is a holiday in Bavaria.
        (work("q", 5, calendar="bavaria"), "01-05", "01-12"),
        (work("q", 0, "p"), "01-09", "01-09"),
        (work("q", 2, start_no_earlier="2026-01-17"), "01-19", "01-20"),
        # p and q work on different days: the lag's are those of p.
        (work("q", 3, "p fs 2wd predecessor", calendar="plant"), "01-14", "01-18"),
        # Hard constraints, too early for p.
        (work("q", 2, "p", must_start_on="2026-01-07"), "01-07", "01-08"),
        (work("q", 2, "p", must_finish_on="2026-01-09"), "01-08", "01-09"),
        (work("q", 9, "p", must_finish_on="2026-01-09"), "01-05", "01-15"),
    ],
)
def test_lags_and_work_follow_their_calendars(
    company: Any, milestone: dict[str, Any], start: str, finish: str
) -> None:
    company.configure({"id": "x", "milestones": [work("p", 5), milestone]}, calendars=CALENDARS)

    assert dates(company.json(company.today()), "q") == (start, finish)


def test_float_is_towards_a_commitment_where_one_can_be_reached(company: Any) -> None:
    company.configure(
        {
            "id": "x",
            "milestones": [
                work("a", 5),
                work("b", 3, "a", commitment="2026-01-16"),
                work("c", 10, "a"),
                work("d", 1),
            ],
        }
    )

    found = company.json(company.today())

    network = {name: view["network"] for name, view in found.items()}
    assert [network[n]["commitment_float"] for n in "abcd"] == [2, 2, None, None]
    # The program ends on 23 January with c.
    assert [network[n]["total_float"] for n in "abcd"] == [0, 7, 0, 14]
    assert [network[n]["free_float"] for n in "abcd"] == [0, 7, 0, 14]
    assert [network[n]["critical"] for n in "abcd"] == [True, False, True, False]


def test_an_unknown_duration_leaves_a_lower_bound_and_its_name(company: Any) -> None:
    company.configure(
        {
            "id": "x",
            "milestones": [
                work("x", None),
                work("y", 5),
                work("z", 2, "x", "y", commitment="2026-01-30"),
                work("late", 2, "x", "y", commitment="2026-01-12"),
                work("other", 1, "y", commitment="2026-01-30"),
            ],
        }
    )

    found = company.json(company.today())

    for name in ("z", "late"):
        forecast = found[name]["forecast"]
        assert forecast["missing_inputs"] == ["p/x/x"]
        assert forecast["lower_bound"] == "2026-01-13"
        assert (forecast["p50"], forecast["p_on_time"]) == (None, None)
        assert found[name]["network"]["early_finish"] is None
    assert [found[name]["status"] for name in ("x", "z", "late")] == ["grey", "grey", "red"]
    assert found["other"]["forecast"]["p50"] == "2026-01-12"
    assert found["other"]["status"] == "green"


def test_a_branch_that_is_early_does_not_excuse_the_one_that_is_late(company: Any) -> None:
    company.configure(
        {
            "id": "x",
            "milestones": [
                work("api", 8, baseline={"duration": "5wd"}),
                work("data", 5, baseline={"duration": "10wd"}),
                work("launch", 1, "api", "data", baseline={"duration": "1wd"}),
            ],
        }
    )

    found = company.json(company.today())

    # Planned max(5, 10) + 1 = 11, now max(8, 5) + 1 = 9; with api as planned it would be 6.
    causes = {c["milestone"]: c for c in found["launch"]["caused_by"]}
    assert causes["p/x/api"] == {
        "milestone": "p/x/api",
        "but_for": 3,
        "shapley": 1.5,
        "own_slip": 3,
    }
    assert causes["p/x/data"] == {
        "milestone": "p/x/data",
        "but_for": -2,
        "shapley": -3.5,
        "own_slip": -5,
    }
    assert found["launch"]["concurrent"] == -2 - 3 + 2
    assert found["api"]["hits"] == [{"milestone": "p/x/launch", "days": 3}]
    assert found["data"]["hits"] == [{"milestone": "p/x/launch", "days": -2}]


def test_upstreams_that_must_all_be_on_time_multiply(company: Any) -> None:
    teams = [
        {
            "id": name,
            "throughput": {"samples": [0, 1, 1], "per": "day"},
            "milestones": [{"id": f"m{name}", "remaining": 6, "commitment": "2026-01-16"}],
        }
        for name in "abc"
    ]
    launch = work("launch", 0, "a/ma", "b/mb", "c/mc", commitment="2026-01-16")
    company.configure(*teams, {"id": "l", "milestones": [launch]}, assess={"trials": 10000})

    found = company.json(company.today())

    # P(Bin(10, 2/3) >= 6) = 0.78687 for each team.
    for name in ("ma", "mb", "mc"):
        assert found[name]["forecast"]["p_on_time"] == pytest.approx(0.78687, abs=0.02)
    assert found["launch"]["forecast"]["p_on_time"] == pytest.approx(0.78687**3, abs=0.025)
    assert found["launch"]["forecast"]["p50"] > found["ma"]["forecast"]["p50"]


def test_an_open_event_is_not_over_before_today(company: Any) -> None:
    company.on("2026-01-07")
    company.configure(
        {
            "id": "x",
            "milestones": [
                work("now", 0, commitment="2026-01-07"),
                work("yesterday", 0, commitment="2026-01-06"),
            ],
        }
    )

    found = company.json(company.today())

    for name, chance in (("now", 1.0), ("yesterday", 0.0)):
        assert found[name]["forecast"]["p50"] == "2026-01-07"
        assert found[name]["network"]["early_finish"] == "2026-01-07"
        assert found[name]["forecast"]["p_on_time"] == chance
    assert found["yesterday"]["slip"]["forecast_vs_commitment"] == 1
    assert found["yesterday"]["status"] == "red"


def test_dates_of_the_file_that_lie_ahead_have_not_happened(company: Any) -> None:
    company.configure(
        {
            "id": "x",
            "milestones": [
                work("done", 3, finished="2026-01-09"),
                work("begun", 3, started="2026-01-09"),
                work("next", 1, "done"),
            ],
        }
    )

    early = company.json(company.replay("2026-01-05"))
    company.on("2026-01-12")
    later = company.json(company.today())

    assert early["done"]["dates"]["actual"] is None
    assert dates(early, "done") == ("01-05", "01-07")
    assert dates(early, "begun") == ("01-09", "01-13")
    assert dates(early, "next") == ("01-08", "01-08")
    assert later["done"]["dates"]["actual"] == "2026-01-09"
    assert later["begun"]["network"]["early_start"] == "2026-01-09"


def test_programs_may_wait_for_one_another(company: Any) -> None:
    def program(name: str, *milestones: dict[str, Any]) -> dict[str, Any]:
        return {"id": name, "projects": [{"id": "x", "milestones": list(milestones)}]}

    company.configure(
        programs=[
            program("a", work("m", 5, commitment="2026-01-09")),
            program(
                "b",
                work("full", 2, "a/x/m", commitment="2026-01-14"),
                work("short", 1, "full"),
                work("middle", 1, "x/full"),
            ),
        ]
    )

    found = company.today()

    views = company.json(found)
    assert dates(views, "full") == ("01-12", "01-13")
    assert dates(views, "short") == dates(views, "middle") == ("01-14", "01-14")
    assert views["m"]["network"]["commitment_float"] == 0
    assert {(d.upstream, d.cross_project) for d in found.dependencies} == {
        ("a/x/m", True),
        ("b/x/full", False),
    }
