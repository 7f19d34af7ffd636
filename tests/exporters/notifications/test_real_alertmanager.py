"""What a real Alertmanager makes of the alerts that it is sent."""

import json
import re
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from slipwatch.config.notifications import ChannelSettings
from slipwatch.exporters.notifications.channel import Envelope
from slipwatch.exporters.notifications.message import Message
from slipwatch.exporters.notifications.table import make_channel
from tests.exporters.prometheus.servers import program
from tests.receivers import HttpReceiver

pytestmark = pytest.mark.prometheus

PATIENCE = 30.0


def test_one_alert_is_told_once_however_often_it_is_sent_and_then_resolved(
    compose: Callable[..., Message], http: HttpReceiver, tmp_path: Path
) -> None:
    firing = msgspec.structs.replace(
        compose("@channel <b>Launch</b>"), lines=compose("x").lines[:1]
    )
    over = msgspec.structs.replace(
        firing, lines=(msgspec.structs.replace(firing.lines[0], change="resolved"),)
    )
    now = datetime.now(UTC)
    envelope = Envelope(at=now, now=now)
    with alertmanager(tmp_path, http.url) as address:
        channel = make_channel(
            ChannelSettings.model_validate({"alertmanager": {"urls": [address]}})
        )
        for _ in range(3):
            channel.send(firing, envelope)
        (told,) = arrived(http, 1)
        assert told["status"] == "firing"
        assert told["alerts"][0]["labels"]["subject"] == "x"
        channel.send(over, replace(envelope, now=datetime.now(UTC)))
        assert [one["status"] for one in arrived(http, 2)] == ["firing", "resolved"]


def arrived(http: HttpReceiver, number: int) -> list[Any]:
    """Wait for so many notifications."""
    until = time.monotonic() + PATIENCE
    while len(http.received) < number:
        assert time.monotonic() < until, http.received
        time.sleep(0.05)
    return [received.json for received in http.received]


@contextmanager
def alertmanager(folder: Path, webhook: str) -> Generator[str]:
    """Run an Alertmanager that passes on what it is told; give its address."""
    binary = program("prometheus-alertmanager", "prometheus-alertmanager")
    config = folder / "alertmanager.yml"
    route = {"receiver": "hook", "group_wait": "100ms", "group_interval": "1s"}
    receivers = [{"name": "hook", "webhook_configs": [{"url": webhook}]}]
    config.write_text(json.dumps({"route": route, "receivers": receivers}))
    command = [
        binary,
        f"--config.file={config}",
        f"--storage.path={folder / 'alertmanager'}",
        "--web.listen-address=127.0.0.1:0",
        "--cluster.listen-address=",
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        lines: Iterator[str] = iter(server.stderr)
        drain = threading.Thread(target=lambda: [*lines])
        try:
            address = next(
                match[1]
                for line in lines
                if (match := re.search(r'msg="Listening on" address=(\S+)', line))
            )
            drain.start()
            yield f"http://{address}"
        finally:
            server.terminate()
            server.wait(PATIENCE)
            if drain.ident is not None:
                drain.join(PATIENCE)
