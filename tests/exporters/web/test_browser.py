"""The landing page in a real browser."""

import re
import struct
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Protocol

import pytest

from slipwatch.aggregator.assessment import Assessment
from slipwatch.daemon.serving import HttpServer
from slipwatch.exporters.web.app import Board as WebBoard
from slipwatch.exporters.web.app import create_app
from slipwatch.exporters.web.landing import LandingPage

MEASURE = """<script>
const wide = [document.documentElement, ...document.querySelectorAll("section")]
  .filter(element => element.scrollWidth > element.clientWidth);
document.title += wide.length ? " is too wide" : " fits";
</script></body>"""
ATTACKS = (
    "{{ 7 * 7 }} <script>document.title=1</script> <img src=x onerror=document.title=2> "
    "</title></style></svg> \"'><svg onload=document.title=3>"
)
"""Short enough to be shown in full."""

Browser = Callable[..., bytes]


class Board(WebBoard, Protocol):
    """The board of conftest.py."""

    def show(self, assessment: Assessment) -> None:
        """Show an assessment from now on."""
        ...


def test_no_title_of_a_tracker_runs_as_a_script(
    browse: Browser,
    board: Board,
    entitle: Callable[[str, str], Assessment],
    tmp_path: Path,
) -> None:
    hostile = entitle(ATTACKS, "javascript:document.title=4")
    board.show(hostile)
    picture = tmp_path / "landing.png"

    with HttpServer(create_app(board), "127.0.0.1:0") as server:
        served = browse("--dump-dom", server.address).decode()
        browse(f"--screenshot={picture}", server.address)
    # Escaping must hold by itself, without the policy that the server sends along.
    bare = tmp_path / "landing.html"
    bare.write_text(LandingPage("0.1.0").render(hostile))
    unguarded = browse("--dump-dom", bare.as_uri()).decode()

    for document in (served, unguarded):
        assert re.findall("<title>(.*?)</title>", document)[0] == "red · slipwatch"
        assert document.count(escape(ATTACKS, quote=False)) > 10
    assert struct.unpack(">II", picture.read_bytes()[16:24]) == (1280, 900)


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_the_page_fits_a_small_screen_whatever_the_titles(
    browse: Browser,
    entitle: Callable[[str, str], Assessment],
    hostile_title: str,
    tmp_path: Path,
    scheme: str,
) -> None:
    page = tmp_path / "landing.html"
    html = LandingPage("0.1.0").render(entitle(hostile_title, "https://acme.example/"))
    page.write_text(html.replace("</body>", MEASURE))

    document = browse(
        f"--blink-settings=preferredColorScheme={['dark', 'light'].index(scheme)}",
        "--dump-dom",
        page.as_uri(),
    ).decode()

    assert re.findall("<title>(.*?)</title>", document)[0] == "red · slipwatch fits"
