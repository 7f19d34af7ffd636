"""What is watched beside dates: every subject reads its part of a portfolio into the assessment.

A step is pure. It takes the portfolio and the assessment so far, forecasts included, and gives the
assessment with its own views in it: benefits shift with the milestones that enable them, money is
earned by what is done. Rules come later and look at these views.
"""

from collections.abc import Callable

from .accounting import account
from .assessment import Assessment
from .governance import govern
from .indexing import index
from .judging.communication import assess_communication
from .judging.health import measure
from .judging.people import assess_people
from .portfolio.model import Portfolio
from .scoring import score_schedules
from .strategy.oversight import watch_benefits

Step = Callable[[Portfolio, Assessment], Assessment]

STEPS: tuple[Step, ...] = (
    index,
    govern,
    account,
    watch_benefits,
    assess_people,
    score_schedules,
    measure,
    assess_communication,
)
"""In the order in which they build on each other: colours are taken from what is measured before,
and what people report is held against colours."""


def oversee(portfolio: Portfolio, assessment: Assessment) -> Assessment:
    """Add what every subject has to say."""
    for step in STEPS:
        assessment = step(portfolio, assessment)
    return assessment
