"""docs/operations.md names what there is: metrics, words of the log, settings."""

import re
from pathlib import Path

import yaml

from .running import Commands

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/operations.md").read_text()


def test_metrics_on_the_page_exist(slipwatch: Commands) -> None:
    listed = set(re.findall(r"^slipwatch_\w+", slipwatch("metrics").out, re.MULTILINE))

    assert set(re.findall(r"\bslipwatch_\w+", PAGE)) <= listed


def test_words_of_the_log_on_the_page_are_logged() -> None:
    code = "".join(
        path.read_text()
        for folder in ("daemon", "aggregator", "exporters")
        for path in ROOT.glob(f"{folder}/**/*.py")
    )
    quoted = re.findall(r"log says `([^`]+)`", PAGE)

    assert len(quoted) >= 3
    assert [words for words in quoted if f'"{words}"' not in code] == []


def test_the_settings_on_the_page_are_sound(slipwatch: Commands, tmp_path: Path) -> None:
    block = next(iter(re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)))
    (tmp_path / "slipwatch.yaml").write_text(block)

    assert yaml.safe_load(block)["store"].startswith("sqlite:////var/lib")
    assert slipwatch("config", "check").code == 0
