"""A project whose key was changed: its issues have other keys, which Jira calls no change of them.

Old keys go on working, in addresses and in JQL. No issue's time of change moves, so that those
which nobody touches would keep their old keys, and links of the others name the new ones.
"""

from collections import Counter
from collections.abc import Sequence

import msgspec

from .batches import Pull
from .client import JiraClient
from .payloads import Fields, Issue, Project

_REFUSED = frozenset((401, 403, 404))


def watch_keys(client: JiraClient, pull: Pull, issues: Sequence[Issue[Fields]]) -> None:
    """Note in a pull what a project's keys begin with, and that all have to be read anew.

    An issue that moved away has another key, too, as long as the index is late: the site is asked
    what the project is called.
    """
    seen = Counter(issue.key.rpartition("-")[0] for issue in issues)
    if not seen:
        return
    bookmark = pull.bookmark
    if not bookmark.prefixes:
        ((prefix, _),) = seen.most_common(1)
        pull.bookmark = msgspec.structs.replace(bookmark, prefixes=[prefix])
        return
    others = seen.keys() - {bookmark.prefixes[-1]}
    if not others or pull.asked_for_key:
        return
    pull.asked_for_key = True
    path = f"project/{pull.scope}"
    answer = client.get(path, accept=_REFUSED)
    if answer.status == 200 and client.read(answer, path, Project).key in others:
        pull.renamed = client.read(answer, path, Project).key


def begin_anew(pull: Pull) -> None:
    """Let a pull walk over all issues once more, by the key that the project has now."""
    if pull.renamed is not None:
        prefixes = [*(one for one in pull.bookmark.prefixes if one != pull.renamed), pull.renamed]
        pull.bookmark = msgspec.structs.replace(pull.bookmark, updated=None, prefixes=prefixes)
        pull.renamed = None
