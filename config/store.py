"""Where slipwatch keeps what it knows: the database's address, without its password."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    model_serializer,
    model_validator,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from .base import MissingSecretError, Secret, Settings, at_key, read_variable

_SQLITE = "sqlite"
_POSTGRESQL = "postgresql+psycopg"
_EXPECTED = "expected sqlite:///FILE or postgresql+psycopg://USER@HOST/DATABASE"
_SECRET_PARAMETERS = ("password", "sslpassword")


def parse_store_url(text: str) -> URL:
    """Parse a database's address; raises ``ValueError`` that does not repeat its password."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise ValueError(_EXPECTED) from None
    if url.drivername in {"postgres", "postgresql"}:
        raise ValueError("write postgresql+psycopg:// instead: that names the driver too")
    if url.drivername not in {_SQLITE, _POSTGRESQL}:
        raise ValueError(_EXPECTED)
    if url.drivername == _SQLITE and url.host:
        raise ValueError("a file takes three slashes, as in sqlite:///slipwatch.db")
    if url.drivername == _SQLITE and url.database in {None, "", ":memory:"}:
        raise ValueError(
            "a database in memory forgets every slip when the service ends: write sqlite:///FILE"
        )
    return url


class StoreSettings(Settings):
    """The database: its URL, or `{env: NAME}` for a variable that holds the whole URL."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["url"]}, {"required": ["env"]}]}
    )

    url: str | None = Field(
        default=None,
        description="`sqlite:///FILE`, relative to the folder of slipwatch.yaml, or "
        "`postgresql+psycopg://USER@HOST/DATABASE`; never with a password.",
    )
    password: Secret | None = Field(default=None, description="The password that belongs to `url`.")
    env: str | None = Field(
        default=None, description="Name of the environment variable that holds the whole URL."
    )
    _folder: Path = PrivateAttr(default=Path())

    @model_validator(mode="after")
    def _is_an_address(self, info: ValidationInfo) -> Self:
        if info.context is not None:
            self._folder = Path(info.context["folder"])
        if (self.url is None) == (self.env is None):
            raise ValueError("write a URL, {url: …, password: {env: NAME}} or {env: NAME}")
        if self.password is not None and self.env is not None:
            raise at_key("password", "the variable holds the whole URL, its password too")
        if self.env is not None:
            Secret(env=self.env)
        if self.url is not None:
            self._check_url(self.url)
        return self

    def _check_url(self, text: str) -> None:
        try:
            url = parse_store_url(text)
        except ValueError as error:
            raise at_key("url", str(error)) from None
        if url.password is not None or any(name in url.query for name in _SECRET_PARAMETERS):
            raise at_key(
                "url",
                "a password is never written into the file: write "
                "`store: {url: postgresql+psycopg://USER@HOST/DATABASE, "
                "password: {env: SLIPWATCH_STORE_PASSWORD}}` or `store: {env: SLIPWATCH_STORE}`",
            )
        if self.password is not None and url.drivername == _SQLITE:
            raise at_key("password", "a SQLite file has no password: leave it out")

    @model_serializer(mode="wrap")
    def _bare_where_it_can_be(self, handler: SerializerFunctionWrapHandler) -> object:
        return self.url if self.url is not None and self.password is None else handler(self)

    def resolved(self) -> str:
        """Give the URL to connect to, password included; raises ``MissingSecretError``."""
        if self.env is not None:
            try:
                url = parse_store_url(read_variable(self.env))
            except ValueError as error:
                raise MissingSecretError(
                    f"the environment variable {self.env} holds no address of a store: {error}"
                ) from None
        else:
            assert self.url is not None
            url = parse_store_url(self.url)
        if self.password is not None:
            url = url.set(password=self.password.reveal())
        if url.drivername == _SQLITE and url.database and not url.database.startswith("file:"):
            url = url.set(database=str(self._folder / url.database))
        return url.render_as_string(hide_password=False)


def _from_bare_url(value: object) -> object:
    if isinstance(value, str):
        return {"url": value}
    if isinstance(value, (dict, StoreSettings)):
        return value
    raise ValueError(_EXPECTED)


Store = Annotated[
    StoreSettings, BeforeValidator(_from_bare_url, json_schema_input_type=str | StoreSettings)
]
"""The database, written as a URL or with its parts."""
