"""The HTTP contract, as a document that programs can read."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document in openapi.yaml, read once; whoever gets it leaves it as it is."""
    text = Path(__file__).with_name("openapi.yaml").read_text(encoding="utf-8")
    contract: dict[str, Any] = yaml.safe_load(text)
    return contract
