"""The JSON Schema of the language, for editors.

It comes from the same models that read the files, short forms added. It is a little more lenient
than loading: what depends on
other parts of the file is checked only there.
"""

from __future__ import annotations

from typing import Any

from aurosim.scenario.document import Scenario

TITLE = "aurosim scenario"


def json_schema() -> dict[str, Any]:
    """The schema, JSON Schema draft 2020-12."""
    schema = Scenario.model_json_schema(by_alias=True, mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": TITLE}
