"""The web config file while the service runs: read again whenever it or its certificates change."""

import asyncio
import ssl
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

import structlog
from starlette.types import ASGIApp

from slipwatch.config.loader import ConfigError, load_web_settings
from slipwatch.config.web import CIPHERS, TlsServerSettings, WebSettings

log = structlog.get_logger(__name__)

_VERSIONS = {"TLS12": ssl.TLSVersion.TLSv1_2, "TLS13": ssl.TLSVersion.TLSv1_3}
_CLIENTS = {
    "NoClientCert": ssl.CERT_NONE,
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}

Stamps = tuple[tuple[int, int, int] | None, ...]


class TlsError(Exception):
    """A certificate or key cannot be used; the message says which and why."""


class WebConfig:
    """What the file says now; a broken one changes nothing, and is named in the log.

    Raises ``ConfigError`` or ``TlsError`` when it is broken from the start.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._settings = load_web_settings(path)
        self._context = _context(self._settings)
        self._seen = self._stamps()

    @property
    def tls(self) -> ssl.SSLContext | None:
        """Give what a server is made with; whether it speaks TLS changes only with a restart."""
        return _Current.following(self) if self._context is not None else None

    def settings(self) -> WebSettings:
        """Give what the file says."""
        self._follow()
        return self._settings

    def context(self) -> ssl.SSLContext:
        """Give the certificates for one more connection."""
        self._follow()
        assert self._context is not None
        return self._context

    def admits(self, transport: asyncio.BaseTransport) -> bool:
        """Tell whether the names in a client's certificate are among those allowed."""
        tls = self._settings.tls_server_config
        if tls is None or not tls.client_allowed_sans:
            return True
        certificate = transport.get_extra_info("peercert") or {}
        names = {value for _, value in certificate.get("subjectAltName", ())}
        return not names.isdisjoint(tls.client_allowed_sans)

    def _follow(self) -> None:
        stamps = self._stamps()
        if stamps == self._seen:
            return
        self._seen = stamps
        try:
            settings = load_web_settings(self._path)
            context = _context(settings)
        except (ConfigError, TlsError) as error:
            log.warning("web config not reloaded", problems=str(error).splitlines())
            return
        if (context is None) != (self._context is None):
            log.warning("web config not reloaded: TLS comes or goes only with a restart")
            return
        self._settings, self._context = settings, context
        self._seen = self._stamps()
        log.info("web config reloaded")

    def _stamps(self) -> Stamps:
        return tuple(_stamps((self._path, *self._settings.files())))


def guarded(app: ASGIApp, web: WebConfig | None) -> ASGIApp:
    """Put the application behind passwords and headers, where a web config file asks for them."""
    if web is None:
        return app
    from slipwatch.exporters.web.access import Gate  # most services and commands need no bcrypt

    return Gate(app, web.settings)


class _Current(ssl.SSLContext):
    """Makes each connection with the certificates of its moment."""

    config: WebConfig

    @classmethod
    def following(cls, config: WebConfig) -> Self:
        context = cls(ssl.PROTOCOL_TLS_SERVER)
        context.config = config
        return context

    def wrap_bio(self, *arguments: Any, **named: Any) -> ssl.SSLObject:
        """Begin a connection, as asyncio asks for it."""
        return self.config.context().wrap_bio(*arguments, **named)


def _stamps(paths: Iterable[Path]) -> Iterable[tuple[int, int, int] | None]:
    for path in paths:
        try:
            found = path.stat()
        except OSError:
            yield None
        else:
            yield found.st_mtime_ns, found.st_size, found.st_ino


def _context(settings: WebSettings) -> ssl.SSLContext | None:
    tls = settings.tls_server_config
    if tls is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = _VERSIONS[tls.min_version]
    context.maximum_version = _VERSIONS[tls.max_version]
    context.verify_mode = _CLIENTS[tls.client_auth_type]
    if tls.prefer_server_cipher_suites:
        context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
    if tls.cipher_suites:
        context.set_ciphers(":".join(CIPHERS[suite] for suite in tls.cipher_suites))
    _load_files(context, tls)
    return context


def _load_files(context: ssl.SSLContext, tls: TlsServerSettings) -> None:
    try:
        # A key with a passphrase would ask for it on the terminal.
        context.load_cert_chain(tls.cert_file, tls.key_file, password="")
    except (OSError, ValueError) as error:
        raise TlsError(
            f"the certificate {tls.cert_file} and the key {tls.key_file} cannot be used: {error}"
        ) from None
    if tls.client_ca_file is not None:
        try:
            context.load_verify_locations(tls.client_ca_file)
        except OSError as error:
            raise TlsError(f"{tls.client_ca_file} cannot be used: {error}") from None
