"""Faults of the rules by which instances change size, leave and join."""

from __future__ import annotations

from tests.planted.fault import Fault

FAULTS_OF_SIZE = (
    Fault(
        "new-vcpus-idle",
        "A vCPU that is added takes what waits.",
        "scaling::test_new_vcpus_take_at_once_what_waits",
        (("mechanics/scaling", "    instances.dispatch(S, i, now)\n", ""),),
    ),
    Fault(
        "capacity-of-the-start",
        "What an instance could have worked follows its vCPUs.",
        "scaling::test_what_it_could_have_worked_follows_its_size_and_its_presence",
        (("mechanics/scaling", "+= (vcpu - instance.vcpu) * now", "+= 0"),),
    ),
    Fault(
        "absent-time-counts",
        "Time in which an instance was not there is no time of its own.",
        "scaling::test_what_it_could_have_worked_follows_its_size_and_its_presence",
        (("mechanics/scaling", "    instance.there_sum_ns += now\n", ""),),
    ),
    Fault(
        "a-smaller-buffer-keeps-its-pages",
        "A smaller buffer lets pages go at once.",
        "scaling::test_pages_beyond_a_smaller_buffer_go_at_once_and_come_back_one_by_one",
        (("mechanics/scaling", "    let_go(S, i, buffer_pages)\n", ""),),
    ),
    Fault(
        "the-last-table-pays-for-all",
        "Where a buffer shrinks, each table loses in proportion to what it holds.",
        "scaling::test_each_table_loses_in_proportion_to_what_it_holds",
        (("mechanics/scaling", "S.resident[i, t] * (pages / held)",
          "max(0.0, S.resident[i, t] - (held - pages) * t)"),),
    ),
    Fault(
        "who-leaves-keeps-its-cache",
        "The cache of an instance goes with it.",
        "scaling::test_a_cache_begins_empty_whether_it_was_full_or_never_there",
        (("mechanics/scaling", "        S.resident[i, t] = 0.0\n", "        pass\n"),),
    ),
    Fault(
        "who-leaves-tells-nobody",
        "The clients of an instance that leaves are told by a reset.",
        "scaling::test_who_leaves_tells_its_clients_and_answers_nobody_any_more",
        (("mechanics/process_stop", "        if status == DARK:", "        if status >= DARK:"),),
    ),
    Fault(
        "the-absent-answer",
        "An instance that is not there answers nobody.",
        "scaling::test_who_leaves_tells_its_clients_and_answers_nobody_any_more",
        (("mechanics/loop", ".status >= instances.DARK:", ".status == instances.DARK:"),),
    ),
    Fault(
        "all-are-there-at-the-start",
        "An instance may be absent at the start.",
        "scaling::test_who_joins_is_dark_until_it_starts",
        (("mechanics/initial_state", "int(Status.UP if each.there else Status.ABSENT)",
          "int(Status.UP)"),),
    ),
    Fault(
        "connections-close-with-the-limit",
        "Connections that are open stay open where the limit falls.",
        "scaling::test_open_connections_stay_where_the_limit_falls_and_none_is_added",
        (("mechanics/instances", "    if instance.status != UP or slot.epoch != instance.epoch:\n",
          "    if instance.connections > instance.max_connections:\n        return RESET\n"
          "    if instance.status != UP or slot.epoch != instance.epoch:\n"),),
    ),
)
