"""Prints a report: HTML to PDF through a browser without a window."""

import os
import re
import shutil
import subprocess
import tempfile
from datetime import datetime
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--no-pdf-header-footer",
)
PATIENCE = 120.0
_WHEN = re.compile(rb"/(CreationDate|ModDate) \(D:(\d{14})([^)]*)\)")


class PrintingError(Exception):
    """There is no PDF; the message says what to do."""


def to_pdf(html: str, *, at: datetime) -> bytes:
    """Print a page; the document says that it was made ``at`` a time. Raises ``PrintingError``."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise PrintingError(
            "PDF needs Chromium or Chrome on the PATH: install it (apt-get install chromium), "
            "or choose html and print that"
        )
    with tempfile.TemporaryDirectory(prefix="slipwatch-") as name:
        folder = Path(name)
        page, printed = folder / "report.html", folder / "report.pdf"
        page.write_text(html, encoding="utf-8")
        _run(browser, f"--user-data-dir={folder / 'profile'}", f"--print-to-pdf={printed}", page)
        if not printed.is_file():
            raise PrintingError(f"{browser} printed nothing; choose html and print that")
        return _dated(printed.read_bytes(), at)


def _run(browser: str, profile: str, target: str, page: Path) -> None:
    # The sandbox of Chromium does not start for root; the page has no scripts and loads nothing.
    unboxed = ["--no-sandbox"] if os.geteuid() == 0 else []
    try:
        subprocess.run(  # noqa: S603  # a browser of this machine, a page of ours
            [browser, *FLAGS, *unboxed, profile, target, page.as_uri()],
            check=True,
            capture_output=True,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        raise PrintingError(f"{browser} took longer than {PATIENCE:g} seconds") from None
    except (OSError, subprocess.CalledProcessError) as error:
        code = getattr(error, "returncode", None) or error
        raise PrintingError(f"{browser} could not print: {code}") from None


def _dated(pdf: bytes, at: datetime) -> bytes:
    """Put a time of ours, as long as theirs, in place of the moment of printing."""
    stamp = f"{at:%Y%m%d%H%M%S}".encode()
    return _WHEN.sub(lambda found: b"/%b (D:%b%b)" % (found[1], stamp, found[3]), pdf)
