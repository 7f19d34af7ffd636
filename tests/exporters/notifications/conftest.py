"""Receivers, and a message with everything in it."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest

from slipwatch.exporters.notifications.channel import Envelope
from slipwatch.exporters.notifications.message import Line, Message
from tests.receivers import HttpReceiver, MailReceiver

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def message_about(text: str, *, link: str = "https://acme.example/7") -> Message:
    """Write a message whose every text is the given one."""
    return Message(
        key="k2",
        thread="k1",
        title=text,
        as_of=date(2026, 11, 23),
        severity="high",
        open=1,
        more=2,
        page="https://slipwatch.acme.example/#checkout",
        lines=(
            Line(
                change="worse",
                fingerprint="f",
                rule="SCH-001",
                severity="high",
                subject=text,
                title=text,
                since=date(2026, 11, 19),
                message=text,
                days=9,
                days_before=6,
                cause=text,
                hits=text,
                todo=text,
                link=link,
            ),
            Line(
                change="resolved",
                fingerprint="g",
                rule="SCH-003",
                severity="medium",
                subject=text,
                title=text,
                since=date(2026, 11, 2),
                message=text,
            ),
        ),
    )


@pytest.fixture
def compose() -> Callable[..., Message]:
    """Give a function that writes a message whose every text is the given one."""
    return message_about


@pytest.fixture
def message() -> Message:
    """Give a message with everything in it."""
    return message_about("API 2.0 is late.")


@pytest.fixture
def opening() -> Envelope:
    """Give the envelope of a message that begins a conversation."""
    return Envelope(at=AT, now=AT)


@pytest.fixture
def answer(message: Message) -> Envelope:
    """Give the envelope of a message that goes on with one."""
    first = message_about("API 2.0 will be late.")
    return Envelope(
        at=AT,
        now=AT,
        first=Message(
            key="k1",
            thread="k1",
            title=first.title,
            as_of=first.as_of,
            lines=first.lines,
            severity="high",
            open=2,
        ),
        receipt="1764000000.000100",
    )


@pytest.fixture
def http() -> Iterator[HttpReceiver]:
    """Run an HTTP receiver."""
    with HttpReceiver() as running:
        yield running


@pytest.fixture
def mail() -> Iterator[MailReceiver]:
    """Run a mail server."""
    with MailReceiver() as running:
        yield running
