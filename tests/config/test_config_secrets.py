"""Secrets are references, read when they are used; a store's address comes without its password."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from slipwatch.config.base import MissingSecretError, Secret
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.config.store import StoreSettings

Load = Callable[[str], SlipwatchSettings]


def test_a_secret_is_read_from_its_variable_without_the_line_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TOKEN_OF_TEST", "s3cret\n")
    assert Secret(env="TOKEN_OF_TEST").reveal() == "s3cret"


def test_a_secret_is_read_from_its_file_without_the_line_end(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret\n", encoding="utf-8")
    assert Secret(file=tmp_path / "token").reveal() == "s3cret"


def test_a_secret_is_read_anew_each_time(tmp_path: Path) -> None:
    secret = Secret(file=tmp_path / "token")
    (tmp_path / "token").write_text("old", encoding="utf-8")
    assert secret.reveal() == "old"
    (tmp_path / "token").write_text("new", encoding="utf-8")
    assert secret.reveal() == "new"


def test_a_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TOKEN_OF_TEST", raising=False)
    with pytest.raises(MissingSecretError, match="TOKEN_OF_TEST is not set"):
        Secret(env="TOKEN_OF_TEST").reveal()


def test_a_variable_that_is_empty_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN_OF_TEST", " ")
    with pytest.raises(MissingSecretError, match="TOKEN_OF_TEST is empty"):
        Secret(env="TOKEN_OF_TEST").reveal()


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "cannot read .*token: No such"), (b"\n", "empty"), (b"\xff", "UTF-8")],
)
def test_a_file_without_a_secret_is_named(
    content: bytes | None, words: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / "token").write_bytes(content)
    with pytest.raises(MissingSecretError, match=words):
        Secret(file=tmp_path / "token").reveal()


def test_a_literal_is_not_repeated_by_pydantic_either() -> None:
    with pytest.raises(ValidationError) as caught:
        Secret.model_validate("hunter2-Kx9")
    assert "hunter2" not in str(caught.value)


def test_a_store_is_an_address_alone(load: Load) -> None:
    url = "postgresql+psycopg://slipwatch@db.example:5433/slips"
    assert load(f"store: {url}").store_url() == url


def test_a_store_takes_its_password_from_outside(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PASSWORD_OF_TEST", "p@ss/w:rd")
    settings = load("store: {url: 'postgresql+psycopg://u@h/d', password: {env: PASSWORD_OF_TEST}}")
    assert settings.store_url() == "postgresql+psycopg://u:p%40ss%2Fw%3Ard@h/d"
    assert "p@ss" not in repr(settings)


def test_a_store_without_its_password_says_so_when_it_is_used(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PASSWORD_OF_TEST", raising=False)
    settings = load("store: {url: 'postgresql+psycopg://u@h/d', password: {env: PASSWORD_OF_TEST}}")
    with pytest.raises(MissingSecretError, match="PASSWORD_OF_TEST is not set"):
        settings.store_url()


def test_a_store_may_come_whole_from_outside(
    load: Load, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = load("store: {env: STORE_OF_TEST}")
    monkeypatch.setenv("STORE_OF_TEST", "postgresql+psycopg://u:p@h/d")
    assert settings.store_url() == "postgresql+psycopg://u:p@h/d"
    monkeypatch.setenv("STORE_OF_TEST", "sqlite:///slips.db")
    assert settings.store_url() == f"sqlite:///{tmp_path}/slips.db"


def test_a_store_from_outside_that_is_none_is_refused_without_its_password(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load("store: {env: STORE_OF_TEST}")
    monkeypatch.setenv("STORE_OF_TEST", "mysql://u:hunter2-Kx9@h/d")
    with pytest.raises(MissingSecretError, match="STORE_OF_TEST holds no address") as caught:
        settings.store_url()
    assert "hunter2" not in str(caught.value)


def test_an_absolute_file_stays_where_it_is(load: Load) -> None:
    assert load("store: sqlite:////var/lib/s.db").store_url() == "sqlite:////var/lib/s.db"


def test_a_store_made_by_hand_starts_at_the_working_folder() -> None:
    assert StoreSettings(url="sqlite:///s.db").resolved() == "sqlite:///s.db"
