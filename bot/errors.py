"""Every error the front line raises on purpose.

FrontLineError
├── RefusedError             the rules say no; nothing was written (4xx)
│   ├── BadRequest           400  the caller's data is not usable; names the field
│   ├── NotSignedIn          401
│   ├── Forbidden            403
│   ├── NotFound             404  also for what the caller may not see
│   ├── Conflict             409  the state has moved on; carries the current state
│   ├── TooLong              413
│   └── TooFast              429  carries retry_after_s
├── UnavailableError         a dependency is away (503); carries retry_after_s
└── ContentError             a card, figure or wording is wrong; start-up and checks only

Each class has a stable `code`. The message people see is looked up in data/words by
`error_<code>`, in their language; an error never carries customer data.
"""

from typing import Any, ClassVar


class FrontLineError(Exception):
    """Base of all; never raised itself."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500

    def __init__(
        self, code: str | None = None, *, field: str | None = None, **details: Any
    ) -> None:
        self.reason = code or self.code
        self.field = field
        self.details = details
        super().__init__(self.reason)


class RefusedError(FrontLineError):
    """The rules say no; nothing was written."""

    code = "refused"
    status = 400


class BadRequest(RefusedError):
    """The caller's data is not usable; `field` names the culprit."""

    code = "bad_request"


class NotSignedIn(RefusedError):
    """No valid session came with the call."""

    code = "not_signed_in"
    status = 401


class Forbidden(RefusedError):
    """Signed in, but not allowed to do this."""

    code = "forbidden"
    status = 403


class NotFound(RefusedError):
    """Not there, or not for this caller: both look the same (I34)."""

    code = "not_found"
    status = 404


class Conflict(RefusedError):
    """The state has moved on; `details["state"]` says to what (I36)."""

    code = "conflict"
    status = 409


class TooLong(RefusedError):
    """More than the stated limit (I02)."""

    code = "too_long"
    status = 413


class TooFast(RefusedError):
    """More calls than the limit allows; `details["retry_after_s"]` says when to come back."""

    code = "too_fast"
    status = 429


class UnavailableError(FrontLineError):
    """A dependency is away; `details["retry_after_s"]` says when to try again."""

    code = "unavailable"
    status = 503


class ContentError(FrontLineError):
    """A card, figure or wording is wrong; the text names file and line."""

    code = "content"

    def __init__(self, message: str) -> None:
        super().__init__("content")
        self.message = message

    def __str__(self) -> str:
        return self.message


class SettingsError(FrontLineError):
    """A setting is unknown or bad; the start stops and the text names the variable."""

    code = "settings"

    def __init__(self, message: str) -> None:
        super().__init__("settings")
        self.message = message

    def __str__(self) -> str:
        return self.message
