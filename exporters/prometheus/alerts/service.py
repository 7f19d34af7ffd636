"""Alerts about slipwatch itself: without it, silence means nothing."""

from .model import Alert, Runbook
from .policy import Policy
from .words import looked_up


def alerts(policy: Policy) -> tuple[Alert, ...]:
    """Give the alerts of this family."""
    return (
        _down(policy),
        _source_stale(policy),
        _source_failing(policy),
        _rate_limit_nearly_used_up(policy),
        _assessment_failing(policy),
        _assessment_stale(policy),
        _no_data(policy),
        _notifications_given_up(policy),
        _notifications_failing(policy),
        _report_overdue(policy),
        _config_reload_failed(policy),
    )


def _down(policy: Policy) -> Alert:
    job = policy.selector
    named = job.partition("=")[2].replace("$", "$$")
    return Alert(
        name="SlipwatchDown",
        severity="critical",
        # Of more than a selector, absent() knows no labels; those that are inhibited have one.
        expr=f'label_replace(absent(up{{{job}}} == 1), "job", {named}, "", "")',
        lasts="15m",
        about="service",
        summary="Nothing is watched: slipwatch cannot be reached.",
        description="No slipwatch of the job {{ $labels.job }} has answered Prometheus for 15 "
        "minutes. Nothing is watched meanwhile, and no other alert can fire.",
        runbook=Runbook(
            meaning="Prometheus has no target of this job that answers: the process ended, "
            "the address or the way to it changed, or Prometheus does not know it.",
            impact="Alerts that fire stay for some hours (`keep_firing_for`); new ones "
            "cannot begin.",
            diagnosis="1. Does the process run? With exit code 2 the last line of its log "
            "says what to mend.\n"
            "2. Does `/-/healthy` answer on its address?\n"
            "3. What does Prometheus say of the target, under *Status > Targets*?",
            mitigation="- Start it again; its state is in its database, and it is ready at "
            "once.\n"
            "- See [Operations](../operations.md).",
        ),
    )


def _source_stale(policy: Policy) -> Alert:
    job = policy.selector
    return Alert(
        name="SlipwatchSourceStale",
        severity="warning",
        expr="time()\n"
        "- max without (instance, pod) (\n"
        f"  slipwatch_source_last_success_timestamp_seconds{{{job}}}\n"
        ")\n"
        f"> {policy.source_age}",
        lasts="15m",
        keeps="30m",
        about="service",
        summary="A source has not been read for a day.",
        description="The source {{ $labels.source }} was last read without an error on "
        f"{_moment('slipwatch_source_last_success_timestamp_seconds', job)}. Its milestones "
        "are grey.",
        runbook=Runbook(
            meaning="The last sync of the source that ended without an error is "
            f"{policy.source_age // 3600} hours old or older.",
            impact="What is known of its milestones is too old to judge them by: they are "
            "grey, and no alert can fire for them.",
            diagnosis="1. The log of slipwatch names the answer of the tracker.\n"
            "2. `slipwatch sync --source NAME` tries it now, and shows the reason.",
            mitigation="- Renew a token that has expired, then reload.\n"
            "- See [What failures look like](../operations.md#what-failures-look-like).",
        ),
    )


def _source_failing(policy: Policy) -> Alert:
    job = policy.selector
    return Alert(
        name="SlipwatchSourceFailing",
        severity="warning",
        expr=f"max without (instance, pod) (slipwatch_source_up{{{job}}}) == 0",
        lasts="30m",
        keeps="30m",
        about="service",
        summary="A source cannot be read.",
        description="The syncs of the source {{ $labels.source }} have failed for half an "
        "hour. What is shown of it grows old.",
        runbook=Runbook(
            meaning="`slipwatch_source_up` is 0: the last sync failed, the data is stale, or "
            "a census was not believed.",
            impact="Its data is as old as its last good sync. After a day its milestones "
            "turn grey.",
            diagnosis="1. `slipwatch_source_requests_total` by `code`: 401 and 403 are the "
            "token, 429 the rate limit, 5xx the tracker, `error` the network.\n"
            "2. The log says `pull failed`, `source failed` or `census not believed`, and why.",
            mitigation="- It is tried again at every interval; see "
            "[What failures look like](../operations.md#what-failures-look-like).",
        ),
    )


def _rate_limit_nearly_used_up(policy: Policy) -> Alert:
    job = policy.selector
    return Alert(
        name="SlipwatchRateLimitNearlyUsedUp",
        severity="warning",
        expr=f"max without (instance, pod) (slipwatch_source_rate_limit_remaining{{{job}}})\n"
        f"< {policy.requests_left}",
        lasts="15m",
        keeps="15m",
        about="service",
        summary="The rate limit of a source is nearly used up.",
        description="The source {{ $labels.source }} has {{ $value }} requests left before its "
        "rate limit. slipwatch then leaves it alone until the limit is renewed.",
        runbook=Runbook(
            meaning=f"The source said for 15 minutes that fewer than {policy.requests_left} "
            "requests are left.",
            impact="Syncs are put off until the time that the source names. Nothing is lost, "
            "but all of it comes later.",
            diagnosis="1. Do other programs use the same account? GitHub counts by account.\n"
            "2. Is it the first sync of much history? Then it passes.",
            mitigation="- Give slipwatch an account or an app of its own.\n"
            "- Sync the source less often (`every`), and let webhooks bring what is new.",
        ),
    )


def _assessment_failing(policy: Policy) -> Alert:
    job = policy.selector
    return Alert(
        name="SlipwatchAssessmentFailing",
        severity="warning",
        expr="max without (instance, pod) (\n"
        f"  increase(slipwatch_assessment_failures_total{{{job}}}[1h])\n"
        ")\n"
        f">= {policy.assessment_failures}",
        lasts="5m",
        keeps="30m",
        about="service",
        summary="Assessments fail.",
        description=f"Assessments have failed {policy.assessment_failures} times or more "
        "within an hour. The last one that worked stays on show.",
        runbook=Runbook(
            meaning="Assessments end with an error: the database is full, locked or gone, or "
            "slipwatch has a bug.",
            impact="Figures and alerts stand still.",
            diagnosis="1. The log has a trace of each.\n2. `slipwatch assess` tries one by hand.",
            mitigation="- Mend the database; nothing needs a restart.\n"
            "- A rule that fails can be left out: `rules: {disable: […]}`.",
        ),
    )


def _assessment_stale(policy: Policy) -> Alert:
    job = policy.selector
    return Alert(
        name="SlipwatchAssessmentStale",
        severity="warning",
        expr="time()\n"
        f"- max without (instance, pod) (slipwatch_assessment_timestamp_seconds{{{job}}})\n"
        f"> {policy.assessment_age}",
        lasts="15m",
        keeps="30m",
        about="service",
        summary="The assessment that is shown is old.",
        description="The last assessment was made on "
        f"{_moment('slipwatch_assessment_timestamp_seconds', job)}. What is shown, and every "
        "alert about a milestone, is as old.",
        runbook=Runbook(
            meaning=f"No assessment has ended for {policy.assessment_age // 3600} hours, "
            "though slipwatch answers.",
            impact="Figures and alerts stand still.",
            diagnosis="1. Does `slipwatch_assessment_failures_total` rise? Then see "
            "[SlipwatchAssessmentFailing](SlipwatchAssessmentFailing.md).\n"
            "2. Is one under way, and slow? See `slipwatch_assessment_duration_seconds`.\n"
            "3. Is `assess.every` longer than the threshold of this alert?",
            mitigation="- Fewer `assess.trials` make it quicker.\n"
            "- Restart slipwatch if nothing else helps, and report it.",
        ),
    )


def _no_data(policy: Policy) -> Alert:
    job = policy.selector
    return Alert(
        name="SlipwatchNoData",
        severity="warning",
        expr=f"max without (instance, pod) (up{{{job}}} == 1)\n"
        f"unless on (job) slipwatch_milestone_info{{{job}}}",
        lasts="1h",
        keeps="30m",
        about="service",
        summary="No milestone is shown: nothing is watched.",
        description="The slipwatch of the job {{ $labels.job }} has answered for an hour "
        "without showing a single milestone. No alert about a milestone can fire.",
        runbook=Runbook(
            meaning="Prometheus reaches slipwatch, but there is no series of "
            "`slipwatch_milestone_info`: nothing was assessed yet, nothing is watched, or "
            "the metric is left out.",
            impact="All alerts about milestones are silent, which looks like all being well.",
            diagnosis="1. Does `/-/ready` answer 200? If not, no assessment has ended yet: "
            "see the log for what the first sync waits for.\n"
            "2. `slipwatch assess` lists the milestones; is it empty?\n"
            "3. Does `metrics` in slipwatch.yaml, or a `metric_relabel_configs` of "
            "Prometheus, leave `slipwatch_milestone_*` out?",
            mitigation="- Mend the source that cannot be read, or what it `discover`s.\n"
            "- Serve the metric, or take the alerts about milestones out of the rules.",
        ),
    )


def _notifications_given_up(policy: Policy) -> Alert:
    job = policy.selector
    return Alert(
        name="SlipwatchNotificationsGivenUp",
        severity="warning",
        expr=f"max without (instance, pod) (slipwatch_notifications_dead{{{job}}}) > 0",
        lasts="5m",
        keeps="15m",
        about="service",
        summary="Notifications were given up.",
        description="{{ $value }} of the notifications for the channel {{ $labels.channel }} "
        "were given up. Nobody is told of what they say unless somebody tries them again.",
        runbook=Runbook(
            meaning="The channel refused messages for good, or did not take them for as long "
            "as they were tried. They are kept as dead letters.",
            impact="Those who are told by this channel have not heard of a change, and will not.",
            diagnosis="`slipwatch notify list` shows each, and the last answer of the channel.",
            mitigation="- Mend the channel, see "
            "[SlipwatchNotificationsFailing](SlipwatchNotificationsFailing.md).\n"
            "- `slipwatch notify retry` tries them again. "
            "See [Delivery](../notifications.md#delivery).",
        ),
    )


def _notifications_failing(policy: Policy) -> Alert:
    job = policy.selector
    return Alert(
        name="SlipwatchNotificationsFailing",
        severity="warning",
        expr="max without (instance, pod) (\n"
        f"  increase(slipwatch_notification_failures_total{{{job}}}[1h])\n"
        ")\n"
        f">= {policy.delivery_failures}",
        lasts="5m",
        keeps="1h",
        about="service",
        summary="Notifications do not get through.",
        description="The channel {{ $labels.channel }} has failed "
        f"{policy.delivery_failures} times or more within an hour. What slipwatch has to say "
        "there waits, and is given up in the end.",
        runbook=Runbook(
            meaning="Attempts to deliver through a channel of slipwatch's own end with an "
            "error, or with no answer.",
            impact="Those who are told by this channel do not hear what changes.",
            diagnosis="1. `slipwatch notify test CHANNEL` tries it now, and shows the answer.\n"
            "2. `slipwatch notify list` shows what waits and what was given up.",
            mitigation="- Renew the token or address of the channel, then reload.\n"
            "- What waits is delivered by itself then; what was given up is tried again by "
            "`slipwatch notify retry`. See [Delivery](../notifications.md#delivery).",
        ),
    )


def _report_overdue(policy: Policy) -> Alert:
    job = policy.selector
    return Alert(
        name="SlipwatchReportOverdue",
        severity="warning",
        expr="time()\n"
        f"- max without (instance, pod) (slipwatch_report_due_timestamp_seconds{{{job}}})\n"
        f"> {policy.report_delay}",
        lasts="15m",
        keeps="30m",
        about="service",
        summary="A status report is overdue.",
        description="The report on {{ $labels.program }} to {{ $labels.audience }} was due "
        f"more than {policy.report_delay // 3600} hours ago, and has not been written.",
        runbook=Runbook(
            meaning="A report that `reports` of the program asks for was not written: charts "
            "could not be drawn, or the PDF could not be printed.",
            impact="Its audience does not hear how the program is doing. It is tried again "
            "with each assessment, on working days.",
            diagnosis="1. The log says `report not written`, and why.\n"
            "2. `slipwatch report --program PROGRAM --format FORMAT` tries it by hand.\n"
            "3. `slipwatch report list` shows what was sent.",
            mitigation="- `format: pdf` needs Chromium where slipwatch runs: install it, or "
            "choose `html`.\n"
            "- See [Reports](../reports.md#sent-when-they-are-due).",
        ),
    )


def _config_reload_failed(policy: Policy) -> Alert:
    job = policy.selector
    return Alert(
        name="SlipwatchConfigReloadFailed",
        severity="warning",
        expr=f"max without (instance, pod) (slipwatch_config_last_reload_successful{{{job}}}) == 0",
        lasts="5m",
        keeps="15m",
        about="service",
        summary="The configuration of slipwatch could not be read again.",
        description="The last reload of slipwatch.yaml failed; the settings from before stay "
        "in force. Commitments and waivers that were changed since do not count yet.",
        runbook=Runbook(
            meaning="slipwatch.yaml was to be read again, and is broken.",
            impact="slipwatch goes on with the old settings. It will not start again with "
            "the file as it is.",
            diagnosis="`slipwatch config check` lists every mistake with line and column; the "
            "log does too.",
            mitigation="Mend the file, then reload (`SIGHUP` or `POST /-/reload`).",
        ),
    )


def _moment(metric: str, job: str) -> str:
    """Write when something was last done: unlike its age, this does not change while it lasts."""
    source = ",source=%q" if "_source_" in metric else ""
    return looked_up(
        f"max({metric}{{{job}{source}}})",
        "$labels.source" if source else "",
        '{{ (. | first | value | toTime).Format "2006-01-02 15:04 MST" }}',
    )
