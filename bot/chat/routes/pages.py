"""The demo bank page and the widget's script, as the front end's build made them."""

from pathlib import Path

from sanic import Blueprint, HTTPResponse, Request, file

from bot.errors import NotFound

routes = Blueprint("pages")

DIST = Path(__file__).parents[2] / "web" / "dist"
TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
         ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


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


async def built(name: str) -> HTTPResponse:
    """A file of the build; anything else is not there.

    Raises:
        NotFound: no such file, or not one of ours.
    """
    path = (DIST / name).resolve()
    if not path.is_relative_to(DIST) or path.suffix not in TYPES or not path.is_file():
        raise NotFound()
    return await file(path, headers={"cache-control": "no-cache"}, mime_type=TYPES[path.suffix])
