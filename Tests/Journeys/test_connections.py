"""Crowds at the door: two thousand connections that hold the portal up in each way there is, with the usual limit of 1,024 descriptors to begin with.

What it takes the others to be answered is printed; that they are answered, and that the process lives, is asserted.
"""

from __future__ import annotations

import http.client
import resource
import socket
import threading
import time

import pytest

from house import ADULT

CROWD = 2_000
ADDRESSES = 50
SECONDS = 6

WORDS = {
    "idle": b"",
    "slow heads": b"GET /hello HTTP/1.1\r\nHost: a\r\nX: ",
    "slow bodies": b"POST /verify HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nx",
    "keep-alive": b"GET /hello HTTP/1.1\r\nHost: a\r\n\r\n",
    "slow readers": b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 200,
    # Pages, missing ones and bare answers, sent before any of them is answered, and all of them read.
    "sent ahead": b"".join(b"GET %b HTTP/1.1\r\nHost: a\r\n\r\n" % path for path in (b"/", b"/sign-in", b"/nothing", b"/hello")) * 50,
    # Whatever a page says of its own address costs as much as that is long.
    "long addresses": b"".join(
        b"GET %b HTTP/1.1\r\nHost: a\r\n\r\n" % path for path in (b"/" * 7_900, b"/x" * 3_900, b"/services?" + b"q=1&" * 1_900, b"/sign-in?next=" + b"%2F" * 2_600)),
}

READ = ("sent ahead", "long addresses")


class Visitor(threading.Thread):
    """Somebody else, from an address of her own, who asks ten times a second."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.port = port
        self.times: list[float] = []
        self.failures: list[str] = []
        self.done = threading.Event()

    def run(self) -> None:
        while not self.done.wait(0.1):
            began = time.monotonic()
            try:
                client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5, source_address=("127.0.9.9", 0))
                client.request("GET", "/hello")
                status = client.getresponse().status
                client.close()
                if status != 200:
                    self.failures.append(str(status))
            except OSError as error:
                self.failures.append(repr(error))
            self.times.append(time.monotonic() - began)

    def finish(self, what: str) -> None:
        self.done.set()
        self.join(10)
        print(f"{what}: /hello {len(self.times)} times, at worst {1000 * max(self.times):.0f} ms")
        assert not self.failures, self.failures[:5]
        assert len(self.times) > 10


@pytest.fixture
def crowded(own_server):
    """Served with the soft limit that a Debian login has."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1_024, hard))
    own_server.start()
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield own_server
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("what", WORDS)
@pytest.mark.parametrize("addresses", [1, ADDRESSES])
def test_a_crowd_keeps_nobody_out(crowded, what, addresses):
    visitor = Visitor(crowded.port)
    visitor.start()
    held = []
    try:
        for number in range(CROWD):
            one = socket.socket()
            one.settimeout(1)
            one.bind((f"127.0.1.{1 + number % addresses}", 0))
            try:
                one.connect(("127.0.0.1", crowded.port))
                one.sendall(WORDS[what])
            except OSError:
                one.close()
                continue
            one.setblocking(False)
            held.append(one)
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            if what in ("slow heads", "slow bodies"):
                for one in held:
                    try:
                        one.send(b"x")
                    except OSError:
                        pass
            if what in READ:
                for one in held:
                    try:
                        one.recv(1 << 20)
                    except OSError:
                        pass
                time.sleep(0.05)
            else:
                time.sleep(1)
        assert crowded.process.poll() is None, crowded.output()
    finally:
        for one in held:
            one.close()
    visitor.finish(f"{what}, {addresses} addresses")
    assert crowded.stop() == 0


def test_sixteen_forms_of_five_megabytes_keep_nobody_waiting(crowded):
    def ask(method: str, path: str, body: bytes | None = None, **headers: str) -> http.client.HTTPResponse:
        client = http.client.HTTPConnection("127.0.0.1", crowded.port, timeout=60)
        client.request(method, path, body, {"Accept-Language": "en", **headers})
        answer = client.getresponse()
        answer.read()
        return answer

    signed_in = ask("POST", "/sign-in", f"person={ADULT}".encode(), **{"Content-Type": "application/x-www-form-urlencoded"})
    cookie = signed_in.getheader("Set-Cookie").split(";")[0]
    body = b"--b\r\na" + b"\r" * 5_000_000 + b"\r\n--b--"
    statuses: list[object] = []

    def post() -> None:
        try:
            statuses.append(ask("POST", "/cases/x/papers", body, Cookie=cookie, **{"Content-Type": "multipart/form-data; boundary=b"}).status)
        except OSError as error:
            # Refused before all was sent.
            statuses.append(type(error).__name__)

    visitor = Visitor(crowded.port)
    visitor.start()
    time.sleep(0.5)
    posts = [threading.Thread(target=post) for _ in range(16)]
    for one in posts:
        one.start()
    for one in posts:
        one.join()
    time.sleep(1)
    visitor.finish(f"sixteen forms, answered {sorted(map(str, set(statuses)))}")
    assert 500 not in statuses
    assert crowded.stop() == 0
