"""Which bank there is: the real one when its address is given, else the sandbox."""

from collections.abc import Callable

from bot.bank.faults import Faults
from bot.bank.hashes import KeyedHash
from bot.bank.port import Bank
from bot.bank.sandbox import Sandbox
from bot.bank.seeding import Seeding
from bot.clock import Clock
from bot.database import Database
from bot.errors import SettingsError
from bot.records.cipher import Cipher, development_key
from bot.settings import Settings


def bank_of(
    settings: Settings, database: Database, clock: Clock, cipher: Cipher,
    temporary_days: Callable[[], int],
) -> Bank:
    """The bank of these settings; nothing is connected before it is used.

    Raises:
        SettingsError: production without a bank.
    """
    if settings.bank_url:
        from bot.bank.http import HttpBank  # not everybody needs a client

        return HttpBank(settings.bank_url, settings.bank_token.get_secret_value(), clock)
    return sandbox_of(settings, database, clock, cipher, temporary_days)


def sandbox_of(
    settings: Settings, database: Database, clock: Clock, cipher: Cipher,
    temporary_days: Callable[[], int],
) -> Sandbox:
    """The sandbox, whose faults are in the data folder.

    Raises:
        SettingsError: in production, or beside a real bank.
    """
    if settings.production:
        raise SettingsError(
            "QIANTAI_BANK_URL: production needs the core bank's address; the sandbox bank is for development"
        )
    if settings.bank_url:
        raise SettingsError("QIANTAI_BANK_URL is set: the sandbox bank is not in use")
    # Not from the data key: what is looked up by its hash must be found when that key has changed.
    hashes = KeyedHash(development_key(settings, "sandbox.key"))
    seeding = Seeding(
        database, clock, cipher, hashes, settings.data / "sandbox" / "bank.yml", temporary_days
    )
    faults = Faults(settings.var / "sandbox" / "fault.json")
    return Sandbox(database, clock, cipher, hashes, seeding, temporary_days, faults)
