"""Two requests in one message are told apart from one, and both are served, the urgent one first."""

import json
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.product import ROOT, SHARED

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

#: Of a hundred real questions so many at most may be taken for two. Each holds one; few really hold two.
MOST_CUT = 1


@pytest.fixture(scope="module")
def understand() -> Iterator[Callable[[str], dict[str, Any]]]:
    """`./qiantai understand`, without its setting up."""
    if not any((ROOT / "models").glob("*.tar.gz")):
        pytest.skip("there is no model: ./qiantai train")
    command = [str(ROOT / ".venv/brain/bin/python"), "-W", "ignore", "-m", "bot.brain.understand"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        assert process.stdin
        assert process.stdout

        def ask(text: str) -> dict[str, Any]:
            process.stdin.write(text + "\n")
            process.stdin.flush()
            return dict(json.loads(process.stdout.readline()))

        yield ask
        process.stdin.close()


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("我的卡丢了，另外想问下理财怎么赎回", ["service_report_lost", "savings_wealth_redeem"]),
        ("理财怎么赎回，还有我的卡丢了", ["service_report_lost", "savings_wealth_redeem"]),
        ("信用卡年费多少？还有怎么提额", ["card_annual_fee", "card_limit"]),
        ("改手机号要带什么 顺便问下几点关门", ["savings_update_profile", "general_branch"]),
        ("我的卡丟了，另外想問下理財怎麼贖回", ["service_report_lost", "savings_wealth_redeem"]),
        ("我是白金卡客户，信用卡年费多少，还有怎么提额，谢谢", ["card_annual_fee", "card_limit"]),
        ("信用卡年费多少？怎么改密码？我转错账了", ["ebank_transfer_wrong", "card_annual_fee", "card_pin"]),
        ("房贷利率是多少？另外我要投诉", ["service_complaint", "loan_rate"]),
        ("信用卡年费多少，顺便帮我转人工", ["service_human", "card_annual_fee"]),
        ("怎么查余额？网点几点下班？", ["savings_balance", "general_branch"]),
        ("I lost my card and how do I raise my transfer limit?", ["service_report_lost", "ebank_transfer_limit"]),
        ("What is the annual fee and how do I reset my PIN?", ["card_annual_fee", "card_pin"]),
        ("How do I check my balance? What are your opening hours?", ["savings_balance", "general_branch"]),
        ("I want to make a complaint, and by the way what is the mortgage rate", ["service_complaint", "loan_rate"]),
    ],
)
def test_two_requests_are_both_heard_the_urgent_one_first(understand, text, topics):
    heard = understand(text)
    assert [heard["topic"], *heard["also"]] == topics
    assert [one["topic"] for one in heard["candidates"]][: len(topics)] == topics


@pytest.mark.parametrize(
    "text",
    [
        "我的卡丢了，怎么办", "我在外地，卡丢了怎么补办", "我贷款逾期了，会影响征信吗", "信用卡怎么取现，手续费多少",
        "我想开户，需要带什么材料", "怎么开户，还有要带什么证件", "我的卡里还有多少钱", "信用卡还有年费吗",
        "我还有三期贷款没还，怎么提前还款", "可以同时办两张信用卡吗", "我要投诉，为什么扣我年费", "转人工，我要问年费",
        "你好，请问信用卡年费多少？谢谢", "房贷可以提前还款吗？有违约金吗？", "身份证还有户口本都要带吗",
        "how do I open an account and what documents do I need", "I lost my card and need a new one",
        "how and when do I pay my credit card bill", "I lost my card, what should I do?",
        "Hi, I forgot my password. How do I reset it?", "i want to increase my credit limit, can you help me",
    ],
)
def test_one_request_stays_one(understand, text):
    assert understand(text)["also"] == []


def test_real_questions_are_hardly_ever_cut(understand):
    path = SHARED / "data" / "zh_dev.tsv"
    if not path.exists():
        pytest.skip("the real questions are not here")
    questions = [line.split("\t")[1] for line in path.read_text(encoding="utf-8").splitlines()]
    cut = [text for text in questions if understand(text)["also"]]
    assert len(cut) <= MOST_CUT * len(questions) / 100, cut


@pytest.mark.parametrize(
    ("language", "lines", "topics"),
    [
        ("zh", ["信用卡年费多少", "网点几点关门"], ["card_annual_fee", "general_branch"]),
        ("en", ["how do I check my balance", "what are your opening hours"], ["savings_balance", "general_branch"]),
    ],
)
async def test_two_questions_sent_one_after_the_other_are_both_answered(patient, arrive, language, lines, topics):
    customer = await arrive(patient, language)
    for text in lines:
        await customer.send(text=text)
    heard = await customer.hear()
    assert [said.get("topic") for said in heard if said["author"] == "bot"] == topics


async def test_a_second_line_waits_until_the_lost_card_is_stopped(patient, arrive):
    customer = await arrive(patient)
    for text in ("我的卡丢了", "理财怎么赎回"):
        await customer.send(text=text)
    heard = [said["text"] for said in await customer.hear() if said["author"] == "bot"]
    assert "先帮您把卡停住" in heard[0]
    assert "您还问到「理财赎回与到账」" in heard[1]
    assert "后四位" in heard[-1]


async def test_each_of_two_answers_is_said_once_and_the_second_names_its_question(live, arrive):
    customer = await arrive(live)
    first, second = await customer.ask("信用卡年费多少？还有怎么提额")
    assert "您还问到" not in first["text"]
    assert second["text"].startswith("您还问到「")
