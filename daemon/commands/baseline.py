"""baseline: approve a new plan, and look up every one there was."""

from datetime import datetime
from typing import Annotated

import typer

from slipwatch.aggregator.naming import find_id
from slipwatch.aggregator.store import Store
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.exporters.terminal.baselines import baselines_table

from ..baselining import Approval, Rebaseliner, versions
from ..settings import read_settings
from ..stored import present, today
from ..wiring import open_configured_store
from .options import (
    DEFAULT_CONFIG,
    Config,
    LogFormat,
    LogFormatName,
    LogLevel,
    LogLevelName,
    begin,
    refuse,
    show,
)

app = typer.Typer(help="Approved plans: every version of them.", no_args_is_help=True)

Milestone = Annotated[str | None, typer.Argument(help="Its id; the end of it will do when unique.")]

Program = Annotated[str | None, typer.Option("--program", help="All open milestones of a program.")]
Reason = Annotated[str, typer.Option("--reason", help="Why the plan is another one.")]
Approver = Annotated[str, typer.Option("--approver", help="Who approved that.")]
Reference = Annotated[
    str,
    typer.Option("--reference", help="Where that can be looked up, such as a change request."),
]
Finish = Annotated[
    datetime | None,
    typer.Option(
        "--finish",
        formats=["%Y-%m-%d"],
        help="The last day in the new plan; default: the plan date of today.",
    ),
]


@app.command("set")
def set_baseline(
    milestone: Milestone = None,
    program: Program = None,
    reason: Reason = "",
    approver: Approver = "",
    reference: Reference = "",
    finish: Finish = None,
    config: Config = DEFAULT_CONFIG,
    log_level: LogLevel = LogLevelName.WARNING,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """Approve the plan of today as the new baseline of a milestone, or of a program.

    Adds a version; the original and all others are kept for ever. The commitment that the file
    states today counts as approved with it.
    """
    begin(log_level, log_format)
    if (milestone is None) == (program is None):
        refuse("name either a milestone or --program")
    if finish is not None and program is not None:
        refuse("--finish goes with one milestone, not with --program")
    approval = _approval(reason, approver, reference)
    settings = read_settings(config)
    with open_configured_store(settings) as store:
        now = present(store)
        rebaseliner = Rebaseliner(settings, store, now=now)
        wanted = _wanted(rebaseliner, settings, milestone, program)
        rebaseliner.approve(wanted, approval, finish=None if finish is None else finish.date())
        found = [one for each in wanted for one in store.baselines(each)]
        show(baselines_table(versions(settings, found, day=today(settings, now))))


def _approval(reason: str, approver: str, reference: str) -> Approval:
    given = {"--reason": reason, "--approver": approver, "--reference": reference}
    missing = [name for name, text in given.items() if not text.strip()]
    if missing:
        refuse(f"a baseline is not changed without {' and '.join(missing)}")
    return Approval(approver=approver.strip(), reason=reason.strip(), reference=reference.strip())


def _wanted(
    rebaseliner: Rebaseliner,
    settings: SlipwatchSettings,
    milestone: str | None,
    program: str | None,
) -> list[str]:
    """Give the ids of the milestones that get a new baseline."""
    try:
        if milestone is not None:
            return [find_id(milestone, {*rebaseliner.milestones, *rebaseliner.withdrawn})]
        programs = (one.id for one in settings.programs)
        wanted = rebaseliner.open_ones(find_id(program or "", programs, "program"))
    except ValueError as error:
        refuse(str(error))
    if not wanted:
        refuse(f"the program {program} has no open milestones")
    return wanted


@app.command("list")
def list_baselines(
    milestone: Milestone = None,
    config: Config = DEFAULT_CONFIG,
    log_level: LogLevel = LogLevelName.WARNING,
    log_format: LogFormat = LogFormatName.TEXT,
) -> None:
    """List every version of the baselines, with what changed from one to the next."""
    begin(log_level, log_format)
    settings = read_settings(config)
    with open_configured_store(settings) as store:
        found = store.baselines(_stored_id(store, milestone) if milestone is not None else None)
        show(baselines_table(versions(settings, found, day=today(settings, present(store)))))


def _stored_id(store: Store, wanted: str) -> str:
    try:
        return find_id(wanted, {one.milestone for one in store.baselines()}, "baseline of")
    except ValueError as error:
        return refuse(str(error))
