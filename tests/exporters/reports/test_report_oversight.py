"""What a report says of risks, gates and evidence."""

from dataclasses import replace

import msgspec
import pytest

from slipwatch.aggregator.benefits.views import BenefitView
from slipwatch.aggregator.communication.views import ReportView
from slipwatch.exporters.reports.compose import compose
from slipwatch.exporters.reports.model import Material
from slipwatch.exporters.reports.render import to_html, to_markdown
from tests.exporters.governed import governed
from tests.exporters.hostile import TITLES


def told(material: Material, title: str = "The bank withdraws") -> Material:
    """Put an assessment with all of it into the material."""
    return replace(material, assessment=governed(material.assessment, title=title))


def test_a_program_that_keeps_none_of_it_has_no_such_part(material: Material) -> None:
    assert compose(material).topics == ()


def test_risks_gates_and_evidence_are_told_the_worst_first(material: Material) -> None:
    text = to_markdown(compose(told(material)), version="1")

    parts = text[text.index("## Risks") : text.index("## Findings")].splitlines()
    assert [line for line in parts if line] == [
        "## Risks",
        "- 3 open, an exposure of 60,500 EUR, 1 not measured.",
        (
            "- The bank withdraws (checkout/risk:R1) is high, 30 % of 200,000: an exposure of "
            "60,000; owner ana; mitigate: a second bank."
        ),
        "- Small (checkout/risk:R3) is low, 50 % of 1,000: an exposure of 500; nobody owns it.",
        (
            "- Nobody knows how much (checkout/risk:R2): its probability or its impact is not "
            "known; nobody owns it."
        ),
        "## Decisions, issues and actions",
        "- Action: Sign with a second bank, sam, due 2026-11-16: 5 working days ago.",
        "- Decision: Which bank, nobody's, open for 15 working days.",
        "- Issue: No test data, nobody's, due 2026-12-01.",
        "## Steering",
        "- The steering committee last met on 2026-11-04.",
        r"- Minutes: https\://wiki.example/minutes/11",
        "## Gates",
        (
            "- Launch (checkout/gate:G2) is not decided, its day is 2026-12-01, asked 10 working "
            "days ago."
        ),
        "## Evidence",
        "- CMMC Level 1: 1 of 2 controls have current evidence.",
        "- Risks to protected data were last analysed on 2026-02-01 (SEC-12).",
        "- CMMC-AC.L1-b.1.i Authorized Access Control: work is done, nothing shows it.",
        "- In the plan of action: CMMC-AC.L2-3.1.12.",
        (
            "slipwatch shows which evidence is missing. It certifies nothing: where it shows no "
            "gap, that is no proof of compliance."
        ),
    ]


def test_what_waits_for_a_decision_is_asked_for_on_the_first_page(material: Material) -> None:
    decisions = compose(told(material)).decisions

    assert decisions[1:4] == (
        "Which bank: open for 15 working days.",
        "The gate Launch: asked 10 working days ago; not met: API 2.0 and PAY-9.",
        "SCH-005 for steering is accepted until 2026-11-30 only: accept it again, or mend it?",
    )


def test_a_grave_risk_without_an_owner_asks_for_one(material: Material) -> None:
    assessment = governed(material.assessment)
    (first, *rest) = assessment.programs
    assert first.register is not None
    (risk, *risks) = first.register.risks
    register = msgspec.structs.replace(
        first.register, risks=(msgspec.structs.replace(risk, owner=None), *risks)
    )
    program = msgspec.structs.replace(first, register=register)
    unowned = msgspec.structs.replace(assessment, programs=(program, *rest))

    assert (
        "Who owns The bank withdraws (60,000)?"
        in compose(replace(material, assessment=unowned)).decisions
    )


def test_a_page_begins_with_every_dimension_and_where_the_program_stands(
    material: Material,
) -> None:
    report = compose(told(material))
    page = to_html(report, version="1")

    assert report.health is not None
    assert report.status == report.health.overall
    assert [one.about for one in report.glance] == ["Money", "Benefits", "Risks"]
    begin = page[: page.index("<h2>")]
    for name, status in report.health.colours:
        assert f'<li class="{status}">{name} ' in begin
    for one in report.glance:
        assert one.says in begin


def test_what_delay_defers_is_told_once_whatever_the_currencies(material: Material) -> None:
    (first, *rest) = material.assessment.programs
    views = [
        BenefitView(
            id=currency,
            subject=f"checkout/benefit:{currency}",
            title="Fewer calls",
            kind="benefit",
            cadence="P1M",
            cadence_days=30.4,
            currency=currency,
            deferred_value=amount,
        )
        for currency, amount in (("EUR", 36_740.0), ("USD", 3_332.0))
    ]
    program = msgspec.structs.replace(first, benefits=tuple(views))
    assessment = msgspec.structs.replace(material.assessment, programs=(program, *rest))

    report = compose(replace(material, assessment=assessment))

    (benefits,) = [one.says for one in report.glance if one.about == "Benefits"]
    assert benefits.endswith("; delay defers 36,740 EUR and 3,332 USD.")


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES.keys())
def test_no_title_gets_out_of_its_line(material: Material, title: str) -> None:
    report = compose(told(material, title))

    page = to_html(report, version="1")
    assert "<script" not in page
    assert "<img" not in page
    for line in (line for topic in report.topics for line in topic.lines):
        assert len(line) <= 240
        assert len(line.splitlines()) == 1
    assert msgspec.json.encode(to_markdown(report, version="1"))


def test_a_cadence_is_said_in_words(material: Material) -> None:
    told_to = ReportView(audience="steering", cadence="P2W", last=None, due=None, overdue=True)
    first, *rest = material.assessment.programs
    program = msgspec.structs.replace(first, reports=(told_to,))
    changed = msgspec.structs.replace(material.assessment, programs=(program, *rest))

    health = compose(replace(material, assessment=changed)).health

    assert health is not None
    assert health.told == ("The report to steering (every 2 weeks) is late: none went out yet.",)
