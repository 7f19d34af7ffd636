"""What every pull of a source works with."""

from dataclasses import dataclass

from . import convert
from .client import GitHubClient
from .fields import FieldNames
from .graphql import GraphQL


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """One source's tools and choices; like its client, for one thread."""

    client: GitHubClient
    graphql: GraphQL
    reading: convert.Reading
    names: dict[str, str]
    """Repositories by their folded names of today: what they are called here."""
    fields: FieldNames
    reads: str
    """Stands for the settings that decide what is read of an issue."""
    cross_references: bool
    always_graphql: bool
    never_graphql: bool
    plans_elsewhere: bool = False
    """Projects plan issues: what an issue's own fields say may not be what counts."""
    approvals: frozenset[str] = frozenset()
    """Folded keys of the issues and pull requests in which gates are decided."""
