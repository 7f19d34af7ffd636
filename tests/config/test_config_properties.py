"""Whatever a file holds, the loader answers with settings or with problems inside the file."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from slipwatch.config.loader import ConfigError, Problem, load_settings
from slipwatch.config.sources import SourceSettings

Kinds = dict[str, type[SourceSettings]]

VALID: str = """\
store: sqlite:///slipwatch.db
timezone: Europe/Berlin
listen: 127.0.0.1:10870
sync: {every: 5m, census_every: 24h}
calendars:
  default: {workdays: [mon, tue], country: DE, subdivision: BY, closed: [2026-12-24]}
sources:
  jira:
    kind: tracker
    url: https://acme.example
    auth: {token: {env: JIRA_TOKEN}}
    projects: [PAY, WEB]
  plan: {kind: sheet, path: plan.csv}
programs:
  - id: checkout
    projects:
      - id: payments
        scope: [{source: jira, project: PAY, labels: ["a", 'b']}]
        discover: [versions]
        milestones:
          - &one
            id: api-ga
            from: [{source: jira, version: "2.0"}]
            commitment: 2027-01-15
            depends_on: [{milestone: review, type: fs, lag: 2wd}]
          - {<<: *one, id: cart, depends_on: []}
          - id: review
            title: >
              Reviewed by
              everybody
            baseline: {start: 2026-11-02, finish: 2026-11-06, duration: 5wd}
rules: {disable: [FLOW-003], settings: {SCH-005: {moves: 4}}}
waivers: [{rule: SCH-001, subject: x, approver: dana, reason: known, expires: 2026-12-31}]
"""

PIECES = [
    "\t", " ", "\n", ":", ": ", "- ", "#", " #3", "'", '"', "[", "]", "{", "}", ",", "*one",
    "&one ", "!", "!!int ", "|", ">", "%", "@", "?", "---\n", "...\n", "<<: ", "no", "2.0",
    "2026-02-30", ".nan", "0x" + "f" * 5000, "9" * 5000, "null", "~", "\\", "\ud800", "\x00",
    "\u2028", "é", "🚀",
]  # fmt: skip

FIXTURES = [HealthCheck.function_scoped_fixture]


def load_bytes(path: Path, kinds: Kinds, data: bytes) -> tuple[Problem, ...]:
    """Load; anything but settings or a ``ConfigError`` goes through to the test."""
    path.write_bytes(data)
    try:
        load_settings(path, kinds=kinds)
    except ConfigError as error:
        return error.problems
    return ()


def assert_inside(problems: tuple[Problem, ...], data: bytes) -> None:
    """Check that each problem stands at a character of the file, or behind the end of a line."""
    text = data.decode("utf-8-sig", errors="replace")
    lines = re.split("\r\n|[\r\n\x85\u2028\u2029]", text)
    for problem in problems:
        assert 1 <= problem.line <= len(lines)
        assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1
        assert problem.message
        assert "\n" not in problem.message


def test_the_file_that_is_varied_below_is_sound(tmp_path: Path, kinds: Kinds) -> None:
    assert load_bytes(tmp_path / "slipwatch.yaml", kinds, VALID.encode()) == ()


@settings(suppress_health_check=FIXTURES, deadline=None, max_examples=100)
@given(text=st.text())
@example(text="? [a]\n: b")
@example(text="a: 2026-99-99T99:99:99")
@example(text="!!bool maybe")
@example(text="!!int ''")
@example(text="? ? ?")
def test_any_text_loads_or_is_refused_with_problems(
    text: str, tmp_path: Path, kinds: Kinds
) -> None:
    data = text.encode("utf-8", errors="surrogatepass")
    assert_inside(load_bytes(tmp_path / "slipwatch.yaml", kinds, data), data)


@settings(suppress_health_check=FIXTURES, deadline=None, max_examples=50)
@given(data=st.binary())
def test_any_bytes_load_or_are_refused_with_problems(
    data: bytes, tmp_path: Path, kinds: Kinds
) -> None:
    assert_inside(load_bytes(tmp_path / "slipwatch.yaml", kinds, data), data)


@settings(suppress_health_check=FIXTURES, deadline=None, max_examples=150)
@given(
    changes=st.lists(
        st.tuples(
            st.integers(0, len(VALID)), st.integers(0, 12), st.sampled_from(PIECES) | st.text()
        ),
        min_size=1,
        max_size=3,
    )
)
def test_a_sound_file_with_random_changes_gives_positions_inside_the_file(
    changes: list[tuple[int, int, str]], tmp_path: Path, kinds: Kinds
) -> None:
    text = VALID
    for start, length, piece in changes:
        text = text[:start] + piece + text[start + length :]
    data = text.encode("utf-8", errors="surrogatepass")
    assert_inside(load_bytes(tmp_path / "slipwatch.yaml", kinds, data), data)


@settings(suppress_health_check=FIXTURES, deadline=None, max_examples=80)
@given(
    line=st.integers(0, VALID.count("\n") - 1),
    value=st.sampled_from([*PIECES, "[]", "{}", "[[]]", "{a: b}", "x", "1", "yes"]),
)
def test_a_value_replaced_by_another_gives_positions_inside_the_file(
    line: int, value: str, tmp_path: Path, kinds: Kinds
) -> None:
    lines = [str(one) for one in VALID.splitlines()]
    lines[line] = re.sub(r": .*|:$", lambda _: f": {value}", lines[line], count=1)
    data = "\n".join(lines).encode("utf-8", errors="surrogatepass")
    assert_inside(load_bytes(tmp_path / "slipwatch.yaml", kinds, data), data)


@pytest.mark.parametrize(
    "literal", ["hunter2-Kx9", "'hunter2-Kx9'", "[hunter2-Kx9]", "{a: hunter2-Kx9}"]
)
def test_a_secret_in_any_place_of_a_source_is_not_repeated(
    literal: str, tmp_path: Path, kinds: Kinds
) -> None:
    lines = VALID.splitlines()
    first = lines.index("  jira:")
    said: list[str] = []
    for index in range(first, first + 5):
        changed = [*lines]
        changed[index] = re.sub(r": .*|:$", f": {literal}", lines[index], count=1)
        problems = load_bytes(tmp_path / "slipwatch.yaml", kinds, "\n".join(changed).encode())
        said += map(str, problems)
    assert said
    assert [text for text in said if "hunter2" in text] == []
