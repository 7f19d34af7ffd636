"""The score of a schedule: every point, and how many of those that apply are passed."""

from .dcma import dcma
from .gao import gao
from .scheme import Scheme
from .views import QualityView


def score(scheme: Scheme) -> QualityView:
    """Judge every point; the share that is passed counts what passed or failed, and no more."""
    points = tuple(dcma(scheme))
    points += tuple(gao(scheme, points))
    results = [point.result for point in points]
    return QualityView(
        passed=results.count("passed"),
        applicable=results.count("passed") + results.count("failed"),
        points=points,
    )
