"""JSON for people at a terminal: a line for each field, and for each row of a list."""

import json
from typing import Any

from flask.json.provider import DefaultJSONProvider

_on_one_line = json.JSONEncoder(ensure_ascii=False).encode


class ReadableJSON(DefaultJSONProvider):
    """Writes objects in the order that they were made in, and characters as they are."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        if not isinstance(obj, dict):
            return _on_one_line(obj)
        fields = [f"  {_on_one_line(name)}: {_in_rows(value)}" for name, value in obj.items()]
        return "{\n" + ",\n".join(fields) + "\n}"


def _in_rows(value: Any) -> str:
    if not isinstance(value, list) or not value:
        return _on_one_line(value)
    return "[\n" + ",\n".join(f"    {_on_one_line(row)}" for row in value) + "\n  ]"
