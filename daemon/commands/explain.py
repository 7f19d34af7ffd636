"""explain: a milestone in sentences."""

from typing import Annotated

import typer

from slipwatch.aggregator.assessment import Assessment, MilestoneView
from slipwatch.aggregator.naming import find_id
from slipwatch.exporters.terminal.explain import explain as explain_text

from .assess import assess_stored
from .options import (
    DEFAULT_CONFIG,
    AsOf,
    Config,
    LogFormat,
    LogFormatName,
    LogLevel,
    LogLevelName,
    begin,
    refuse,
    say,
)


def explain(
    milestone: Annotated[str, typer.Argument(help="Its id; the end of it will do when unique.")],
    config: Config = DEFAULT_CONFIG,
    as_of: AsOf = None,
    log_level: LogLevel = LogLevelName.WARNING,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """Say in sentences what drives a milestone, what each cause is worth, and who is hit."""
    begin(log_level, log_format)
    assessment = assess_stored(config, as_of.date() if as_of is not None else None)
    say(explain_text(assessment, _find_milestone(assessment, milestone)))


def _find_milestone(assessment: Assessment, wanted: str) -> MilestoneView:
    """Find a milestone by its id or the end of it."""
    by_id = {view.id: view for view in assessment.milestones}
    try:
        return by_id[find_id(wanted, by_id)]
    except ValueError as error:
        return refuse(str(error))
