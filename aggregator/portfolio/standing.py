"""What the operator's file said on a past day, as far as ledger and log tell."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from slipwatch.config.people import ReportedSettings
from slipwatch.config.programs import MilestoneSettings
from slipwatch.config.settings import SlipwatchSettings

from ..health.history import REPORTED, ColourChange
from .facts import Facts
from .model import Observation


def as_it_stood(settings: SlipwatchSettings, facts: Facts, as_of: date) -> SlipwatchSettings:
    """Give milestones their dates, and places what people reported, as of the day of ``facts``.

    A date that the ledger never saw is that of today; one that it saw later stands from the
    beginning, for recording begins some day and the promise did not begin with it. What a tracker's
    field says today says nothing of a day before.
    """
    said = _reported(facts.colours, as_of)
    return settings.model_copy(
        update={
            "programs": tuple(
                program.model_copy(
                    update={
                        "reported": _told(program.reported, said.get(program.id)),
                        "projects": tuple(
                            project.model_copy(
                                update={
                                    "reported": _told(
                                        project.reported, said.get(f"{program.id}/{project.id}")
                                    ),
                                    "milestones": tuple(
                                        _stood(one, f"{program.id}/{project.id}/{one.id}", facts)
                                        for one in project.milestones
                                    ),
                                }
                            )
                            for project in program.projects
                        ),
                    }
                )
                for program in settings.programs
            )
        }
    )


def _reported(log: Iterable[ColourChange], day: date) -> Mapping[str, ColourChange]:
    """Find what was last reported of each place by a day."""
    return {one.subject: one for one in log if one.dimension == REPORTED and one.day <= day}


def _told(written: ReportedSettings | None, logged: ColourChange | None) -> ReportedSettings | None:
    if written is None or (logged is None and written.from_ is None):
        return written
    if logged is None or logged.after == "grey":
        return None
    return ReportedSettings(status=logged.after, as_of=logged.day, text=logged.reason)


def _stood(written: MilestoneSettings, milestone: str, facts: Facts) -> MilestoneSettings:
    commitment = _last(facts.commitments.get(milestone, ()), written.commitment)
    promise = _last(facts.promises.get(milestone, ()), written.promise)
    finish = _last(facts.declared_baselines.get(milestone, ()), written.baseline.finish)
    changed: dict[str, Any] = {}
    if commitment != written.commitment:
        changed["commitment"] = commitment
    if promise != written.promise:
        changed["promise"] = promise
    if finish != written.baseline.finish:
        changed["baseline"] = written.baseline.model_copy(update={"finish": finish})
    return written.model_copy(update=changed) if changed else written


def _last(known: Sequence[Observation], today: date | None) -> date | None:
    return known[-1].value if known else today
