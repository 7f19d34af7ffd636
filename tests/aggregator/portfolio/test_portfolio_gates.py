"""Gates and controls: criteria, approvals and evidence, from the file and from trackers."""

from datetime import date
from typing import Any

import pytest

from slipwatch.aggregator.compliance.model import Compliance
from slipwatch.aggregator.gates.model import Gate
from slipwatch.aggregator.records import Outcome
from slipwatch.config.catalogues import catalogue, controls_of, known_controls

from .conftest import TODAY, Trackers

CONTROL = "CMMC-AC.L2-3.1.1"
PAYMENTS: dict[str, Any] = {
    "id": "x",
    "scope": [{"source": "jira", "project": "PAY"}],
    "milestones": [
        {"id": "ga", "from": [{"source": "jira", "project": "PAY", "version": "2.0"}]},
        {"id": "next", "duration": "5wd"},
    ],
}


def gate(trackers: Trackers, *, as_of: date = TODAY, **given: Any) -> Gate:
    """Build the one gate of a program."""
    program = {"gates": [{"id": "G1", **given}]}
    (found,) = trackers.build(PAYMENTS, as_of=as_of, program=program).portfolio.programs[0].gates
    return found


def compliance(trackers: Trackers, *projects: dict[str, Any], **given: Any) -> Compliance | None:
    """Build what a program has to show."""
    built = trackers.build(*(projects or (PAYMENTS,)), program={"compliance": given or None})
    return built.portfolio.programs[0].compliance


def test_an_issue_decides_a_gate_by_how_it_ends(trackers: Trackers) -> None:
    trackers.item("PAY-1")
    trackers.done("PAY-2", day=date(2026, 1, 2), assignee="dana")
    trackers.done("PAY-3", day=date(2026, 1, 2), outcome=Outcome.DROPPED)

    states = {
        key: (found.state, found.by, found.decided)
        for key in ("PAY-1", "PAY-2", "PAY-3", "PAY-9")
        for found in [gate(trackers, approval={"issue": key})]
    }

    assert states == {
        "PAY-1": ("pending", (), None),
        "PAY-2": ("approved", ("dana",), date(2026, 1, 2)),
        "PAY-3": ("rejected", (), date(2026, 1, 2)),
        "PAY-9": ("pending", (), None),
    }


def test_the_file_outweighs_the_issue_from_the_day_of_the_decision_on(trackers: Trackers) -> None:
    trackers.item("PAY-1")
    decision = {"state": "rejected", "by": "dana", "decided": "2026-01-05", "reference": "m-7"}

    now = gate(trackers, approval={"issue": "PAY-1"}, decision=decision)
    before = gate(trackers, as_of=date(2026, 1, 4), decision=decision, asked="2025-12-01")

    assert (now.state, now.by, now.reference) == ("rejected", ("dana",), "m-7")
    assert (before.state, before.asked, before.reference) == ("pending", date(2025, 12, 1), "")


def test_each_criterion_says_whether_it_is_met_and_since_when(trackers: Trackers) -> None:
    trackers.version("2.0", closed=True, closed_on=date(2026, 1, 2))
    trackers.done("PAY-1", "v-2.0", day=date(2026, 1, 2), assignee="ana")
    trackers.done("PAY-2", day=date(2025, 12, 1), assignee="dana", labels=("pen-test",))
    trackers.done("PAY-3", day=date(2024, 12, 1), labels=("evidence", CONTROL))
    trackers.item("PAY-4")

    found = gate(
        trackers,
        needs=[
            {"milestone": "ga"},
            {"milestone": "next", "title": "The next one"},
            {"approval": {"issue": "PAY-2"}},
            {"approval": {"issue": "PAY-4"}},
            {"approval": {"issue": "PAY-9"}},
            {"evidence": {"label": "pen-test"}},
            {"control": CONTROL, "evidence": {"label": "evidence"}},
        ],
        before=["next"],
    )

    assert [(one.what, one.met, one.detail) for one in found.criteria] == [
        ("p/x/ga", True, "done 2026-01-02"),
        ("p/x/next", False, "not done"),
        ("PAY-2", True, "approved 2025-12-01 by dana"),
        ("PAY-4", False, "open"),
        ("PAY-9", None, "there is no such issue"),
        ("pen-test", True, "evidence of 2025-12-01"),
        (CONTROL, False, "evidence of 2024-12-01, too old"),
    ]
    assert (found.before, found.regulated, found.implementers) == (("p/x/next",), True, ("ana",))


def test_a_gate_before_work_on_protected_data_is_regulated(trackers: Trackers) -> None:
    trackers.version("2.0")
    program = {"gates": [{"id": "G1", "before": "ga"}]}

    for data, regulated in (([], False), (["cui"], True)):
        built = trackers.build({**PAYMENTS, "data": data}, program=program)
        assert built.portfolio.programs[0].gates[0].regulated is regulated


def test_a_program_that_says_nothing_of_the_law_has_nothing_to_show(trackers: Trackers) -> None:
    assert compliance(trackers) is None


def test_labels_tag_work_with_controls_and_evidence_beside_it(trackers: Trackers) -> None:
    trackers.done("PAY-1", day=date(2026, 1, 2), assignee="ana", labels=(CONTROL.lower(),))
    trackers.item("PAY-2", labels=(CONTROL,))
    trackers.done("PAY-3", day=date(2026, 1, 3), assignee="dana", labels=(CONTROL, "Evidence"))
    trackers.item("PAY-4", labels=(CONTROL, "evidence"))

    found = compliance(trackers, catalogues=["cmmc-1"])

    assert found is not None
    by_id = {control.id: control for control in found.controls}
    assert set(by_id) == {*controls_of("cmmc-1"), CONTROL}
    control = by_id[CONTROL]
    assert (control.tagged, control.done, control.implementers) == (2, 1, ("ana",))
    assert control.title == "Authorized Access Control"
    (evidence,) = control.evidence
    assert (evidence.reviewer, evidence.reviewed) == ("dana", date(2026, 1, 3))
    assert evidence.artefact == "https://tracker.example/PAY-3"


def test_the_file_shows_what_no_tracker_does(trackers: Trackers) -> None:
    project = {
        **PAYMENTS,
        "data": ["ephi"],
        "milestones": [{"id": "bank", "external": True, "owner": "acme-bank"}],
    }
    trackers.item("PAY-7", labels=("poam", CONTROL), assignee="ana")

    found = compliance(
        trackers,
        project,
        controls=[
            {"id": "ACME-1", "title": "Four eyes", "artefact": "https://w/1", "reviewer": "dana"},
            {"id": CONTROL, "not_applicable": "no such system"},
        ],
        poam=[
            {"control": CONTROL, "closed": "2026-02-01"},
            {"from": {"source": "jira", "project": "PAY", "labels": ["poam"]}},
        ],
        risk_analysis={"done": "2026-02-01", "reference": "SEC-12"},
    )

    assert found is not None
    own, other = found.controls
    assert (own.title, own.evidence[0].missing) == ("Four eyes", ("day",))
    assert other.not_applicable == "no such system"
    assert [(one.control, one.owner, one.closed) for one in found.poam] == [
        (CONTROL, None, None),
        (CONTROL, "ana", None),
    ]
    assert (found.risk_analysis, found.risk_analysis_reference) == (None, "")
    assert found.projects[0].providers == ("acme-bank",)


@pytest.mark.parametrize(
    ("catalogue", "count", "control", "title", "citation"),
    [
        (
            "hipaa-security",
            65,
            "HIPAA-164.308(a)(1)(ii)(A)",
            "Risk analysis",
            "45 CFR 164.308(a)(1)(ii)(A)",
        ),
        (
            "cmmc-1",
            15,
            "CMMC-PE.L1-b.1.ix",
            "Manage Visitors & Physical Access",
            "48 CFR 52.204-21(b)(1)(ix)",
        ),
        (
            "cmmc-2",
            110,
            "CMMC-SI.L2-3.14.7",
            "Identify Unauthorized Use",
            "NIST SP 800-171 r2 3.14.7",
        ),
    ],
)
def test_catalogues_hold_the_ids_and_titles_that_the_law_has(
    catalogue: Any, count: int, control: str, title: str, citation: str
) -> None:
    controls = controls_of(catalogue)

    assert len(controls) == count
    assert (controls[control].title, controls[control].citation) == (title, citation)
    assert len({one.citation for one in controls.values()}) == count
    assert known_controls()[control] is controls[control]


@pytest.mark.parametrize(
    ("name", "source", "edition"),
    [
        ("hipaa-security", "45 CFR 164.308 to 164.316", "78 FR 5694"),
        ("cmmc-1", "48 CFR 52.204-21(b)(1)", "version 2.13"),
        ("cmmc-2", "NIST SP 800-171 revision 2", "version 2.13"),
    ],
)
def test_a_catalogue_says_which_text_it_is_taken_from(name: Any, source: str, edition: str) -> None:
    found = catalogue(name)

    assert source in found.source
    assert edition in found.edition


def test_level_2_has_as_many_requirements_of_each_family_as_its_text() -> None:
    families: dict[str, int] = {}
    for control in controls_of("cmmc-2"):
        family = control.removeprefix("CMMC-").partition(".")[0]
        families[family] = families.get(family, 0) + 1

    assert families == {
        "AC": 22, "AT": 3, "AU": 9, "CM": 9, "IA": 11, "IR": 3, "MA": 6,
        "MP": 9, "PS": 2, "PE": 6, "RA": 3, "CA": 4, "SC": 16, "SI": 7,
    }  # fmt: skip
