"""Adds to a program what is watched beside its dates: registers, compliance, gates."""

from collections.abc import Mapping
from dataclasses import replace

from slipwatch.config.programs import ProgramSettings

from .controls import read_compliance
from .facts import Facts
from .gates import read_gates
from .lookup import Lookup
from .model import Milestone, Program
from .registers import read_register


def governed(
    program: Program,
    settings: ProgramSettings,
    lookup: Lookup,
    facts: Facts,
    milestones: Mapping[str, Milestone],
) -> Program:
    """Read a program's registers, what it has to show under the law, and its gates."""
    compliance = read_compliance(settings, lookup, milestones)
    controls = {} if compliance is None else {one.id: one for one in compliance.controls}
    protected = frozenset[str]()
    if compliance is not None:
        protected = frozenset(project.id for project in compliance.projects)
    return replace(
        program,
        register=read_register(settings, lookup, facts.exposures.get(program.id, ())),
        compliance=compliance,
        gates=read_gates(settings, lookup, milestones, controls, protected),
    )
