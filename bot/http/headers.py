"""Security headers of both web services, on every response, errors included (S13)."""

from sanic import HTTPResponse, Request

from bot.http.kinds import App

#: No third party, no inline script or style, no frames of ours in other people's pages.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self' {socket}; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
)

FIXED = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "x-frame-options": "DENY",
}


def install(app: App, *, production: bool) -> None:
    """Put the headers on every response of this app."""

    @app.on_response
    async def add_headers(request: Request, response: HTTPResponse) -> None:
        socket = f"{'wss' if production else 'ws'}://{request.host}"
        response.headers.update(FIXED)
        response.headers["content-security-policy"] = CONTENT_SECURITY_POLICY.format(socket=socket)
        response.headers.setdefault("cache-control", "no-store")
        if production:
            response.headers["strict-transport-security"] = "max-age=31536000; includeSubDomains"
