"""Who is to do it, and what it is for: points that look beyond dates."""

from dataclasses import replace
from datetime import date

from slipwatch.aggregator.benefits.model import Objective, ProjectAims, Strategy
from slipwatch.aggregator.people.model import Allocation, Person
from slipwatch.aggregator.portfolio.model import DependencyType, Project, Scope, Stream
from slipwatch.aggregator.portfolio.upkeep import Begun, Listed, Upkeep

from .plans import CHAIN, FRIDAY, begun, failing, milestone, point, quality, waits

LEFT = {"tracked": True, "scope": Scope(remaining=3)}


def test_what_is_wanted_soon_or_has_no_team_needs_somebody_to_do_it() -> None:
    upkeep = Upkeep(
        begun=(begun("WEB-1"),),
        coming=30,
        unassigned=Listed(count=25, shown=("jira:WEB-2", "jira:WEB-3")),
    )
    team = Stream(id="core", calendar="default", finished=(date(2025, 12, 1),))

    found = point(
        quality(
            milestone("a", **LEFT, stream="core"),
            milestone("b", **LEFT),
            upkeep=upkeep,
            streams={"core": team},
        ),
        "dcma 10",
    )

    assert failing(found) == {
        "b": "no team that ever finished an item",
        "jira:WEB-2": "wanted soon",
        "jira:WEB-3": "wanted soon",
    }
    assert (found.counted, found.more, found.value) == (33, 23, round(26 / 33, 6))


def test_people_and_teams_who_are_asked_for_too_much_are_no_resources() -> None:
    ana = Person(id="ana", allocations=(Allocation(project="p/web", share=1.5),))
    weekly = Stream(id="core", calendar="default", samples=(1,), samples_per_week=True)
    want = milestone("c", **LEFT, stream="core", duration=None, commitment=date(2026, 1, 11))

    found = point(quality(want, people=(ana,), streams={"core": weekly}), "gao 3")

    assert found.result == "failed"
    assert failing(found) == {
        "person:ana": "150 % of the time is planned for today",
        "p/web": "3 items a week are needed, and 1 are usual",
    }


def test_durations_rest_on_how_many_of_them_are_too_long() -> None:
    found = quality(milestone("a", duration=60))

    assert point(found, "dcma 8").result == point(found, "gao 4").result == "failed"
    assert failing(point(found, "gao 4")) == {"a": "60 working days"}


def test_work_leads_to_a_milestone_and_a_project_to_an_objective() -> None:
    upkeep = Upkeep(begun=(begun("WEB-1"), *(_homeless(number) for number in range(2))))
    goal = Strategy(objectives=(Objective(id="growth", title="Grow"),))
    aimed = Project(id="p/web", title="", program="p", aims=ProjectAims(objectives=("growth",)))

    lost = point(quality(upkeep=upkeep, strategy=goal), "gao 5")
    found = point(quality(strategy=goal, projects=(aimed,)), "gao 5")

    assert [one.why for one in lost.failing] == [
        "2 of its 3 items in work are in no milestone",
        "it serves no objective",
    ]
    assert (found.result, found.counted) == ("passed", 3)
    assert point(quality(), "gao 5").counted == 2


def test_what_trackers_link_and_what_stands_by_its_date_alone_is_told_apart() -> None:
    lifted = waits("c", "b", declared=False, type=DependencyType.PARTIAL)
    alone = milestone("d", plan=FRIDAY)

    found = quality(alone, ties=(CHAIN[0], lifted))

    assert point(found, "dcma 4").says.endswith(
        "; 1 found in trackers are partial, and counted apart"
    )
    assert "; 1 have a date and no logic" in point(found, "dcma 5").says


def _homeless(number: int) -> Begun:
    return replace(begun(f"WEB-{number + 2}"), milestones=())
