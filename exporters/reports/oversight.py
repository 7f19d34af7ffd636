"""What a report says of risks, gates and evidence."""

from collections.abc import Iterable, Iterator

from slipwatch.aggregator.assessment import ProgramView
from slipwatch.aggregator.compliance.views import ComplianceView, ControlView
from slipwatch.aggregator.gates.views import GateView
from slipwatch.aggregator.register.views import EntryView, RegisterView

from ..glance import say_exposure
from ..notifications.describing import clean
from ..terminal.oversight import by_exposure, say_gate, say_risk
from ..wording import say_days
from .model import Topic

MOST = 5
LONGEST = 240
_GAPS = ("missing", "incomplete", "stale")
_WORDS = {
    "missing": "work is done, nothing shows it",
    "incomplete": "its evidence lacks something",
    "stale": "its evidence is out of date",
}


def oversight(program: ProgramView) -> Iterator[Topic]:
    """Give the parts that the program has something to say to."""
    if program.register is not None:
        yield from _register(program.register, say_exposure(program))
    if program.gates:
        yield _topic("Gates", map(say_gate, sorted(program.gates, key=_urgency)))
    if program.compliance is not None:
        yield _compliance(program.compliance)


def _register(register: RegisterView, total: str) -> Iterator[Topic]:
    risks = [risk for risk in by_exposure(register.risks) if risk.open]
    if risks:
        yield _topic("Risks", [total, *map(say_risk, risks)])
    open_ones = [
        (kind, entry)
        for kind, entries in (
            ("Decision", register.decisions),
            ("Issue", register.issues),
            ("Action", register.actions),
        )
        for entry in entries
        if entry.open
    ]
    if open_ones:
        worst = sorted(open_ones, key=lambda one: (-one[1].overdue, -(one[1].age or 0), one[1].id))
        yield _topic(
            "Decisions, issues and actions", (_entry(kind, entry) for kind, entry in worst)
        )
    if register.last_met is not None:
        met = f"The steering committee last met on {register.last_met}."
        minutes = f"Minutes: {register.minutes}"
        yield _topic("Steering", [met, minutes] if register.minutes else [met])


def _entry(kind: str, entry: EntryView) -> str:
    who = f", {entry.owner}" if entry.owner else ", nobody's"
    when = ""
    if entry.overdue:
        when = f", due {entry.due}: {say_days(entry.overdue)} ago"
    elif entry.due is not None:
        when = f", due {entry.due}"
    elif entry.age is not None:
        when = f", open for {say_days(entry.age)}"
    return f"{kind}: {entry.title}{who}{when}."


def _urgency(gate: GateView) -> tuple[bool, str, str]:
    return gate.state == "approved", str(gate.due or ""), gate.id


def _compliance(compliance: ComplianceView) -> Topic:
    counts = [
        f"{one.title}: {one.shown} of {one.controls - one.not_applicable} controls have current "
        "evidence."
        for one in compliance.catalogues
    ]
    gaps = [one for one in compliance.controls if one.state in _GAPS and one.done]
    plan = [f"In the plan of action: {item.control}." for item in compliance.poam if item.open]
    return _topic(
        "Evidence", [*counts, *_analysis(compliance), *map(_gap, gaps), *plan], note=compliance.note
    )


def _analysis(compliance: ComplianceView) -> Iterator[str]:
    """Say when the risks to protected data were analysed, and where that can be looked up."""
    if compliance.risk_analysis is not None:
        where = compliance.risk_analysis_reference
        said = f"Risks to protected data were last analysed on {compliance.risk_analysis}"
        yield f"{said} ({where})." if where else f"{said}."


def _gap(control: ControlView) -> str:
    return f"{control.id} {control.title}: {_WORDS[control.state]}."


def _topic(title: str, lines: Iterable[str], *, note: str = "") -> Topic:
    every = [clean(line, LONGEST) for line in lines]
    return Topic(title=title, lines=tuple(every[:MOST]), more=max(0, len(every) - MOST), note=note)
