"""Whose slip it is, and along which milestones it travels, as the alerts say it."""

from collections.abc import Iterable

import msgspec

from slipwatch.aggregator.assessment import Assessment, Cause, DependencyView
from slipwatch.exporters.prometheus.causes import root_causes, slip_paths

API = "checkout/payments/api-2.0"
BANK = "checkout/payments/bank-contract"
LAUNCH = "checkout/web/launch"
LOGIN = "platform/identity/login"


def caused(assessment: Assessment, *causes: Cause) -> Assessment:
    """Let a launch be late for other reasons."""
    return msgspec.structs.replace(
        assessment,
        milestones=tuple(
            msgspec.structs.replace(m, caused_by=causes if m.id == LAUNCH else ())
            for m in assessment.milestones
        ),
    )


def cause(milestone: str, days: int, share: float = 1.0) -> Cause:
    """Blame a milestone."""
    return Cause(milestone=milestone, but_for=days, shapley=share, own_slip=9)


def tied(assessment: Assessment, ties: Iterable[tuple[str, str, bool]]) -> Assessment:
    """Tie milestones together: upstream, downstream, and whether the one drives the other."""
    edge = assessment.dependencies[0]

    def tie(upstream: str, downstream: str, driving: bool) -> DependencyView:
        return msgspec.structs.replace(
            edge, upstream=upstream, downstream=downstream, driving=driving
        )

    return msgspec.structs.replace(assessment, dependencies=tuple(tie(*each) for each in ties))


def paths(assessment: Assessment) -> list[str]:
    """Give the paths alone."""
    return [labels[2] for labels, _ in slip_paths(assessment)]


def test_the_root_cause_is_what_costs_the_most_days(assessment: Assessment) -> None:
    late = caused(assessment, cause(API, 3, 5.0), cause(LOGIN, 6, 1.0), cause(BANK, 0, 9.0))

    assert list(root_causes(late)) == [(("checkout", "checkout/web", LAUNCH, LOGIN), 1.0)]


def test_of_equal_causes_always_the_same_is_named(assessment: Assessment) -> None:
    causes = [cause(LOGIN, 6), cause(API, 6)]

    one, other = caused(assessment, *causes), caused(assessment, *reversed(causes))

    assert list(root_causes(one)) == list(root_causes(other))
    assert [labels[3] for labels, _ in root_causes(one)] == [API]


def test_without_a_costly_cause_there_is_no_root_cause_and_no_path(assessment: Assessment) -> None:
    late = caused(assessment, cause(API, 0), cause(LOGIN, -2))

    assert list(root_causes(late)) == []
    assert list(slip_paths(late)) == []


def test_a_path_goes_by_what_drives_even_if_another_way_is_shorter(assessment: Assessment) -> None:
    late = tied(
        caused(assessment, cause(LOGIN, 6)),
        [(LOGIN, LAUNCH, False), (LOGIN, API, True), (API, LAUNCH, True)],
    )

    assert paths(late) == [f"{LOGIN} → {API} → {LAUNCH}"]


def test_where_nothing_drives_a_path_goes_the_shortest_way(assessment: Assessment) -> None:
    late = tied(
        caused(assessment, cause(LOGIN, 6), cause(API, 2)),
        [(LOGIN, BANK, False), (BANK, API, False), (API, LAUNCH, True), (LOGIN, API, False)],
    )

    assert paths(late) == [f"{API} → {LAUNCH}", f"{LOGIN} → {API} → {LAUNCH}"]


def test_a_circle_and_a_cause_without_a_way_end_the_search(assessment: Assessment) -> None:
    late = tied(
        caused(assessment, cause(LOGIN, 6), cause(LAUNCH, 4)),
        [(API, LAUNCH, True), (LAUNCH, API, True)],
    )

    assert paths(late) == []
