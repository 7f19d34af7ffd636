"""Which items of a source are meant."""

from typing import Self

from pydantic import Field, model_validator

from .base import Settings, at_key


class Selector(Settings):
    """Which items or tracker milestones of a source are meant; all given keys must hold."""

    source: str = Field(description="Name of the source, as under `sources`.")
    project: str | None = Field(default=None, description="Project key, such as PAY.")
    repository: str | None = Field(default=None, description="Repository as owner/name.")
    labels: tuple[str, ...] = Field(default=(), description="Items that carry all of these.")
    components: tuple[str, ...] = Field(
        default=(), description="Items that belong to any of these."
    )
    types: tuple[str, ...] = Field(default=(), description="Items of any of these issue types.")

    @model_validator(mode="after")
    def _lives_in_one_tool(self) -> Self:
        if self.project is not None and self.repository is not None:
            raise at_key(
                "repository",
                "`project` and `repository` never hold together: write a selector for each",
            )
        return self
