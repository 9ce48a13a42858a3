"""The Lambda Runtime API, faked: hands one event after another to a real `awslambdaric` and reads its clocks."""

import queue
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from statistics import median

UNCOUNTED_CALLS = 5  # the first calls connect and fill caches; they are the cold start, not the warm state
PATIENCE = 30.0

INVOCATION_HEADERS = {
    "Content-Type": "application/json",
    "Lambda-Runtime-Aws-Request-Id": "8476a536-e9f4-11e8-9739-2dfe598c3f01",
    "Lambda-Runtime-Deadline-Ms": "9999999999999",
    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-west-1:123456789012:function:measured",
    "Lambda-Runtime-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0",
}


class FunctionFailed(Exception):
    """The function under measurement answered with an error, or never answered."""


@dataclass(frozen=True)
class Sample:
    """One process: milliseconds of wall and of its own CPU, until ready, for the first call, and for a warm one."""

    init: float
    init_cpu: float
    first: float
    warm: float
    warm_cpu: float
    answer: bytes


@dataclass
class Conversation:
    """What was seen of one child: a mark at each `GET next`, a time at each answer."""

    event: bytes
    calls: int
    pid: int = 0
    marks: list[tuple[float, float]] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    answer: bytes = b""
    outcome: "queue.Queue[str]" = field(default_factory=queue.Queue)
    over: threading.Event = field(default_factory=threading.Event)


def cpu_seconds(pid: int) -> float:
    """CPU time of a process with all its threads, in nanosecond steps; the id is that of clock_getcpuclockid(3)."""
    return time.clock_gettime((~pid << 3) | 2)


class Quiet(ThreadingHTTPServer):
    """A server whose clients are killed: a connection that breaks is no news."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Report everything but a broken connection."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def door(talk: Conversation) -> type[BaseHTTPRequestHandler]:
    """The request handler that leads this conversation."""

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1  # headers and body leave in one packet

        def do_GET(self) -> None:
            talk.marks.append((time.perf_counter(), cpu_seconds(talk.pid)))
            if len(talk.marks) > talk.calls:
                talk.outcome.put("")
                talk.over.wait(PATIENCE)
                return
            self.reply(200, INVOCATION_HEADERS, talk.event)

        def do_POST(self) -> None:
            talk.answered.append(time.perf_counter())
            talk.answer = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path.endswith("/error"):
                talk.outcome.put(talk.answer.decode())
            self.reply(202, {}, b"")

        def reply(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()

        def log_message(self, *_: object) -> None:
            """Say nothing: the table is the output."""

    return Door


def run(handler: str, environment: dict[str, str], event: bytes, calls: int) -> Sample:
    """Start a function, call it, end it. Raises FunctionFailed with what it said."""
    talk = Conversation(event, calls + UNCOUNTED_CALLS)
    server = Quiet(("127.0.0.1", 0), door(talk))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    address = {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.server_port}"}
    started = time.perf_counter()
    # -S: a Lambda has no site-packages and so no .pth files to read
    command = [sys.executable, "-S", "-m", "awslambdaric", handler]
    child = subprocess.Popen(command, env={**environment, **address}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)  # noqa: S603 - our own interpreter
    talk.pid = child.pid
    try:
        failure = talk.outcome.get(timeout=PATIENCE)
    except queue.Empty:
        failure = "no answer"
    finally:
        child.kill()
        talk.over.set()
        errors = child.communicate()[1].decode()[-3000:]
        server.shutdown()
        server.server_close()
    if failure:
        raise FunctionFailed(f"{handler}: {failure[:3000]}\n{errors}")
    return sample(talk, started)


def sample(talk: Conversation, started: float) -> Sample:
    """Milliseconds from the marks of one conversation."""
    waits = [end - begin for (begin, _), end in zip(talk.marks, talk.answered, strict=False)]
    ready, ready_cpu = talk.marks[0]
    counted = talk.calls - UNCOUNTED_CALLS
    busy = talk.marks[-1][1] - talk.marks[UNCOUNTED_CALLS][1]
    return Sample(
        init=(ready - started) * 1e3,
        init_cpu=ready_cpu * 1e3,
        first=waits[0] * 1e3,
        warm=median(waits[UNCOUNTED_CALLS:]) * 1e3,
        warm_cpu=busy / counted * 1e3,
        answer=talk.answer,
    )
