"""Mail: a text and an HTML part, in one thread for each matter."""

import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache

from jinja2 import Environment, PackageLoader, Template, select_autoescape

from slipwatch.config.notifications import SmtpSettings

from ..channel import CONNECT, READ, Envelope, GiveUp, TryLater
from ..message import Message
from ..wording import IN_SLIPWATCH, IN_TRACKER, as_text, footer, head, is_over, sentences

_COLORS = {"critical": "#d1242f", "high": "#d1242f", "medium": "#bc4c00", "low": "#9a6700"}


class MailChannel:
    """Hands messages to a mail server."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings

    def send(self, message: Message, envelope: Envelope) -> None:
        """Send the message to all recipients in one transaction."""
        mail = compose(message, envelope, self._settings)
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
    domain = settings.sender.rpartition("@")[2]
    first = envelope.first
    mail = EmailMessage()
    mail["From"] = f"slipwatch <{settings.sender}>"
    mail["To"] = ", ".join(settings.to)
    # Mail readers that thread by subject need the first one's.
    mail["Subject"] = (
        f"[slipwatch] {message.title}" if first is None else f"Re: [slipwatch] {first.title}"
    )
    mail["Date"] = format_datetime(envelope.at)
    mail["Message-ID"] = f"<{message.key}@{domain}>"
    if first is not None:
        mail["In-Reply-To"] = mail["References"] = f"<{first.key}@{domain}>"
    mail["List-Id"] = f"slipwatch <slipwatch.{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
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
        in_slipwatch=IN_SLIPWATCH,
    )
    mail.add_alternative(page, subtype="html")
    return mail


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("slipwatch.exporters.notifications"),
        autoescape=select_autoescape(["html"]),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("mail.html")
