"""`python -m aurosim.simpy_model NAME [SEED]`: runs a scenario and writes its result as JSON."""

from __future__ import annotations

import json
import sys

from aurosim.errors import EXIT_WRONG_CALL, AurosimError
from aurosim.simpy_model.run import run

USAGE = "usage: python -m aurosim.simpy_model NAME_OR_FILE [SEED]\n"


def main(arguments: list[str]) -> int:
    """The exit code."""
    if len(arguments) not in (1, 2) or not all(seed.isdigit() for seed in arguments[1:]):
        sys.stderr.write(USAGE)
        return EXIT_WRONG_CALL
    try:
        result = run(arguments[0], *map(int, arguments[1:]))
    except AurosimError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    sys.stdout.write(json.dumps(result, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
