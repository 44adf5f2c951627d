"""Refuses every request that does not come from the page itself, and whatever is too large or too slow."""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlencode

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
          "frame-ancestors 'none'")
HEADERS = ((b"content-security-policy", POLICY.encode()), (b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"same-origin"),
           (b"cross-origin-opener-policy", b"same-origin"), (b"cross-origin-resource-policy", b"same-origin"), (b"x-frame-options", b"DENY"),
           (b"cache-control", b"no-store"))
"""What every answer says, refusals too."""
FORM = "application/x-www-form-urlencoded"
MOST_ADDRESS = 60_000
"""Bytes of what stands behind the question mark of an address."""
WILD = ("0.0.0.0", "::")
"""Hosts that mean every address of the machine."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Who is let in: who asks for one of the *hosts* (lower-case, without port) at *port*, and has the *token*, if there is one. Any address is a
    host where the server listens at all of them (*wild*): no foreign name is. Bodies have *most* bytes, and are there within *seconds*, as answers
    are taken within so many."""

    port: int
    hosts: frozenset[str]
    token: str = ""
    wild: bool = False
    most: int = 1_000_000
    seconds: float = 10.0

    @classmethod
    def of(cls, host: str, port: int, token: str = "", most: int = 1_000_000, seconds: float = 10.0) -> Rules:
        """The rules of a server that listens at *host* and *port*."""
        own = {"localhost", "127.0.0.1", "[::1]"} if loopback(host) or host in WILD else set()
        named = {f"[{host}]" if ":" in host else host, *([socket.gethostname()] if host in WILD else [])}
        return cls(port, frozenset(name.lower() for name in own | named), token, host in WILD, most, seconds)

    def known(self, authority: str) -> bool:
        """Whether *authority* (``host:port``) is this server."""
        host, colon, port = authority.lower().rpartition(":")
        if not colon or port != str(self.port):
            return False
        return host in self.hosts or (self.wild and _is_address(host))


def loopback(host: str) -> bool:
    """Whether nobody but this machine gets to *host*."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


class RefusedError(Exception):
    """A request that is not answered: with *status*, and why in *words*."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status, self.words = status, words


class Guard:
    """Lets through to *app* only what the *rules* let in; an app gets a body as a whole."""

    def __init__(self, app: App, rules: Rules) -> None:
        self.app, self.rules = app, rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        answer = _armed(send, self.rules.seconds)
        try:
            headers = _headers(scope)
            self._checks(scope, headers)
            if self.rules.token and not self._admitted(headers):
                await self._admits(scope, answer)
                return
            body = await self._body(headers, receive)
        except RefusedError as refused:
            await _plain(answer, refused.status, refused.words)
            return
        await self.app(scope, _whole(body, receive), answer)

    def _checks(self, scope: Scope, headers: dict[str, list[str]]) -> None:
        """Raises RefusedError for whatever does not come from the page itself."""
        hosts, method = headers.get("host", []), scope["method"]
        if len(hosts) != 1 or not self.rules.known(hosts[0]):
            raise RefusedError(421, "This is not the host of this page.")
        if len(scope["query_string"]) > MOST_ADDRESS:
            raise RefusedError(414, f"An address has {MOST_ADDRESS} bytes at most.")
        if method not in ("GET", "HEAD", "POST"):
            raise RefusedError(405, "Pages are asked for by GET, and edits sent by POST.")
        origins = headers.get("origin", [])
        if len(origins) > 1 or any(origin.lower() != f"http://{hosts[0].lower()}" for origin in origins):
            raise RefusedError(403, "Another page may not ask this one.")
        site = headers.get("sec-fetch-site", ["same-origin"])
        if any(word not in ("same-origin", "none") for word in site):
            raise RefusedError(403, "This address was followed from another page. Copy it into the address line of the browser.")
        if method == "POST":
            self._checks_post(headers, site)

    def _checks_post(self, headers: dict[str, list[str]], site: list[str]) -> None:
        if headers.get("hx-request") != ["true"] or site != ["same-origin"]:
            raise RefusedError(403, "Only the page itself may send edits.")
        if headers.get("content-type", [""])[0].split(";")[0].strip().lower() != FORM:
            raise RefusedError(415, f"Edits are sent as {FORM}.")

    @property
    def _cookie(self) -> str:
        """Its name says the port, since browsers keep one jar for all ports of a host."""
        return f"procsim-{self.rules.port}"

    def _admitted(self, headers: dict[str, list[str]]) -> bool:
        """Whether the browser has shown the token before."""
        try:
            jar = SimpleCookie("; ".join(headers.get("cookie", [])))
        except CookieError:
            return False
        return self._cookie in jar and secrets.compare_digest(jar[self._cookie].value.encode(), self.rules.token.encode())

    async def _admits(self, scope: Scope, send: Send) -> None:
        """Lets somebody in whose address has the token, and takes it out of the address. Raises RefusedError for all others."""
        pairs = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        shown = [value for name, value in pairs if name == "token"]
        if scope["method"] != "GET" or scope["path"] != "/" or len(shown) != 1 or not secrets.compare_digest(
                shown[0].encode(), self.rules.token.encode()):
            raise RefusedError(401, "This page is opened with the address that procsim serve has printed, which holds its token.")
        query = urlencode([pair for pair in pairs if pair[0] != "token"])
        cookie = f"{self._cookie}={self.rules.token}; HttpOnly; SameSite=Strict; Path=/"
        await _plain(send, 303, "", (b"location", f"/?{query}".encode()), (b"set-cookie", cookie.encode()))

    async def _body(self, headers: dict[str, list[str]], receive: Receive) -> bytes:
        """All of the body. Raises RefusedError where it is too large or takes too long."""
        told = headers.get("content-length", ["0"])[0]
        if not told.isdecimal() or int(told[:20]) > self.rules.most:
            raise RefusedError(413, f"A request has {self.rules.most} bytes at most.")
        try:
            return await asyncio.wait_for(self._read(receive), self.rules.seconds)
        except TimeoutError:
            raise RefusedError(408, f"A request is sent within {self.rules.seconds:g} s.") from None

    async def _read(self, receive: Receive) -> bytes:
        found = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise RefusedError(400, "")
            found += message.get("body", b"")
            if len(found) > self.rules.most:
                raise RefusedError(413, f"A request has {self.rules.most} bytes at most.")
            if not message.get("more_body"):
                return bytes(found)


def _headers(scope: Scope) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1").strip())
    return found


def _whole(body: bytes, receive: Receive) -> Receive:
    """Hands *body* over at once, and then what comes after it: that nobody is there any more."""
    left = [body]

    async def given() -> Message:
        if left:
            return {"type": "http.request", "body": left.pop(), "more_body": False}
        return await receive()

    return given


def _armed(send: Send, seconds: float) -> Send:
    """*send*, with the headers that every answer has; who takes nothing off for so many seconds is given up."""
    async def sends(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = {name.lower() for name, _ in message.get("headers", [])}
            message = {**message, "headers": [*message.get("headers", []), *(pair for pair in HEADERS if pair[0] not in own)]}
        await asyncio.wait_for(send(message), seconds)

    return sends


async def _plain(send: Send, status: int, words: str, *more: tuple[bytes, bytes]) -> None:
    """An answer of one line."""
    body = f"{words}\n".encode() if words else b""
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode()), (b"connection", b"close"), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
