"""Files with nothing wrong in them load without a word."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from slipwatch.config.loader import ConfigError, Problem, load_settings
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.config.sources import SourceSettings

Load = Callable[[str], SlipwatchSettings]
Problems = Callable[[str], tuple[Problem, ...]]
Kinds = dict[str, type[SourceSettings]]

PROJECT = """\
sources: {jira: {kind: tracker, url: https://jira.example, auth: {token: {env: T}}, projects: [A]}}
programs:
  - id: p
    projects:
      - id: q
        milestones:
"""

SILENT = {
    "no key at all": "{}",
    "only a comment beside an empty mapping": "# nothing yet\n{}\n",
    "a byte order mark": "\ufefftimezone: UTC\n",
    "Windows line ends": "timezone: UTC\r\nlisten: 127.0.0.1:80\r\n",
    "JSON": '{"timezone": "Europe/Berlin", "assess": {"trials": 100}}',
    "a document start and end": "---\ntimezone: UTC\n...\n",
    "an IPv6 address": 'listen: "[::1]:10870"',
    "a port chosen by the system": "listen: 127.0.0.1:0",
    "a comment without a space": "timezone: UTC #here\n",
    "an issue number in a comment": "timezone: UTC # 12\n",
    "a hash in quotes": PROJECT + '          - {id: m, title: "Sprint #3"}',
    "a hash inside a word": PROJECT + "          - {id: m, title: acme/api#7}",
    "a key set to nothing": PROJECT + "          - {id: m, commitment: , owner: null}",
    "a day in quotes": PROJECT + '          - {id: m, commitment: "2027-01-15"}',
    "a text that looks like a day": PROJECT + "          - {id: m, title: 2027-01-15}",
    "a version in quotes": PROJECT
    + '          - {id: m, from: [{source: jira, project: A, version: "2.0"}]}',
    "a selector with the source alone": PROJECT + "          - {id: m, from: [{source: jira}]}",
    "a milestone that nobody can forecast": PROJECT + "          - {id: m}",
    "an external milestone without a promise": PROJECT + "          - {id: m, external: true}",
    "a duration beside tracker items": PROJECT
    + "          - {id: m, duration: 5wd, from: [{source: jira, project: A}]}",
    "two relations between the same milestones": PROJECT
    + "          - {id: a}\n"
    + "          - {id: b, depends_on: [{milestone: a, type: ss}, {milestone: a, type: ff}]}",
    "a cycle, which is for the assessment to report": PROJECT
    + "          - {id: a, depends_on: [{milestone: b}]}\n"
    + "          - {id: b, depends_on: [{milestone: a}]}",
    "the default calendar that nobody wrote": PROJECT + "          - {id: m, calendar: default}",
    "equal ends": PROJECT
    + "          - {id: m, started: 2026-01-05, finished: 2026-01-05, "
    + "baseline: {start: 2026-01-05, finish: 2026-01-05}, spread: {p50: 3wd, p85: 3wd}}",
    "the same id in two projects": PROJECT
    + "          - id: m\n"
    + "      - id: r\n"
    + "        milestones: [{id: m, depends_on: [{milestone: q/m}, {milestone: p/q/m, type: ss}]}]",
    "a milestone that may be discovered": PROJECT
    + "          - {id: m, depends_on: [{milestone: r/v2.0}]}\n"
    + "      - {id: r, discover: [versions], scope: [{source: jira}]}",
    "anchors and merged keys": PROJECT
    + "          - &base {id: m, owner: ana, weight: 3}\n"
    + "          - {<<: *base, id: n}",
    "a country that YAML 1.1 takes for no": 'calendars: {default: {country: "NO"}}',
    "a region known under its old code": "calendars: {south: {country: DE, subdivision: BY}}",
}


@pytest.mark.parametrize("text", SILENT.values(), ids=SILENT.keys())
def test_a_sound_file_is_accepted_without_a_word(text: str, problems: Problems) -> None:
    assert [str(problem) for problem in problems(text)] == []


def test_an_empty_mapping_gives_the_defaults(load: Load) -> None:
    settings = load("{}")
    assert settings.timezone == "UTC"
    assert settings.listen == "127.0.0.1:10870"
    assert settings.assess.trials == 10_000
    assert list(settings.calendars) == ["default"]


def test_values_arrive_as_what_they_are(load: Load, kinds: Kinds) -> None:
    settings = load(
        PROJECT
        + """\
          - id: m
            commitment: 2027-01-15
            duration: 12wd
            weight: 3
            from: [{source: jira, project: A, labels: [x, y]}]
            depends_on: [{milestone: p/q/n, lag: -2wd, lag_calendar: default}]
          - id: n
sync: {every: 90s, census_every: 2w}
rules: {settings: {SCH-005: {moves: 4}}}
"""
    )
    milestone = settings.programs[0].projects[0].milestones[0]
    assert milestone.commitment == date(2027, 1, 15)
    assert milestone.duration == 12
    assert milestone.weight == 3.0
    assert milestone.from_[0].labels == ("x", "y")
    assert milestone.depends_on[0].lag == "-2wd"
    assert settings.sync.every == timedelta(seconds=90)
    assert settings.sync.census_every == timedelta(weeks=2)
    assert settings.rules.settings == {"SCH-005": {"moves": 4.0}}
    assert isinstance(settings.sources["jira"], kinds["tracker"])


def test_calendars_keep_a_default_beside_the_written_ones(load: Load) -> None:
    settings = load("calendars: {plant: {workdays: [sun]}}")
    assert list(settings.calendars) == ["default", "plant"]


def test_merged_keys_give_way_to_written_ones(load: Load) -> None:
    settings = load(
        PROJECT + "          - &base {id: m, owner: ana, rank: 1}\n          - {<<: *base, id: n}\n"
    )
    merged = settings.programs[0].projects[0].milestones[1]
    assert (merged.id, merged.owner, merged.rank) == ("n", "ana", 1)


def test_relative_paths_start_at_the_folder_of_the_file(load: Load, tmp_path: Path) -> None:
    settings = load(
        """\
        store: sqlite:///state/slipwatch.db
        sources:
          plan: {kind: sheet, path: plans/vendor.csv}
          there: {kind: sheet, path: /srv/plan.csv}
          jira:
            kind: tracker
            url: https://jira.example
            ca_file: ca.pem
            auth: {token: {file: secrets/token}}
            projects: [A]
        """
    )
    dumped = {name: source.model_dump() for name, source in settings.sources.items()}
    assert settings.store_url() == f"sqlite:///{tmp_path}/state/slipwatch.db"
    assert dumped["plan"]["path"] == tmp_path / "plans/vendor.csv"
    assert dumped["there"]["path"] == Path("/srv/plan.csv")
    assert dumped["jira"]["ca_file"] == tmp_path / "ca.pem"
    assert dumped["jira"]["auth"]["token"]["file"] == tmp_path / "secrets/token"


def test_a_store_that_nobody_wrote_lies_beside_the_file(load: Load, tmp_path: Path) -> None:
    assert load("timezone: UTC").store_url() == f"sqlite:///{tmp_path}/slipwatch.db"


def test_further_checks_are_told_with_the_position_of_their_key(
    tmp_path: Path, kinds: Kinds
) -> None:
    path = tmp_path / "slipwatch.yaml"
    path.write_text("rules:\n  settings:\n    SCH-005: {moves: 4}\n", encoding="utf-8")

    def no_such_threshold(_: SlipwatchSettings) -> list[tuple[tuple[str, ...], str]]:
        return [(("rules", "settings", "SCH-005", "moves"), "at most 3")]

    with pytest.raises(ConfigError, match=r"3:22: rules\.settings\.SCH-005\.moves: at most 3"):
        load_settings(path, kinds=kinds, checks=[no_such_threshold])


@pytest.mark.parametrize("url", ["https://acme.example/pm", "https://acme.example/pm/"])
def test_links_to_our_pages_have_one_slash_whatever_the_address_ends_with(
    load: Load, url: str
) -> None:
    settings = load(f"external_url: {url}\nsources: {{plan: {{kind: sheet, path: a.csv}}}}\n")
    assert settings.external_link() == "https://acme.example/pm/"
    assert settings.external_link("/ack/x") == "https://acme.example/pm/ack/x"
    assert SlipwatchSettings().external_link("/ack/x") == ""
