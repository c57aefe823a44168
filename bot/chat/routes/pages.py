"""The demo bank page and the widget's script, as the front end's build made them."""

from sanic import Blueprint, HTTPResponse, Request

from bot.http.built import built

routes = Blueprint("pages")

@routes.get("/")
async def page(_: Request) -> HTTPResponse:
    return await built("index.html")


@routes.get("/widget.js")
async def widget(_: Request) -> HTTPResponse:
    """What a bank embeds with one script tag."""
    response = await built("widget.js")
    response.headers["cross-origin-resource-policy"] = "cross-origin"
    response.headers["cache-control"] = "no-cache"
    return response


@routes.get("/assets/<name:str>")
async def asset(_: Request, name: str) -> HTTPResponse:
    return await built(f"assets/{name}")

