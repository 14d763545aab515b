"""Serves the site on this machine alone, with HTTP Range: without it a browser cannot seek in a video.

The standard library's server has no Range; Starlette's static files have, and refuse paths outside their root.
"""

from __future__ import annotations

import socket
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from render.errors import BuildError

HOST = "127.0.0.1"
HEADERS = {
    # the browser itself refuses what is not ours; Furo has scripts in its pages, Sphinx evaluates a rule for plurals
    "Content-Security-Policy": "default-src 'self' 'unsafe-inline'; "
    "script-src 'self' 'unsafe-inline' 'unsafe-eval'; img-src 'self' data:; object-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",  # a page that was built anew is seen at once
}


class Headers:
    """Adds HEADERS to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self.app(scope, receive, sending)


def application(root: Path) -> Starlette:
    """The site below `root`."""
    hosts = [HOST, "localhost"]  # a foreign name that resolves to this machine gets nothing
    return Starlette(
        routes=[Mount("/", StaticFiles(directory=root, html=True))],
        middleware=[Middleware(Headers), Middleware(TrustedHostMiddleware, allowed_hosts=hosts)],
    )


def serve(root: Path, port: int) -> None:
    """Serve until interrupted; port 0 takes a free one. Prints the address."""
    if not (root / "index.html").is_file():
        raise BuildError(f"{root}: no site there yet; run `lecture site`")
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, port))
        except OSError as error:
            raise BuildError(f"port {port} cannot be used: {error.strerror}; choose another with --port") from error
        print(f"http://{HOST}:{listening.getsockname()[1]}/  (Ctrl-C ends)", flush=True)
        server = uvicorn.Server(uvicorn.Config(application(root), log_level="error", access_log=False))
        server.run(sockets=[listening])
