"""What the classifier looks at: characters, words and how they follow each other, weighed by how telling they are."""

from typing import Any, List

from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize

from bot.brain.nlu.normal import normal
from bot.brain.nlu.tokenizer import words


class Features:
    """Character 1-3 grams and word 1-2 grams, TF-IDF, each half of the weight."""

    def __init__(self, chars: List[int], word_grams: List[int]) -> None:
        self._chars = TfidfVectorizer(
            analyzer="char", ngram_range=tuple(chars), sublinear_tf=True, min_df=1, dtype="float32"
        )
        self._words = TfidfVectorizer(
            analyzer="word",
            ngram_range=tuple(word_grams),
            sublinear_tf=True,
            tokenizer=words,
            token_pattern=None,
            lowercase=False,
            dtype="float32",
        )

    def learn(self, texts: List[str]) -> csr_matrix:
        """Learn the weights from these texts and return their rows."""
        normals = [normal(text) for text in texts]
        return self._join(self._chars.fit_transform(normals), self._words.fit_transform(normals))

    def rows(self, texts: List[str]) -> csr_matrix:
        """One row a text, of length 1."""
        normals = [normal(text) for text in texts]
        return self._join(self._chars.transform(normals), self._words.transform(normals))

    @staticmethod
    def _join(chars: Any, word_rows: Any) -> csr_matrix:
        return normalize(hstack([chars, word_rows]).tocsr())
