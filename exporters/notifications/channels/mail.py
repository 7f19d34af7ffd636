"""Mail: a text and an HTML part, in one thread for each matter."""

import smtplib
import ssl
from contextlib import suppress
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache

from jinja2 import Environment, PackageLoader, Template, select_autoescape

from slipwatch.config.notifications import SmtpSettings

from ..channel import CONNECT, READ, Envelope, GiveUp, TryLater
from ..document import Document
from ..message import Message
from ..wording import IN_TRACKER, as_text, footer, head, is_over, own_links, sentences

_COLORS = {"critical": "#d1242f", "high": "#d1242f", "medium": "#bc4c00", "low": "#9a6700"}


class MailChannel:
    """Hands messages to a mail server."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings

    def send(self, message: Message, envelope: Envelope) -> None:
        """Send the message to all recipients in one transaction."""
        self._hand_over(compose(message, envelope, self._settings))

    def publish(self, document: Document, *, now: datetime) -> None:
        """Send a document as text, as a page and, where there is one, as a PDF."""
        self._hand_over(compose_document(document, now, self._settings))

    def _hand_over(self, mail: EmailMessage) -> None:
        password = None if self._settings.password is None else self._settings.password.reveal()
        try:
            server = self._connected()
            try:
                if password is not None:
                    server.login(self._settings.username or "", password)
                refused = server.send_message(mail)
            finally:
                _leave(server)
        except smtplib.SMTPRecipientsRefused as error:
            raise _verdict([code for code, _ in error.recipients.values()]) from None
        except smtplib.SMTPAuthenticationError:
            raise TryLater("refused the account or its password") from None
        except smtplib.SMTPResponseException as error:
            raise _verdict([error.smtp_code]) from None
        except (OSError, smtplib.SMTPException) as error:
            raise TryLater(f"no answer ({type(error).__name__})") from None
        if refused:
            # The others have it: to send it to them again would be worse.
            raise GiveUp(f"{len(refused)} of {len(self._settings.to)} recipients were refused")

    def _connected(self) -> smtplib.SMTP:
        host, port = self._settings.host, self._settings.port
        if self._settings.tls == "implicit":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(host, port, timeout=CONNECT + READ, context=context)
        server = smtplib.SMTP(host, port, timeout=CONNECT + READ)
        if self._settings.tls == "starttls":
            try:
                server.starttls(context=ssl.create_default_context())
            except BaseException:
                server.close()
                raise
        return server


def _leave(server: smtplib.SMTP) -> None:
    """Say goodbye; what goes wrong now makes no mail that was taken one that was not."""
    with suppress(OSError, smtplib.SMTPException):
        server.quit()
    server.close()


def _verdict(codes: list[int]) -> TryLater | GiveUp:
    code = min(codes)
    if 500 <= code < 600:
        return GiveUp(f"refused with {code}")
    return TryLater(f"answered {code}")


def compose(message: Message, envelope: Envelope, settings: SmtpSettings) -> EmailMessage:
    """Write the mail; its id is that of the message, however often it is sent."""
    first = envelope.first
    # Mail readers that thread by subject need the first one's.
    subject = f"[slipwatch] {message.title}" if first is None else f"Re: [slipwatch] {first.title}"
    mail = _addressed(settings, subject, message.key, envelope.at)
    if first is not None:
        mail["In-Reply-To"] = mail["References"] = f"<{first.key}@{_domain(settings)}>"
    title = f"{message.title}\n\n" if first is not None else ""
    mail.set_content(f"{title}{as_text(message)}")
    page = _template().render(
        message=message,
        colors=_COLORS,
        head=head,
        sentences=sentences,
        footer=footer,
        is_over=is_over,
        in_tracker=IN_TRACKER,
        own_links=own_links,
    )
    mail.add_alternative(page, subtype="html")
    return mail


def compose_document(document: Document, now: datetime, settings: SmtpSettings) -> EmailMessage:
    """Write a mail that is a document."""
    mail = _addressed(settings, document.title, document.key, now)
    link = f"{document.link}\n\n" if document.link else ""
    mail.set_content(f"{link}{document.text}")
    mail.add_alternative(document.html, subtype="html")
    if document.pdf is not None:
        name = f"{document.key}.pdf"
        mail.add_attachment(document.pdf, maintype="application", subtype="pdf", filename=name)
    return mail


def _addressed(settings: SmtpSettings, subject: str, key: str, at: datetime) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = f"slipwatch <{settings.sender}>"
    mail["To"] = ", ".join(settings.to)
    mail["Subject"] = subject
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{key}@{_domain(settings)}>"
    mail["List-Id"] = f"slipwatch <slipwatch.{_domain(settings)}>"
    mail["Auto-Submitted"] = "auto-generated"
    return mail


def _domain(settings: SmtpSettings) -> str:
    return settings.sender.rpartition("@")[2]


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("slipwatch.exporters.notifications"),
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("mail.html")
