"""How one milestone names another, and how the rest of a program names it."""

from collections.abc import Collection


def resolve_reference(reference: str, program_id: str, project_id: str) -> str:
    """Give the full id ``program/project/milestone`` that a reference means where it stands.

    Inside a program the first part may be left out, inside a project the first two. Raises
    ``ValueError`` for what has no such form; whether the milestone exists is not asked.
    """
    parts = reference.split("/")
    if len(parts) > 3 or not all(parts):
        raise ValueError(
            "expected a milestone as milestone, project/milestone or program/project/milestone"
        )
    return "/".join((program_id, project_id)[: 3 - len(parts)] + tuple(parts))


def resolve_in_program(reference: str, program_id: str, known: Collection[str]) -> str:
    """Give the full id of a known milestone that a reference means in a program.

    The milestone alone will do where the program has one of that name only. Raises ``ValueError``
    for one that there is not, and for one that is not clear.
    """
    if "/" in reference:
        full = resolve_reference(reference, program_id, "")
        found = [full] if full in known else []
    else:
        found = [
            one
            for one in known
            if one.startswith(f"{program_id}/") and one.rpartition("/")[2] == reference
        ]
    if len(found) == 1:
        return found[0]
    if found:
        raise ValueError(f"`{reference}` is not clear; it could be {', '.join(sorted(found))}")
    raise ValueError(f"unknown milestone `{reference}`")


def program_reference(reference: str, program_id: str) -> str:
    """Give the full id that a reference means where it stands in a program, outside its projects.

    Raises ``ValueError`` for what names no project.
    """
    if "/" not in reference.strip("/"):
        raise ValueError("expected a milestone as project/milestone or program/project/milestone")
    return resolve_reference(reference, program_id, "")
