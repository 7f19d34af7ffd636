"""Milestones that the operator's file has no more, though dates were promised for them."""

from collections.abc import Container, Iterator

from slipwatch.config.settings import SlipwatchSettings

from .facts import Facts
from .model import Withdrawn


def read_withdrawn(
    settings: SlipwatchSettings, facts: Facts, there: Container[str]
) -> Iterator[Withdrawn]:
    """Find them among the programs of the file, by id; a whole program may be over and gone."""
    programs = {program.id for program in settings.programs}
    for name in sorted({*facts.commitments, *facts.declared_baselines}):
        if name in there or name in facts.retired or name.partition("/")[0] not in programs:
            continue
        versions = (one.version for one in facts.versions.get(name, ()))
        yield Withdrawn(
            id=name,
            commitments=tuple(facts.commitments.get(name, ())),
            declared_baselines=tuple(facts.declared_baselines.get(name, ())),
            baselines=tuple(version for version in versions if version is not None),
        )
