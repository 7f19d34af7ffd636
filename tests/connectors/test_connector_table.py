"""The table of connectors, and those that other packages bring."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from slipwatch.connectors.table import BUILT_IN, ConnectorLoadError, kinds

Install = Callable[[str, str], None]

PLUGIN = '''
from slipwatch.config.sources import SourceSettings


class TrelloSettings(SourceSettings):
    """A board."""

    board: str


class Trello:
    settings = TrelloSettings

    @staticmethod
    def connector(name, settings, context):
        return name, settings.board
'''


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Install a package of one module with one entry point, as an installer would."""

    def put(source: str, entry_point: str) -> None:
        (tmp_path / "acme_trello.py").write_text(source, encoding="utf-8")
        info = tmp_path / "acme_trello-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-trello\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[slipwatch.connectors]\n{entry_point}\n")
        monkeypatch.syspath_prepend(str(tmp_path))

    yield put
    sys.modules.pop("acme_trello", None)


def test_every_kind_of_ours_is_there_and_can_be_loaded() -> None:
    found = kinds()

    assert set(found) == set(BUILT_IN)
    assert all(callable(kind.load()) for kind in found.values())


def test_settings_can_be_checked_without_the_libraries_of_the_apis() -> None:
    script = (
        "import sys; from slipwatch.connectors.table import kinds; kinds();"
        "print([m for m in ('jira', 'github', 'requests') if m in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"


def test_an_installed_connector_is_a_kind_of_its_own(install: Install) -> None:
    install(PLUGIN, "trello = acme_trello:Trello")

    kind = kinds()["trello"]

    settings = kind.settings.model_validate({"kind": "trello", "board": "Launch"})
    assert kind.load()("plan", settings, None) == ("plan", "Launch")  # type: ignore[arg-type, comparison-overlap]  # the plug-in above takes any context and makes a pair


def test_an_installed_connector_does_not_replace_one_of_ours(install: Install) -> None:
    install(PLUGIN, "jira = acme_trello:Trello")

    assert kinds()["jira"].settings.__name__ == "JiraSettings"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("raise RuntimeError('no licence')", "cannot be imported: no licence"),
        ("Trello = object()", "offers no connector"),
    ],
)
def test_a_broken_package_is_named_with_what_is_wrong(
    install: Install, source: str, words: str
) -> None:
    install(source, "trello = acme_trello:Trello")

    with pytest.raises(ConnectorLoadError, match=words) as caught:
        kinds()

    assert "acme-trello" in str(caught.value)
