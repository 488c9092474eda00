"""What people ask for by its name in Aurora and aurosim does not model: said so, with a way out.

The nearest word of the language would be another thing (`blue_green_switchover` is no
`switchover`, which moves a global database to another region).
"""

from __future__ import annotations

import re
from typing import Final

SERVERLESS: Final = (
    "Aurora serverless, whose capacity moves with the load, is not modelled yet: say a class that "
    "has the memory of the capacity you mean (an ACU is about 2 GiB)."
)
NOT_MODELLED: Final = (
    (
        "bluegreen",
        "Blue/green deployments are not modelled yet, and no other fault stands for them.",
    ),
    ("serverless", SERVERLESS),
)


def not_modelled(word: str) -> str:
    """What to say of such a word, with a space before it; nothing for any other word."""
    plain = re.sub("[^a-z]", "", word[:100].lower())
    return next((f" {said}" for key, said in NOT_MODELLED if key in plain), "")
