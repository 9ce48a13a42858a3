"""A server that plays a script: one step for each request that reaches it, whatever the request is."""

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

HANG_UP = b"hang up"
SILENCE = b"silence"
DRIP = b"drip"


def answer(status: int, body: object, extra: str = "") -> bytes:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return f"HTTP/1.1 {status} Said\r\nContent-Length: {len(text)}\r\n{extra}\r\n".encode() + text


class Script:
    def __init__(self, steps: list[bytes], context: ssl.SSLContext | None) -> None:
        self.steps = steps
        self.requests: list[bytes] = []
        self.connections = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.context = context
        self.port = self.listener.getsockname()[1]
        self.over = threading.Event()

    def play(self) -> None:
        while True:
            try:
                line, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.talk, args=(line,), daemon=True).start()

    def talk(self, line: socket.socket) -> None:
        try:
            with self.context.wrap_socket(line, server_side=True) if self.context else line as safe:
                while self.steps and (request := received(safe)):
                    self.requests.append(request)
                    if not self.act(safe, self.steps.pop(0)):
                        return
        except OSError:
            return

    def act(self, line: socket.socket, step: bytes) -> bool:
        """Do one step; False when the connection is over."""
        if step == SILENCE:
            self.over.wait(5)
        elif step == DRIP:
            line.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
            while not self.over.wait(0.01):
                line.sendall(b"z")
        elif step != HANG_UP:
            line.sendall(step)
            return True
        return False


def received(line: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head:
        more = line.recv(65536)
        if not more:
            return b""
        head += more
    top, _, body = head.partition(b"\r\n\r\n")
    wanted = int(next(row for row in top.split(b"\r\n") if row.lower().startswith(b"content-length")).split(b":")[1])
    while len(body) < wanted:
        body += line.recv(65536)
    return top + b"\r\n\r\n" + body


@contextmanager
def playing(*steps: bytes, context: ssl.SSLContext | None = None) -> Iterator[Script]:
    script = Script(list(steps), context)
    threading.Thread(target=script.play, daemon=True).start()
    try:
        yield script
    finally:
        script.over.set()
        script.listener.close()
