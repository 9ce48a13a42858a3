"""What answers in front of the emulator: the API at a clean address, and the mailbox, which is also an SMTP server.

Run as a process of its own: `python -m rapport_authoring.local.door HOME PORT`.
"""

import email
import email.policy
import http.client
import signal
import sys
import threading
import time
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from rapport_authoring.local.place import HOST, Place

HOP_BY_HOP = frozenset(
    ("connection", "keep-alive", "proxy-authenticate", "te", "trailer", "transfer-encoding", "upgrade", "host")
)
LONGEST_BODY = 10 * 1024 * 1024  # bytes; the gateway's own limit


class Mailbox:
    """Takes every mail and writes it as one `.eml` file, named so that files sort by arrival."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        """Keep the mail as it came."""
        content = envelope.content or b""
        raw = content.encode() if isinstance(content, str) else content
        path = self.folder / f"{time.time_ns()}.eml"
        path.with_suffix(".part").write_bytes(raw)
        path.with_suffix(".part").rename(path)
        return "250 kept"

    def names(self) -> list[str]:
        """Return the names of all mails, newest first."""
        return sorted((path.name for path in self.folder.glob("*.eml")), reverse=True)

    def read(self, name: str) -> str | None:
        """Return one mail (or the `latest`) as a person reads it; None when there is none of that name."""
        names = self.names()
        chosen = names[0] if name == "latest" and names else name
        return _readable((self.folder / chosen).read_bytes()) if chosen in names else None


def _readable(raw: bytes) -> str:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)  # noqa: S101 - the default policy makes no other
    head = "\n".join(f"{name}: {value}" for name, value in message.items() if name.lower() != "content-type")
    body = message.get_body(("plain", "html"))
    return f"{head}\n\n{body.get_content() if body else ''}"


class Door(BaseHTTPRequestHandler):
    """Hands each call to the emulator's gateway; `/outbox` shows the mails."""

    protocol_version = "HTTP/1.1"
    place: Place
    mailbox: Mailbox

    def answer(self) -> None:
        """Answer one call, whatever its method."""
        if self.path.startswith("/outbox"):
            self._show(self.path.removeprefix("/outbox").strip("/"))
        else:
            self._pass_on()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_HEAD = answer  # noqa: N815 - its names

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - its signature
        """Say nothing: a path may carry a person's token."""

    def _show(self, name: str) -> None:
        text = self.mailbox.read(name) if name else "\n".join(self.mailbox.names()) + "\n"
        status = 200 if text is not None else 404
        self._send(status, [("Content-Type", "text/plain; charset=utf-8")], (text or "no such mail\n").encode())

    def _pass_on(self) -> None:
        api = self.place.home / "api-id"
        length = int(self.headers.get("Content-Length") or 0)
        if not api.exists() or length > LONGEST_BODY:
            self.close_connection = True
            self._send(503 if length <= LONGEST_BODY else 413, [], b"")
            return
        body = self.rfile.read(length)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        if self.headers.get("Content-Encoding"):
            # The emulator tells text from bytes by the type alone, and would read packed JSON as text.
            headers["Content-Type"] = "application/octet-stream"
        gateway = http.client.HTTPConnection(HOST, self.place.port, timeout=130)
        try:
            gateway.request(self.command, f"/_aws/execute-api/{api.read_text()}{self.path}", body, headers)
            answer = gateway.getresponse()
            self._send(answer.status, answer.getheaders(), answer.read())
        except OSError:
            self._send(502, [], b"the emulator does not answer\n")
        finally:
            gateway.close()

    def _send(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in {*HOP_BY_HOP, "content-length"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def main(home: str, port: str) -> None:
    """Serve until told to stop."""
    place = Place(Path.cwd(), Path(home), int(port))
    mailbox = Mailbox(place.outbox)
    mail = Controller(mailbox, hostname=HOST, port=place.mail_port)
    mail.start()
    server = ThreadingHTTPServer(
        (HOST, place.door_port), type("ThisDoor", (Door,), {"place": place, "mailbox": mailbox})
    )
    # shutdown() waits for the serving loop, which is the very thread that hears the signal.
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
    mail.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
