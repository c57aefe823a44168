"""Joins what is kept about people: shown, erased, ended by age, re-encrypted, backed up.

Whatever a room keeps about people is listed here: in `holdings` to be shown and erased, in
`expirers` to end by age, in `sealed_columns` to be read with a new key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.bank import holding as acts
from bot.bank.store import cards, customers
from bot.clock import Clock, SystemClock
from bot.content.catalogue import Catalogue
from bot.conversation.ports import Say
from bot.database import Database
from bot.handoff.erasing import HandoffHolding, forget
from bot.identity import holding as verifications
from bot.identity.shield import shield
from bot.identity.store import verifications as verifications_table
from bot.records import export_store, feedback_holding, incident_store
from bot.records.archive import Archive
from bot.records.cipher import Cipher, cipher_of
from bot.records.consents import Consents
from bot.records.contacts import Contacts
from bot.records.export_content import ExportContent
from bot.records.exports import Exports
from bot.records.feedback_holding import FeedbackHolding
from bot.records.incidents import Incidents
from bot.records.people_data import PeopleData, archived, of_same_customer, proof_of_consents
from bot.records.ports import Expirer
from bot.records.purposes import load_purposes
from bot.records.rekey import SEALED, Sealed
from bot.records.retention import Retention
from bot.records.retention_rules import load_rules
from bot.records.reveal import Reveals
from bot.records.ticket_holding import TicketHolding
from bot.records.transcripts import Transcripts
from bot.settings import Settings
from bot.staff.service import Staff
from bot.staff.store import staff

if TYPE_CHECKING:
    from bot.backup.service import Backups


@dataclass
class PersonalRecords:
    """What is kept about people, and how it ends."""

    consents: Consents
    contacts: Contacts
    people_data: PeopleData
    reveals: Reveals
    retention: Retention
    exports: Exports
    incidents: Incidents


def personal_records(
    settings: Settings, clock: Clock, database: Database, cipher: Cipher, say: Say
) -> PersonalRecords:
    """The rooms of personal records, with all that the other rooms lend them."""
    purposes = load_purposes(settings.data / "purposes.yml")
    rules = load_rules(settings.data / "retention.yml")
    archive = Archive(cipher, rules)
    consents = Consents(database, clock, purposes)
    contacts = Contacts(database, clock, cipher, consents, shield, archive)
    tickets = TicketHolding(cipher, purposes, archive)
    transcripts = Transcripts(say, archive, (forget,))
    consents.holdings = [
        contacts.holding(), transcripts.holding(), HandoffHolding(archive).holding(), tickets.holding(),
        FeedbackHolding(archive).holding(),
    ]
    proofs = [proof_of_consents(), acts.holding(), verifications.holding(), archived(archive)]
    people_data = PeopleData(
        database, clock, consents, rules, of_same_customer, archive, [*consents.holdings, *proofs]
    )
    expirers: list[tuple[str, Expirer]] = [
        ("contact", contacts.expirer()), ("ticket", tickets.expirer()),
        ("transcript", transcripts.expirer()), ("complaint", transcripts.complaint_expirer()),
        ("complaint", tickets.complaint_expirer()), ("feedback", feedback_holding.expirer()),
        ("locked", archive.expirer()), ("act", acts.expirer()),
        ("verification", verifications.expirer()), ("consent", consents.expirer()),
        ("passing_on", Expirer(export_store.older_than, export_store.remove)),
        ("incident", Expirer(incident_store.older_than, incident_store.remove)),
    ]
    content = ExportContent(say, consents, contacts.holding(), tickets.holding())
    return PersonalRecords(
        consents, contacts, people_data, Reveals(clock, contacts, tickets),
        Retention(database, clock, rules, purposes, expirers), Exports(database, clock, shield, content),
        Incidents(database, clock, shield),
    )


def sealed_columns() -> tuple[Sealed, ...]:
    """Every encrypted column of the record; a new one that is missing here is lost with its key."""
    return (
        *SEALED,
        Sealed(staff, staff.c.totp_seed, lambda row: f"totp:{row.user}"),
        Sealed(verifications_table, verifications_table.c.whose, lambda row: f"verification:{row.id}"),
        Sealed(customers, customers.c.fields, lambda row: str(row.id)),
        Sealed(cards, cards.c.number, lambda row: str(row.id)),
    )


@dataclass
class RecordTools:
    """What the command line does with the record as a whole."""

    database: Database
    clock: Clock
    cipher: Cipher
    sealed: tuple[Sealed, ...]
    retention: Retention
    backups: Backups
    staff: Staff
    incidents: Incidents


def record_tools(settings: Settings) -> RecordTools:
    """The tools, for the command line."""
    from bot.backup.service import Backups

    clock, database, cipher = SystemClock(), Database(settings.database), cipher_of(settings)

    def say(key: str, language: str, /, **args: Any) -> str:
        return Catalogue(settings.data).say(key, language, **args)

    records = personal_records(settings, clock, database, cipher, say)
    sealed = sealed_columns()
    return RecordTools(
        database, clock, cipher, sealed, records.retention, Backups(database, clock, cipher, sealed),
        Staff(database, clock, cipher), records.incidents,
    )
