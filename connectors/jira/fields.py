"""Which fields of a site hold what: found by their type, or as the operator says.

Names of fields are translated and renamed; their types (``schema.custom``) are the same on
every site that has the app which brings them. A site may have several fields of a type, such
as the two kinds of story points that Cloud gives to its two kinds of projects: then all are
asked for, and an issue has the first that is set.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Generic, TypeVar

import msgspec

from slipwatch.aggregator.connector import Stop

from ..learning import LEARNING
from .payloads import REQUESTED_FIELDS, WORKLOG, FieldInfo, Fields, Issue, SearchPage
from .settings import JiraSettings

F = TypeVar("F")
RoleFields = dict[str, dict[str, list[str]]]
"""By role the ids of the fields that have it, with the names that changelogs have for each."""

_PLATFORM = "com.atlassian.jira.plugin.system.customfieldtypes:"
_AGILE = "com.pyxis.greenhopper.jira:"
_PLANS = "com.atlassian.jpo:"
_DATE = f"{_PLATFORM}datepicker"
_CHECKBOXES = f"{_PLATFORM}multicheckboxes"
_FIELD_ID = re.compile(r"customfield_\d+")
_STANDARD_FIELDS = frozenset(("created", "duedate", "resolutiondate", "timeoriginalestimate"))
_MOST = 5
"""More fields of one kind are no choice any more, only longer requests."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """Fields of a type; one of a type that anybody may use has one of these names too."""

    type: str
    names: frozenset[str] = frozenset()

    def has(self, info: FieldInfo) -> bool:
        custom = info.schema.custom if info.schema is not None else None
        return custom == self.type and (not self.names or bool(self.names & _names_of(info)))


_POINTS = frozenset(("story points", "story point estimate"))
_KINDS: Mapping[str, tuple[_Kind, ...]] = {
    "start": (
        _Kind(f"{_PLANS}jpo-custom-field-baseline-start"),
        _Kind(_DATE, frozenset(("start date",))),
    ),
    "end": (_Kind(f"{_PLANS}jpo-custom-field-baseline-end"),),
    "points": (_Kind(f"{_AGILE}jsw-story-points"), _Kind(f"{_PLATFORM}float", _POINTS)),
    "epic": (_Kind(f"{_AGILE}gh-epic-link"),),
    "parent": (_Kind(f"{_PLANS}jpo-custom-field-parent"),),
    "sprint": (_Kind(f"{_AGILE}gh-sprint"),),
    "flagged": (_Kind(_CHECKBOXES, frozenset(("flagged",))),),
    "reported": (),
}
"""By role, the likeliest kind first."""

_USUAL_NAMES = {
    "target start": f"{_PLANS}jpo-custom-field-baseline-start",
    "target end": f"{_PLANS}jpo-custom-field-baseline-end",
    "story point estimate": f"{_AGILE}jsw-story-points",
    "epic link": f"{_AGILE}gh-epic-link",
    "parent link": f"{_PLANS}jpo-custom-field-parent",
    "sprint": f"{_AGILE}gh-sprint",
}
"""What Jira's own fields are called in English, so that a name from its manual is found too."""


def _names_of(info: FieldInfo) -> set[str]:
    """Give what a field is called, by itself and by people, in lower case."""
    return {name.casefold() for name in (info.id, info.name, info.untranslated_name) if name}


def _of_kind(role: str, known: Sequence[FieldInfo]) -> list[str]:
    """Give the ids of the fields that have a role by their type, the likeliest first."""
    ids = [
        info.id
        for kind in _KINDS.get(role, ())
        # A field of one team-managed project comes after those of the whole site.
        for info in sorted(filter(kind.has, known), key=lambda info: (bool(info.scope), info.id))
    ]
    return list(dict.fromkeys(ids))[:_MOST]


def _named(name: str, known: Sequence[FieldInfo]) -> list[str]:
    """Give the ids of the fields that an operator may have meant by a name."""
    wanted = name.casefold()
    matching = [info for info in known if wanted in _names_of(info)]
    if not matching and wanted in _USUAL_NAMES:
        matching = list(filter(_Kind(_USUAL_NAMES[wanted]).has, known))
    # A field of one team-managed project may repeat a name; the site's own comes first.
    site_wide = [info for info in matching if info.scope is None]
    return [info.id for info in (site_wide or matching)]


def roles(
    settings: JiraSettings, known: Sequence[FieldInfo], *, must_be_known_to: str | None = None
) -> RoleFields:
    """Say which fields have which role: those the operator names, else those of the right type.

    Raises ``Stop``, in the name of the source given last, for a name that no or two fields have.
    """
    by_id = {info.id: info for info in known}
    names = settings.fields.named()
    found: RoleFields = {}
    for role in dict.fromkeys((*_KINDS, *names)):
        name = names.get(role)
        if role == "sprint" and not settings.sprints:
            continue
        if name is None:
            ids = _of_kind(role, known)
        elif _FIELD_ID.fullmatch(name) or name in _STANDARD_FIELDS:
            ids = [name]
        else:
            ids = _named(name, known)
            if len(ids) != 1 and must_be_known_to is not None:
                problem = f"it may be any of {', '.join(ids)}" if ids else "no field has this name"
                raise Stop(
                    f"{must_be_known_to}: fields: {name!r}: {problem}; "
                    "write the field's id, such as customfield_10015"
                )
        if ids:
            found[role] = {each: _called(by_id.get(each)) for each in ids}
    return found


def are_named(settings: JiraSettings) -> bool:
    """Say whether there are names of fields to look up."""
    names = settings.fields.named().values()
    return any(not _FIELD_ID.fullmatch(name) and name not in _STANDARD_FIELDS for name in names)


def _called(info: FieldInfo | None) -> list[str]:
    if info is None:
        return []
    return sorted({name for name in (info.name, info.untranslated_name) if name})


@dataclass(frozen=True, slots=True)
class Layout(Generic[F]):
    """How to read issues whose fields have roles, and nothing that has none.

    ``attributes`` says by role which attributes of ``fields`` hold the value.
    """

    issue: type[Issue[F]]
    requested: tuple[str, ...] = ()
    """The ids to ask a search for."""
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    def read_page(self, body: bytes) -> SearchPage[Issue[F]]:
        """Decode a page of a search; raises ``ValueError`` if one issue is not as it should be."""
        with LEARNING:
            decoder = _decoder(self.issue)
        return decoder.decode(body)

    def value(self, issue: Issue[F], role: str) -> Any:
        """Give the first value that the fields of a role have, or None."""
        for name in self.attributes.get(role, ()):
            value = getattr(issue.fields, name)
            if value is not None and value != []:
                return value
        return None


TIMES_ALONE = Layout(Issue[Fields], requested=("updated",))
"""For a walk over issues of which nothing else is wanted."""


def layout(ids: Mapping[str, Collection[str]], *, worklogs: bool = False) -> Layout[Fields]:
    """Make the layout for the ids of the fields of each role, and for logged time if wanted."""
    with LEARNING:
        found = _layout(tuple((role, tuple(ids[role])) for role in sorted(ids)))
    return replace(found, requested=(*found.requested, WORKLOG)) if worklogs else found


@lru_cache(maxsize=64)
def _layout(ids: tuple[tuple[str, tuple[str, ...]], ...]) -> Layout[Fields]:
    standard = dict(zip(Fields.__struct_encode_fields__, Fields.__struct_fields__, strict=True))
    further = [each for _, several in ids for each in several if each not in standard]
    attributes = standard | {
        each: f"custom_{place}" for place, each in enumerate(dict.fromkeys(further))
    }
    kind = msgspec.defstruct(
        "CustomFields",
        [
            (attributes[each], object, msgspec.field(default=None, name=each))
            for each in dict.fromkeys(further)
        ],
        bases=(Fields,),
        gc=False,
    )
    return Layout(
        Issue[kind],  # type: ignore[valid-type]  # made above
        tuple(
            dict.fromkeys((*REQUESTED_FIELDS, *(each for _, several in ids for each in several)))
        ),
        {role: tuple(attributes[each] for each in several) for role, several in ids},
    )


@lru_cache(maxsize=64)
def _decoder(issue: type[Issue[F]]) -> msgspec.json.Decoder[SearchPage[Issue[F]]]:
    return msgspec.json.Decoder(SearchPage[issue])  # type: ignore[valid-type]  # a type at run time
