"""A message to try a channel with."""

from datetime import datetime

from .message import Line, Message


def sample(now: datetime) -> Message:
    """Make up a message that says that it is none."""
    key = f"test-{now:%Y%m%d%H%M%S%f}"
    return Message(
        key=key,
        thread=key,
        title="slipwatch: a test, nothing has happened",
        as_of=now.date(),
        severity="info",
        open=0,
        lines=(
            Line(
                change="new",
                fingerprint="test",
                rule="SCH-001",
                severity="info",
                subject="program/project/milestone",
                title="A milestone",
                since=now.date(),
                message="This is how a finding looks. Nothing has happened.",
                days=3,
                cause="Another milestone costs it 2 working days.",
                hits="It hits a third one by 1 working day.",
                todo="Nothing: somebody tried this channel with slipwatch notify test.",
            ),
        ),
    )
