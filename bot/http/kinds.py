"""Names for types of the web framework, as both services use it."""

from typing import Any

from sanic import Sanic

App = Sanic[Any, Any]
