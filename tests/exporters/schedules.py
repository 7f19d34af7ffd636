"""How good the schedule of the assessment made by hand is: two checks of each kind."""

from slipwatch.aggregator.quality.views import Failing, PointView, QualityView

SCHEDULE = QualityView(
    passed=1,
    applicable=3,
    points=(
        PointView(
            standard="dcma",
            number=1,
            title="Logic",
            result="passed",
            value=0,
            threshold=0.05,
            counted=3,
            says="0 of 3 milestones hang in the air, 0%; at most 5%",
        ),
        PointView(
            standard="dcma",
            number=2,
            title="Leads",
            result="not_applicable",
            says="links of trackers have neither types nor lags",
        ),
        PointView(
            standard="dcma",
            number=7,
            title="Negative float",
            result="failed",
            value=1,
            threshold=0,
            counted=3,
            says="1 of 3 milestones are too late for a commitment; there should be none",
            failing=(Failing(subject="checkout/web/launch", why="-6 working days"),),
        ),
        PointView(
            standard="dcma",
            number=10,
            title="Resources",
            result="measured",
            value=0.5,
            counted=8,
            says="4 of 8 items in work are assigned to nobody, 50%; there is no bound",
            failing=(Failing(subject="jira:PAY-1"), Failing(subject="jira:PAY-2")),
            more=2,
        ),
        PointView(
            standard="gao",
            number=5,
            title="Trace horizontally and vertically",
            result="failed",
            value=5,
            threshold=0,
            counted=9,
            says="5 of 9 dependencies lead nowhere; there should be none",
            failing=(
                Failing(
                    subject="checkout/payments/gone -> checkout/web/launch",
                    why="it leads nowhere",
                ),
                *(
                    Failing(subject=f"jira:PAY-{number}", why="waits for OPS-9, unknown")
                    for number in range(3, 6)
                ),
            ),
            more=1,
        ),
        PointView(
            standard="gao",
            number=10,
            title="Maintain a baseline",
            result="unknown",
            says="nobody knows",
        ),
    ),
)
