"""Draws the pictures of docs/: the demo on its twelfth day, photographed by Chromium.

make pictures writes them; days and numbers are those of the demo, so that they stay the same until
a page or the demo changes.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from datetime import date, datetime, timedelta
from pathlib import Path

from msgspec.structs import replace
from PIL import Image

from slipwatch.aggregator.store import Said, Store, open_store
from slipwatch.config.notifications import NotificationSettings, SmtpSettings
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.daemon import log
from slipwatch.daemon.deciding import preview_situation
from slipwatch.daemon.feeds import read_feeds
from slipwatch.daemon.pipeline import Outcome, run_assessment
from slipwatch.daemon.reporting import Form, compared_with, write_report
from slipwatch.daemon.settings import read_settings
from slipwatch.daemon.stored import today
from slipwatch.daemon.syncing import sync_once
from slipwatch.demo import Company, DemoServers
from slipwatch.exporters.notifications.channel import Envelope
from slipwatch.exporters.notifications.channels.mail import compose
from slipwatch.exporters.notifications.deciding import decide
from slipwatch.exporters.notifications.message import from_body
from slipwatch.exporters.notifications.routing import rank
from slipwatch.exporters.web.landing import LandingPage

DOCS = Path(__file__).parents[1] / "docs"
START = date(2026, 11, 23)
DAYS = 12
COLOURS = 256
LARGEST = 200_000
"""Bytes of a picture."""

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--hide-scrollbars",
    "--disable-background-networking",
)


def main() -> int:
    """Draw all of them; return the exit code."""
    browser = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    if browser is None:
        sys.stderr.write("pictures need Chromium: apt-get install chromium\n")
        return 2
    log.configure("warning", "text")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pages = play(folder)
        for page, size in pages.items():
            for scheme in ("light", "dark"):
                picture = DOCS / f"{page.stem}-{scheme}.png"
                photograph(browser, page, picture, size, dark=scheme == "dark")
                small = picture.stat().st_size
                sys.stdout.write(f"{picture.name} {small}\n")
                if small > LARGEST:
                    sys.stderr.write(f"{picture} is too large\n")
                    return 1
    return 0


def play(folder: Path) -> dict[Path, tuple[int, int]]:
    """Let the demo's days go by; write its pages as files, with the size of their pictures."""
    company = Company(start=START, seed=0)
    os.environ.update(company.environment())
    file, database = folder / "slipwatch.yaml", f"sqlite:///{folder / 'slipwatch.db'}"
    with DemoServers(company.world) as servers, open_store(database) as store:
        text = config_of(company, servers, database)
        settings, outcome = assess(file, text, store, company)
        for _ in range(DAYS - 1):
            company.advance_day()
            text = config_of(company, servers, database)
            settings, outcome = assess(file, text, store, company)
        return write_pages(folder, settings, store, outcome, company.now())


def config_of(company: Company, servers: DemoServers, database: str) -> str:
    """Write the file of a day."""
    return company.config(
        jira_cloud_url=servers.jira_cloud.url,
        jira_dc_url=servers.jira_dc.url,
        github_url=servers.github.url,
        store_url=database,
    )


def assess(
    file: Path, text: str, store: Store, company: Company
) -> tuple[SlipwatchSettings, Outcome]:
    """Read all sources, and assess."""
    file.write_text(text)
    for name, sheet in company.files().items():
        file.with_name(name).write_text(sheet)
    settings = read_settings(file)
    for source in settings.sources:
        sync_once(settings, store, source, now=company.now)
    read_feeds(settings, store, now=company.now)
    now = company.now()
    day = today(settings, now)
    return settings, run_assessment(settings, store, as_of=day, now=now, remember=True)


def write_pages(
    folder: Path, settings: SlipwatchSettings, store: Store, outcome: Outcome, now: datetime
) -> dict[Path, tuple[int, int]]:
    """Write the landing page, a report and a mail."""
    landing, report = folder / "landing.html", folder / "report.html"
    notification = folder / "notification.html"
    notification.write_text(mail_of(settings, outcome, now))
    landing.write_text(LandingPage("0.1.0").render(outcome.assessment))
    program = settings.programs[0].id
    before = compared_with(store, program, outcome.assessment.as_of)
    written = write_report(settings, store, outcome, program, form=Form.HTML, before=before, at=now)
    report.write_bytes(written.content)
    return {landing: (1280, 1000), report: (900, 1260), notification: (900, 640)}


def mail_of(settings: SlipwatchSettings, outcome: Outcome, now: datetime) -> str:
    """Write what a mail would tell of the gravest matter, if nothing had been told so far."""
    smtp = {"host": "localhost", "sender": "slipwatch@acme.example", "to": ["sam@acme.example"]}
    wanted = NotificationSettings.model_validate(
        {
            "channels": {"mail": {"smtp": smtp}},
            "routes": [{"to": ["mail"], "min_severity": "high"}],
            "settle": "1s",
        }
    ).model_copy(update={"settle": timedelta(0)})
    situation = preview_situation(settings, outcome.assessment, now=now)
    nothing = Said(notices={}, waiting=frozenset())
    messages = [from_body(draft.body) for draft in decide(wanted, situation, nothing).drafts]
    gravest = max(messages, key=lambda message: (rank(message.severity), len(message.lines)))
    page = "https://slipwatch.acme.example"
    linked = replace(gravest, page=f"{page}/#checkout", acknowledge=f"{page}/ack/token")
    html = compose(linked, Envelope(at=now, now=now), SmtpSettings.model_validate(smtp)).get_body(
        ("html",)
    )
    assert html is not None
    return str(html.get_content())


def photograph(
    browser: str, page: Path, picture: Path, size: tuple[int, int], *, dark: bool
) -> None:
    """Open a page and save what is seen."""
    subprocess.run(
        [
            browser,
            *FLAGS,
            f"--user-data-dir={page.parent / 'profile'}",
            f"--blink-settings=preferredColorScheme={0 if dark else 1}",
            f"--window-size={size[0]},{size[1]}",
            f"--screenshot={picture}",
            page.as_uri(),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    # A picture of text needs few colours, and a repository small files.
    with Image.open(picture) as taken:
        few = taken.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE)
    few.save(picture, optimize=True)


if __name__ == "__main__":
    sys.exit(main())
