"""What metrics read off a program's registers, gates and compliance."""

from collections import Counter
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from slipwatch.aggregator.assessment import Assessment
from slipwatch.aggregator.register.views import EntryView

from .samples import Sample, end_of_day

BANDS = ("low", "medium", "high", "critical", "unknown")
GATE_STATES = ("pending", "approved", "rejected")
CONTROL_STATES = ("shown", "stale", "incomplete", "missing", "not applicable")


def exposure(assessment: Assessment) -> Iterator[Sample]:
    """Sum what the open risks of each program come to."""
    for program in assessment.programs:
        if program.register is not None:
            yield (program.id,), program.register.exposure


def risks(assessment: Assessment) -> Iterator[Sample]:
    """Count open risks by band; those that nobody has measured are of unknown severity."""
    for program in assessment.programs:
        if program.register is not None:
            bands: Counter[str] = Counter(
                r.band or "unknown" for r in program.register.risks if r.open
            )
            for band in BANDS:
                yield (program.id, band), float(bands[band])


def entries(assessment: Assessment) -> Iterator[Sample]:
    """Count the open entries of the other registers, and those of them past their due day."""
    for program in assessment.programs:
        register = program.register
        if register is None:
            continue
        kinds: tuple[tuple[str, tuple[EntryView, ...]], ...] = (
            ("issue", register.issues),
            ("action", register.actions),
            ("decision", register.decisions),
        )
        for kind, found in kinds:
            open_ones = [entry for entry in found if entry.open]
            late = sum(entry.overdue > 0 for entry in open_ones)
            yield (program.id, kind, "in time"), float(len(open_ones) - late)
            yield (program.id, kind, "overdue"), float(late)


def gates(assessment: Assessment) -> Iterator[Sample]:
    """Count gates by state."""
    for program in assessment.programs:
        if program.gates:
            states: Counter[str] = Counter(gate.state for gate in program.gates)
            for state in GATE_STATES:
                yield (program.id, state), float(states[state])


def controls(assessment: Assessment) -> Iterator[Sample]:
    """Count controls by what can be shown for them."""
    for program in assessment.programs:
        if program.compliance is not None:
            found = program.compliance.controls
            states: Counter[str] = Counter(control.state for control in found)
            for state in CONTROL_STATES:
                yield (program.id, state), float(states[state])


def poam(assessment: Assessment) -> Iterator[Sample]:
    """Count the open items of plans of action and milestones."""
    for program in assessment.programs:
        if program.compliance is not None:
            yield (program.id,), float(sum(item.open for item in program.compliance.poam))


def poam_clock(assessment: Assessment) -> Iterator[Sample]:
    """Give the days that the clock of the oldest open item has run."""
    for program in assessment.programs:
        if program.compliance is not None:
            open_ones = (one for one in program.compliance.poam if one.open)
            days = [one.days for one in open_ones if one.days is not None]
            if days:
                yield (program.id,), float(max(days))


def evidence_ends(assessment: Assessment) -> Iterator[Sample]:
    """Give the end of the last day on which all evidence that counts today still counts."""
    zone = ZoneInfo(assessment.timezone)
    for program in assessment.programs:
        if program.compliance is not None:
            shown = [one for one in program.compliance.controls if one.state == "shown"]
            ends = [one.review_by for one in shown if one.review_by is not None]
            if ends:
                yield (program.id,), end_of_day(min(ends), zone)


def baselines(assessment: Assessment) -> Iterator[Sample]:
    """Count how often each milestone's baseline was approved anew."""
    for milestone in assessment.milestones:
        approved = [version for version in milestone.baselines if version.approver is not None]
        if approved:
            project = f"{milestone.program}/{milestone.project}"
            yield (milestone.program, project, milestone.id), float(len(approved))
