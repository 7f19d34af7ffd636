"""The log: text for people, JSON for machines, nothing that a terminal obeys, no variables."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from slipwatch.daemon.log import Format, configure


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root, ours = logging.getLogger(), logging.getLogger("slipwatch")
    before = root.handlers[:], root.level, ours.level
    configured = structlog.get_config()
    yield
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    ours.setLevel(before[2])
    structlog.configure(**configured)


def read(token: str) -> None:
    raise ValueError(f"no title \x1b[2J for a token of {len(token)} letters")


def fail() -> None:
    """Log a failure in whose frames there is a token."""
    token = "open-sesame"
    try:
        read(token)
    except ValueError:
        log = structlog.get_logger("slipwatch.test")
        log.exception("it failed", title="one\x9b31m\ntwo", where=["\x1b[31m"])


@pytest.mark.parametrize("stream", [Terminal(), io.StringIO()], ids=["terminal", "file"])
def test_text_tells_the_trace_without_variables_and_without_controls(stream: io.StringIO) -> None:
    configure("info", "text", stream)

    fail()

    told = stream.getvalue()
    assert "it failed" in told
    assert "Traceback" in told
    assert "no title  [2J for a token of 11 letters" in told
    assert "open-sesame" not in told
    assert "\x1b[2J" not in told
    assert "\x9b" not in told
    assert "\ntwo" not in told


def test_json_is_one_object_a_line() -> None:
    stream = io.StringIO()
    configure("info", "json", stream)

    fail()
    structlog.get_logger("slipwatch.test").info("next", count=3)

    failed, following = (json.loads(line) for line in stream.getvalue().splitlines())
    assert failed["event"] == "it failed"
    assert failed["title"] == "one\x9b31m\ntwo"
    assert "ValueError" in failed["exception"]
    assert "open-sesame" not in failed["exception"]
    assert following["count"] == 3
    assert following["level"] == "info"


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_level_is_about_us_and_libraries_are_heard_from_a_warning_on(form: Format) -> None:
    stream = io.StringIO()
    configure("debug", form, stream)

    structlog.get_logger("slipwatch.test").debug("ours")
    logging.getLogger("urllib3").debug("theirs, with headers")
    logging.getLogger("urllib3").warning("their warning")

    assert "ours" in stream.getvalue()
    assert "with headers" not in stream.getvalue()
    assert "their warning" in stream.getvalue()
    configure("error", form, quiet := io.StringIO())
    structlog.get_logger("slipwatch.test").warning("ours")
    logging.getLogger("urllib3").warning("theirs")
    assert quiet.getvalue() == ""
