"""A site to measure syncs of, in a process of its own, that answers from memory.

It is a simulated site behind a front that keeps every answer: what was asked before is answered
as it was, within a tenth of a millisecond and with the same bytes, for whoever asks. Only then
is it the client that is measured. It may be told to take its time for each answer, as real sites
do. Answers are compressed for who takes them so, as those of Atlassian's and GitHub's servers
are. An edit of the world makes the front forget.

Run as a program, this module is such a process. It is given a size as JSON, prints the site's
address, and answers one question per line until its standard input ends.
"""

import gzip
import http.client
import json
import random
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Lock, Thread
from typing import Any

import msgspec

from slipwatch.demo import DemoServers, User, World
from tests.acceptance.worlds import Kind, Size, build, edit, server_of, true_facts

ROOT = Path(__file__).parent.parent
_DANA = User("dana", "Dana", 7)
_TEXT = (
    "As a customer I want to pay by invoice, so that my purchase goes through the books of my "
    "company. The amount is limited per customer, and the limit is shown before the order is "
    "sent. Given an order above the limit, the form says so and offers the other methods. "
) * 3
"""A description of 800 characters."""

_PLENTY = 10**9
"""Requests and points that GitHub allows in an hour: by default, enough for 110,000 issues."""

_SMALL = 1000
"""Bytes that no server compresses."""


class Asked(msgspec.Struct, frozen=True):
    """One request; ``etag`` is what its If-None-Match said."""

    method: str
    target: str
    body: str = ""
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """The running site, for the process that measures."""

    process: "subprocess.Popen[str]"
    url: str
    size: Size

    def pages(self) -> list[Asked]:
        """Give every request since the last time, in order."""
        return msgspec.convert(self._ask("pages"), list[Asked])

    def take(self, seconds: float) -> None:
        """Let every answer take that long."""
        self._ask("take", seconds=seconds)

    def edit(self, count: int, seed: int) -> list[str]:
        """Let a day pass in which some issues are worked on; give their keys."""
        keys: list[str] = self._ask("edit", count=count, seed=seed)
        return keys

    def facts(self) -> list[str]:
        """Say what is true."""
        facts: list[str] = self._ask("facts")
        return facts

    def _ask(self, question: str, **arguments: object) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"question": question, **arguments}) + "\n")
        self.process.stdin.flush()
        return _read(self.process)


@contextmanager
def running(size: Size, *, remember: bool = True) -> Generator[Site]:
    """Start a site; without ``remember`` the front keeps nothing, for worlds beyond memory."""
    arguments = [msgspec.json.encode(size).decode(), "remember" if remember else "forget"]
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.site", *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Site(process, _read(process), size)
        process.communicate()


def _read(process: "subprocess.Popen[str]") -> Any:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError("the simulated site has ended")
    return json.loads(line)


def world_of(size: Size) -> World:
    """Make a world whose issues have texts, and of Jira three changes that are kept each."""
    world = build(size)
    world.github.rate_limit = world.github.points = _PLENTY
    for repository in world.github.repositories.values():
        for one in repository.issues.values():
            one.body = _TEXT
    chance = random.Random(size.seed)
    for site in (world.jira_cloud, world.jira_dc):
        for issue in site.issues.values():
            issue.description = _TEXT
            for turn in range(3 - len(issue.histories)):
                at = issue.updated + timedelta(seconds=1)
                if turn == 0:
                    day = at.date() + timedelta(days=chance.randint(1, 40))
                    site.set_due(issue, day, at=at, by=_DANA)
                else:
                    status = "In Review" if issue.status.name == "In Progress" else "In Progress"
                    site.transition(issue, status, at=at, by=_DANA)
    return world


class _Front:
    """Answers from memory, or lets the site answer and remembers."""

    def __init__(self, upstream: str, *, remember: bool) -> None:
        self.upstream = upstream.removeprefix("http://")
        self.remember = remember
        self.answers: dict[Asked, bytes] = {}
        self.asked: list[Asked] = []
        self.lock = Lock()
        self.seconds = 0.0

    def answer(
        self, asked: Asked, headers: dict[str, str], connection: http.client.HTTPConnection
    ) -> bytes:
        with self.lock:
            self.asked.append(asked)
            answer = self.answers.get(asked)
        if answer is None:
            answer = _forward(asked, headers, connection)
            if self.remember:
                with self.lock:
                    self.answers[asked] = answer
        if self.seconds:
            time.sleep(self.seconds)
        return answer


def _forward(
    asked: Asked, headers: dict[str, str], connection: http.client.HTTPConnection
) -> bytes:
    """Ask the site, under the address that the client wrote, and keep the answer as bytes."""
    connection.putrequest(asked.method, asked.target, skip_host=True, skip_accept_encoding=True)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders(asked.body.encode())
    response = connection.getresponse()
    body = response.read()
    kept = [(name, value) for name, value in response.getheaders() if not _hop(name)]
    if "gzip" in headers.get("accept-encoding", "") and len(body) > _SMALL:
        kept.append(("content-encoding", "gzip"))
        body = gzip.compress(body, compresslevel=6, mtime=0)
    lines = [f"HTTP/1.1 {response.status} {response.reason}"]
    lines += [f"{name}: {value}" for name, value in kept]
    lines += [f"content-length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def _hop(name: str) -> bool:
    return name.lower() in {"content-length", "transfer-encoding", "connection"}


def _handler(front: _Front) -> type[StreamRequestHandler]:
    class Handler(StreamRequestHandler):
        def setup(self) -> None:
            super().setup()
            self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def handle(self) -> None:
            connection = http.client.HTTPConnection(front.upstream)
            while line := self.rfile.readline():
                method, target, _ = line.decode("latin-1").split(" ", 2)
                headers: dict[str, str] = {}
                while header := self.rfile.readline().decode("latin-1").strip():
                    name, _, value = header.partition(":")
                    headers[name.lower()] = value.strip()
                body = self.rfile.read(int(headers.get("content-length", 0))).decode()
                etag = headers.get("if-none-match", "")
                asked = Asked(method, target, body, etag)
                self.request.sendall(front.answer(asked, headers, connection))
            connection.close()

    return Handler


class _Server(ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64


def _serve(size: Size, *, remember: bool) -> None:
    world = world_of(size)
    with DemoServers(world) as servers:
        front = _Front(server_of(servers, size.kind).url, remember=remember)
        with _Server(("127.0.0.1", 0), _handler(front)) as server:
            Thread(target=server.serve_forever, daemon=True).start()
            _tell(f"http://127.0.0.1:{server.server_address[1]}")
            for line in sys.stdin:
                _tell(_answer(world, front, size.kind, json.loads(line)))
            server.shutdown()


def _answer(world: World, front: _Front, kind: Kind, request: dict[str, Any]) -> object:
    match request["question"]:
        case "facts":
            return true_facts(world, kind)
        case "pages":
            pages, front.asked = front.asked, []
            return msgspec.to_builtins(pages)
        case "take":
            front.seconds = request["seconds"]
            return None
        case _:
            with world.lock:
                keys = edit(world, kind, request["count"], request["seed"], over=timedelta(days=1))
            front.answers.clear()
            return keys


def _tell(answer: object) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _serve(msgspec.json.decode(sys.argv[1], type=Size), remember=sys.argv[2] == "remember")
