"""Words of one meaning, both languages side by side (data/concepts.yml), as the editors keep them.

The assistant reads the same file when it learns and when it listens (bot.brain.nlu.concepts).
"""

from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from bot.content.cards import Lists
from bot.content.yaml import load
from bot.errors import ContentError

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
_FILE = TypeAdapter(dict[Id, Lists])


def load_concepts(path: Path) -> dict[str, Lists]:
    """The words of each concept.

    Raises:
        ContentError: the file can not be read or something in it is wrong; names the place.
    """
    try:
        concepts = _FILE.validate_python(load(path))
    except ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ContentError(f"{path}: {where}: {first['msg']}") from None
    for name, words in concepts.items():
        for said in (words.zh, words.en):
            twice = sorted({word for word in said if said.count(word) > 1})
            if twice:
                raise ContentError(f"{path}: {name}: twice: {', '.join(twice)}")
    return concepts
