"""What somebody could call a milestone, or themselves, and what an alert makes of it."""

import json
import subprocess

import pytest
import yaml

from slipwatch.exporters.prometheus.lines import clean

from ..servers import program
from .scenarios import BASE, LAUNCH_IS, LOGIN_IS, SCENARIOS, content, expectation, series
from .test_rules import RULES

pytestmark = pytest.mark.prometheus

HOSTILE = {
    "quotes": ("The \"big\" 'one'", "The \"big\" 'one'"),
    "newlines": ("Launch\n- Login\u2028by 0\r\nworking days", "Launch - Login by 0 working days"),
    "backslashes": (r"C:\new\table\x41", r"C:\new\table\x41"),
    "templates": ("{{ $value }} %q ${PATH} $1", "{{ $value }} %q ${PATH} $1"),
    "control characters": ("a\x1b[31mb\x9bc\x00\td\x7f", "a 31mb c d "),
    "unseen characters": ("a\u202eb\u200bc\u2066d\ufeff", "a bc d"),
    "markup": ("</td><script>x()</script>&lt;", "/tdscriptx()/script&lt;"),
    "mentions": ("@channel <!here> <@U0123>", "channel !here U0123"),
    "markdown": ("[pay](http://x.example) `a` *b* ~c~ |d|", "pay(http://x.example) a b c d"),
}
"""What trackers may say, and what of it is in the message."""

(UNLIKELY,) = (one for one in SCENARIOS if one.alert == "SlipwatchCommitmentUnlikely")


def info(milestone: str, url: str, title: str, owner: str) -> str:
    """Write the series that names a milestone, as the exporter would."""
    place, _, _ = milestone.rpartition("/")
    labels = {
        "program": milestone.partition("/")[0],
        "project": place,
        "milestone": milestone,
        "title": clean("title", title),
        "url": url,
        "milestone_owner": clean("milestone_owner", owner),
    }
    written = ",".join(f"{k}={json.dumps(v, ensure_ascii=False)}" for k, v in labels.items())
    return f"slipwatch_milestone_info{{{written}}}"


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Let promtool try all of them at once; give what it says, file by file."""
    folder = tmp_path_factory.mktemp("hostile")
    for kind, (told, shown) in HOSTILE.items():
        named = {key: value for key, value in BASE.items() if "_milestone_info" not in key}
        launch = info("checkout/web/launch", f"https://x.example/{told}", told, told)
        login = info("platform/identity/login", f"javascript:{told}", told, "")
        bad = {**named, launch: 1, login: 1, **UNLIKELY.fires}
        expected = expectation(UNLIKELY, UNLIKELY.at, fires=True)
        (alert,) = expected["exp_alerts"]
        alert["exp_annotations"]["description"] = (
            UNLIKELY.description.replace(LAUNCH_IS, f"{shown} (checkout/web/launch, owner {shown})")
            .replace(LOGIN_IS, f"{shown} (platform/identity/login)")
            .removesuffix(" https://github.com/acme/web/milestone/3")
        )
        test = {
            "interval": f"{UNLIKELY.step}m",
            "input_series": series(bad, UNLIKELY.step, UNLIKELY.at),
            "alert_rule_test": [expected],
        }
        text = yaml.safe_dump(content(UNLIKELY, [test], [str(path) for path in RULES]))
        (folder / f"{kind}.yaml").write_text(text)
    return subprocess.run(
        [program("promtool", "prometheus"), "test", "rules", *sorted(folder.glob("*.yaml"))],
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ).stdout


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_titles_and_names_of_people_are_harmless_in_alerts(said: str, kind: str) -> None:
    _, _, about = said.partition(f"{kind}.yaml\n")
    verdict, _, _ = about.partition("Unit Testing:")

    assert verdict.strip() == "SUCCESS", verdict
