"""The reference of study files, `docs/study-language.md`, written from the model that reads them.

`python -m aurosim.study.reference` prints it; a test holds the page in step.
"""

from __future__ import annotations

import sys
from typing import Final

from aurosim.scenario.reference import section
from aurosim.study import language, plan
from aurosim.study.metrics import USUAL

INTRODUCTION: Final = """
# The language of studies

<!-- Written by `python -m aurosim.study.reference`; edit the model's descriptions instead. -->

A study is one YAML file: a scenario, what is varied in it, and what is asked of every replicate.
`aurosim sweep FILE` runs it; [Studies](studies.md) says how to read what comes out. The file is
read as [a scenario](language.md) is: YAML 1.2, every fault told at once with its line.

```yaml
name: class-and-readers
question: Which class and how many readers carry the reports?
scenario: how-many-readers
vary:
  cluster.readers.count: [1, 2]
  cluster.writer.class: [db.r6g.large, db.r6g.xlarge]
replicates: 10
metrics:
  - reports.latency.p99
  - instances.reader-1.cpu
```
"""

BOUNDS: Final = f"""
## How large it may be

At most {language.MAX_PATHS} paths of {language.MAX_VALUES} values each, {plan.MAX_POINTS:,} points,
{plan.MAX_REPLICATES:,} replicates a point, {plan.MAX_RUNS:,} runs in all and {plan.MAX_METRICS}
metrics.

## What is asked where `metrics` says nothing

Of each workload {", ".join(f"`{word}`" for word in USUAL)};
and every number that a line of the scenario's `expect:` or `shows:` is about. Whether each line of
`expect:` held and whether each workload had an outage is asked always.
"""


def markdown() -> str:
    """The whole page."""
    parts = [INTRODUCTION, section(language.StudySpec, top=language.StudySpec), BOUNDS]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


if __name__ == "__main__":
    sys.stdout.write(markdown())
