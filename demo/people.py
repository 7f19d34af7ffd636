"""The people who appear in payloads."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class User:
    """A person with one account in each tracker."""

    login: str
    name: str
    number: int
    """What numeric ids and account ids are made of."""

    @property
    def email(self) -> str:
        return f"{self.login}@acme.example"

    @property
    def account_id(self) -> str:
        """The form of an Atlassian account id: opaque, with the site's directory in front."""
        return f"712020:{self.number:08x}-0000-4000-8000-{self.number * 7919:012x}"


SERVICE_USER = User("slipwatch", "Slipwatch Service", 900)
"""Whom the tokens of the simulated servers belong to."""
