"""Sends reports when they are due: writes one, freezes it, and lets the channels' couriers take it.

A report and the messages that deliver it are one transaction, and a period has one report for each
audience, so that nothing is lost or sent twice whenever the service dies.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from zoneinfo import ZoneInfo

import structlog

from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.portfolio.calendars import calendars
from slipwatch.aggregator.store import Draft, FrozenReport, NewReport, Store
from slipwatch.config.reports import ReportSettings
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.exporters.notifications.document import Document
from slipwatch.exporters.prometheus.monitor import Monitor
from slipwatch.exporters.reports.charts import DrawingError
from slipwatch.exporters.reports.printing import PrintingError

from .pipeline import Outcome
from .reporting import Form, compared_with, write_report

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """When an audience gets its next report."""

    program: str
    report: ReportSettings
    period: date
    """First day of the time that it stands for."""
    due: datetime
    """When it is due in that time."""
    moment: datetime
    """When it can be sent: later than that where the day has gone by."""


def turns(settings: SlipwatchSettings, store: Store, now: datetime) -> Iterator[Turn]:
    """Yield the next report of each audience; one whose moment has come is due."""
    zone = ZoneInfo(settings.timezone)
    written = [(program.id, report) for program in settings.programs for report in program.reports]
    worked = calendars(settings.calendars, now.astimezone(zone).date()) if written else {}
    for program, report in written:
        last = store.last_report(program, report.audience)
        known = [day for day in (last.period if last else None, report.last_sent) if day]
        yield turn(program, report, worked, now.astimezone(zone), max(known, default=None))


def turn(
    program: str,
    report: ReportSettings,
    worked: Mapping[str, WorkCalendar],
    now: datetime,
    last: date | None,
) -> Turn:
    """Say when a report is due that was sent ``last`` for a time with that day in it.

    That is at its time of day on the first working day of a period. A day that went by while
    slipwatch did not run is made up for on the next working day of the period.
    """
    today = now.date()
    period, following = report.cadence.period(today)
    begin = following if last is not None and last >= period else period

    def at_work(day: date) -> datetime:
        works = worked[report.calendar].up(day.toordinal())
        return datetime.combine(date.fromordinal(works), report.at, tzinfo=now.tzinfo)

    moment = at_work(max(begin, today))
    stands_for = report.cadence.period(moment.date())[0]
    return Turn(
        program=program,
        report=report,
        period=stands_for,
        due=at_work(stands_for),
        moment=moment,
    )


class Dispatcher:
    """Sends the reports of a running service; the thread that assesses calls it."""

    def __init__(self, store: Store, monitor: Monitor) -> None:
        self._store = store
        self._monitor = monitor
        self._shown: SlipwatchSettings | None = None

    def send_due(
        self, settings: SlipwatchSettings, outcome: Outcome, now: datetime
    ) -> datetime | None:
        """Send what is due; return when the next one is. Raises ``StoreError``."""
        if settings is not self._shown:
            self._show_times(settings)
            self._shown = settings
        for one in turns(settings, self._store, now):
            if one.moment <= now:
                self._send(settings, outcome, one, now)
        coming = list(turns(settings, self._store, now))
        for one in coming:
            due = self._monitor.report_due.labels(one.program, one.report.audience)
            due.set(one.due.timestamp())
        return min((one.moment for one in coming), default=None)

    def _send(
        self, settings: SlipwatchSettings, outcome: Outcome, due: Turn, now: datetime
    ) -> None:
        program, audience = due.program, due.report.audience
        day = outcome.assessment.as_of
        try:
            report = write_report(
                settings,
                self._store,
                outcome,
                program,
                form=Form(due.report.format),
                audience=audience,
                before=compared_with(self._store, program, day, audience=audience),
                period=due.period,
                at=now,
            )
        except (DrawingError, PrintingError) as error:
            self._monitor.report_failures.labels(program, audience).inc()
            log.error(  # noqa: TRY400  # the message says all
                "report not written", program=program, audience=audience, error=str(error)
            )
            return
        key = key_of(report)
        drafts = [
            Draft(key=key, channel=channel, thread=key, body={"title": report.title})
            for channel in due.report.to
        ]
        number = self._store.freeze_report(report, drafts)
        if number is not None:
            log.info("report written", program=program, audience=audience, number=number)

    def _show_times(self, settings: SlipwatchSettings) -> None:
        """Set the metrics of all audiences, also of those that never got a report."""
        for program in settings.programs:
            for report in program.reports:
                labels = (program.id, report.audience)
                self._monitor.report_failures.labels(*labels)
                sent = self._last_delivery(*labels)
                if sent is not None:
                    self._monitor.reported_at.labels(*labels).set(sent.timestamp())

    def _last_delivery(self, program: str, audience: str) -> datetime | None:
        kept = self._store.reports(program=program)
        sent = (self._store.delivered_at(key_of(one)) for one in kept if one.audience == audience)
        return next(filter(None, sent), None)


def key_of(report: NewReport) -> str:
    """Name a report, the same each time it is sent."""
    return f"report-{report.program}-{report.audience}-{report.period}"


def document_of(report: FrozenReport, link: str) -> Document:
    """Make of a frozen report what channels bring."""
    text = report.text if report.text is not None else report.content
    html = report.html if report.form == Form.PDF else report.content
    page = (html or b"").decode()
    if report.form == Form.MD:
        page = f"<!doctype html><pre>{escape(text.decode())}</pre>"
    return Document(
        key=key_of(report),
        title=report.title,
        summary=report.summary,
        text=text.decode(),
        html=page,
        link=link,
        pdf=report.content if report.form == Form.PDF else None,
    )
