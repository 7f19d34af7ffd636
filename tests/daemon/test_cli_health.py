"""health: the colours of programs and projects, and what turned them."""

import json
from pathlib import Path
from typing import Any

from .running import Commands, write_config

EVIL = "Launch \x1b[31m<b>"


def shop(commitment: str) -> dict[str, Any]:
    """Write a program with one commitment."""
    launch = {"id": "launch", "title": EVIL, "duration": "5wd", "commitment": commitment}
    return {
        "timezone": "UTC",
        "assess": {"trials": 100},
        "programs": [
            {
                "id": "shop",
                "sponsor": "dana",
                "reported": {"status": "green", "as_of": "2026-01-05", "by": "lou"},
                "projects": [{"id": "web", "lead": "ana", "milestones": [launch]}],
            },
            {"id": "other"},
        ],
    }


def test_a_change_of_colour_is_told_with_its_cause(slipwatch: Commands, tmp_path: Path) -> None:
    write_config(tmp_path, shop("2100-02-01"))
    first = json.loads(slipwatch("health", "shop", "--format", "json").out)
    write_config(tmp_path, shop("2026-01-05"))

    listed = slipwatch("health", "shop", "--changes")

    assert (first["portfolio"], *first["programs"]) == (None, "shop")
    web = first["projects"]["shop/web"]["health"]
    assert [one["status"] for one in web["dimensions"] if one["dimension"] == "schedule"] == [
        "green"
    ]
    assert first["programs"]["shop"]["reported"]["by"] == "lou"
    lines = [line.split() for line in listed.out.splitlines()]
    turned = {tuple(words[1:3]): words[3:6] for words in lines}
    for key in (("shop/web/launch", "schedule"), ("shop/web", "schedule"), ("shop", "overall")):
        assert turned[key][1:] == ["red", "date"], key
    assert "<b> is red: open although its commitment 2026-01-05 has passed" in listed.out
    assert (listed.code, listed.err, "\x1b" in listed.out) == (0, "", False)
    assert not any(word in listed.out for word in (" first ", "other", "all programs"))
