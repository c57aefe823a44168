"""The real words of the bank, read once a process of tests."""

from bot.content.catalogue import Catalogue
from tests.support.product import ROOT

WORDS = Catalogue(ROOT / "data")
