"""What customers write in the benchmarks: questions in both languages, each text only once a run.

Nothing may be answered from a cache that real customers would not hit: the same question comes with other
words around it.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

QUESTIONS = {
    "zh": (
        "信用卡年费多少钱", "转账多久到账", "怎么查询余额", "定期存款利率是多少", "信用卡怎么还款", "开户要带什么材料",
        "大额存单起存金额是多少", "信用卡额度怎么提高", "跨行转账手续费怎么收", "手机银行密码忘了怎么办",
        "提前还贷要违约金吗", "房贷利率现在是多少", "信用卡账单日是哪天", "取现手续费是多少", "存款保险最多赔多少",
        "怎么打印交易流水", "网点几点开门", "理财产品怎么赎回", "积分怎么兑换", "社保卡怎么激活",
    ),
    "en": (
        "what is the annual fee of a credit card", "how long does a transfer take", "how do I check my balance",
        "what is the interest rate of a fixed deposit", "how do I repay my credit card",
        "which documents do I need to open an account", "how can I raise my credit limit",
        "what does a transfer to another bank cost", "I forgot my mobile banking password",
        "is there a penalty for repaying a loan early", "what is the mortgage rate now", "when is my statement date",
        "what is the fee for a cash withdrawal", "how much does deposit insurance cover",
        "how do I print my transactions", "when does the branch open", "how do I redeem a fund",
        "how do I use my points", "how do I activate my card", "where do I see the exchange rate",
    ),
}
BEFORE = {"zh": ("", "请问", "想问下", "问一下", "咨询下"), "en": ("", "please tell me, ", "so ", "well, ", "tell me ")}
AFTER = {"zh": ("", "？", "呢", "啊", "呀？"), "en": ("", "?", " please", " today", " now?")}

#: What no card answers: the first miss in a conversation is answered by a custom action.
OFF_TOPIC = ("今天天气怎么样", "给我讲个笑话", "红烧肉怎么做", "明天会下雨吗", "推荐一部电影")
#: What begins a form, whose first question a custom action asks.
BEGINS_FORM = ("我要预约回电", "请给我回个电话", "我想预约回电")


@dataclass(frozen=True)
class Said:
    """One message and its language."""

    text: str
    language: str


def messages() -> Iterator[Said]:
    """Chinese and English in turn; a thousand that all differ, then from the beginning."""
    words = {
        language: [
            before + question + after
            for before, after, question in itertools.product(BEFORE[language], AFTER[language], QUESTIONS[language])
        ]
        for language in QUESTIONS
    }
    for chinese, english in itertools.cycle(list(zip(words["zh"], words["en"], strict=True))):
        yield Said(chinese, "zh")
        yield Said(english, "en")
