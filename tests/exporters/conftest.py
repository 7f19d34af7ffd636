"""An assessment made by hand: two programs, a slip that travels, something unknown, a done day."""

import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest

from slipwatch.aggregator.assessment import (
    SCHEMA,
    Assessment,
    Cause,
    ChanceMoved,
    Dates,
    DaysMoved,
    DependencyView,
    FindingView,
    Forecast,
    Hit,
    MilestoneView,
    Movement,
    Network,
    ProgramView,
    ProjectView,
    ScopeView,
    Slip,
    SourceView,
)
from slipwatch.aggregator.benefits.views import (
    BenefitView,
    CaseView,
    CloseView,
    EnablerView,
    Indicators,
    Kpi,
    MoneyKpi,
    ObjectiveView,
    Point,
    ProgramAimsView,
    RankedCause,
    Savings,
    StrategyView,
    Worth,
)
from slipwatch.aggregator.delay.views import (
    Delay,
    DelayReason,
    Delays,
    ProjectDelays,
    SprintShortfall,
)
from slipwatch.aggregator.money.views import CostPoint, CostView, EarnedView
from slipwatch.aggregator.portfolio.calibration import Calibration
from slipwatch.aggregator.portfolio.flow import Flow
from slipwatch.exporters.ledger import LedgerLine
from slipwatch.exporters.prometheus.monitor import Monitor
from slipwatch.exporters.prometheus.render import Page, Rendered, page, render
from slipwatch.exporters.web.acknowledging import Acknowledged
from slipwatch.exporters.web.app import ReloadRefusedError
from tests.exporters.colours import coloured
from tests.exporters.hostile import TITLES
from tests.exporters.schedules import SCHEDULE

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
    "--window-size=1280,900",
)
API = MilestoneView(
    id="checkout/payments/api-2.0",
    title="API 2.0",
    program="checkout",
    project="payments",
    url="https://acme.atlassian.net/projects/PAY/versions/10001",
    owner="ana",
    weight=5,
    status="amber",
    reasons=("its own slip of 8 working days hits Launch",),
    dates=Dates(baseline=date(2026, 11, 20), plan=date(2026, 12, 2)),
    forecast=Forecast(
        method="throughput",
        p50=date(2026, 12, 2),
        p85=date(2026, 12, 9),
        p95=date(2026, 12, 14),
        confidence="full",
    ),
    network=Network(
        early_start=date(2026, 11, 3), early_finish=date(2026, 12, 2), critical=True, total_float=0
    ),
    slip=Slip(plan_vs_baseline=8, forecast_vs_baseline=8, moves=3, slips=2, gross=10, net=8),
    scope=ScopeView(done=12, remaining=23, baseline=30, added=5, removed=0),
    hits=(Hit(milestone="checkout/web/launch", days=6),),
)
LAUNCH = MilestoneView(
    id="checkout/web/launch",
    title="Launch",
    program="checkout",
    project="web",
    url="https://github.com/acme/web/milestone/3",
    owner=None,
    weight=10,
    status="red",
    reasons=("the chance to keep 2027-01-15 is 18 %", "waits for API 2.0, which is late"),
    dates=Dates(baseline=date(2027, 1, 8), plan=date(2027, 1, 15), commitment=date(2027, 1, 15)),
    forecast=Forecast(
        method="throughput",
        p50=date(2027, 1, 25),
        p85=date(2027, 2, 4),
        p95=date(2027, 2, 11),
        p_on_time=0.18,
        confidence="full",
    ),
    network=Network(
        early_start=date(2026, 12, 3),
        early_finish=date(2027, 1, 25),
        commitment_float=-6,
        critical=True,
        drivers=("checkout/payments/api-2.0",),
    ),
    slip=Slip(forecast_vs_baseline=11, forecast_vs_commitment=6, moves=1, slips=1, gross=5, net=5),
    scope=ScopeView(done=4, remaining=16),
    caused_by=(Cause(milestone="checkout/payments/api-2.0", but_for=6, shapley=6.0, own_slip=8),),
    movement=Movement(
        since=date(2026, 11, 16),
        p50=DaysMoved(
            before=date(2027, 1, 20),
            after=date(2027, 1, 25),
            total=3,
            pace=-1,
            scope=1,
            upstream=3,
            dates=0,
            calendar=0,
            model=0,
            data=0,
        ),
        p_on_time=ChanceMoved(
            before=0.31,
            after=0.18,
            total=-0.13,
            pace=0.05,
            scope=-0.06,
            upstream=-0.12,
            dates=0,
            calendar=0,
            model=0,
            data=0,
        ),
    ),
)
CONTRACT = MilestoneView(
    id="checkout/payments/bank-contract",
    title="Contract with the bank",
    program="checkout",
    project="payments",
    url="",
    owner="acme-bank",
    weight=1,
    status="green",
    reasons=(),
    dates=Dates(commitment=date(2026, 11, 13), actual=date(2026, 11, 12)),
    forecast=Forecast(method="actual", p50=date(2026, 11, 12)),
    network=Network(early_finish=date(2026, 11, 12)),
    slip=Slip(forecast_vs_commitment=-1),
    scope=ScopeView(),
)
LOGIN = MilestoneView(
    id="platform/identity/login",
    title="Single sign-on",
    program="platform",
    project="identity",
    url="https://jira.acme.example/projects/ID/versions/7",
    owner=None,
    weight=1,
    status="grey",
    reasons=("source plant was last read 2026-11-20 06:00 UTC",),
    dates=Dates(commitment=date(2027, 2, 26)),
    forecast=Forecast(
        method="none",
        lower_bound=date(2026, 12, 7),
        missing_inputs=("platform/identity/login",),
        confidence="none",
    ),
    network=Network(),
    slip=Slip(),
    scope=ScopeView(remaining=3),
)
DELAYS = Delays(
    method="learned",
    cases=420,
    late=130,
    brier=0.11,
    prior_brier=0.16,
    projects=(
        ProjectDelays(project="checkout/payments", dated=12, expected=4.25, likely=3),
        ProjectDelays(project="checkout/web", dated=2, expected=1.4, likely=1),
    ),
    sprints=(
        SprintShortfall(
            sprint="jira:sprint:12",
            title="PAY sprint 12",
            url="https://jira.acme.example/secure/RapidBoard.jspa?rapidView=7",
            milestones=("checkout/payments/api-2.0",),
            due=date(2026, 12, 4),
            past=11,
            open=8,
            expected=3.2,
            points=21,
            expected_points=8.4,
        ),
        SprintShortfall(
            sprint="github:iteration:4",
            title="Iteration 4",
            url="",
            milestones=("checkout/web/launch",),
            due=date(2026, 11, 27),
            past=0,
            open=1,
            expected=0.65,
        ),
    ),
    items=(
        Delay(
            item="github:acme/web#8",
            title="Pay by invoice",
            url="https://github.com/acme/web/issues/8",
            milestones=("checkout/web/launch",),
            due=date(2026, 11, 20),
            chance=1,
        ),
        Delay(
            item="jira:PAY-9",
            title="Refunds",
            url="https://jira.acme.example/browse/PAY-9",
            milestones=("checkout/payments/api-2.0", "checkout/web/launch"),
            due=date(2026, 11, 27),
            chance=0.825,
            reasons=(
                DelayReason(feature="due_moves", value=3, effect=0.21),
                DelayReason(feature="in_work", value=0, effect=0.1),
            ),
        ),
        Delay(
            item="jira:PAY-3",
            title="Refunds by mail",
            url="https://jira.acme.example/browse/PAY-3",
            milestones=("checkout/payments/api-2.0",),
            due=date(2026, 12, 1),
            chance=0.49,
        ),
    ),
)
CHECKOUT_COST = CostView(
    currency="EUR",
    bac=200_000,
    approved_by="dana",
    approved_on=date(2026, 8, 28),
    pv=110_000,
    ev=90_000,
    ac=120_000,
    sv=-20_000,
    cv=-30_000,
    spi=0.8182,
    cpi=0.75,
    eac=266_666.67,
    eac_as_planned=230_000,
    eac_with_delay=299_259.26,
    vac=-66_666.67,
    tcpi_bac=1.375,
    tcpi_eac=0.75,
    spent=0.6,
    complete=0.45,
    contingency=20_000,
    drawn=5_000,
    actuals_until=date(2026, 11, 20),
    burn_per_week=9_500,
    curve=(
        CostPoint(day=date(2026, 8, 31), pv=0, ev=0, ac=0),
        CostPoint(day=date(2026, 10, 12), pv=60_000, ev=55_000, ac=62_500),
        CostPoint(day=date(2026, 11, 23), pv=110_000, ev=90_000, ac=120_000),
        CostPoint(day=date(2027, 1, 31), pv=200_000),
    ),
)
WEB_COST = CostView(
    currency="USD",
    bac=80_000,
    ac=31_000,
    burn_per_week=4_000,
    unknown=("what is earned: no milestone has a baseline with work in it",),
)
"""S19 of scenarios.json, and a project of which less is known."""
PAYMENTS_EARNED = EarnedView(
    planned=0.7,
    earned=0.5,
    start=date(2026, 10, 26),
    finish=date(2026, 12, 6),
    es=3.2,
    at=4,
    pd=6,
    sv_t=-0.8,
    spi_t=0.8,
    ieac_t=7.5,
    expected_finish=date(2026, 12, 17),
    tspi=1.4,
)
"""S13."""
BENEFIT = BenefitView(
    id="B1",
    subject="checkout/benefit:B1",
    title="Faster onboarding",
    kind="benefit",
    objective="growth",
    owner="jane",
    unit="days",
    measure="promql",
    direction="decrease",
    baseline=100.0,
    target=60.0,
    start=date(2026, 7, 1),
    target_date=date(2026, 12, 31),
    cadence="P1M",
    cadence_days=30.44,
    value=88.0,
    read_at=datetime(2026, 10, 1, 9, 0, tzinfo=UTC),
    read_on=date(2026, 10, 1),
    expected=68.3060,
    expected_at_reading=79.8907,
    expected_after_slip=78.1421,
    realisation_ratio=0.5967,
    ratio_after_slip=1.1681,
    enabled_by=(EnablerView(milestone="checkout/web/launch", share=1.0, delay_days=45),),
    shift_days=45.0,
    annual_value=240000.0,
    currency="EUR",
    cost_of_delay_per_day=657.53,
    deferred_value=29589.04,
    failures=2,
    planned=(Point(date(2026, 7, 1), 100.0), Point(date(2026, 12, 31), 60.0)),
    shifted=(Point(date(2026, 8, 15), 100.0), Point(date(2027, 2, 14), 60.0)),
    readings=(Point(date(2026, 9, 1), 95.0), Point(date(2026, 10, 1), 88.0)),
)

BARE = Assessment(
    schema=SCHEMA,
    as_of=date(2026, 11, 23),
    generated_at=datetime(2026, 11, 23, 8, 30, tzinfo=UTC),
    timezone="Europe/Berlin",
    seed=0,
    trials=10_000,
    sources=(
        SourceView(
            name="github",
            status="ok",
            last_success=datetime(2026, 11, 23, 8, 30, tzinfo=UTC),
            items=240,
        ),
        SourceView(
            name="jira",
            status="stale",
            last_success=datetime(2026, 11, 20, 6, 0, tzinfo=UTC),
            items=1200,
            invisible=2,
        ),
        SourceView(name="plan", status="failed"),
    ),
    milestones=(API, CONTRACT, LAUNCH, LOGIN),
    dependencies=(
        DependencyView(
            upstream="checkout/payments/api-2.0",
            downstream="checkout/web/launch",
            type="fs",
            lag="2wd",
            declared=False,
            cross_project=True,
            status="violated",
            slack=-6,
            driving=True,
            evidence=(("jira:PAY-3", "github:acme/web#7"), ("jira:PAY-9", "github:acme/web#8")),
        ),
        DependencyView(
            upstream="checkout/payments/bank-contract",
            downstream="checkout/payments/api-2.0",
            type="ff",
            lag="0wd",
            declared=True,
            cross_project=False,
            status="ok",
            slack=14,
            driving=False,
        ),
    ),
    cycles=(),
    projects=(
        ProjectView(
            id="checkout/payments",
            title="Payments",
            program="checkout",
            lead="ana",
            status="amber",
            flow=Flow(
                todo=20,
                doing=3,
                done=140,
                blocked=1,
                finished_lately=6,
                cycle_p50=4,
                cycle_p85=9,
                aging=1,
                people=4,
                doing_per_person=1.5,
                finished_in_eight_weeks=48,
                key_person_share=0.625,
            ),
            earned=PAYMENTS_EARNED,
        ),
        ProjectView(
            id="checkout/web",
            title="Web",
            program="checkout",
            lead=None,
            status="red",
            cost=WEB_COST,
        ),
        ProjectView(
            id="platform/identity", title="Identity", program="platform", lead=None, status="grey"
        ),
    ),
    programs=(
        ProgramView(
            id="checkout",
            title="Checkout modernisation",
            sponsor="dana",
            manager="sam",
            status="red",
            reasons=("Launch is red",),
            calibration=Calibration(
                as_of=date(2026, 11, 20),
                n=15,
                coverage_p50=0.4,
                coverage_p85=0.6,
                coverage_p95=0.8,
            ),
            quality=SCHEDULE,
            cost=CHECKOUT_COST,
            benefits=(BENEFIT,),
            aims=ProgramAimsView(
                objectives=("growth",),
                indicators=Indicators(
                    benefits_realised={
                        "EUR": Kpi(value=0.5967, numerator=23799.39, denominator=39885.02)
                    },
                    aligned_work=Kpi(value=0.75, numerator=30, denominator=40),
                    aligned_budget=MoneyKpi(
                        value=0.8, numerator=80000, denominator=100000, currency="EUR"
                    ),
                    savings=Savings(currency="EUR", value=-36200.61, planned=-10114.98),
                    kept_baselines=Kpi(value=0.5, numerator=1, denominator=2),
                    kept_commitments=Kpi(value=1.0, numerator=2, denominator=2),
                ),
                case=CaseView(
                    rate=0.08,
                    years=2,
                    currency="EUR",
                    before=Worth(
                        cost=100000,
                        flows=(-100000, 60000, 60000),
                        npv=6995.88,
                        roi=0.2,
                        payback_years=1.6667,
                    ),
                    after=Worth(
                        cost=100000,
                        flows=(-100000, 40000, 60000),
                        npv=-11522.63,
                        roi=0.0,
                        payback_years=2.0,
                    ),
                ),
                causes=(
                    RankedCause(
                        milestone="platform/identity/login", score=80.0, cost={"EUR": 7364.34}
                    ),
                ),
                close=CloseView(day=date(2027, 6, 30), review=date(2027, 9, 15)),
            ),
        ),
        ProgramView(
            id="platform",
            title="Platform",
            sponsor=None,
            manager=None,
            status="grey",
            reasons=("Single sign-on is grey",),
        ),
    ),
    delays=DELAYS,
    strategy=StrategyView(
        objectives=(
            ObjectiveView(
                id="growth", title="Grow online revenue", weight=5, projects=("checkout/web",)
            ),
        ),
        aligned_work=Kpi(value=0.75, numerator=30, denominator=40),
    ),
    findings=(
        FindingView(
            rule="SCH-001",
            severity="high",
            subject="checkout/web/launch",
            program="checkout",
            state="open",
            since=date(2026, 11, 19),
            value=0.18,
            threshold=0.5,
            message="The chance to keep 2027-01-15 is 18 %, less than 50 %.",
            evidence={},
            links=("https://github.com/acme/web/milestone/3",),
            fingerprint="5cbc1b3d9ef01b15",
        ),
        FindingView(
            rule="SCH-005",
            severity="medium",
            subject="checkout/payments/api-2.0",
            program="checkout",
            state="waived",
            since=date(2026, 11, 2),
            value=2,
            threshold=2,
            message="The date was moved later twice.",
            evidence={},
            links=(),
            fingerprint="0d1ffcb3f0ddea11",
        ),
    ),
)

ASSESSMENT = coloured(BARE)

TITLE = '</td><script>document.title="owned"</script>" onmouseover="x" \\ \n\t\x1b[31m\x9b2J\u202e'
"""What somebody could call an issue: markup, quotes, controls, a reordering, half a character."""


@pytest.fixture
def assessment() -> Assessment:
    """Give the assessment made by hand."""
    return ASSESSMENT


@pytest.fixture
def hostile_title() -> str:
    """Give a title that tries every exit."""
    return TITLE + "\ud800" + "x" * 10_000


@pytest.fixture(params=list(TITLES.values()), ids=list(TITLES))
def title(request: pytest.FixtureRequest) -> str:
    """Give one hostile title after the other."""
    text: str = request.param
    return text


@pytest.fixture
def entitle() -> Callable[[str, str], Assessment]:
    """Give a function that writes a text and a URL wherever trackers have a say."""

    def everywhere(text: str, url: str) -> Assessment:
        findings = msgspec.structs.replace(
            ASSESSMENT.findings[0], message=text, links=(url,), subject=f"jira:{text}"
        )
        edge = msgspec.structs.replace(
            ASSESSMENT.dependencies[0], evidence=((f"jira:{text}", f"github:{text}"),)
        )
        entitled = msgspec.structs.replace(
            ASSESSMENT,
            milestones=tuple(
                msgspec.structs.replace(m, title=text, url=url, owner=text, reasons=(text, text))
                for m in ASSESSMENT.milestones
            ),
            programs=tuple(
                msgspec.structs.replace(
                    p,
                    title=text,
                    reasons=(text,),
                    benefits=tuple(
                        msgspec.structs.replace(one, title=text, unit=text, owner=text)
                        for one in p.benefits
                    ),
                )
                for p in ASSESSMENT.programs
            ),
            projects=tuple(msgspec.structs.replace(p, title=text) for p in ASSESSMENT.projects),
            findings=(findings, *ASSESSMENT.findings),
            dependencies=(edge, *ASSESSMENT.dependencies[1:]),
            delays=msgspec.structs.replace(
                DELAYS,
                items=tuple(
                    msgspec.structs.replace(item, title=text, url=url, item=f"jira:{text}")
                    for item in DELAYS.items
                ),
            ),
        )
        return coloured(entitled, text)

    return everywhere


@dataclass
class Board:
    """A board as the service keeps one, with what a test puts on it."""

    version: str = "0.1.0"
    shown: Assessment | None = None
    rendered: Rendered = field(default_factory=Rendered)
    monitor: Monitor = field(default_factory=lambda: Monitor("0.1.0"))
    broken: str = ""
    on_scrape: Callable[[], None] = lambda: None
    reloads: int = 0
    known: dict[str, Acknowledged] = field(default_factory=dict[str, Acknowledged])

    def show(self, assessment: Assessment) -> None:
        """Show an assessment from now on."""
        self.shown, self.rendered = assessment, render(assessment)

    def acknowledged(self) -> Mapping[str, Acknowledged]:
        """Give who knows of which finding."""
        return self.known

    def assessment(self) -> Assessment | None:
        """Give what is shown."""
        return self.shown

    def metrics(self, accept: str, accept_encoding: str = "") -> Page:
        """Give the metrics in the form asked for."""
        self.on_scrape()
        return page(accept, self.monitor.registry, self.rendered, accept_encoding)

    def is_complete(self) -> bool:
        """Say so of any assessment."""
        return self.assessment() is not None

    def ledger(self, milestone: str) -> list[LedgerLine] | None:
        """Know the history of one milestone."""
        if milestone != LAUNCH.id:
            return None
        return [
            LedgerLine(datetime(2026, 6, 1, 9, tzinfo=UTC), date(2027, 1, 8)),
            LedgerLine(datetime(2026, 10, 5, 9, tzinfo=UTC), None),
            LedgerLine(
                datetime(2026, 10, 6, 9, tzinfo=UTC), date(2027, 1, 15), 5, "webhook", "dan"
            ),
        ]

    def reload(self) -> None:
        """Refuse while the file is said to be broken."""
        if self.broken:
            raise ReloadRefusedError(self.broken)
        self.reloads += 1


@pytest.fixture
def board() -> Board:
    """Give a board with nothing on it."""
    return Board()


@pytest.fixture
def browse(tmp_path: Path) -> Callable[..., bytes]:
    """Give a function that opens a page in Chromium and returns what Chromium prints.

    A page must have nothing to complain about at the browser's console.
    """
    binary = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    if binary is None:
        pytest.skip("no browser: apt-get install chromium")

    def run(*arguments: str) -> bytes:
        profile = f"--user-data-dir={tmp_path / 'profile'}"
        done = subprocess.run(
            [binary, *FLAGS, profile, *arguments], check=True, capture_output=True, timeout=120
        )
        complaints = [line for line in done.stderr.splitlines() if b"CONSOLE" in line]
        assert not complaints, complaints
        return done.stdout

    return run
