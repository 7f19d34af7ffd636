"""From the file and the trackers to what a program can show, as of one day.

Work is tagged with a control by a label that is its id; evidence is a done item that carries the
id and the label for evidence: its page is the artefact, its assignee the reviewer.
"""

from collections.abc import Iterator, Mapping, Sequence

from slipwatch.config.catalogues import controls_of, known_controls
from slipwatch.config.compliance import ComplianceSettings, ControlSettings
from slipwatch.config.programs import ProgramSettings

from ..compliance.model import (
    Agreement,
    Compliance,
    ControlState,
    Evidence,
    PoamItem,
    ProtectedProject,
)
from ..records import Outcome
from .facts import Ref
from .lookup import Lookup
from .model import Milestone

MOST_LINKS = 5


def read_compliance(
    program: ProgramSettings, lookup: Lookup, milestones: Mapping[str, Milestone]
) -> Compliance | None:
    """Read what a program can show; None where the file says nothing that asks for it."""
    settings = program.compliance
    projects = tuple(_projects(program, milestones))
    if settings is None and not projects:
        return None
    settings = settings or ComplianceSettings()
    analysis = settings.risk_analysis
    analysed = lookup.past(analysis.done) if analysis is not None else None
    return Compliance(
        catalogues=settings.catalogues,
        controls=tuple(_controls(program, settings, lookup)),
        poam=tuple(_poam(settings, lookup)),
        conditional_status=lookup.past(settings.conditional_status),
        assessed=lookup.past(settings.assessed),
        affirmed=lookup.past(settings.affirmed),
        risk_analysis=analysed,
        risk_analysis_reference=analysis.reference if analysis is not None and analysed else "",
        agreements=tuple(
            Agreement(
                provider=one.provider,
                kind=one.kind,
                reference=one.reference,
                signed=one.signed,
                expires=one.expires,
            )
            for one in settings.agreements
            if lookup.past(one.signed) is not None
        ),
        projects=projects,
    )


def _projects(
    program: ProgramSettings, milestones: Mapping[str, Milestone]
) -> Iterator[ProtectedProject]:
    for project in program.projects:
        if not project.data:
            continue
        name = f"{program.id}/{project.id}"
        outside = [m for m in milestones.values() if m.project == name and m.external]
        yield ProtectedProject(
            id=name,
            data=project.data,
            providers=tuple(sorted({m.owner or m.id for m in outside})),
        )


def _controls(
    program: ProgramSettings, settings: ComplianceSettings, lookup: Lookup
) -> Iterator[ControlState]:
    written = {control.id: control for control in settings.controls}
    catalogued = [name for one in settings.catalogues for name in controls_of(one)]
    wanted = dict.fromkeys([*catalogued, *written])
    tagged = {name: lookup.labelled(program.id, name) for name in {**known_controls(), **wanted}}
    wanted |= dict.fromkeys(name for name, refs in tagged.items() if refs)
    for name in sorted(wanted):
        yield _control(name, written.get(name), settings, tagged[name], lookup)


def _control(
    name: str,
    written: ControlSettings | None,
    settings: ComplianceSettings,
    tagged: Sequence[Ref],
    lookup: Lookup,
) -> ControlState:
    known = known_controls().get(name)
    label = settings.evidence_label.casefold()
    shows = [ref for ref in tagged if label in map(str.casefold, lookup.item(ref).labels)]
    work = [ref for ref in tagged if ref not in shows]
    done = [ref for ref in work if lookup.item(ref).outcome is Outcome.COMPLETED]
    hands = lookup.assignees(done)
    evidence = [
        Evidence(
            artefact=item.url,
            reviewer=item.assignee,
            own=item.assignee in hands,
            reviewed=lookup.ended(item),
            valid_for=settings.evidence_valid_for,
            origin="tracker",
        )
        for item in map(lookup.item, shows)
        if item.outcome is Outcome.COMPLETED
    ]
    if written is not None and (written.artefact or written.reviewed or written.reviewer):
        evidence.append(
            Evidence(
                artefact=written.artefact,
                reviewer=written.reviewer,
                reviewed=lookup.past(written.reviewed),
                valid_for=settings.evidence_valid_for,
                own=written.reviewer is not None
                and not hands.isdisjoint(lookup.meant_by(written.reviewer)),
            )
        )
    return ControlState(
        id=name,
        title=known.title if known is not None else (written.title if written else ""),
        citation=known.citation if known is not None else "",
        not_applicable=written.not_applicable if written is not None else "",
        tagged=len(work),
        done=len(done),
        implementers=tuple(sorted(hands)),
        evidence=tuple(sorted(evidence, key=_newest_last)),
        links=tuple(url for url in (lookup.item(ref).url for ref in done[:MOST_LINKS]) if url),
    )


def _newest_last(evidence: Evidence) -> tuple[bool, str]:
    return evidence.complete, str(evidence.reviewed or "")


def _poam(settings: ComplianceSettings, lookup: Lookup) -> Iterator[PoamItem]:
    for written in settings.poam:
        if written.from_ is None:
            yield PoamItem(
                control=written.control or "",
                opened=lookup.past(written.opened),
                closed=lookup.past(written.closed),
                owner=written.owner,
            )
            continue
        for ref in lookup.items(written.from_):
            item = lookup.item(ref)
            named = [label for label in item.labels if label in known_controls()]
            yield PoamItem(
                control=named[0] if named else item.key,
                title=item.title,
                opened=lookup.day(item.created_at),
                closed=lookup.ended(item),
                owner=item.assignee,
                url=item.url,
            )
