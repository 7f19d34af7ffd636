"""What the operator's file promises, for the ledger of dates."""

from collections.abc import Iterator
from datetime import datetime

from slipwatch.aggregator.judging.log import Before
from slipwatch.aggregator.store.model import DeclaredDate, LedgerField
from slipwatch.aggregator.store.store import Store
from slipwatch.config.settings import SlipwatchSettings


def note_file(
    settings: SlipwatchSettings, store: Store, before: Before | None, *, now: datetime
) -> None:
    """Let the ledger follow what the file promises; what was done ``before`` may leave it."""
    over = {
        one.id: one.dates.actual
        for one in (() if before is None else before.milestones)
        if one.dates.actual is not None
    }
    store.observe_declared(
        _declared_dates(settings),
        observed_at=now,
        whole=(LedgerField.COMMITMENT, LedgerField.BASELINE),
        over=over,
    )


def _declared_dates(settings: SlipwatchSettings) -> Iterator[DeclaredDate]:
    """Give the dates of the file that the ledger follows; None of a milestone that has none."""
    for program in settings.programs:
        for project in program.projects:
            for milestone in project.milestones:
                full_id = f"{program.id}/{project.id}/{milestone.id}"
                for field, value in (
                    (LedgerField.COMMITMENT, milestone.commitment),
                    (LedgerField.BASELINE, milestone.baseline.finish),
                ):
                    yield DeclaredDate(milestone=full_id, field=field, value=value)
                if milestone.promise is not None:
                    yield DeclaredDate(
                        milestone=full_id, field=LedgerField.PROMISE, value=milestone.promise
                    )
