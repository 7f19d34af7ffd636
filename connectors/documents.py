"""JSON documents behind an address: one request, by the shared policy, and a way into them."""

import json
from collections.abc import Collection, Mapping

import requests

from slipwatch.aggregator.connector import Context, Stop
from slipwatch.config.base import MissingSecretError, read_variable
from slipwatch.config.forms import json_path
from slipwatch.config.sources import HttpSettings

from .answers import Answer
from .http import Policy
from .session import prepare, received, timeouts

_TRIES = 3
_LONGEST_WAIT = 5.0
"""Seconds: it is asked again later anyway."""


def get(
    name: str,
    settings: HttpSettings,
    address: str,
    *,
    token_env: str | None,
    context: Context,
    parameters: Mapping[str, str] | None = None,
    accept: Collection[int] = (),
    what: str,
) -> Answer:
    """Get a JSON document; raises ``Retry``, ``Skip`` or ``Stop`` that name what is read.

    No message holds the address, what was asked, or what was answered.
    """
    with requests.Session() as session:
        prepare(session, settings, source=name)
        if token_env is not None:
            session.headers["Authorization"] = f"Bearer {_token(name, token_env)}"
        session.headers["Accept"] = "application/json"
        session.headers["Accept-Encoding"] = "gzip"

        def once() -> Answer:
            with session.get(
                address,
                params=parameters,
                timeout=timeouts(settings),
                allow_redirects=False,
                stream=True,
            ) as response:
                return received(response)

        policy = Policy(source=name, context=context, tries=_TRIES, longest_wait=_LONGEST_WAIT)
        return policy.send(once, what=what, accept=accept)


def decoded(answer: Answer) -> object:
    """Decode a body that the policy took for JSON."""
    found: object = json.loads(answer.body)
    return found


def follow(document: object, path: str) -> object:
    """Follow a path into a document; raises ``LookupError`` where it ends before."""
    found = document
    for step in json_path(path):
        match found, step:
            case dict() as mapping, str() as key:
                found = mapping[key]
            case list() as items, int() as place:
                found = items[place]
            case _:
                raise LookupError(path)
    return found


def _token(name: str, variable: str) -> str:
    try:
        return read_variable(variable)
    except MissingSecretError as error:
        raise Stop(f"{name}: token_env: {error}") from None
