"""How one milestone names another."""


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
