"""Sessions of requests as a server needs them: its certificates, its proxy, its patience."""

from pathlib import Path
from urllib.parse import quote

import requests

from slipwatch.aggregator.connector import Stop
from slipwatch.config.base import MissingSecretError
from slipwatch.config.sources import HttpSettings

from .answers import CODING, GZIP, Answer
from .deadline import bound

CONNECT_TIMEOUT = 5.0


def timeouts(settings: HttpSettings) -> tuple[float, float]:
    """Give the connect and the read timeout in seconds, as requests takes them."""
    return CONNECT_TIMEOUT, settings.timeout.total_seconds()


def prepare(session: requests.Session, settings: HttpSettings, *, source: str) -> None:
    """Give a session the certificates and the proxy of a source, and nothing else; bound answers.

    Without this, requests takes proxies, CA bundles and even credentials (``.netrc``) from its
    surroundings, which differ between a shell and a service. Raises ``Stop`` for a file or a
    secret that is not there.
    """
    bound(session)
    session.trust_env = False
    session.verify = True
    if settings.ca_file is not None:
        session.verify = _file(settings.ca_file, f"{source}: ca_file")
    if settings.client_cert is not None:
        session.cert = (
            _file(settings.client_cert.cert, f"{source}: client_cert.cert"),
            _file(settings.client_cert.key, f"{source}: client_cert.key"),
        )
    if settings.proxy is not None:
        proxy = _proxy(settings, source)
        session.proxies = {"http": proxy, "https": proxy}


def received(response: requests.Response, *, packed: bool = False) -> Answer:
    """Take a response that was asked for with ``stream``: its body in one piece.

    requests itself would read it 10 kB at a time, to be joined. One that is ``packed`` stays so,
    for ``unpacked``, if it is by gzip. Raises what urllib3 raises.
    """
    packed = packed and response.headers.get(CODING) == GZIP
    body = response.raw.read(decode_content=not packed)
    headers = {
        name: value for name, value in response.headers.items() if packed or name.lower() != CODING
    }
    return Answer.of(response.status_code, headers, body)


def _file(path: Path, key: str) -> str:
    if not path.is_file():
        raise Stop(f"{key}: there is no file {path}")
    return str(path)


def _proxy(settings: HttpSettings, source: str) -> str:
    assert settings.proxy is not None
    if settings.proxy_auth is None:
        return settings.proxy
    try:
        password = settings.proxy_auth.password.reveal()
    except MissingSecretError as error:
        raise Stop(f"{source}: proxy_auth.password: {error}") from None
    scheme, _, host = settings.proxy.partition("://")
    return f"{scheme}://{quote(settings.proxy_auth.username, '')}:{quote(password, '')}@{host}"
