"""Signing in and out, and an agent's own status."""

from functools import wraps
from typing import Any

from sanic import Blueprint, HTTPResponse, Request, json
from sanic_ext import openapi

from bot.errors import Forbidden
from bot.http.bodies import StrictBody, read
from bot.staff.service import Session, csrf_holds

routes = Blueprint("session", url_prefix="/desk")

CSRF_HEADER = "x-csrf-token"


class LoginBody(StrictBody):
    user: str
    password: str
    code: str


class StatusBody(StrictBody):
    status: str


def cookie_name(production: bool) -> str:
    """`__Host-` ties the cookie to this host; it needs https, which a laptop has not."""
    return "__Host-desk" if production else "desk"


async def signed_in(request: Request, *, changes: bool, active: bool = True) -> Session:
    """The caller's session; a call that changes something must carry its csrf token.

    Raises:
        NotSignedIn: no live session.
        Forbidden: the token is missing or another session's.
    """
    services = request.app.ctx.services
    token = request.cookies.get(cookie_name(services.settings.production))
    session: Session = await services.staff.session_of(token, active=active)
    if changes and not csrf_holds(session, request.headers.get(CSRF_HEADER)):
        raise Forbidden("wrong_csrf")
    return session


def staff_call(*, changes: bool) -> Any:
    """Wraps a route: only for signed-in staff, who come as its second argument."""

    def wrap(handler: Any) -> Any:
        @wraps(handler)
        async def checked(request: Request, *args: Any, **values: Any) -> HTTPResponse:
            session = await signed_in(request, changes=changes)
            response: HTTPResponse = await handler(request, session.agent, *args, **values)
            return response

        return checked

    return wrap


@routes.post("/login")
@openapi.summary("Sign in with user, password and code; sets the session's cookie")
async def login(request: Request) -> HTTPResponse:
    services = request.app.ctx.services
    body = read(request, LoginBody)
    session = await services.staff.sign_in(body.user, body.password, body.code, request.ip)
    await services.wakes.publish("queue")
    response = json({"user": session.agent.public(), "csrf": session.csrf})
    production = services.settings.production
    response.add_cookie(
        cookie_name(production), session.token, httponly=True, samesite="Strict",
        secure=production, path="/",
    )
    return response


@routes.get("/me")
@openapi.summary("Who is signed in; for a page that was reloaded")
async def me(request: Request) -> HTTPResponse:
    session = await signed_in(request, changes=False)
    return json({"user": session.agent.public(), "csrf": session.csrf})


@routes.post("/logout")
@openapi.summary("Sign out")
async def logout(request: Request) -> HTTPResponse:
    services = request.app.ctx.services
    session = await signed_in(request, changes=True)
    await services.staff.sign_out(session)
    await services.wakes.publish("queue")
    response = json({})
    response.delete_cookie(cookie_name(services.settings.production), path="/", secure=services.settings.production)
    return response


@routes.put("/me/status")
@openapi.summary("Say whether you take chats: online, busy or away")
async def status(request: Request) -> HTTPResponse:
    services = request.app.ctx.services
    session = await signed_in(request, changes=True)
    body = read(request, StatusBody)
    await services.staff.set_status(session.agent, body.status)
    await services.wakes.publish("queue")
    return json({"status": body.status})
