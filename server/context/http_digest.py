"""Answers a digest challenge (RFC 7616) within one guest's request."""

from __future__ import annotations

from aiohttp import ClientHandlerType, ClientRequest, ClientResponse, DigestAuthMiddleware

from server.context.http_request import Credentials


class DigestAuthentication:
    """aiohttp's digest authentication for one request, giving back the connection that carried the challenge."""

    def __init__(self, credentials: Credentials) -> None:
        self._digest = DigestAuthMiddleware(credentials.user, credentials.password)

    async def __call__(self, request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
        """Send the request; once more, with the digest, where the answer is a challenge."""
        challenge: ClientResponse | None = None

        async def send(attempt: ClientRequest) -> ClientResponse:
            nonlocal challenge
            if challenge is not None:
                challenge.close()
            challenge = await handler(attempt)
            return challenge

        return await self._digest(request, send)
