"""Documents reach people whole by mail, and as a summary with a link where there is a chat."""

import hashlib
import hmac
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from slipwatch.config.notifications import ChannelSettings
from slipwatch.exporters.notifications.channel import GiveUp, TryLater
from slipwatch.exporters.notifications.document import Document, Publisher
from slipwatch.exporters.notifications.publishing import publish
from slipwatch.exporters.notifications.table import make_channel
from tests.receivers import HttpReceiver, MailReceiver, Reply

NOW = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
LINK = "https://slipwatch.acme.example/reports/7"
REPORT = Document(
    key="checkout-2026-11-27",
    title="Checkout: status of 27 November\r\nBcc: all@acme.example",
    summary=("Launch is red.", "<!channel> @here *costs* it 6 working days.", ""),
    text="# Checkout\n\nLaunch is red, half a character \ud800.\n",
    html="<!doctype html><h1>Checkout</h1><p>Launch is red \ud800.</p>",
    link=LINK,
    pdf=b"%PDF-1.7 x",
)


def settings(kind: str, http: HttpReceiver, mail: MailReceiver) -> ChannelSettings:
    """Give the settings of a channel to one of the receivers."""
    own: dict[str, object] = {
        "webhook": {"url": http.url, "secret": {"env": "SECRET"}},
        "smtp": {
            "host": "127.0.0.1",
            "port": mail.port,
            "tls": "none",
            "sender": "slipwatch@acme.example",
            "to": ["sam@acme.example"],
        },
        "slack": {"url": {"env": "URL"}},
        "teams": {"url": {"env": "URL"}},
        "pagerduty": {"routing_key": {"env": "SECRET"}, "url": http.url},
        "alertmanager": {"urls": [http.url]},
        "apprise": {"env": "APPRISE"},
    }
    return ChannelSettings.model_validate({kind: own[kind]})


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch, http: HttpReceiver) -> None:
    monkeypatch.setenv("SECRET", "s")
    monkeypatch.setenv("URL", http.url)
    monkeypatch.setenv("APPRISE", f"json://127.0.0.1:{http.port}")


def test_a_mail_has_all_of_it_and_the_pdf(http: HttpReceiver, mail: MailReceiver) -> None:
    publish(settings("smtp", http, mail), REPORT, now=NOW)
    (received,) = mail.mails
    assert received["Subject"] == "Checkout: status of 27 November Bcc: all@acme.example"
    assert received["Message-ID"] == "<checkout-2026-11-27@acme.example>"
    assert received["Bcc"] is None
    text, page = received.get_body(("plain",)), received.get_body(("html",))
    assert isinstance(text, EmailMessage)
    assert isinstance(page, EmailMessage)
    assert text.get_content().splitlines()[:3] == [LINK, "", "# Checkout"]
    assert "<h1>Checkout</h1>" in page.get_content()
    (attached,) = received.iter_attachments()
    assert (attached.get_content_type(), attached.get_filename()) == (
        "application/pdf",
        "checkout-2026-11-27.pdf",
    )
    assert attached.get_content() == REPORT.pdf


def test_a_program_gets_all_of_it_signed(http: HttpReceiver, mail: MailReceiver) -> None:
    publish(settings("webhook", http, mail), REPORT, now=NOW)
    (received,) = http.received
    digest = hmac.new(b"s", received.body, hashlib.sha256).hexdigest()
    assert received.headers["x-slipwatch-signature-256"] == f"sha256={digest}"
    assert received.headers["x-slipwatch-delivery"] == REPORT.key
    said = received.json
    assert (said["schema"], said["key"], said["link"]) == (
        "slipwatch/document/1",
        REPORT.key,
        LINK,
    )
    assert said["html"].startswith("<!doctype html>")


@pytest.mark.parametrize("kind", ["slack", "teams", "apprise"])
def test_a_chat_gets_a_summary_and_the_link(
    http: HttpReceiver, mail: MailReceiver, kind: str
) -> None:
    publish(settings(kind, http, mail), REPORT, now=NOW)
    (received,) = http.received
    said = received.body.decode()
    assert "Launch is red." in said
    assert LINK in said
    assert "<h1>" not in said
    if kind == "slack":
        assert [block["type"] for block in received.json["blocks"]] == ["header", "rich_text"]
    if kind == "teams":
        body = received.json["attachments"][0]["content"]["body"]
        assert [part["type"] for part in body] == ["RichTextBlock"] * 3 + ["ActionSet"]
    if kind == "apprise":
        assert "‹!channel› ＠here ∗costs∗" in received.json["message"]


@pytest.mark.parametrize("kind", list(ChannelSettings.model_fields))
def test_the_settings_know_which_channels_bring_documents(
    http: HttpReceiver, mail: MailReceiver, kind: str
) -> None:
    written = settings(kind, http, mail)
    assert isinstance(make_channel(written), Publisher) == written.brings_documents
    if not written.brings_documents:
        with pytest.raises(GiveUp, match=f"^a channel of kind {kind} brings no documents$"):
            publish(written, REPORT, now=NOW)
        assert http.received == []


def test_a_channel_that_is_down_is_tried_again(http: HttpReceiver, mail: MailReceiver) -> None:
    http.answer = lambda _: Reply(503, headers={"Retry-After": "9"})
    with pytest.raises(TryLater, match=r"^answered 503$") as caught:
        publish(settings("slack", http, mail), REPORT, now=NOW)
    assert caught.value.retry_after == 9
