"""What can be set from outside, read once a process.

Every setting is one environment variable; a secret may also come from the file that
`NAME_FILE` names. An unknown or bad value stops the start and names the variable.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from bot.errors import SettingsError

Port = Annotated[int, Field(ge=1, le=65535)]

#: Variables of the outside world that we read under their own names.
PLAIN_NAMES = {"redis_url": "REDIS_URL", "database_url": "DATABASE_URL"}
#: Named by the supervisor and the brain, not by Settings.
OTHER_NAMES = {
    "QIANTAI_MODEL",
    "QIANTAI_REDIS_SERVER",
    "QIANTAI_PARENT",
    "QIANTAI_PYTHON",
}
#: This machine; what goes there can not be read on the way.
LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Settings(BaseModel):
    """One process's settings; frozen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    env: Literal["development", "production"] = "development"
    var: Path = Path("var")
    data: Path = Path("data")
    host: str = "127.0.0.1"
    chat_port: Port = 8080
    desk_port: Port = 8081
    brain_port: Port = 5005
    actions_port: Port = 5055
    redis_url: str = ""
    database_url: str = ""
    quiet_s: Annotated[float, Field(ge=0, le=10)] = 0.8
    turn_budget_s: Annotated[float, Field(gt=0, le=60)] = 8.0
    #: Pages that may embed the widget and open its socket, besides the chat service's own.
    allowed_origins: tuple[str, ...] = ()
    #: Calls between our own processes carry it; made by the supervisor when unset.
    inside_token: SecretStr = SecretStr("")
    #: 32 bytes in base64; encrypts personal fields and code seeds at rest (R18).
    data_key: SecretStr = SecretStr("")
    #: Address of the core bank's service; the sandbox bank when empty, which production refuses.
    bank_url: Annotated[str, Field(pattern=r"^(https?://[^\s/]\S*)?$")] = ""
    bank_token: SecretStr = SecretStr("")
    #: The bank's text-message gateway; the sandbox writes to a file instead.
    sms_url: str = ""
    sms_token: SecretStr = SecretStr("")
    #: Another way than a text message for who can't or won't use one, said at the code step (S04).
    code_alternative: Literal["", "hotline"] = ""
    #: Texts that one phone, one person, one claim and one conversation may be sent in a day.
    sms_per_day: Annotated[int, Field(ge=1)] = 10
    #: Public keys, in PEM, of those who sign the bank app's customer tokens.
    customer_key: str = ""
    #: Earlier data keys, separated by spaces: they still read until `records rekey` is done.
    old_data_keys: SecretStr = SecretStr("")
    messages_per_minute: Annotated[int, Field(ge=1)] = 60
    conversations_per_minute: Annotated[int, Field(ge=1)] = 30

    @property
    def production(self) -> bool:
        """Whether real customers are served."""
        return self.env == "production"

    @property
    def database(self) -> str:
        """SQLAlchemy's async URL of the record."""
        url = self.database_url
        if not url:
            return f"sqlite+aiosqlite:///{(self.var / 'qiantai.db').absolute()}"
        for plain in ("postgresql://", "postgres://"):
            if url.startswith(plain):
                return "postgresql+psycopg://" + url.removeprefix(plain)
        return url

    @property
    def redis(self) -> str:
        """Redis's URL; the embedded server's socket when none is given."""
        return self.redis_url or f"unix://{(self.var / 'run' / 'redis.sock').absolute()}"

    @property
    def brain_url(self) -> str:
        return f"http://127.0.0.1:{self.brain_port}"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Read the environment.

        Raises:
            SettingsError: a QIANTAI_ variable is unknown, or a value is bad.
        """
        names = {field: PLAIN_NAMES.get(field, f"QIANTAI_{field.upper()}") for field in cls.model_fields}
        known = set(names.values()) | {f"{name}_FILE" for name in names.values()} | OTHER_NAMES
        for name in environ:
            if name.startswith("QIANTAI_") and name not in known:
                raise SettingsError(f"{name} is not a setting of Qiantai; see docs/settings.md")
        values = {
            field: value
            for field, name in names.items()
            if (value := _read(environ, name)) is not None
        }
        if "allowed_origins" in values:
            values["allowed_origins"] = tuple(values["allowed_origins"].split())  # type: ignore[assignment]
        try:
            settings = cls.model_validate(values)
        except ValidationError as exc:
            bad = exc.errors()[0]
            raise SettingsError(f"{names[str(bad['loc'][0])]}: {bad['msg']}") from None
        _check_bank(settings)
        _check_codes(settings)
        return settings


def _check_bank(settings: Settings) -> None:
    """Real customers are not served with made-up cards, nor over a line that others can read (S20)."""
    if not settings.production:
        return
    if not settings.bank_url:
        raise SettingsError(
            "QIANTAI_BANK_URL: production needs the core bank's address; the sandbox bank is for development"
        )
    url = urlsplit(settings.bank_url)
    if url.scheme != "https" and url.hostname not in LOOPBACK:
        raise SettingsError("QIANTAI_BANK_URL: production needs https")


def _check_codes(settings: Settings) -> None:
    """A text message is a weak proof: real customers are told so and offered another way (S04)."""
    if settings.production and not settings.code_alternative:
        raise SettingsError(
            "QIANTAI_CODE_ALTERNATIVE: production sends codes by text message and needs another way to offer: "
            "hotline, when a person checks customers there"
        )


def _read(environ: Mapping[str, str], name: str) -> str | None:
    """The variable itself, or the first line of the file that NAME_FILE names."""
    if path := environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as exc:
            raise SettingsError(f"{name}_FILE: cannot read {path}: {exc.strerror}") from None
    value = environ.get(name)
    return value if value else None


def from_process() -> Settings:
    """This process's settings; a wrong one ends it with the variable's name, not a trace."""
    try:
        return Settings.from_env(os.environ)
    except SettingsError as exc:
        sys.exit(f"qiantai: {exc}")
