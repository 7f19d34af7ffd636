"""The table of metrics that an assessment is exported as (docs/metrics.md is made from it).

A metric is a record with a pure function from the assessment to its samples. There are series per
milestone, project and dependency; series per item only where the operator asks for them.
"""

from . import (
    benefits,
    dependencies,
    findings,
    governance,
    milestones,
    money,
    people,
    programs,
    projects,
    quality,
    sources,
)
from .metric import Metric

__all__ = ["METRICS", "Metric"]

METRICS: tuple[Metric, ...] = (
    *milestones.METRICS,
    *dependencies.METRICS,
    *findings.METRICS,
    *programs.METRICS,
    *quality.METRICS,
    *projects.METRICS,
    *governance.METRICS,
    *money.METRICS,
    *benefits.METRICS,
    *people.METRICS,
    *sources.METRICS,
)
