"""Serves files of the front end's build, and nothing else."""

from pathlib import Path

from sanic import HTTPResponse, file

from bot.errors import NotFound

DIST = Path(__file__).parents[1] / "web" / "dist"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}


async def built(name: str) -> HTTPResponse:
    """A file of the build; anything else is not there.

    Raises:
        NotFound: no such file, or not one of ours.
    """
    path = (DIST / name).resolve()
    if not path.is_relative_to(DIST) or path.suffix not in TYPES or not path.is_file():
        raise NotFound()
    return await file(
        path, headers={"cache-control": "no-cache"}, mime_type=TYPES[path.suffix]
    )
