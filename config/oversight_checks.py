"""What registers, gates and compliance refer to: sources, milestones, controls, one another."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from .catalogues import known_controls
from .nearest import did_you_mean
from .problems import Fault
from .references import resolve_in_program
from .tree import Place, to_plain

REGISTERS = {"risks": "risk", "issues": "issue", "actions": "action", "decisions": "decision"}
CATALOGUED = ("HIPAA-", "CMMC-")
"""How the ids of controls begin that are in a catalogue, or nowhere."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program, and what its parts can refer to."""

    id: str
    place: Place
    sources: Collection[str]
    milestones: Collection[str]
    """Full ids of the listed ones."""
    projects: Mapping[str, bool]
    """By ``program/project``, whether it discovers further milestones when it runs."""
    complete: bool
    """Every program, project and milestone has an id; if not, one of them may be meant."""


def check_oversight(program: Program) -> Iterator[Fault]:
    """Find what is referred to and not there."""
    for register in REGISTERS:
        for entry in program.place.items(register):
            selector = entry.child("from")
            if selector is not None:
                yield from _source(program, selector)
            for place in entry.items("milestones"):
                yield from _milestone(program, place)
    for action in program.place.items("actions"):
        for register in ("risks", "issues"):
            yield from _entry(program, action, register)
    for gate in program.place.items("gates"):
        yield from _gate(program, gate)
    compliance = program.place.child("compliance")
    if compliance is not None:
        yield from _compliance(program, compliance)


def _compliance(program: Program, compliance: Place) -> Iterator[Fault]:
    for selector in compliance.items("scope"):
        yield from _source(program, selector)
    for control in compliance.items("controls"):
        yield from _control(control, "id")
    for item in compliance.items("poam"):
        yield from _control(item, "control")
        from_ = item.child("from")
        if from_ is not None:
            yield from _source(program, from_)


def _gate(program: Program, gate: Place) -> Iterator[Fault]:
    before = gate.child("before")
    if before is not None:
        several = list(gate.items("before"))
        for place in several or [before]:
            yield from _milestone(program, place)
    for place in (gate, *gate.items("needs")):
        approval = place.child("approval")
        if approval is not None:
            yield from _source(program, approval)
    for need in gate.items("needs"):
        milestone = need.child("milestone")
        if milestone is not None:
            yield from _milestone(program, milestone)
        yield from _control(need, "control")


def _source(program: Program, selector: Place) -> Iterator[Fault]:
    place, name = selector.child("source"), selector.text("source")
    if place is None or name is None or name in program.sources:
        return
    yield place.fault(f"unknown source `{name}`{_known(name, program.sources)}")


def _milestone(program: Program, place: Place) -> Iterator[Fault]:
    reference = to_plain(place.node)
    if not isinstance(reference, str):
        return
    try:
        resolve_in_program(reference, program.id, program.milestones)
    except ValueError as error:
        if "unknown" in str(error) and _may_be_discovered(program, reference):
            return
        own = [one for one in program.milestones if one.startswith(f"{program.id}/")]
        near = did_you_mean(reference, [one.removeprefix(f"{program.id}/") for one in own])
        yield place.fault(f"{error}{near}")


def _may_be_discovered(program: Program, reference: str) -> bool:
    if not program.complete:
        return True
    parts = reference.split("/")
    if len(parts) == 1:
        own = f"{program.id}/"
        return any(found for name, found in program.projects.items() if name.startswith(own))
    project = "/".join(parts[:-1]) if len(parts) == 3 else f"{program.id}/{parts[0]}"
    return program.projects.get(project, False)


def _entry(program: Program, action: Place, register: str) -> Iterator[Fault]:
    """Check which risk or issue an action is about; those of trackers are not known here."""
    kind = REGISTERS[register]
    place, name = action.child(kind), action.text(kind)
    entries = list(program.place.items(register))
    if place is None or name is None or any(entry.child("from") for entry in entries):
        return
    known = {text for text in (entry.text("id") for entry in entries) if text is not None}
    if name not in known:
        yield place.fault(f"unknown {kind} `{name}`{_known(name, known)}")


def _control(parent: Place, key: str) -> Iterator[Fault]:
    place, name = parent.child(key), parent.text(key)
    if place is None or name is None or not name.startswith(CATALOGUED):
        return
    if name not in known_controls():
        yield place.fault(
            f"no catalogue has a control `{name}`{did_you_mean(name, known_controls())}"
        )


def _known(name: str, known: Collection[str]) -> str:
    listed = ", ".join(f"`{one}`" for one in sorted(known))
    return did_you_mean(name, known) or (f"; known are {listed}" if known else "; none is defined")
