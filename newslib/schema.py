"""The record described for other tools, generated from newslib.article: JSON Schema and features of a dataset card."""

from __future__ import annotations

import inspect
import json
import re
import types
from typing import Any, get_args, get_origin, get_type_hints, is_typeddict

from newslib.article import SCHEMA, Article

_INSTANTS = {"published", "modified", "fetched", "at"}  # `at` of a repeat is a number, of `found` an instant
_DAYS = {"day"}
_JSON = {str: "string", int: "integer", float: "number", bool: "boolean"}
_ARROW = {str: "string", int: "int64", float: "float64", bool: "bool"}


def record_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of one record. Descriptions are the comments beside the fields."""
    definitions: dict[str, Any] = {}
    body = _object(Article, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Article, schema {SCHEMA}",
        "description": "One line of articles/**/*.jsonl. Unknown is null, or [] for a list.",
        **body,
        "$defs": definitions,
    }


def schema_text() -> str:
    """The content of docs/record.schema.json."""
    return json.dumps(record_schema(), indent=2, ensure_ascii=False) + "\n"


def features() -> list[dict[str, Any]]:
    """`dataset_info.features` of a dataset card (https://huggingface.co/docs/datasets/about_dataset_features)."""
    return [_feature(name, kind) for name, kind in get_type_hints(Article).items()]


def _object(cls: type, definitions: dict[str, Any]) -> dict[str, Any]:
    comments = dict(re.findall(r"^ {4}(\w+): [^#\n]*# (.+)$", inspect.getsource(cls), re.MULTILINE))
    properties = {}
    for name, kind in get_type_hints(cls).items():
        properties[name] = _property(name, kind, definitions)
        if name in comments:
            properties[name]["description"] = comments[name]
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _property(name: str, kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    kind, nullable = _not_none(kind)
    if get_origin(kind) is list:
        return {"type": "array", "items": _property("", get_args(kind)[0], definitions)}
    if is_typeddict(kind):
        definitions.setdefault(kind.__name__, {}).update(_object(kind, definitions))
        reference = {"$ref": f"#/$defs/{kind.__name__}"}
        return {"anyOf": [reference, {"type": "null"}]} if nullable else reference
    result: dict[str, Any] = {"type": [_JSON[kind], "null"] if nullable else _JSON[kind]}
    if kind is str and name in _INSTANTS:
        result["format"] = "date-time"
    elif kind is str and name in _DAYS:
        result["format"] = "date"
    return result


def _feature(name: str, kind: Any) -> dict[str, Any]:
    kind, _ = _not_none(kind)
    if get_origin(kind) is list:
        item = get_args(kind)[0]
        return {"name": name, "list": _ARROW.get(item) or _fields(item)}
    if is_typeddict(kind):
        return {"name": name, "struct": _fields(kind)}
    # Arrow reads every text that looks like an instant or a day as a timestamp, so that is what the card must say.
    if kind is str and name in _INSTANTS:
        return {"name": name, "dtype": "timestamp[s, tz=UTC]"}
    if kind is str and name in _DAYS:
        return {"name": name, "dtype": "date32"}
    return {"name": name, "dtype": _ARROW[kind]}


def _fields(cls: type) -> list[dict[str, Any]]:
    return [_feature(name, kind) for name, kind in get_type_hints(cls).items()]


def _not_none(kind: Any) -> tuple[Any, bool]:
    """`str | None` -> str, True."""
    if isinstance(kind, types.UnionType):
        (kind,) = [each for each in get_args(kind) if each is not type(None)]
        return kind, True
    return kind, False
