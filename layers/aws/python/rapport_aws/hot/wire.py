"""One kept-alive HTTP connection with a deadline over everything: connecting, TLS, sending and every byte received.

The standard library's `http.client` is not used: its time-out starts anew with every packet, and the email package it
parses headers with costs a third of a bare function's start. llhttp (httptools) parses; sockets and TLS are Python's.
"""

import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from httptools.parser.errors import HttpParserError
from httptools.parser.parser import HttpResponseParser

IDLE = 20.0  # seconds after which a kept connection is not trusted any more: a frozen function's peer has left
CHUNK = 65536
LARGEST_BODY = 64 * 1024 * 1024
AMAZON_ROOTS = str(Path(__file__).with_name("amazon_roots.pem"))
PORTS = {"https": 443, "http": 80}


class Request(msgspec.Struct, frozen=True):
    """What is sent; `path` and `query` are already escaped, the query in canonical order."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""
    query: str = ""


class Answer(msgspec.Struct, frozen=True):
    """What came back."""

    status: int
    body: bytes


class Patience(msgspec.Struct, frozen=True):
    """How long a call may take in all, to connect, and without a byte, in seconds; and how often it is tried."""

    budget: float
    connect: float = 0.3
    read: float = 0.5
    tries: int = 3


class Lost(ConnectionError):
    """The connection broke; `reused` when it was a kept one, so that a new one deserves an immediate try."""

    def __init__(self, text: str, *, reused: bool) -> None:
        super().__init__(text)
        self.reused = reused


class Deadline:
    """The moment by which a call has to be over, by a clock that never jumps."""

    def __init__(self, patience: Patience, clock: Callable[[], float] = time.monotonic) -> None:
        self._patience = patience
        self._clock = clock
        self._end = clock() + patience.budget

    def left(self) -> float:
        """Return the seconds left, 0 when it is over."""
        return max(0.0, self._end - self._clock())

    def to_connect(self) -> float:
        """Return how long connecting may take from now on. Raises TimeoutError when it is over."""
        return self._at_most(self._patience.connect)

    def to_read(self) -> float:
        """Return how long the next bytes may take from now on. Raises TimeoutError when it is over."""
        return self._at_most(self._patience.read)

    def _at_most(self, limit: float) -> float:
        left = self.left()
        if not left:
            raise TimeoutError("the time for this call is over")
        return min(left, limit)


class Reply:
    """Collects one answer while the parser calls back."""

    def __init__(self) -> None:
        self.parser = HttpResponseParser(self)
        self.parts: list[bytes] = []
        self.size = 0
        self.done = False
        self.keep = False

    def on_message_begin(self) -> None:
        """Raise ConnectionError for a second answer to one question: it would be taken for the next one's."""
        if self.done:
            raise ConnectionError("more than one answer")

    def on_body(self, part: bytes) -> None:
        """Keep a part of the body. Raises ConnectionError beyond what any answer of ours may weigh."""
        self.size += len(part)
        if self.size > LARGEST_BODY:
            raise ConnectionError("the answer is too large")
        self.parts.append(part)

    def on_message_complete(self) -> None:
        """Note the end; only now does the parser know whether the connection may be kept."""
        self.done, self.keep = True, self.parser.should_keep_alive()


class Connection:
    """A connection to one address, opened when needed and kept while it works.

    Threads may share it: whoever finds it taken opens another, and one is kept.
    """

    def __init__(
        self, address: str, environment: Mapping[str, str] = os.environ, clock: Callable[[], float] = time.time
    ) -> None:
        parts = urlsplit(address)
        self.host = parts.netloc
        self._target = (parts.hostname or "", parts.port or PORTS[parts.scheme])
        # The roots are read here, while the function starts, not while somebody waits.
        self._context = trusting(environment.get("AWS_CA_BUNDLE", AMAZON_ROOTS)) if parts.scheme == "https" else None
        self._may_widen = "AWS_CA_BUNDLE" not in environment
        # The wall clock, as the monotonic one may stand still while a function is frozen.
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: socket.socket | None = None
        self._used = 0.0

    def exchange(self, request: Request, deadline: Deadline) -> Answer:
        """Send and receive. Raises TimeoutError, Lost or another OSError, and ValueError for a header of two lines."""
        wanted = spelled(request, self.host)
        line, reused = self._line(deadline)
        keep = False
        try:
            line.settimeout(deadline.to_read())
            line.sendall(wanted)
            answer, keep = receive(line, deadline)
        except TimeoutError:
            raise
        except (OSError, HttpParserError) as error:
            raise Lost(type(error).__name__, reused=reused) from error
        finally:
            # Only after a whole answer: what is left of half an answer would be read as somebody else's.
            if keep:
                self._swap(line)
            else:
                line.close()
        return answer

    def close(self) -> None:
        """Let go of the connection, as after the restore of a snapshot, whose peer knows nothing of it."""
        self._swap(None)

    def _swap(self, line: socket.socket | None) -> None:
        """Keep this one, or none, instead of what was kept."""
        with self._lock:
            old, self._kept, self._used = self._kept, line, self._clock()
        if old:
            old.close()

    def _line(self, deadline: Deadline) -> tuple[socket.socket, bool]:
        if self._clock() - self._used > IDLE:
            self.close()
        with self._lock:
            line, self._kept = self._kept, None
        return (line, True) if line else (self._open(deadline), False)

    def _open(self, deadline: Deadline) -> socket.socket:
        try:
            return reach(self._target, self._context, deadline)
        except ssl.SSLCertVerificationError:
            if not self._may_widen:
                raise
            # Not one of Amazon's roots (other partitions, a proxy): the system's whole store, slow to load, decides.
            self._may_widen, self._context = False, ssl.create_default_context()
            return reach(self._target, self._context, deadline)


@cache
def trusting(bundle: str) -> ssl.SSLContext:
    """Return a TLS context that trusts the roots in a file; names are checked."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(bundle)
    return context


def reach(target: tuple[str, int], context: ssl.SSLContext | None, deadline: Deadline) -> socket.socket:
    """Connect to the first of a name's addresses that takes us, with TLS if asked. Raises OSError, TimeoutError."""
    trouble: OSError = ConnectionError("the name has no address")
    for family, kind, protocol, _, address in socket.getaddrinfo(*target, type=socket.SOCK_STREAM):
        line = socket.socket(family, kind, protocol)
        try:
            line.settimeout(deadline.to_connect())
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            line.connect(address)
            return context.wrap_socket(line, server_hostname=target[0]) if context else line
        except OSError as error:
            line.close()
            trouble = error
    raise trouble


def spelled(request: Request, host: str) -> bytes:
    """Return the bytes of a request. Raises ValueError for a line break where none belongs."""
    headers = {"Host": host, **request.headers, "Content-Length": str(len(request.body))}
    target = f"{request.path}?{request.query}" if request.query else request.path
    lines = [f"{request.method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    if any("\n" in line or "\r" in line for line in lines):
        raise ValueError("a header holds a line break")
    return "\r\n".join([*lines, "", ""]).encode() + request.body


def receive(line: socket.socket, deadline: Deadline) -> tuple[Answer, bool]:
    """Read one answer, and whether the connection may be kept. Raises OSError and the parser's errors."""
    reply = Reply()
    while not reply.done:
        line.settimeout(deadline.to_read())
        data = line.recv(CHUNK)
        if not data:
            raise ConnectionError("the other side closed")
        reply.parser.feed_data(data)
    return Answer(reply.parser.get_status_code(), b"".join(reply.parts)), reply.keep
