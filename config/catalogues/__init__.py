"""Catalogues of controls: ids and titles of what a law asks for, each with its citation.

The Security Rule's standards and implementation specifications (45 CFR 164.308 to 164.316), the 15
requirements of CMMC Level 1 (48 CFR 52.204-21, ids as in 32 CFR 170.14(c)(1)), and the 110 of
Level 2 (NIST SP 800-171 revision 2). What they ask for stands in their texts alone.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

CatalogueName = Literal["hipaa-security", "cmmc-1", "cmmc-2"]


@dataclass(frozen=True, slots=True)
class Control:
    """Something that a law asks for."""

    id: str
    title: str
    citation: str


@cache
def controls_of(catalogue: CatalogueName) -> Mapping[str, Control]:
    """Read a catalogue; its controls by id, in the order of their text."""
    text = files(__name__).joinpath(f"{catalogue}.csv").read_text(encoding="utf-8")
    return {row["id"]: Control(**row) for row in csv.DictReader(text.splitlines())}


@cache
def known_controls() -> Mapping[str, Control]:
    """Give the controls of all catalogues by id."""
    found: dict[str, Control] = {}
    for catalogue in get_args(CatalogueName):
        found.update(controls_of(catalogue))
    return found
