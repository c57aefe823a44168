"""What this room needs of the world: the bank and a way to send text messages."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

#: Asked for where nobody is there, so that the bank works as long as for a customer (S06, I27).
NOBODY = "nobody"


class Known(Protocol):
    """A customer, as far as verification needs them."""

    @property
    def id(self) -> str: ...
    @property
    def phone(self) -> str | None: ...
    @property
    def honorific(self) -> object: ...
    @property
    def phone_changed_at(self) -> datetime | None: ...


class Found(Protocol):
    """A card that fits what was claimed, and whose it is."""

    @property
    def id(self) -> str: ...
    @property
    def customer_id(self) -> str: ...


class Bank(Protocol):
    """The bank's customers."""

    async def find(self, *, last4: str, id_last6: str) -> Sequence[Found]:
        """The cards that end in these digits, of holders whose ID document ends in these characters.

        Raises:
            UnavailableError: the bank does not answer.
        """

    async def customer(self, customer_id: str) -> Known | None:
        """The customer, or None where there is none.

        Raises:
            UnavailableError: the bank does not answer.
        """

    async def identity_matches(self, customer_id: str, id_last6: str) -> bool:
        """Whether the customer's ID document ends in these six characters; False for nobody.

        Raises:
            UnavailableError: the bank does not answer.
        """


class Gateway(Protocol):
    """Sends text messages. For customers who are not there `probe` takes as long and fails alike."""

    async def send(self, phone: str, text: str) -> None:
        """Hand the text over.

        Raises:
            UnavailableError: `sms`; it is not known to have left.
        """

    async def probe(self) -> None:
        """Do all that `send` does, and send nothing.

        Raises:
            UnavailableError: `sms`.
        """
