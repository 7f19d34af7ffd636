"""What slipwatch says about the company: amber, then red, with the supplier as the cause."""

from datetime import date
from pathlib import Path

import pytest

from slipwatch.aggregator.assessment import Assessment, MilestoneView
from slipwatch.daemon.feeds import read_feeds
from slipwatch.daemon.pipeline import run_assessment
from slipwatch.daemon.stored import today
from slipwatch.daemon.syncing import sync_once
from slipwatch.daemon.wiring import open_configured_store, read_settings
from slipwatch.demo import Company, DemoServers

LAUNCH = "checkout/web/launch"
SANDBOX = "platform/api/partner-sandbox"


def play(folder: Path, seed: int, days: int) -> list[Assessment]:
    """Sync and assess every morning, as the daemon does."""
    company = Company(date(2026, 3, 5), seed)
    path = folder / "slipwatch.yaml"
    assessments: list[Assessment] = []
    with DemoServers(company.world) as servers:
        for _ in range(days):
            path.write_text(
                company.config(
                    jira_cloud_url=servers.jira_cloud.url,
                    jira_dc_url=servers.jira_dc.url,
                    github_url=servers.github.url,
                    store_url=f"sqlite:///{folder / 'demo.db'}",
                ),
                encoding="utf-8",
            )
            for sheet, text in company.files().items():
                path.with_name(sheet).write_text(text, encoding="utf-8")
            settings = read_settings(path)
            with open_configured_store(settings) as store:
                for name in settings.sources:
                    assert sync_once(settings, store, name, now=company.now).error is None
                read_feeds(settings, store, now=company.now)
                now = company.now()
                ran = run_assessment(
                    settings, store, as_of=today(settings, now), now=now, remember=True
                )
            assessments.append(ran.assessment)
            company.advance_day()
    return assessments


def view(assessment: Assessment, milestone: str) -> MilestoneView:
    found = assessment.milestone(milestone)
    assert found is not None
    return found


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0])
def test_the_launch_turns_amber_then_red_because_of_the_supplier(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    for name, value in Company.environment().items():
        monkeypatch.setenv(name, value)
    days = play(tmp_path, seed, 15)
    colours = [view(day, LAUNCH).status for day in days]
    assert colours[:4] == ["green"] * 4
    assert "amber" in colours
    assert 9 <= colours.index("red") <= 14
    assert colours.index("amber") < colours.index("red")
    gravest = max(view(days[-1], LAUNCH).caused_by, key=lambda cause: cause.but_for)
    assert gravest.milestone == "platform/identity/login-2"

    first = days[0]
    sandbox = view(first, SANDBOX)
    assert sandbox.status == "red"
    assert sandbox.caused_by[0].milestone == "platform/api/security-audit"
    committed = [m for m in first.milestones if m.dates.commitment is not None]
    assert [m.id for m in committed if m.status != "green"] == [SANDBOX]
    crossing = [
        pair
        for dependency in first.dependencies
        for pair in dependency.evidence
        if pair[0].startswith("jira") and pair[1].startswith("github")
    ]
    assert crossing
    assert first.cycles == ()
    chances = [[item.chance for item in day.delays.items] for day in days if day.delays]
    assert len(chances) == len(days)
    assert any(one == 1 for day in chances for one in day)
    assert any(0.2 < one < 1 for one in chances[0])
    tell_of_the_program_office(first, days[-1])
    tell_of_benefits_money_people_and_colours(days[-1])


def tell_of_the_program_office(first: Assessment, last: Assessment) -> None:
    """Look at what the file and the program office's project say of risks, gates and evidence."""
    then, now = (day.programs[0] for day in (first, last))
    assert then.register is not None
    assert now.register is not None
    known, found = ({risk.id for risk in one.register.risks} for one in (then, now) if one.register)
    assert found - known == {"checkout/risk:PMO-8"}
    assert now.register.exposure > then.register.exposure
    assert len(now.register.exposures) == 15
    assert {gate.id: gate.state for gate in then.gates} == {
        "checkout/gate:G1": "approved",
        "checkout/gate:G2": "pending",
    }
    assert [one.met for one in then.gates[1].criteria] == [False, False, True, True]
    assert then.compliance is not None
    assert {one.id: one.state for one in then.compliance.controls if one.state != "missing"} == {
        "CMMC-AC.L1-b.1.i": "shown",
        "CMMC-MP.L1-b.1.vii": "not applicable",
        "CMMC-PE.L1-b.1.viii": "shown",
    }
    subjects = {(one.rule, one.subject) for one in first.findings}
    assert ("RISK-001", "checkout/risk:PMO-2") in subjects
    assert ("CMP-001", "checkout/control:CMMC-SI.L1-b.1.xii") in subjects
    assert ("COM-005", "checkout/decision:D1") in {(o.rule, o.subject) for o in last.findings}


def tell_of_benefits_money_people_and_colours(last: Assessment) -> None:
    """Look at what else a program manager is shown, all of it from what was read and written."""
    checkout, platform = last.programs
    assert [one.measure for one in checkout.benefits] == ["csv", "csv", "manual"]
    (refunds,) = [one for one in checkout.benefits if one.id == "refunds"]
    assert refunds.realisation_ratio is not None
    assert 0.8 < refunds.realisation_ratio < 1.0
    assert checkout.aims is not None
    assert checkout.aims.case.before is not None
    assert checkout.aims.case.after is not None
    assert checkout.aims.case.after.npv < checkout.aims.case.before.npv
    assert last.strategy is not None
    assert 0 < (last.strategy.aligned_work.value or 0) < 1

    # A budget in another currency is rolled up, and no cost at completion is out of all measure.
    for program in (checkout, platform):
        cost = program.cost
        assert cost is not None
        assert cost.bac is not None
        assert cost.eac is not None
        assert 0.5 * cost.bac < cost.eac < 2 * cost.bac
    assert last.people is not None
    assert {one.id for one in last.people.persons if one.peak > 1} == {"ivo"}
    assert checkout.quality is not None
    assert checkout.quality.passed < checkout.quality.applicable
    for program in (checkout, platform):
        assert program.health is not None
        dimensions = {each.dimension: each.status for each in program.health.dimensions}
        assert "grey" not in dimensions.values()
        assert program.health.status == "red"
    subjects = {(one.rule, one.subject) for one in last.findings}
    assert {("GOV-005", "platform/api"), ("RES-001", "person:ivo")} <= subjects
