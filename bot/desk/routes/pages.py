"""The desk's page, as the front end's build made it."""

from sanic import Blueprint, HTTPResponse, Request

from bot.http.built import built

routes = Blueprint("desk_pages")


@routes.get("/")
async def page(_: Request) -> HTTPResponse:
    return await built("desk/index.html")


@routes.get("/assets/<name:str>")
async def asset(_: Request, name: str) -> HTTPResponse:
    return await built(f"desk/assets/{name}")
