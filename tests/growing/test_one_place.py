"""What grows grows in one place: each test adds one thing and counts the files that it took."""

from __future__ import annotations

from tests.growing.scratch import Scratch, scenario

ENTRIES = "aurosim/catalog/entries.csv"
ENTRIES_HEAD = "group,name,value"
FAULTS = "aurosim/scenario/faults"
FLUSH = '''"""A server forgets its page cache."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from aurosim.scenario.faults.fault import ClusterFault, said
from aurosim.scenario.faults.struck import Event, Steps, Struck
from aurosim.scenario.faults.targets import InstanceTarget
from aurosim.scenario.fields import short


class CacheFlush(ClusterFault):
    """A server forgets its page cache, and runs on."""

    kind: ClassVar[str] = "cache_flush"
    for_: ClassVar[None] = None
    cache_flush: Annotated[InstanceTarget, *said("`cache_flush: NAME`", short("instance"))] = Field(
        description="Which instance."
    )

    def strike(self, cluster: Struck, event: Event) -> Steps:
        """It is over at once."""
        cluster.plane.flush_cache(cluster.named(self.cache_flush.instance, event).index)
        yield cluster.wait(0)
'''


def add_a_fault_with_a_command(scratch: Scratch) -> None:
    """A server forgets its page cache."""
    scratch.write(f"{FAULTS}/cache_flush.py", FLUSH)
    table = f"{FAULTS}/__init__.py"
    line = "from aurosim.scenario.faults.cache_flush import CacheFlush"
    scratch.behind(table, "from aurosim.scenario.faults.az_outage", line)
    scratch.behind(table, "FAULTS: tuple", "    CacheFlush,")
    mechanics = "aurosim/dataplane/mechanics"
    scratch.change(
        f"{mechanics}/commands.py", r"\n\) = range\((\d+)\)",
        lambda found: f" FLUSH_CACHE,\n) = range({int(found[1]) + 1})",
    )  # fmt: skip
    scratch.change(
        f"{mechanics}/commands.py", r"    return ZERO\n\Z",
        "    elif what == FLUSH_CACHE:\n"
        "        for table in range(b):\n"
        "            S.resident[a, table] = 0.0\n"
        "    return ZERO\n",
    )  # fmt: skip
    scratch.change(
        f"{mechanics}/plane.py", r"    # --- commands: roles and names",
        "    def flush_cache(self, instance: int) -> None:\n"
        '        """Its page cache is empty."""\n'
        "        tables = len(self.plan.tables)\n"
        "        self.machine.do(commands.FLUSH_CACHE, instance, self.now_ns, b=tables)\n\n"
        "    # --- commands: roles and names",
    )  # fmt: skip


def test_a_fault_with_a_command_of_its_own_is_four_files(scratch: Scratch) -> None:
    add_a_fault_with_a_command(scratch)
    assert len(scratch.touched) == 4
    hits = "summary['clusters']['main']['instances']['db-1']['hit_ratio']"
    whole = scratch.finds(scenario(faults=""), found=hits)
    flushed = scratch.finds(scenario(faults="{at: 1 s, cache_flush: writer}"), found=hits)
    assert whole == 1 and flushed < 0.5


def add_an_engine(scratch: Scratch) -> None:
    """PostgreSQL's sister, slow to read."""
    like = "like,aurora-next,aurora-postgresql,assumption,aurosim,"
    cost = "cost.read_cpu,aurora-next,2000,assumption,aurosim,Ours."
    scratch.behind("aurosim/catalog/engines.csv", "topic,", like, cost)


def test_an_engine_is_one_table_with_costs_of_its_own_and_what_it_borrows_is_marked(
    scratch: Scratch,
) -> None:
    add_an_engine(scratch)
    assert len(scratch.touched) == 1
    code = (
        "from types import SimpleNamespace\n"
        "from aurosim import catalog\n"
        "from aurosim.catalog import page\n"
        "from aurosim.report import tables\n"
        "run = aurosim.run(text, plane='simpy')\n"
        "postgres = aurosim.run(text.replace('-next', '-postgresql'), plane='simpy')\n"
        "cpu = [each.summary['clusters']['main']['instances']['db-1']['cpu_ratio']\n"
        "       for each in (run, postgres)]\n"
        "engine = catalog.engine('aurora-next')\n"
        "about = SimpleNamespace(scenario=aurosim.load(text))\n"
        "rows = {row[0]: row[1:3] for row in tables.assumptions(about).rows}"
    )
    found = scratch.finds(
        scenario(engine="aurora-next", faults=""), code,
        found="{'cpu': cpu, 'pages': engine.page_bytes, 'codes': dict(engine.errors), 'rows': rows,"
        " 'page': page.page()}",
    )  # fmt: skip
    new, old = found["cpu"]
    assert new > 5 * old
    assert found["pages"] == 8192 and found["codes"]["read_only"] == "25006"
    assert found["rows"]["buffer_rule of aurora-postgresql"][1] == "borrowed"
    assert found["rows"]["read_cpu"] == ["2 ms", "aurora-next's own"]
    (buffer,) = (line for line in found["page"].splitlines() if line.startswith("| buffer_rule"))
    assert "(memory/12038 - 50003) pages of 8 KiB (borrowed)" in buffer


def add_a_kind_of_statement(scratch: Scratch) -> None:
    """A write that touches a row or makes it."""
    line = '    UPSERT = WRITE, "read_cpu", 1'
    scratch.behind("aurosim/catalog/statement.py", "    UPDATE_NON_INDEX = ", line)
    scratch.behind(
        ENTRIES, ENTRIES_HEAD,
        "Statements,pages_upsert,1,1,4,count,assumption,aurosim,The row's leaf.",
        "Statements,modifies_upsert,3,1,8,count,assumption,aurosim,As an insert.,1,28",
    )  # fmt: skip


def test_a_kind_of_statement_is_its_line_and_its_numbers(scratch: Scratch) -> None:
    add_a_kind_of_statement(scratch)
    assert len(scratch.touched) == 2
    found = scratch.finds(
        scenario(kind="upsert", faults=""),
        found="[summary['workloads']['w']['writes_per_s'], run.latency['kind'].tolist(),"
        " summary['clusters']['main']['volume']['growth_bytes_per_s']]",
    )
    writes, kinds, growth = found
    assert writes > 30 and "upsert" in kinds and growth > 0


def add_a_number_from_what_is_kept(scratch: Scratch) -> None:
    """Requests that ended."""
    line = '    Key(f"{W}.requests.ended", INTEGER, "good or bad"),'
    scratch.behind("aurosim/scenario/results.py", '    Key(f"{W}.requests.due"', line)
    scratch.change(
        "aurosim/metrics/summary.py", r'"requests": \{"due": due,',
        '"requests": {"ended": good + bad, "due": due,',
    )  # fmt: skip


def test_a_number_of_the_summary_from_what_is_kept_is_two_files(scratch: Scratch) -> None:
    add_a_number_from_what_is_kept(scratch)
    assert len(scratch.touched) == 2
    code = (
        "from aurosim.metrics import schema\n"
        "from aurosim.scenario import reference\n"
        "summary = aurosim.run(text, plane='simpy').summary"
    )
    found = scratch.finds(
        scenario(expect="w.requests.ended > 100"), code,
        found="[summary['expect'][0]['held'], '.requests.ended`' in schema.page(),"
        " '`<workload>.requests.ended`' in reference.markdown(),"
        " summary['workloads']['w']['requests']]",
    )  # fmt: skip
    held, in_results, in_language, requests = found
    assert held and in_results and in_language
    assert requests["ended"] == requests["due"] - requests["open"]


def add_a_number_from_new_data(scratch: Scratch) -> None:
    """How often an instance turned a client away: counted by a rule, shown, kept, and defined."""
    scratch.behind(
        "aurosim/dataplane/observation.py", "    misses: int = counted()",
        "    refusals: int = counted()",
    )  # fmt: skip
    scratch.change(
        "aurosim/dataplane/mechanics/clients/connection.py",
        r"(    slot\.code = code\n)(    at_ns)",
        r"\1    S.instance[slot.instance].refusals += 1\n\2",
    )  # fmt: skip
    scratch.change(
        "aurosim/metrics/summary.py", r'(        "connections_limit": view)',
        r'        "refusals": view.refusals - then.refusals,\n\1',
    )  # fmt: skip
    scratch.behind(
        "aurosim/scenario/results.py", '    Key(f"{C}.instances.<instance>.hit_ratio"',
        '    Key(f"{C}.instances.<instance>.refusals", INTEGER, "clients turned away", True),',
    )  # fmt: skip


def test_a_number_of_the_summary_from_new_data_is_four_files(scratch: Scratch) -> None:
    add_a_number_from_new_data(scratch)
    assert len(scratch.touched) == 4
    found = scratch.finds(
        scenario(expect="instances.db-1.refusals > 0"),
        found="[summary['expect'][0]['held'], summary['workloads']['w']['errors'],"
        " {n: i['refusals'] for n, i in summary['clusters']['main']['instances'].items()}]",
    )
    held, errors, refusals = found
    assert held and refusals == {"db-1": errors["connection_refused"], "db-2": 0}


def add_an_error_word(scratch: Scratch) -> None:
    """Nobody listens where a client knocks."""
    line = '    NOT_LISTENING = 11, "nobody listens", "nobody listens there", {MYSQL: "2002"}'
    scratch.change("aurosim/catalog/outcomes.py", r"(    VOLUME_FULL = \()", line + r"\n\1")
    scratch.change(
        "aurosim/dataplane/mechanics/instances.py", r"Outcome\.CONNECTION_REFUSED",
        "Outcome.NOT_LISTENING",
    )  # fmt: skip


def test_an_error_word_is_its_line_and_its_rule(scratch: Scratch) -> None:
    add_an_error_word(scratch)
    assert len(scratch.touched) == 2
    code = (
        "from aurosim.metrics import schema\n"
        "run = aurosim.run(text, plane='simpy'); summary = run.summary"
    )
    found = scratch.finds(
        scenario(expect="w.errors.not_listening > 0"), code,
        found="[summary['expect'][0]['held'], schema.page(),"
        " 'workloads.w.errors.not_listening_per_s' in run.timeseries.columns]",
    )  # fmt: skip
    held, page, in_series = found
    assert held and in_series
    assert "| `not_listening` | nobody listens | 2002 | - |" in page


TALLER = '''"""The first instance grows at 10 s."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from aurosim.control.fleet import Fleet
from aurosim.control.instances import Steps
from aurosim.units import GIB, NS_PER_S

if TYPE_CHECKING:
    from aurosim.scenario import Scenario


class Taller:
    """Twice the vCPUs, twice the memory, more connections."""

    def absent(self, scenario: Scenario) -> Collection[str]:
        """All are there."""
        return ()

    def steps(self, scenario: Scenario, fleet: Fleet) -> Steps:
        """Once."""
        yield fleet.wait(10 * NS_PER_S)
        first = fleet.instances[0]
        fleet.resize(first, "grow", vcpu=4, memory_bytes=32 * GIB, max_connections=1234)
'''


def add_a_controller(scratch: Scratch) -> None:
    """The first instance grows."""
    scratch.write("aurosim/control/taller.py", TALLER)
    table = "aurosim/control/controllers.py"
    scratch.behind(
        table, "from aurosim.control.instances", "from aurosim.control.taller import Taller"
    )
    scratch.change(table, r"\[Timetable\(\)\]", "[Timetable(), Taller()]")


def test_a_controller_is_its_file_and_a_line(scratch: Scratch) -> None:
    add_a_controller(scratch)
    assert len(scratch.touched) == 2
    found = scratch.finds(
        scenario(faults=""),
        found="[run.events[['kind', 'subject', 'start_s']].values.tolist(),"
        " summary['clusters']['main']['instances']['db-1']['connections_limit']]",
    )
    events, limit = found
    assert ["resize", "db-1", 10.0] in events and limit == 1234
