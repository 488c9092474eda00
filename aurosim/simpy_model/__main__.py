"""`python -m aurosim.simpy_model NAME [SEED]` runs a scenario and writes its result as JSON."""

import json
import sys

from aurosim.errors import EXIT_WRONG_CALL, AurosimError
from aurosim.simpy_model.run import run

if not 2 <= len(sys.argv) <= 3:
    sys.stderr.write("usage: python -m aurosim.simpy_model NAME_OR_FILE [SEED]\n")
    sys.exit(EXIT_WRONG_CALL)
try:
    result = run(sys.argv[1], set=dict(zip(["run.seed"], sys.argv[2:], strict=False)))
except AurosimError as error:
    sys.stderr.write(f"{error}\n")
    sys.exit(error.exit_code)
sys.stdout.write(json.dumps(result, indent=2) + "\n")
