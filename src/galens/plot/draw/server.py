"""The page to draw on, served to this machine alone.

Other users of the machine, and pages that the user's browser has open, can reach a port on 127.0.0.1 too. So every
request carries a secret that only the printed address has, the address must be that of this machine under
whatever port it was forwarded to, and nothing from another origin is accepted.
"""

from __future__ import annotations

import hmac
import json
import secrets
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from galens.errors import GalensError, PlotError
from galens.plot.draw.subject import Subject

__all__ = ["DrawingServer"]

HOST = "127.0.0.1"
NAMES_OF_THIS_MACHINE = (HOST, "localhost", "::1")
PORTS_TRIED = 20


class DrawingServer:
    """Serves the page for one subject, until it is done.

    Args:
        subject: what is drawn.
        port: the first to try; 0 for any.

    Raises:
        PlotError: none of the ports is free.
    """

    def __init__(self, subject: Subject, port: int) -> None:
        self.token = secrets.token_urlsafe(16)
        subject_, token = subject, self.token

        class Handler(_Handler):
            subject = subject_
            secret = token

        self._server = _listening(Handler, port)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    @property
    def address(self) -> str:
        """Of the page, with its secret."""
        return f"http://{HOST}:{self.port}/?token={self.token}"

    def run(self) -> None:
        """Waits until the user is done."""
        self._server.done.wait()

    def __enter__(self) -> DrawingServer:
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, *arguments: Any) -> None:
        self.done = threading.Event()
        self.writing = threading.Lock()
        super().__init__(*arguments)


def _listening(handler: type[BaseHTTPRequestHandler], port: int) -> _Server:
    for number in range(port, port + PORTS_TRIED) if port else [0]:
        try:
            return _Server((HOST, number), handler)
        except (OSError, OverflowError):
            continue
    raise PlotError(f"port: {port} and the {PORTS_TRIED - 1} after it are all in use or not allowed; give another")


class _Handler(BaseHTTPRequestHandler):
    subject: ClassVar[Subject]
    secret: ClassVar[str]
    server: _Server

    def do_GET(self) -> None:
        if not self._is_allowed():
            return
        path = urlsplit(self.path).path
        if path == "/":
            self._send(HTTPStatus.OK, self._page(), "text/html; charset=utf-8")
        elif path == "/pixels":
            self._send(HTTPStatus.OK, self.subject.pixels(), "application/octet-stream")
        elif path == "/start":
            self._send(HTTPStatus.OK, self.subject.start(), "application/octet-stream")
        else:
            self._say(HTTPStatus.NOT_FOUND, f"there is nothing at {path}")

    def do_POST(self) -> None:
        if not self._is_allowed():
            return
        path = urlsplit(self.path).path
        if path == "/done":
            self._say(HTTPStatus.OK, "Done. This page can be closed.")
            self.server.done.set()
        elif path == "/save":
            self._save()
        else:
            self._say(HTTPStatus.NOT_FOUND, f"there is nothing at {path}")

    def _save(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal():
            self._say(HTTPStatus.LENGTH_REQUIRED, "the length of what is sent is missing")
        elif int(length) > self.subject.largest:
            self.close_connection = True
            self._say(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {self.subject.largest} bytes are allowed")
        else:
            sent = self.rfile.read(int(length))
            try:
                with self.server.writing:
                    said = self.subject.save(sent)
                self._say(HTTPStatus.OK, said)
            except GalensError as error:
                self._say(HTTPStatus.BAD_REQUEST, str(error))
            except OSError as error:
                self._say(HTTPStatus.INTERNAL_SERVER_ERROR, f"{self.subject.path} cannot be written: {error.strerror}")

    def _is_allowed(self) -> bool:
        """Whether the request is the user's own; otherwise it is answered."""
        host = self.headers.get("Host", "")
        origin = self.headers.get("Origin")
        given = self.headers.get("X-Token") or parse_qs(urlsplit(self.path).query).get("token", [""])[0]
        if urlsplit(f"//{host}").hostname not in NAMES_OF_THIS_MACHINE:
            reason = f"this page is only for {HOST}"
        elif origin is not None and origin != f"http://{host}":
            reason = "requests of other pages are not answered"
        elif not hmac.compare_digest(given.encode(), self.secret.encode()):
            reason = "the address lacks its token: use the whole address that was printed"
        else:
            return True
        self.close_connection = True
        self._say(HTTPStatus.FORBIDDEN, reason)
        return False

    def _page(self) -> bytes:
        folder = files("galens.plot.draw")
        settings = json.dumps({**self.subject.settings(), "token": self.secret}).replace("<", "\\u003c")
        page = folder.joinpath("page.html").read_text(encoding="utf-8")
        script = folder.joinpath("page.js").read_text(encoding="utf-8")
        return page.replace("/*SCRIPT*/", f"const settings = {settings};\n{script}").encode()

    def _say(self, status: HTTPStatus, message: str) -> None:
        self._send(status, message.encode(), "text/plain; charset=utf-8")

    def _send(self, status: HTTPStatus, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header(
            "Content-Security-Policy",
            "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; "
            "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        )
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing: the user draws, and watches the page."""
