"""Signing in and out, and an agent's own status."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from sanic import Blueprint, HTTPResponse, Request, json
from sanic_ext import openapi

from bot.errors import BadRequest, Forbidden
from bot.http.bodies import StrictBody, read
from bot.staff.service import Agent, Session, csrf_holds

#: What a route takes from its path.
Path = ParamSpec("Path")
Route = Awaitable[HTTPResponse]

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


def staff_call(
    *, changes: bool, query: tuple[str, ...] = ()
) -> Callable[[Callable[Concatenate[Request, Agent, Path], Route]], Callable[Concatenate[Request, Path], Route]]:
    """Wraps a route: only for signed-in staff, who come as its second argument.

    `query` names the parameters its address may have; any other one is refused (I35).
    """

    def wrap(
        handler: Callable[Concatenate[Request, Agent, Path], Route],
    ) -> Callable[Concatenate[Request, Path], Route]:
        @wraps(handler)
        async def checked(request: Request, /, *args: Path.args, **values: Path.kwargs) -> HTTPResponse:
            session = await signed_in(request, changes=changes)
            if unknown := sorted(set(request.args) - set(query)):
                raise BadRequest(field=unknown[0])
            return await handler(request, session.agent, *args, **values)

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
    _set_cookie(response, services.settings.production, session.token)
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
    read(request, StrictBody)
    await services.staff.sign_out(session)
    await services.wakes.publish("queue")
    response = json({})
    _set_cookie(response, services.settings.production, "", max_age=0)
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


def _set_cookie(response: HTTPResponse, production: bool, token: str, *, max_age: int | None = None) -> None:
    response.add_cookie(
        cookie_name(production), token, httponly=True, samesite="Strict", secure=production, path="/",
        max_age=max_age,
    )
