"""What slipwatch itself must remember: states, slugs, baselines, assessments, findings."""

from datetime import UTC, date, datetime, timedelta

from slipwatch.aggregator.store import (
    BaselineOrigin,
    ErrorKind,
    FindingLife,
    Store,
    StoredAssessment,
    SyncState,
)

MONDAY = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAYS = [date(2026, 1, 5 + number) for number in range(6)]


def test_a_source_that_fails_keeps_the_time_of_its_last_success(store: Store) -> None:
    store.record_success("jira", at=MONDAY, skipped={"HR": "no permission"})
    store.record_failure(
        "jira",
        at=MONDAY + HOUR,
        error="jira: over the limit \x00",
        kind=ErrorKind.RETRY,
        retry_at=MONDAY + 2 * HOUR,
    )
    assert store.source_states() == {
        "jira": SyncState(
            source="jira",
            last_attempt=MONDAY + HOUR,
            last_success=MONDAY,
            error="jira: over the limit \ufffd",
            error_kind=ErrorKind.RETRY,
            retry_at=MONDAY + 2 * HOUR,
            skipped={"HR": "no permission"},
        )
    }
    store.record_success("jira", at=MONDAY + 3 * HOUR)
    assert store.source_states()["jira"] == SyncState(
        source="jira", last_attempt=MONDAY + 3 * HOUR, last_success=MONDAY + 3 * HOUR
    )


def test_an_attempt_that_says_nothing_leaves_the_verdict(store: Store) -> None:
    store.record_attempt("jira", at=MONDAY)
    assert store.source_states()["jira"].last_success is None
    store.record_failure("jira", at=MONDAY, error="refused", kind=ErrorKind.STOP)
    store.record_attempt("jira", at=MONDAY + HOUR)
    state = store.source_states()["jira"]
    assert (state.error, state.last_attempt) == ("refused", MONDAY + HOUR)


def test_slugs_stay_when_names_change_and_never_collide(store: Store) -> None:
    project = "checkout/payments"
    first = {(project, "jira", "1"): "ga", (project, "github", "1"): "ga"}
    assert store.remember_slugs(first) == {
        (project, "github", "1"): "ga",
        (project, "jira", "1"): "ga-2",
    }
    later = {(project, "jira", "1"): "launch", (project, "jira", "2"): "ga", ("x", "j", "1"): "ga"}
    assert store.remember_slugs(later) == {
        (project, "github", "1"): "ga",
        (project, "jira", "1"): "ga-2",
        (project, "jira", "2"): "ga-3",
        ("x", "j", "1"): "ga",
    }
    assert store.slugs() == store.remember_slugs({})


def test_baselines_are_versions_that_never_change(store: Store) -> None:
    work = {("jira", "10003"), ("github", "7")}
    first = store.add_baseline(
        "checkout/payments/api-ga",
        recorded_at=MONDAY,
        recorded_on=DAYS[0],
        finish=DAYS[4],
        duration=5,
        scope=2,
        items=work,
    )
    assert (first.version, first.items, first.origin) == (
        1,
        frozenset(work),
        BaselineOrigin.RECORDED,
    )
    again = store.add_baseline(
        "checkout/payments/api-ga", recorded_at=MONDAY, recorded_on=DAYS[1], only_first=True
    )
    assert again == first
    second = store.add_baseline(
        "checkout/payments/api-ga",
        recorded_at=MONDAY + HOUR,
        recorded_on=DAYS[1],
        start=DAYS[0],
        finish=DAYS[5],
        origin=BaselineOrigin.APPROVED,
        approver="dana",
        reason="steering, scope doubled",
        reference="CR-17",
        commitment=DAYS[5],
    )
    assert (second.version, second.reference, second.commitment) == (2, "CR-17", DAYS[5])
    assert store.baselines("checkout/payments/api-ga") == [first, second]
    assert store.current_baselines() == {"checkout/payments/api-ga": second}
    assert store.baselines("checkout/payments/other") == []


def test_the_last_assessment_of_a_day_stands(store: Store) -> None:
    for hours, (day, body) in enumerate([(DAYS[0], b"one"), (DAYS[1], b"two"), (DAYS[1], b"2")]):
        store.save_assessment(day, body, generated_at=MONDAY + hours * HOUR, seed=hours)
    latest = StoredAssessment(day=DAYS[1], generated_at=MONDAY + 2 * HOUR, seed=2, body=b"2")
    assert store.assessment() == latest
    assert store.assessment(DAYS[1]) == latest
    assert store.assessment(DAYS[2]) is None
    assert store.assessment_by(DAYS[2]) == latest
    assert store.assessment_by(DAYS[0] - timedelta(days=1)) is None
    assert [stored.body for stored in store.assessments()] == [b"one", b"2"]
    assert [stored.day for stored in store.assessments(DAYS[0], DAYS[0])] == [DAYS[0]]
    assert [stored.day for stored in store.assessments(first=DAYS[1])] == [DAYS[1]]


def test_an_empty_store_has_no_assessment(store: Store) -> None:
    assert store.assessment() is None


def test_a_finding_lives_until_it_is_gone_and_then_lives_again(store: Store) -> None:
    assert store.record_findings(DAYS[0], {"a": "low", "b": "high"}) == {
        "a": DAYS[0],
        "b": DAYS[0],
    }
    assert store.record_findings(DAYS[1], {"a": "high"}) == {"a": DAYS[0]}
    assert store.record_findings(DAYS[3], {"a": "high", "b": "low"}) == {
        "a": DAYS[0],
        "b": DAYS[3],
    }
    assert store.findings_life() == [
        FindingLife(fingerprint="a", opened_on=DAYS[0], severity="high"),
        FindingLife(fingerprint="b", opened_on=DAYS[0], severity="high", closed_on=DAYS[1]),
        FindingLife(fingerprint="b", opened_on=DAYS[3], severity="low"),
    ]


def test_a_finding_that_flickers_within_a_day_was_open_throughout(store: Store) -> None:
    store.record_findings(DAYS[0], {"a": "low"})
    store.record_findings(DAYS[1], {})
    assert store.record_findings(DAYS[1], {"a": "low"}) == {"a": DAYS[0]}
    assert store.findings_life("a") == [
        FindingLife(fingerprint="a", opened_on=DAYS[0], severity="low")
    ]
    store.record_findings(DAYS[1], {})
    store.record_findings(DAYS[2], {})
    (life,) = store.findings_life("a")
    assert life.closed_on == DAYS[1]


def test_what_assessments_were_made_of_is_kept_for_a_while(store: Store) -> None:
    for day in DAYS[:4]:
        store.save_portfolio(day, day.isoformat().encode(), keep=timedelta(days=2))
    store.save_portfolio(DAYS[3], b"again", keep=timedelta(days=2))

    assert store.portfolio(DAYS[0], DAYS[5]) == (DAYS[3], b"again")
    assert store.portfolio(DAYS[0], DAYS[2]) == (DAYS[2], b"2026-01-07")
    assert store.portfolio(DAYS[0], DAYS[5], oldest=True) == (DAYS[1], b"2026-01-06")
    assert store.portfolio(DAYS[4], DAYS[5]) is None
