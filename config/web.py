"""The web config file: TLS, client certificates, basic auth and headers.

It is written in the format of Prometheus' exporter-toolkit, so that `promtool check web-config` can
check it and one file does for all exporters of a host.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from .base import Settings, at_key
from .forms import BcryptHash, Text

TlsVersion = Literal["TLS12", "TLS13"]

Cipher = Literal[
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
]

CIPHERS: Mapping[Cipher, str] = {
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "ECDHE-ECDSA-AES128-GCM-SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "ECDHE-ECDSA-AES256-GCM-SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-ECDSA-CHACHA20-POLY1305",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": "ECDHE-RSA-AES128-GCM-SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": "ECDHE-RSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-RSA-CHACHA20-POLY1305",
}
"""Suites of TLS 1.2 that are safe, as Go and as OpenSSL name them."""


class TlsServerSettings(Settings):
    """How the server proves who it is, and whom it lets connect."""

    cert_file: Path = Field(description="The server's certificate, with those that signed it.")
    key_file: Path = Field(description="Its private key.")
    client_auth_type: Literal[
        "NoClientCert", "VerifyClientCertIfGiven", "RequireAndVerifyClientCert"
    ] = Field(default="NoClientCert", description="Whether clients need a certificate.")
    client_ca_file: Path | None = Field(
        default=None, description="The authorities that sign clients' certificates."
    )
    client_allowed_sans: tuple[Text, ...] = Field(
        default=(), description="Names, of which a client's certificate must hold one."
    )
    min_version: TlsVersion = Field(default="TLS12", description="The oldest TLS that is spoken.")
    max_version: TlsVersion = Field(default="TLS13", description="The newest TLS that is spoken.")
    cipher_suites: tuple[Cipher, ...] = Field(
        default=(), description="Suites for TLS 1.2; default: what OpenSSL takes for safe."
    )
    prefer_server_cipher_suites: bool = Field(
        default=True, description="Whether the order of the suites decides, or the client."
    )

    @model_validator(mode="after")
    def _asks_for_what_it_checks(self) -> Self:
        if self.client_ca_file is None and self.client_auth_type != "NoClientCert":
            raise at_key("client_ca_file", "say who signs clients' certificates: `client_ca_file`")
        if self.client_ca_file is not None and self.client_auth_type == "NoClientCert":
            raise at_key(
                "client_auth_type",
                "a `client_ca_file` without `client_auth_type: RequireAndVerifyClientCert` keeps "
                "nobody out",
            )
        if self.client_allowed_sans and self.client_auth_type != "RequireAndVerifyClientCert":
            raise at_key(
                "client_allowed_sans",
                "names of clients are checked only with "
                "`client_auth_type: RequireAndVerifyClientCert`",
            )
        if self.min_version > self.max_version:
            raise at_key("max_version", f"it is older than `min_version`, {self.min_version}")
        return self


class HeaderSettings(Settings):
    """Headers of every answer."""

    content_security_policy: str = Field(
        default="", alias="Content-Security-Policy", description="What pages may load."
    )
    frame_options: Literal["", "deny", "sameorigin"] = Field(
        default="", alias="X-Frame-Options", description="Who may show pages in a frame."
    )
    content_type_options: Literal["", "nosniff"] = Field(
        default="", alias="X-Content-Type-Options", description="Whether browsers may guess types."
    )
    xss_protection: str = Field(
        default="", alias="X-XSS-Protection", description="For browsers of the past."
    )
    strict_transport_security: str = Field(
        default="",
        alias="Strict-Transport-Security",
        description="How long browsers insist on TLS for this host.",
    )

    def written(self) -> dict[str, str]:
        """Give the headers that are set."""
        return {name: value for name, value in self.model_dump(by_alias=True).items() if value}


class HttpServerSettings(Settings):
    """What is said in HTTP."""

    http2: bool = Field(
        default=True, description="Without effect: slipwatch speaks HTTP/1.1, as scrapes do."
    )
    headers: HeaderSettings = Field(
        default_factory=HeaderSettings, description="Headers of every answer."
    )


class WebSettings(Settings):
    """Everything that the web config file may say."""

    tls_server_config: TlsServerSettings | None = Field(
        default=None, description="TLS; without it the server speaks plain HTTP."
    )
    http_server_config: HttpServerSettings = Field(
        default_factory=HttpServerSettings, description="What is said in HTTP."
    )
    basic_auth_users: dict[Text, BcryptHash] = Field(
        default_factory=dict[str, str],
        repr=False,
        description="Users and their passwords, hashed by bcrypt; without any, all are let in.",
    )

    def files(self) -> tuple[Path, ...]:
        """Name the files that it refers to."""
        tls = self.tls_server_config
        if tls is None:
            return ()
        return tuple(filter(None, (tls.cert_file, tls.key_file, tls.client_ca_file)))
