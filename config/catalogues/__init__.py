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


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Controls, and which text in which edition they are taken from.

    A data file begins with lines such as ``# source: …``, one for each field but the last.
    """

    title: str
    source: str
    edition: str
    note: str = ""
    controls: Mapping[str, Control]
    """By id, in the order of their text."""


@cache
def catalogue(name: CatalogueName) -> Catalogue:
    """Read a catalogue."""
    lines = files(__name__).joinpath(f"{name}.csv").read_text(encoding="utf-8").splitlines()
    head = [line.removeprefix("# ").partition(": ") for line in lines if line.startswith("#")]
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    return Catalogue(
        **{key: value for key, _, value in head},
        controls={row["id"]: Control(**row) for row in rows},
    )


def controls_of(name: CatalogueName) -> Mapping[str, Control]:
    """Give the controls of a catalogue by id, in the order of their text."""
    return catalogue(name).controls


@cache
def known_controls() -> Mapping[str, Control]:
    """Give the controls of all catalogues by id."""
    found: dict[str, Control] = {}
    for name in get_args(CatalogueName):
        found.update(controls_of(name))
    return found
