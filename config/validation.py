"""From the tree of a file to settings, or to everything that is wrong with it."""

import collections.abc
import json
from collections import Counter
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from .base import JsonSchema, Settings
from .messages import Finding, explain
from .nearest import did_you_mean
from .problems import Fault, Mark, Steps, render_path
from .schema import below, homes, json_schema
from .settings import SlipwatchSettings
from .sources import SourceSettings
from .tree import Mapping, Place, Scalar, to_plain

AnySettings = TypeVar("AnySettings", bound=Settings)
Kinds = collections.abc.Mapping[str, type[SourceSettings]]
"""The settings of each kind of source, by kind."""


def validate(
    model: type[AnySettings], root: Place, folder: Path
) -> tuple[AnySettings | None, list[Fault]]:
    """Validate a file of one model: give the settings, or None and everything that is wrong."""

    def fault(located: "_Located") -> Fault:
        schema = _schema_of_model(model)
        place, key = located.place, located.key
        steps = place.steps if key is None else (*place.steps, key)
        described = tuple(below(schema, [schema], place.steps))
        finding = Finding(
            details=located.details,
            node=place.node,
            steps=steps,
            described=described,
            homes=lambda key: [f"`{home}`" for home in homes(schema, [schema], "", key) if home],
        )
        return Fault(located.mark, steps, explain(finding))

    try:
        return _strictly(model, to_plain(root.node), folder), []
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
    return None, [fault(one) for one in _likeliest([_locate(root, one) for one in details])]


class Validator:
    """Validates one file with the kinds of sources that there are."""

    def __init__(self, folder: Path, kinds: Kinds) -> None:
        self._folder = folder
        self._kinds = kinds
        self._kind_of: dict[str, str] = {}
        self.faults: list[Fault] = []

    def settings(self, root: Place) -> SlipwatchSettings | None:
        """Give the settings, or None when ``faults`` says why not."""
        values = to_plain(root.node)
        sources: dict[str, SourceSettings] = {}
        written = root.child("sources")
        if written is not None and isinstance(written.node, Mapping):
            for name in written.node.entries:
                place = Place(written.node.entries[name], (*written.steps, name))
                if isinstance(place.node, Mapping):
                    values["sources"][name] = {"kind": "checked on its own"}
                    source = self._source(name, place)
                    if source is not None:
                        sources[name] = source
        settings = self._model(SlipwatchSettings, root, values)
        return settings.model_copy(update={"sources": sources}) if settings is not None else None

    def _source(self, name: str, place: Place) -> SourceSettings | None:
        kind = self._kind(place)
        if kind is None:
            return None
        self._kind_of[name] = kind
        return self._model(self._kinds[kind], place, to_plain(place.node))

    def _kind(self, place: Place) -> str | None:
        known = ", ".join(sorted(self._kinds)) or "none"
        written = place.child("kind")
        if written is None:
            self.faults.append(
                Fault(
                    place.node.mark,
                    (*place.steps, "kind"),
                    f"`kind` is missing: it says which connector reads this; known are {known}",
                )
            )
            return None
        kind = place.text("kind")
        if kind is not None and kind in self._kinds:
            return kind
        near = did_you_mean(kind, self._kinds) if kind else ""
        self.faults.append(written.fault(f"unknown kind of source{near}; known are {known}"))
        return None

    def _model(self, model: type[AnySettings], place: Place, values: object) -> AnySettings | None:
        try:
            return _strictly(model, values, self._folder)
        except ValidationError as error:
            # Never the input: it may be a secret.
            details = error.errors(include_url=False, include_input=False)
        located = _likeliest([_locate(place, one) for one in details])
        self.faults.extend(self._fault(one) for one in located)
        return None

    def _fault(self, located: "_Located") -> Fault:
        place, key = located.place, located.key
        steps = place.steps if key is None else (*place.steps, key)
        finding = Finding(
            details=located.details,
            node=place.node,
            steps=steps,
            described=tuple(self._described(place.steps)),
            homes=partial(self._homes, place.steps),
        )
        return Fault(located.mark, steps, explain(finding))

    @cached_property
    def _schema(self) -> JsonSchema:
        return _schema_of(tuple(self._kinds.items()))

    def _described(self, steps: Steps) -> list[JsonSchema]:
        """Find what the schema says of a value; of a source, for its own kind."""
        if steps[:1] != ("sources",) or len(steps) < 2:
            return below(self._schema, [self._schema], steps)
        kind = self._kind_of.get(str(steps[1]))
        sources = below(self._schema, [self._schema], steps[:2])
        own = [part for part in sources if kind in {None, part["properties"]["kind"].get("const")}]
        return below(self._schema, own, steps[2:])

    def _homes(self, steps: Steps, key: str) -> list[str]:
        """Say which parts of the file may hold a key; of a source, which of its own."""
        top = steps[:2] if steps[:1] == ("sources",) else ()
        found = homes(self._schema, self._described(top), render_path(top), key)
        return [f"`{home}`" if home else "the top of the file" for home in found]


@lru_cache(maxsize=4)
def _schema_of_model(model: type[Settings]) -> JsonSchema:
    return model.model_json_schema()


@lru_cache(maxsize=4)
def _schema_of(kinds: tuple[tuple[str, type[SourceSettings]], ...]) -> JsonSchema:
    """Describe the file; that takes a tenth of a second, the rest of a broken file a hundredth."""
    return json_schema(dict(kinds))


def _strictly(model: type[AnySettings], values: object, folder: Path) -> AnySettings:
    """Validate as strictly as JSON is: in there "5" is no number and 1 is no truth value."""
    return model.model_validate_json(json.dumps(values), strict=True, context={"folder": folder})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Located:
    """One of pydantic's errors and where in the file it is."""

    details: ErrorDetails
    place: Place
    key: str | None
    """The key below ``place`` that it is about, where that is missing or unknown."""
    mark: Mark
    branch: tuple[Steps, str] | None
    """Where a union begins and which of its members complains."""


def _locate(top: Place, details: ErrorDetails) -> _Located:
    """Follow an error's ``loc`` as far as the file goes; the rest names members of unions."""
    kind, loc = details["type"], list(details["loc"])
    about_key = bool(loc) and loc[-1] == "[key]"
    if about_key:
        loc.pop()
    leaf = str(loc.pop()) if kind in {"missing", "extra_forbidden"} or about_key else None
    if kind == "at_key":
        leaf = str(details.get("ctx", {}).get("key"))
    place, branch = top, None
    for step in loc:
        child = place.child(step)
        if child is None:
            branch = branch or (place.steps, str(step))
        else:
            place = child
    mark = place.node.mark
    below_leaf = place.child(leaf) if leaf is not None else None
    if kind == "at_key":
        if below_leaf is not None:
            place, leaf, mark = below_leaf, None, below_leaf.node.mark
        elif isinstance(place.node, Scalar):
            leaf = None
    elif leaf is not None and isinstance(place.node, Mapping):
        mark = place.node.keys.get(leaf, mark)
    if about_key and leaf is not None:
        name = Scalar(mark=mark, value=leaf, text=leaf, plain=True, comment=False)
        place, leaf = Place(name, (*place.steps, leaf)), None
    return _Located(details=details, place=place, key=leaf, mark=mark, branch=branch)


def _likeliest(located: list[_Located]) -> list[_Located]:
    """Of the members of a union, keep the complaints of the one that fits best."""
    complaints = Counter(one.branch for one in located if one.branch is not None)
    best: dict[Steps, str] = {}
    for (steps, member), count in complaints.items():
        if steps not in best or count < complaints[steps, best[steps]]:
            best[steps] = member
    return [one for one in located if one.branch is None or best[one.branch[0]] == one.branch[1]]
