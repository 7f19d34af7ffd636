"""From the file and the trackers to a program's gates, as of one day."""

from collections.abc import Mapping
from datetime import date

from slipwatch.config.gates import (
    EvidenceSettings,
    GateSettings,
    NeedSettings,
    TrackerIssueSettings,
)
from slipwatch.config.programs import ProgramSettings

from ..compliance.model import ControlState
from ..gates.model import Criterion, Gate, State
from ..records import Outcome
from .approvals import Approval, read_approval
from .facts import Ref
from .lookup import Lookup
from .model import Milestone


def read_gates(
    program: ProgramSettings,
    lookup: Lookup,
    milestones: Mapping[str, Milestone],
    controls: Mapping[str, ControlState],
    protected: frozenset[str],
) -> tuple[Gate, ...]:
    """Read the gates of a program; ``protected`` are its projects that work on protected data."""
    reader = _Reader(program.id, lookup, milestones, controls, protected)
    return tuple(reader.gate(gate) for gate in sorted(program.gates, key=lambda gate: gate.id))


class _Reader:
    def __init__(
        self,
        program: str,
        lookup: Lookup,
        milestones: Mapping[str, Milestone],
        controls: Mapping[str, ControlState],
        protected: frozenset[str],
    ) -> None:
        self._program = program
        self._lookup = lookup
        self._milestones = milestones
        self._controls = controls
        self._protected = protected

    def gate(self, gate: GateSettings) -> Gate:
        said = None if gate.approval is None else read_approval(gate.approval, self._lookup)
        state, by, decided = self._decided(gate, said)
        before = self._lookup.resolve(self._program, gate.before)
        raised = None if said is None else self._lookup.day(said.item.created_at)
        implementers = self._implementers(gate, said)
        return Gate(
            id=f"{self._program}/gate:{gate.id}",
            title=gate.title or gate.id,
            due=gate.due,
            asked=self._lookup.past(gate.asked or raised or gate.due),
            before=before,
            criteria=tuple(map(self._criterion, gate.needs)),
            state=state,
            by=by,
            decided=decided,
            reference=gate.decision.reference
            if gate.decision is not None and decided == gate.decision.decided
            else "",
            url="" if said is None else said.item.url,
            implementers=tuple(sorted(implementers)),
            conflict=next((one for one in by if self._lookup.meant_by(one) & implementers), None),
            regulated=any(need.control is not None for need in gate.needs)
            or any(one.rpartition("/")[0] in self._protected for one in before),
        )

    def _decided(
        self, gate: GateSettings, said: Approval | None
    ) -> tuple[State, tuple[str, ...], date | None]:
        written = gate.decision
        if written is not None and self._lookup.past(written.decided) is not None:
            return written.state, (written.by,), written.decided
        if said is None:
            return "pending", (), None
        return said.state, said.by, said.decided

    def _criterion(self, need: NeedSettings) -> Criterion:
        if need.milestone is not None:
            return self._milestone(need, need.milestone)
        if need.approval is not None:
            return self._approval(need, need.approval)
        if need.control is not None:
            return self._control(need, need.control)
        assert need.evidence is not None
        found = self._lookup.labelled(self._program, need.evidence.label)
        return self._evidence(need, found, need.evidence.label)

    def _milestone(self, need: NeedSettings, reference: str) -> Criterion:
        found = self._lookup.resolve(self._program, [reference])
        milestone = self._milestones[found[0]] if found else None
        if milestone is None:
            met, detail = None, "there is no such milestone"
        elif milestone.actual is None:
            met, detail = False, "not done"
        else:
            met, detail = True, f"done {milestone.actual}"
        return Criterion(
            kind="milestone",
            what=found[0] if found else reference,
            title=need.title or (milestone.title if milestone is not None else reference),
            met=met,
            detail=detail,
            url=milestone.url if milestone is not None else "",
        )

    def _approval(self, need: NeedSettings, approval: TrackerIssueSettings) -> Criterion:
        said = read_approval(approval, self._lookup)
        return Criterion(
            kind="approval",
            what=approval.issue,
            title=need.title or (said.item.title if said is not None else approval.issue),
            met=None if said is None else said.state == "approved",
            detail="there is no such issue" if said is None else said.detail,
            url="" if said is None else said.item.url,
        )

    def _control(self, need: NeedSettings, control: str) -> Criterion:
        if need.evidence is not None:
            found = self._lookup.labelled(self._program, control, need.evidence.label)
            return self._evidence(need, found, control)
        known = self._controls.get(control)
        shown = None if known is None else known.newest
        met = shown is not None and shown.complete and shown.current(self._lookup.as_of)
        return Criterion(
            kind="control",
            what=control,
            title=need.title or (known.title if known is not None and known.title else control),
            met=met,
            detail=f"evidence of {shown.reviewed}" if shown is not None else "no evidence",
            url=shown.artefact if shown is not None else "",
        )

    def _evidence(self, need: NeedSettings, found: list[Ref], what: str) -> Criterion:
        assert need.evidence is not None
        done = [
            (ended, item)
            for item in map(self._lookup.item, found)
            if item.outcome is Outcome.COMPLETED and (ended := self._lookup.ended(item))
        ]
        last, item = max(done, key=lambda one: one[0], default=(None, None))
        if last is None or item is None:
            met, detail = False, "no evidence"
        else:
            met = self._lookup.as_of - last <= need.evidence.valid_for
            detail = f"evidence of {last}" + ("" if met else ", too old")
        return Criterion(
            kind="control" if need.control is not None else "evidence",
            what=what,
            title=need.title or what,
            met=met,
            detail=detail,
            url=item.url if item is not None else "",
        )

    def _hands(self, control: str, evidence: EvidenceSettings | None) -> set[str]:
        """Name who did the work for a control; what is evidence for it is none."""
        if control in self._controls:
            return {*self._controls[control].implementers}
        tagged = self._lookup.labelled(self._program, control)
        label = (evidence or EvidenceSettings()).label
        shown = {*self._lookup.labelled(self._program, control, label)}
        return self._lookup.assignees(ref for ref in tagged if ref not in shown)

    def _implementers(self, gate: GateSettings, said: Approval | None) -> set[str]:
        """Name who did what the gate asks for: the work of its milestones and its controls.

        Who wrote a pull request did what is approved in it.
        """
        found: set[str] = set() if said is None else {*said.hands}
        for need in gate.needs:
            if need.milestone is not None:
                for milestone in self._lookup.resolve(self._program, [need.milestone]):
                    found |= self._lookup.workers(milestone)
            if need.control is not None:
                found |= self._hands(need.control, need.evidence)
        return found
