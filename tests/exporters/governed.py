"""An assessment whose first program has registers, gates, controls and an approved baseline."""

from dataclasses import replace
from datetime import UTC, date, datetime

from msgspec import structs

from slipwatch.aggregator.assessment import Assessment
from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.compliance.gaps import gaps
from slipwatch.aggregator.compliance.model import Compliance, ControlState, Evidence, PoamItem
from slipwatch.aggregator.gates.model import Criterion, Gate
from slipwatch.aggregator.gates.standing import standing
from slipwatch.aggregator.portfolio.versions import BaselineVersion
from slipwatch.aggregator.register.model import (
    Action,
    Bands,
    Decision,
    Issue,
    Register,
    Risk,
)
from slipwatch.aggregator.register.rollup import roll_up

TODAY = date(2026, 11, 23)
LAUNCH = "checkout/web/launch"
CALENDAR = WorkCalendar(range(1, 6))
REGISTER = Register(
    bands=Bands(medium=10_000, high=50_000, critical=250_000),
    risks=(
        Risk(
            id="checkout/risk:R1",
            title="The bank withdraws",
            owner="ana",
            milestones=(LAUNCH,),
            probability=0.3,
            impact=200_000,
            mitigation="a second bank",
        ),
        Risk(id="checkout/risk:R2", title="Nobody knows how much", milestones=(LAUNCH,)),
        Risk(id="checkout/risk:R3", title="Small", probability=0.5, impact=1_000),
        Risk(
            id="checkout/risk:R4",
            title="Over",
            probability=0.9,
            impact=900_000,
            done=date(2026, 11, 2),
        ),
    ),
    issues=(Issue(id="checkout/issue:I1", title="No test data", due=date(2026, 12, 1)),),
    actions=(
        Action(
            id="checkout/action:A1",
            title="Sign with a second bank",
            owner="sam",
            due=date(2026, 11, 16),
            about="checkout/risk:R1",
        ),
    ),
    decisions=(Decision(id="checkout/decision:D1", title="Which bank", raised=date(2026, 11, 2)),),
    steering=True,
    steered=(date(2026, 10, 7), date(2026, 11, 4)),
    minutes="https://wiki.example/minutes/11",
)
GATE = Gate(
    id="checkout/gate:G2",
    title="Launch",
    due=date(2026, 12, 1),
    asked=date(2026, 11, 9),
    before=(LAUNCH,),
    criteria=(
        Criterion(
            kind="milestone",
            what="checkout/payments/api-2.0",
            title="API 2.0",
            met=False,
            detail="not done",
        ),
        Criterion(kind="approval", what="PAY-9", title="PAY-9", met=None, detail="no such issue"),
        Criterion(kind="evidence", what="pen-test", title="pen-test", met=True, detail="evidence"),
    ),
)
COMPLIANCE = Compliance(
    catalogues=("cmmc-1",),
    controls=(
        ControlState(id="CMMC-AC.L1-b.1.i", title="Authorized Access Control", tagged=1, done=1),
        ControlState(
            id="CMMC-SC.L1-b.1.x",
            title="Boundary Protection",
            evidence=(
                Evidence(artefact="https://w/1", reviewer="dana", reviewed=date(2026, 10, 1)),
            ),
        ),
    ),
    poam=(PoamItem(control="CMMC-AC.L2-3.1.12", opened=date(2026, 8, 1)),),
    risk_analysis=date(2026, 2, 1),
    risk_analysis_reference="SEC-12",
)
VERSIONS = tuple(
    BaselineVersion(
        version=number,
        recorded_on=day,
        recorded_at=datetime(day.year, day.month, day.day, tzinfo=UTC),
        finish=finish,
        approver=approver,
        reason="scope doubled" if approver else None,
        reference="CR-17" if approver else None,
    )
    for number, day, finish, approver in (
        (1, date(2026, 9, 1), date(2026, 12, 18), None),
        (2, date(2026, 10, 1), date(2027, 1, 8), "dana"),
    )
)


def governed(assessment: Assessment, *, title: str = "The bank withdraws") -> Assessment:
    """Add all of it; ``title`` is what the gravest risk and the gate are called."""
    first, *rest = assessment.programs
    risk, *risks = REGISTER.risks
    register = replace(REGISTER, risks=(replace(risk, title=title), *risks))
    gate = GATE if title == risk.title else replace(GATE, title=title)
    program = structs.replace(
        first,
        register=roll_up(register, TODAY, CALENDAR),
        gates=(standing(gate, TODAY, CALENDAR, begun=()),),
        compliance=gaps(COMPLIANCE, TODAY),
    )
    milestones = tuple(
        structs.replace(view, baselines=VERSIONS) if view.id == LAUNCH else view
        for view in assessment.milestones
    )
    return structs.replace(assessment, programs=(program, *rest), milestones=milestones)
