"""What the risk dimension is measured by: the register's own numbers (DOMAIN.md 5.4)."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from ..assessment import ProgramView
from ..health.views import HealthReason, worst
from ..percent import percent
from ..register.model import Level
from ..register.views import RiskView
from .measured import COVERED_FROM, Measured, lacking
from .places import Place

_GRAVE = ("critical", "high")
_BANDS: tuple[Level, ...] = ("critical", "high", "medium", "low")


def risk(place: Place, _covered: Mapping[str, float]) -> Measured | None:
    """Judge by high risks that nobody owns, reviews that are overdue, and what they all come to.

    Rules speak of each risk alone; findings of theirs count beside these numbers.
    """
    if place.risks is None or not (place.risks or isinstance(place.view, ProgramView)):
        return None
    if not place.risks:
        return Measured(
            status="green",
            reasons=(HealthReason(status="green", text="no risk is open", value=0.0),),
            coverage=1.0,
            whole=False,
        )
    measured = [one for one in place.risks if one.exposure is not None]
    coverage = round(len(measured) / len(place.risks), 4)
    reasons = [
        *_unowned(place.risks),
        *_overdue(place.risks),
        _size(place, place.risks),
    ]
    if coverage < COVERED_FROM:
        text = f"only {percent(coverage)} of the open risks are measured"
        reasons.append(lacking(text, coverage))
    return Measured(
        status=worst([one.status for one in reasons]),
        reasons=tuple(reasons),
        coverage=coverage,
        whole=False,
    )


def _unowned(risks: Sequence[RiskView]) -> Iterator[HealthReason]:
    found = [
        one
        for one in risks
        if one.band in _GRAVE and one.response != "accept" and not (one.owner or one.helpers)
    ]
    if not found:
        return
    bands = [band for band in ("high", "critical") if band in {one.band for one in found}]
    what = f"{len(found)} {' or '.join(bands)} risk{'' if len(found) == 1 else 's'}"
    yield HealthReason(
        status="red" if "critical" in bands else "amber",
        text=f"nobody is to make {what} smaller",
        subject=found[0].id,
        value=float(len(found)),
        threshold=0.0,
    )


def _overdue(risks: Sequence[RiskView]) -> Iterator[HealthReason]:
    found = sorted(
        (one for one in risks if one.overdue),
        key=lambda one: (one.band not in _GRAVE, -one.overdue, one.id),
    )
    if not found:
        return
    grave = sum(one.band in _GRAVE for one in found)
    text = "1 review is overdue" if len(found) == 1 else f"{len(found)} reviews are overdue"
    yield HealthReason(
        status="amber" if grave else "green",
        text=f"{text}, {grave} of a high or critical risk" if grave else text,
        subject=found[0].id,
        value=float(len(found)),
        threshold=0.0,
    )


def _size(place: Place, risks: Sequence[RiskView]) -> HealthReason:
    """Say what they come to, and hold it against what is left of the contingency, if known."""
    exposure = round(sum(one.exposure for one in risks if one.exposure is not None), 2)
    counts = Counter(one.band for one in risks)
    told = [f"{counts[band]} {band}" for band in _BANDS if counts[band]]
    told += [f"{counts[None]} not measured"] if counts[None] else []
    one = len(risks) == 1
    text = f"{len(risks)} open risk{' comes' if one else 's come'} to {exposure:,.0f}"
    left = _contingency(place)
    over = left is not None and exposure > left
    beside = f"; {left:,.0f} of the contingency are left" if left is not None else ""
    return HealthReason(
        status="amber" if over else "green",
        text=f"{text}: {', '.join(told)}{beside}",
        value=exposure,
        threshold=left,
    )


def _contingency(place: Place) -> float | None:
    cost = place.view.cost
    if cost is None or cost.contingency is None or not isinstance(place.view, ProgramView):
        return None
    return round(max(cost.contingency - (cost.drawn or 0.0), 0.0), 2)
