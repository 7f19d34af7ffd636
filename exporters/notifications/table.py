"""The table of channels: which code sends what the settings call by that name.

A new channel is a settings class and a key in ``config/notifications.py``, a module in
``channels/``, and one row here.
"""

from collections.abc import Callable, Mapping
from typing import Any

from slipwatch.config.notifications import ChannelSettings

from .channel import Channel
from .channels.alertmanager import AlertmanagerChannel
from .channels.apprise import AppriseChannel
from .channels.mail import MailChannel
from .channels.pagerduty import PagerDutyChannel
from .channels.slack import SlackChannel
from .channels.teams import TeamsChannel
from .channels.webhook import WebhookChannel

CHANNELS: Mapping[str, Callable[[Any], Channel]] = {
    "webhook": WebhookChannel,
    "smtp": MailChannel,
    "slack": SlackChannel,
    "teams": TeamsChannel,
    "pagerduty": PagerDutyChannel,
    "alertmanager": AlertmanagerChannel,
    "apprise": AppriseChannel,
}


def make_channel(settings: ChannelSettings) -> Channel:
    """Make a channel; it connects to nothing and reads no secret before it sends."""
    return CHANNELS[settings.kind](settings.own)
