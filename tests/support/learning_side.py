"""`python -m tests.support.learning_side`, in the brain's environment: how a model learns, as JSON."""

import json
import sys

import numpy as np
from scipy.sparse import csr_matrix

from bot.brain import stand_in

stand_in.install()

from bot.brain.importer import CardImporter  # noqa: E402
from bot.brain.nlu.classifier import TopicClassifier  # noqa: E402
from bot.brain.nlu.concepts import concepts  # noqa: E402
from bot.brain.nlu.counting import PART, Counting  # noqa: E402
from bot.brain.nlu.features import Features  # noqa: E402
from bot.brain.nlu.normal import nameless  # noqa: E402
from bot.brain.nlu.other_process import other_process  # noqa: E402
from bot.brain.nlu.rivals import MOST, fight, rivals, settle  # noqa: E402
from bot.brain.nlu.tokenizer import cutter, known_words  # noqa: E402
from bot.brain.nlu.topics import Topics, count_ahead  # noqa: E402

CONFIG = TopicClassifier.get_default_config()
NAMED = ["农行信用卡丢了", "信用卡丢了", "工商银行", "a Chase card", "\ue000信用卡丢了"]
FEW = [("年费多少", "fee"), ("额度多少", "limit"), ("怎么免年费", "fee"), ("临时额度怎么申请", "limit")]


def cut_otherwise(texts: list[str]) -> list[str]:
    """The texts that jieba by itself cuts in another way."""
    ours, theirs = cutter(), known_words()
    return [text for text in texts if ours.cut(text) != list(theirs.cut(text, HMM=False))]


def counted_alike(texts: list[str]) -> bool:
    """Whether two processes, part by part, come to the features that one finds in all."""
    alone, together = Features(CONFIG), Features(CONFIG)
    rows = alone.learn([alone.count(texts)])
    parts = together.learn(Counting(together, texts, other_process()).result())
    return rows.shape == parts.shape and (rows != parts).nnz == 0


def learned_after(ahead: list[str]) -> list[str]:
    """What a model says of its own examples when these were counted ahead."""
    count_ahead(CONFIG, ahead)
    model = Topics(CONFIG)
    model.learn([text for text, _ in FEW], [label for _, label in FEW])
    return [model.labels[model.probabilities(text).argmax()] for text, _ in FEW]


def settled(examples: np.ndarray) -> list[float]:
    """The scores of a message of two topics, where what it has is in the last example, one of the second topic."""
    rows, pairs = csr_matrix(examples.astype(np.float32)), rivals(np.array([[1.0, 0.0], [0.0, 1.0]]))
    columns, weights = np.array([3], np.int32), np.array([1.0], np.float32)
    duels = fight(rows, np.array([0, 0, 1, 1]), np.zeros((2, 4)), pairs, penalty=1.0)
    return settle(duels, np.array([0.2, 0.1]), columns, weights).tolist()


def fought_with() -> list[int]:
    """What a duel looks at where the first topic has ten examples too many, which look least like the second.

    They alone have the feature 1; the first topic's others have 0, the second's have 2.
    """
    numbers = np.array([0] * (MOST + 10) + [1] * 10)
    columns = np.where(numbers, 2, 0)
    columns[:10] = 1
    rows = csr_matrix((np.ones(len(numbers), np.float32), (np.arange(len(numbers)), columns)))
    alike = np.zeros((2, len(numbers)))
    alike[1, 10:] = 1.0
    return fight(rows, numbers, alike, [(0, 1)], penalty=1.0)[0, 1].columns.tolist()


def main() -> int:
    texts = CardImporter(training_data_paths="data/faq").texts()
    print(json.dumps({
        "named": {text: concepts(text) for text in ("a card, supported", "loans")},
        "nameless": {text: nameless(text) for text in NAMED},
        "settled": settled(np.eye(4)),
        "not_settled": settled(np.zeros((4, 4))),
        "fought_with": fought_with(),
        "cut_otherwise": cut_otherwise(texts[::15]),
        "counted_alike": counted_alike(texts[: 3 * PART + 1]),
        "after_the_same": learned_after([text for text, _ in FEW]),
        "after_others": learned_after(["几点开门", "周末上班吗"]),
    }))
    return 0


if __name__ == "__main__":
    sys.exit(main())
