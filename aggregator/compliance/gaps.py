"""What a program can show as of the day of an assessment, gap by gap."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date

from slipwatch.config.catalogues import CatalogueName, catalogue, known_controls

from .model import Agreement, Compliance, ControlState, PoamItem
from .views import (
    NOTE,
    CatalogueView,
    ComplianceView,
    ControlView,
    PoamView,
    ProviderView,
    Shown,
)

_NEEDS = {"ephi": "baa", "cui": "flow-down", "fci": "flow-down"}
"""Which agreement work on which data needs: 45 CFR 164.308(b), 32 CFR 170.23."""
_FAMILIES = {"HIPAA-": "hipaa-security", ".L1-": "cmmc-1", ".L2-": "cmmc-2"}


def gaps(compliance: Compliance, as_of: date) -> ComplianceView:
    """Work out what can be shown."""
    controls = tuple(_control(control, as_of) for control in compliance.controls)
    return ComplianceView(
        note=NOTE,
        catalogues=tuple(_catalogues(compliance.catalogues, controls)),
        controls=controls,
        poam=tuple(_poam(item, compliance.conditional_status, as_of) for item in compliance.poam),
        conditional_status=compliance.conditional_status,
        assessed=compliance.assessed,
        affirmed=compliance.affirmed,
        risk_analysis=compliance.risk_analysis,
        risk_analysis_reference=compliance.risk_analysis_reference,
        protected={project.id: project.data for project in compliance.projects},
        providers=tuple(_providers(compliance, as_of)),
    )


def _control(control: ControlState, as_of: date) -> ControlView:
    newest = control.newest
    state: Shown = "missing"
    if control.not_applicable:
        state = "not applicable"
    elif newest is not None:
        current: Shown = "shown" if newest.current(as_of) else "stale"
        state = current if newest.complete else "incomplete"
    reviewer = None if newest is None else newest.reviewer
    return ControlView(
        id=control.id,
        title=control.title,
        citation=control.citation,
        state=state,
        tagged=control.tagged,
        done=control.done,
        artefact="" if newest is None else newest.artefact,
        reviewer=reviewer,
        reviewed=None if newest is None else newest.reviewed,
        review_by=None
        if newest is None or newest.reviewed is None
        else newest.reviewed + newest.valid_for,
        missing=() if newest is None else newest.missing,
        workers=len(control.implementers),
        conflict=reviewer if newest is not None and newest.own else None,
        links=control.links,
    )


def _catalogues(
    names: tuple[CatalogueName, ...], controls: tuple[ControlView, ...]
) -> Iterator[CatalogueView]:
    known = known_controls()
    states: dict[str, Counter[str]] = defaultdict(Counter)
    for control in controls:
        if control.id in known:
            family = next(name for mark, name in _FAMILIES.items() if mark in control.id)
            states[family][control.state] += 1
    for name in names:
        known_as = catalogue(name)
        yield CatalogueView(
            name=name,
            title=known_as.title,
            source=f"{known_as.source} ({known_as.edition})",
            controls=states[name].total(),
            shown=states[name]["shown"],
            not_applicable=states[name]["not applicable"],
        )


def _poam(item: PoamItem, conditional: date | None, as_of: date) -> PoamView:
    since = conditional or item.opened
    return PoamView(
        control=item.control,
        title=item.title,
        open=item.closed is None,
        since=since,
        days=None if since is None else ((item.closed or as_of) - since).days,
        owner=item.owner,
        url=item.url,
    )


def _providers(compliance: Compliance, as_of: date) -> Iterator[ProviderView]:
    projects: dict[str, list[str]] = defaultdict(list)
    data: dict[str, set[str]] = defaultdict(set)
    for project in compliance.projects:
        for provider in project.providers:
            projects[provider].append(project.id)
            data[provider] |= {*project.data}
    for name in sorted(projects):
        needed = sorted({_NEEDS[one] for one in data[name]})
        held = {one.kind for one in compliance.agreements if _holds(one, name, as_of)}
        yield ProviderView(
            name=name,
            data=tuple(sorted(data[name])),
            projects=tuple(projects[name]),
            missing=tuple(kind for kind in ("baa", "flow-down") if kind in {*needed} - held),
        )


def _holds(agreement: Agreement, provider: str, as_of: date) -> bool:
    over = agreement.expires is not None and agreement.expires < as_of
    return agreement.provider == provider and not over
