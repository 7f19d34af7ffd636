"""The colour of every dimension: worst of all, with its numbers, never greener than the data."""

from datetime import date
from typing import Any

import pytest
from msgspec import structs

from slipwatch.aggregator.assessment import Assessment, Forecast, ScopeView
from slipwatch.aggregator.benefits.views import BenefitView
from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.health.views import DimensionHealth, Health
from slipwatch.aggregator.judging.health import Evaluable, judge_health
from slipwatch.aggregator.money.views import CostView
from slipwatch.aggregator.portfolio.model import Portfolio
from slipwatch.aggregator.register.model import Bands, Register, Risk
from slipwatch.aggregator.register.rollup import roll_up

from .views import TODAY, assessment, finding, milestone, waits

WEEKDAYS = WorkCalendar(range(1, 6))
EMPTY = Portfolio(as_of=TODAY, timezone="UTC")


def judged(given: Assessment, told: Any = (), untold: Any = ()) -> Assessment:
    return judge_health(EMPTY, given, Evaluable(told=frozenset(told), untold=frozenset(untold)))


def of_program(given: Assessment, **asked: Any) -> Health:
    (program,) = judged(given, **asked).programs
    assert program.health is not None
    return program.health


def dimension(health: Health, name: Any) -> DimensionHealth:
    found = health.dimension(name)
    assert found is not None
    return found


def test_a_program_is_as_bad_as_the_worst_of_its_dimensions() -> None:
    grown = ScopeView(done=5, remaining=8, baseline=10, added=3, removed=0)

    health = of_program(assessment(milestone("a", scope=grown)))

    assert dimension(health, "schedule").status == "green"
    assert dimension(health, "scope").status == "red"
    assert health.status == "red"
    assert health.reasons == (
        "scope is red: 30 % more than the 10 items of the baseline: 3 added, 0 removed",
    )


@pytest.mark.parametrize(
    ("added", "removed", "status"),
    [(0, 0, "green"), (9, 0, "green"), (10, 0, "amber"), (29, 0, "amber"), (30, 0, "red"),
     (40, 31, "green"), (0, 50, "green")],
)  # fmt: skip
def test_scope_is_judged_by_its_growth(added: int, removed: int, status: str) -> None:
    scope = ScopeView(done=50, remaining=50, baseline=100, added=added, removed=removed)

    found = dimension(of_program(assessment(milestone("a", scope=scope))), "scope")

    assert found.status == status
    assert found.reasons[0].value == pytest.approx((added - removed) / 100)


@pytest.mark.parametrize(
    ("eac", "status"),
    [(90.0, "green"), (109.9, "green"), (110.0, "amber"), (130.0, "red"), (None, "grey")],
)
def test_cost_is_judged_by_the_estimate_at_completion(eac: float | None, status: str) -> None:
    given = assessment(milestone("a"))
    (program,) = given.programs
    costly = structs.replace(program, cost=CostView(currency="EUR", bac=100.0, eac=eac))

    health = of_program(structs.replace(given, programs=(costly,)))

    assert dimension(health, "cost").status == status


@pytest.mark.parametrize(
    ("ac", "ev", "tcpi", "status"),
    [
        (60.0, 56.0, 1.1, "green"),
        (60.0, 55.99, 1.1003, "amber"),
        (100.0, 95.0, None, "amber"),
        (104.0, 100.0, None, "green"),
        (None, None, None, "green"),
    ],
    ids=["at the bound", "above it", "used up", "all done", "not known"],
)
def test_cost_is_amber_where_the_rest_would_have_to_earn_too_much(
    ac: float | None, ev: float | None, tcpi: float | None, status: str
) -> None:
    given = assessment(milestone("a"))
    (program,) = given.programs
    money = CostView(currency="EUR", bac=100.0, eac=105.0, ac=ac, ev=ev, tcpi_bac=tcpi)
    costly = structs.replace(program, cost=money)

    found = dimension(of_program(structs.replace(given, programs=(costly,))), "cost")

    assert found.status == status
    if status == "amber":
        assert (found.reasons[0].value, found.reasons[0].threshold) == (tcpi, 1.1)


def benefit(name: str = "B1", ratio: float | None = None, **given: Any) -> BenefitView:
    """Give a benefit that has begun long ago."""
    values: dict[str, Any] = {
        "id": name,
        "subject": f"p/benefit:{name}",
        "title": f"Faster {name}",
        "kind": "benefit",
        "start": date(2025, 6, 2),
        "cadence": "P1M",
        "cadence_days": 30.44,
        "realisation_ratio": ratio,
    }
    return BenefitView(**(values | given))


def of_benefits(*views: BenefitView, **given: Any) -> DimensionHealth:
    told = {("BEN-004", "p"), ("BEN-001", "p")}
    whole = assessment(milestone("a"), **given)
    program = structs.replace(whole.programs[0], benefits=views)
    return dimension(of_program(structs.replace(whole, programs=(program,)), told=told), "benefits")


@pytest.mark.parametrize(
    ("kind", "ratio", "status", "threshold"),
    [
        ("benefit", 1.3, "green", 0.8),
        ("benefit", 0.8, "green", 0.8),
        ("benefit", 0.7999, "amber", 0.8),
        ("benefit", 0.5, "amber", 0.8),
        ("benefit", 0.4999, "red", 0.5),
        ("benefit", -0.2, "red", 0.5),
        ("benefit", None, "grey", None),
        ("disbenefit", 1.2, "green", 1.2),
        ("disbenefit", 1.2001, "amber", 1.2),
        ("disbenefit", 1.5, "amber", 1.2),
        ("disbenefit", 1.5001, "red", 1.5),
    ],
)
def test_a_benefit_is_judged_by_what_came_of_what_was_due(
    kind: str, ratio: float | None, status: str, threshold: float | None
) -> None:
    found = of_benefits(benefit(ratio=ratio, kind=kind))

    (reason,) = found.reasons
    assert found.status == reason.status == status
    assert (reason.subject, reason.value) == ("p/benefit:B1", ratio)
    assert reason.threshold == (None if threshold is None else pytest.approx(threshold))


def test_benefits_are_as_bad_as_the_worst_of_them() -> None:
    found = of_benefits(benefit("B1", 0.9), benefit("B2", 0.4), benefit("B3"), benefit("B4", 0.6))

    assert found.status == "red"
    assert [reason.subject[-2:] for reason in found.reasons] == ["B2", "B4", "B3", "B1"]
    assert found.reasons[0].text == "Faster B2: 40 % of the change that was due has come"


@pytest.mark.parametrize(("start", "status"), [("2025-12-06", "green"), ("2025-12-05", "red")])
def test_a_benefit_is_judged_from_one_cadence_after_its_start_on(start: str, status: str) -> None:
    assert of_benefits(benefit(ratio=0.1, start=date.fromisoformat(start))).status == status


def test_what_slips_do_to_benefits_that_are_not_due_yet_colours_them() -> None:
    """Ratios tell of the past only."""
    early = benefit(start=date(2026, 6, 1))
    slipped = finding("BEN-004", "high", "p/benefit:B1")

    assert of_benefits(early).status == "green"
    assert of_benefits(early, findings=[slipped]).status == "amber"


def risk(number: int, **given: Any) -> Risk:
    """Give an open high risk with an owner about the one milestone, unless said otherwise."""
    values: dict[str, Any] = {
        "id": f"p/risk:R{number}",
        "title": f"Risk {number}",
        "owner": "ana",
        "probability": 0.5,
        "impact": 200_000,
        "milestones": ("p/x/a",),
    }
    return Risk(**(values | given))


def of_risks(*risks: Risk, cost: CostView | None = None) -> DimensionHealth:
    """Judge a program by its register alone."""
    bands = Bands(medium=10_000, high=50_000, critical=250_000)
    given = assessment(milestone("a"))
    register = roll_up(Register(bands=bands, risks=risks), TODAY, WEEKDAYS)
    (program,) = given.programs
    program = structs.replace(program, register=register, cost=cost)
    return dimension(of_program(structs.replace(given, programs=(program,))), "risk")


@pytest.mark.parametrize(
    ("risks", "status", "text", "value"),
    [
        ((), "green", "no risk is open", 0),
        ((risk(1),), "green", "1 open risk comes to 100,000: 1 high", 100_000),
        ((risk(1, owner=None),), "amber", "nobody is to make 1 high risk smaller", 1),
        (
            (risk(1, owner=None), risk(2, owner=None, impact=900_000)),
            "red",
            "nobody is to make 2 high or critical risks smaller",
            2,
        ),
        ((risk(1, owner=None, response="accept"),), "green", "1 open risk comes to", 100_000),
        ((risk(1, due=date(2026, 1, 2)),), "amber", "1 review is overdue, 1 of a high", 1),
        (
            (risk(1, impact=2_000, due=date(2026, 1, 2)),),
            "green",
            "1 review is overdue",
            1,
        ),
        ((risk(1), risk(2, impact=None)), "grey", "only 50 % of the open risks are measured", 0.5),
        ((risk(1, done=date(2026, 1, 2), owner=None),), "green", "no risk is open", 0),
    ],
)
def test_risk_is_judged_by_its_register(
    risks: tuple[Risk, ...], status: str, text: str, value: float
) -> None:
    found = of_risks(*risks)

    assert found.status == status
    assert (text, value) in [(one.text[: len(text)], one.value) for one in found.reasons]


def test_an_exposure_that_contingency_does_not_cover_is_amber() -> None:
    budget = CostView(currency="EUR", bac=1_000_000, contingency=100_000, drawn=20_000)

    found = of_risks(risk(1), cost=budget)

    assert (found.status, found.reasons[0].value, found.reasons[0].threshold) == (
        "amber",
        100_000,
        80_000,
    )
    assert of_risks(risk(1, impact=100_000), cost=budget).status == "green"


def test_a_project_has_the_risks_that_point_at_its_milestones() -> None:
    bands = Bands(medium=10_000, high=50_000, critical=250_000)
    given = assessment(milestone("a"), milestone("b", project="y"))
    register = Register(bands=bands, risks=(risk(1, owner=None),))
    (program,) = given.programs
    rolled = roll_up(register, TODAY, WEEKDAYS)
    program = structs.replace(program, register=rolled)

    found = {
        view.id: view.health and view.health.dimension("risk")
        for view in judged(structs.replace(given, programs=(program,))).projects
    }

    about, other = found["p/x"], found["p/y"]
    assert about is not None
    assert (about.status, other) == ("amber", None)


def test_scope_without_a_baseline_is_grey() -> None:
    health = of_program(assessment(milestone("a", scope=ScopeView(done=1, remaining=2))))

    assert dimension(health, "scope").status == "grey"
    assert health.status == "grey"


def test_what_is_kept_nowhere_has_no_colour() -> None:
    health = of_program(assessment(milestone("a")))

    assert [each.dimension for each in health.dimensions] == ["schedule"]
    assert health.status == "green"


def test_every_colour_opens_to_numbers() -> None:
    for status, bound in (("green", 0.85), ("amber", 0.85), ("red", 0.5)):
        found = dimension(of_program(assessment(milestone("a", status))), "schedule")
        (reason,) = found.reasons
        assert found.status == reason.status == status
        assert (reason.subject, reason.threshold) == ("p/x/a", bound)
        assert reason.value is not None


def test_a_commitment_of_which_too_little_can_be_forecast_is_not_green() -> None:
    """Four of five known is enough, three of four is not (DOMAIN.md 3.4)."""
    unknown = milestone("u", commitment=None, forecast=Forecast(method="none"))
    known = [milestone(name, commitment=None) for name in "abc"]

    def found(*before: str) -> DimensionHealth:
        views = [unknown, *(each for each in known if each.title.lower() in before)]
        ties = [waits(each.id.rpartition("/")[2], "launch") for each in views]
        given = assessment(milestone("launch"), *views, dependencies=ties)
        return dimension(of_program(given), "schedule")

    assert (found("a", "b", "c").status, found("a", "b", "c").coverage) == ("green", 0.8)
    assert (found("a", "b").status, found("a", "b").coverage) == ("grey", 0.75)
    assert found("a", "b").reasons[0].value == 0.75


def test_bad_news_stands_whatever_is_unknown() -> None:
    unknown = milestone("u", commitment=None, forecast=Forecast(method="none"))

    given = assessment(milestone("launch", "red"), unknown, dependencies=[waits("u", "launch")])

    assert dimension(of_program(given), "schedule").status == "red"


@pytest.mark.parametrize(
    ("rule", "severity", "name", "status"),
    [
        ("GOV-001", "medium", "governance", "green"),
        ("GOV-001", "high", "governance", "amber"),
        ("CMP-003", "critical", "governance", "red"),
        ("RISK-001", "high", "risk", "amber"),
        ("RES-004", "high", "people", "amber"),
        ("COM-002", "high", "communication", "amber"),
        ("SCH-006", "high", "schedule", "green"),
        ("SCH-006", "critical", "schedule", "red"),
    ],
)
def test_findings_colour_their_dimension(rule: str, severity: str, name: str, status: str) -> None:
    given = assessment(milestone("a"), findings=[finding(rule, severity)])

    found = dimension(of_program(given, told={(rule, "p")}), name)

    assert found.status == status
    if status != "green":
        assert (found.reasons[0].rule, found.reasons[0].value) == (rule, 1.0)


def test_a_waived_finding_colours_nothing() -> None:
    waived = finding("GOV-001", "critical", "p", state="waived")

    given = assessment(milestone("a"), findings=[waived])

    assert of_program(given, told={("GOV-001", "p")}).status == "green"


def test_a_finding_about_a_person_colours_the_projects_it_names() -> None:
    about = finding("RES-001", "high", "person:ana", program="", evidence={"projects": ["p/y"]})
    given = assessment(milestone("a"), milestone("b", project="y"), findings=[about])
    told = {("RES-001", "p"), ("RES-001", "p/x"), ("RES-001", "p/y")}

    found = {view.id: view.health for view in judged(given, told=told).projects}

    assert {id_: health and health.status for id_, health in found.items()} == {
        "p/x": "green",
        "p/y": "amber",
    }


def test_a_dimension_of_which_most_rules_cannot_tell_is_grey() -> None:
    given = assessment(milestone("a"))
    rules = ("GOV-001", "GOV-002", "GOV-005")

    def found(told: int) -> DimensionHealth:
        health = of_program(
            given,
            told={(rule, "p") for rule in rules[:told]},
            untold={(rule, "p") for rule in rules[told:]},
        )
        return dimension(health, "governance")

    assert (found(2).status, found(2).rules_told, found(2).rules_asked) == ("green", 2, 3)
    assert found(1).status == "grey"
    assert found(1).reasons[0].value == pytest.approx(1 / 3, abs=1e-4)


def test_green_needs_every_dimension_of_what_is_committed() -> None:
    untold = {("GOV-001", "p")}

    committed = of_program(assessment(milestone("a")), untold=untold)
    open_ended = of_program(assessment(milestone("a", commitment=None)), untold=untold)

    assert (committed.status, open_ended.status) == ("grey", "green")
    assert committed.reasons[0].startswith("governance is grey: only 0 of its 1 rules can tell")


def test_grey_hides_nothing_that_is_known_bad() -> None:
    given = assessment(milestone("a", "amber"))

    assert of_program(given, untold={("GOV-001", "p")}).status == "amber"


def test_a_program_shows_its_weights_and_no_mean() -> None:
    views = [milestone("a", "red", weight=5.0), milestone("b", weight=3.0), milestone("c")]

    assert of_program(assessment(*views)).distribution == {"green": 4.0, "red": 5.0}


def test_the_portfolio_is_as_bad_as_its_worst_program() -> None:
    whole = judged(assessment(milestone("a", "amber"))).health

    assert whole is not None
    assert (whole.status, whole.distribution) == ("amber", {"amber": 1.0})
    assert whole.reasons == ("p is amber: schedule is amber: A is amber: it is amber",)
    assert dimension(whole, "schedule").reasons[0].text.startswith("p is amber")


def test_what_is_done_is_green() -> None:
    health = of_program(assessment(milestone("a", actual=date(2026, 1, 2))))

    assert (health.status, health.reasons) == ("green", ("schedule is green: all of it is done",))
