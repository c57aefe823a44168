"""F31: the text gateway is away, late, or sends twice: it is said, costs no try, and works again afterwards."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.errands import HOTLINE, LOST, PERSON, UNFREEZE, Errand, later, titles, words
from tests.support.history import all_answered, turns_of, until
from tests.support.words import WORDS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]
BOTH = pytest.mark.parametrize("language", ["zh", "en"])


@dataclass
class Texts:
    """The sandbox's text messages: where they are written stands a folder in the way, or not."""

    folder: Path

    def go_away(self):
        for name in ("outbox.jsonl", "probes"):
            path = self.folder / name
            if path.exists():
                path.rename(path.with_suffix(".aside"))
            path.mkdir(parents=True)

    def come_back(self):
        for name in ("outbox.jsonl", "probes"):
            path = self.folder / name
            if path.is_dir():
                path.rmdir()
                if path.with_suffix(".aside").exists():
                    path.with_suffix(".aside").rename(path)


@pytest.fixture
def texts(product):
    texts = Texts(product.var / "sandbox")
    yield texts
    texts.come_back()


@pytest.fixture
def texts_away(texts):
    texts.go_away()
    return texts


def said_away(language):
    return WORDS.render("utter_sms_away", {}, language).text


@BOTH
@pytest.mark.parametrize("signed", [True, False], ids=["known", "unknown"])
async def test_F31_texts_that_can_not_be_sent_are_said_and_a_person_is_offered(
    product, arrive, texts_away, language, signed
):
    errand = await Errand.begin(product, arrive, language, signed=signed)
    heard = await errand.customer.ask(LOST[language])
    if not signed:
        heard = await errand.customer.ask(errand.person.cards[0].last4)
    assert words(heard[-1:]) == said_away(language)
    assert HOTLINE in said_away(language)
    assert PERSON[language] in titles(heard)


async def test_F31_nobody_is_told_from_somebody_by_texts_that_can_not_be_sent(product, arrive, texts_away):
    errand = await Errand.begin(product, arrive, signed=False)
    await errand.say(LOST["zh"])
    assert await errand.say(errand.person.nobody) == said_away("zh")


@BOTH
async def test_F31_when_texts_can_be_sent_again_the_service_goes_through_and_no_try_is_used(
    product, arrive, texts_away, language
):
    errand = await Errand.begin(product, arrive, language)
    for _ in range(4):  # more often than codes may be sent
        await errand.say(LOST[language])
    assert errand.audited("code_not_sent") == 4
    texts_away.come_back()
    code = await errand.to_code()
    heard = await errand.customer.ask(code)
    assert errand.verification[0] == "verified"
    assert {"zh": "验证通过", "en": "You're verified"}[language] in words(heard)
    assert errand.audited("code_wrong") == 0


async def test_F31_after_the_id_characters_too(product, arrive, texts_away):
    errand = await Errand.begin(product, arrive, cards=["debit temporary_loss"])
    await errand.say(UNFREEZE["zh"])
    assert await errand.say(errand.person.id_number[-6:]) == said_away("zh")
    texts_away.come_back()
    await errand.say(UNFREEZE["zh"])
    assert errand.verification[0] == "asks_code"
    await errand.customer.ask(errand.code)
    assert errand.verification[0] == "verified"


@BOTH
async def test_F31_a_resend_that_can_not_be_sent_leaves_the_old_code_good(
    product, arrive, texts, language
):
    errand = await Errand.begin(product, arrive, language)
    code = await errand.to_code()
    later(product, errand, 61)
    texts.go_away()
    assert await errand.say({"zh": "重发验证码", "en": "resend the code"}[language]) == said_away(language)
    texts.come_back()
    await errand.customer.ask(code)
    assert errand.verification[0] == "verified"


@BOTH
async def test_F31_a_late_code_is_called_expired_and_a_new_one_is_offered(product, arrive, language):
    errand = await Errand.begin(product, arrive, language)
    late = await errand.to_code()
    later(product, errand, 61)
    await errand.say({"zh": "重发验证码", "en": "resend the code"}[language])
    heard = await errand.customer.ask(late)
    assert words(heard) == WORDS.render("utter_code_expired", {}, language).text
    assert titles(heard) == [{"zh": "重新发送", "en": "Send a new code"}[language]]
    assert errand.audited("code_wrong") == 0
    await errand.customer.ask(errand.code)
    assert errand.verification[0] == "verified"


async def test_F31_a_code_that_is_typed_twice_is_used_once_and_shown_nowhere(product, arrive):
    errand = await Errand.begin(product, arrive)
    code = await errand.to_code()
    await errand.customer.send(text=code)
    await errand.customer.send(text=code)  # the first may be used by now: then nothing of this one is left to answer
    await until(lambda: all_answered(product, errand.customer), why=lambda: turns_of(product, errand.customer))
    await errand.customer.read()
    await errand.confirm()
    assert errand.audited("verified") == 1
    assert not [m for m in errand.customer.messages if code in m["text"]]
    assert await errand.history() == ["report_lost_temporary"]
    assert errand.audited("code_wrong") == 0
