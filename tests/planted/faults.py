"""Faults planted into the rules, to see that the tests worked by hand notice each of them.

The rules are run on SimPy with a fault (`planting`), and the tests worked by hand
(`tests/unit/test_plane_*.py`) are asked.
"""

from __future__ import annotations

from tests.planted.fault import Edit as Edit
from tests.planted.fault import Fault as Fault
from tests.planted.faults_of_clients import FAULTS_OF_CLIENTS
from tests.planted.faults_of_size import FAULTS_OF_SIZE

FAULTS = (
    Fault(
        "queue-survives-a-crash",
        "What waits for a vCPU dies with its process.",
        "commands::test_what_waited_for_a_vcpu_dies_with_its_process",
        (
            ("mechanics/process_stop", "    instance.queued = 0\n", ""),
            ("mechanics/process_stop", "    instance.head = NONE\n    instance.tail = NONE\n", ""),
        ),
    ),
    Fault(
        "boundary-included",
        "Commands of an instant come before its events.",
        "clients::test_the_same_for_connecting",
        (("on_simpy/machine", "peek() < limit:", "peek() <= limit:"),),
    ),
    Fault(
        "one-vcpu-too-many",
        "No more tasks work than there are vCPUs.",
        "clients::test_as_many_work_as_there_are_vcpus_and_the_rest_wait_in_turn",
        (("mechanics/instances", "instance.busy < instance.vcpu:",
          "instance.busy <= instance.vcpu:"),),
    ),
    Fault(
        "ack-of-a-dead-segment",
        "A lost or dark segment acknowledges nothing that was on its way.",
        "storage::test_a_loss_takes_back_what_was_not_yet_enough",
        (("mechanics/segments", "boxcar.ack_ns[member] = NEVER", "pass"),),
    ),
    Fault(
        "boxcar-one-record-late",
        "A boxcar's sender queues with its first record, and waits for no other.",
        "storage::test_a_boxcar_opens_with_its_first_record_and_closes_when_its_sender_gets_a_vcpu",
        ((
            "mechanics/storage",
            "        enqueue(S, i, (g << 2) | GROUP_TASK)\n    return group.open",
            "        S.boxcar[group.open].settled_ns = -1\n"
            "    elif S.boxcar[group.open].settled_ns == -1:\n"
            "        S.boxcar[group.open].settled_ns = 0\n"
            "        enqueue(S, i, (g << 2) | GROUP_TASK)\n    return group.open",
        ),),
    ),
    Fault(
        "deadline-not-rearmed",
        "A timer that rings before its statement's deadline is set again.",
        "clients::test_a_reply_at_the_deadline_is_in_time_and_one_tick_later_is_not",
        (("mechanics/clients/attempt",
          "        arm(S, x, slot.deadline_ns, now)\n        return NEVER",
          "        return NEVER"),),
    ),
    Fault(
        "last-in-first-out-pool",
        "A pool lends the connection that has rested longest.",
        "clients::test_the_pool_lends_the_connection_that_has_rested_longest",
        ((
            "mechanics/clients/pool",
            "    elif S.workload[process.workload].reuse == LAST_IN:\n",
            "    elif S.workload[process.workload].reuse != LAST_IN:\n",
        ),),
    ),
    Fault(
        "commit-before-vdl",
        "A commit is answered when VDL has reached its record, not one before.",
        "storage::test_a_node_takes_boxcars_one_after_the_other",
        (("mechanics/storage", "entry.lsn <= cluster.vdl:", "entry.lsn <= cluster.vdl + 1:"),),
    ),
    Fault(
        "dns-kept-an-instant-longer",
        "A name is asked for again at the end of its time.",
        "failures::test_a_name_is_asked_for_again_at_the_end_of_its_time_and_not_before",
        (("mechanics/clients/names", "if now >= process.answer_until_ns:",
          "if now > process.answer_until_ns:"),),
    ),
    Fault(
        "order-without-entity",
        "Of two events of a kind at one instant the lower entity comes first.",
        "clients::test_slices_of_four_share_a_vcpu",
        (("on_simpy/queue", "priority=rank,", "priority=rank >> 48,"),),
    ),
    Fault(
        "three-of-six",
        "A write needs four of six acknowledgements, not three.",
        "storage::test_four_of_six_is_the_fourth_smallest_acknowledgement",
        (("mechanics/quorum", "return max(a2, a3)", "return min(a2, a3)"),),
    ),
    Fault(
        "four-where-five-must-be",
        "What a write quorum is stands in the plan's table.",
        "storage::test_the_table_decides_what_a_quorum_is",
        (("mechanics/initial_state", "each.write_ok[mask] == (mask",
          "True or each.write_ok[mask] == (mask"),),
    ),
    Fault(
        "reply-at-the-deadline-is-late",
        "A reply that arrives at the deadline is in time.",
        "clients::test_a_reply_at_the_deadline_is_in_time_and_one_tick_later_is_not",
        (("mechanics/clients/attempt", "if end_ns > slot.deadline_ns:",
          "if end_ns >= slot.deadline_ns:"),),
    ),
    Fault(
        "leaked-connection",
        "The connection of a statement given up closes with it.",
        "clients::test_a_statement_given_up_runs_on_and_its_connection_counts_until_it_ends",
        (("mechanics/instances",
          "        S.instance[job.instance].connections -= 1\n        give_job",
          "        give_job"),),
    ),
    Fault(
        "stale-only-if-acknowledged-earlier",
        "A read misses a change that was acknowledged at the instant at which it was sent.",
        "reading::test_a_planted_write_then_read_is_stale_by_just_so_much",
        (("mechanics/replication", "change.ack_ns <= sent_ns", "change.ack_ns < sent_ns"),),
    ),
    Fault(
        "reads-stay-asleep",
        "A repair wakes the reads that found no segment.",
        "reading::test_a_read_with_no_segment_left_waits_for_the_repair",
        (("mechanics/segments", "live(S, g), now)\n    wake_reads(S, cl, now)\n\n\ndef catch_up",
          "live(S, g), now)\n\n\ndef catch_up"),),
    ),
    Fault(
        "repaired-segment-says-nothing",
        "A segment that gets what it lacked from others acknowledges it.",
        "storage::test_what_a_segment_holds_reaches_the_repaired_one_at_once",
        (("mechanics/segments", "                acknowledge(S, b, missing, now)",
          "                pass"),),
    ),
    Fault(
        "lost-where-most-hold-it",
        "A commit is lost with the last copy of that record of it which fewest segments hold.",
        "recovery::test_a_commit_is_lost_with_the_record_that_fewest_held",
        (("mechanics/losses", "if fewer < other or", "if fewer > other or"),),
    ),
    Fault(
        "promotion-ships-nothing",
        "Readers learn from a new writer where the log ends.",
        "commands::test_readers_learn_from_the_new_writer_where_recovery_found_the_end",
        (("mechanics/plane",
          "        self.machine.do(commands.SHIP_AGAIN, cluster, self.now_ns)\n", ""),),
    ),
    Fault(
        "open-boxcar-survives-a-crash",
        "Redo that was not sent is gone with its writer.",
        "storage::test_the_next_writers_redo_does_not_join_what_was_not_sent",
        (("mechanics/process_stop", "            group.open = NONE\n", "            pass\n"),),
    ),
    Fault(
        "cut-batch-arrives",
        "A batch that would arrive at the instant at which its link is cut is lost.",
        "regions::test_what_arrives_at_the_instant_of_the_cut_is_on_its_way",
        (("mechanics/links", ".arrived_ns < now:", ".arrived_ns <= now:"),),
    ),
    Fault(
        "batch-leaves-too-soon",
        "On an idle link a batch leaves a period after the last one.",
        "regions::test_a_batch_waits_for_its_period_and_gathers_what_comes",
        (("mechanics/regions", "now + max(busy, link.link_batch_ns)", "now + busy"),),
    ),
    Fault(
        "secondary-reads-are-fresh",
        "A read in a second region misses what became durable at the instant at which it was sent.",
        "regions::test_a_read_there_misses_what_became_durable_as_it_was_sent",
        (("mechanics/regions", "return max(1, now - oldest) if oldest <= sent_ns else 0",
          "return max(1, now - oldest) if oldest < sent_ns else 0"),),
    ),
    Fault(
        "group-one-byte-late",
        "The next group comes with the first byte beyond the last one.",
        "growth::test_a_partly_free_need_raises_the_size_by_the_rest",
        (("mechanics/space", "cluster.group_bytes < cluster.used_bytes:",
          "cluster.group_bytes < cluster.used_bytes - 1:"),),
    ),
    Fault(
        "full-one-byte-early",
        "The last byte of a volume can be used.",
        "growth::test_the_last_byte_fits_and_the_one_after_it_does_not",
        (("mechanics/space", "if grown > cluster.limit_bytes:",
          "if grown >= cluster.limit_bytes:"),),
    ),
    Fault(
        "a-failed-write-takes-what-is-free",
        "A write that does not fit takes nothing.",
        "growth::test_what_a_delete_frees_is_taken_first_and_the_volume_never_shrinks",
        (("mechanics/space", "    if grown > cluster.limit_bytes:\n",
          "    if grown > cluster.limit_bytes:\n        cluster.free_bytes = 0\n"),),
    ),
    Fault(
        "a-crash-ends-all-statements",
        "A crash ends the statements of its own instance only.",
        "commands::test_a_crash_concerns_one_instance",
        ((
            "mechanics/process_stop",
            "        if job.active and job.instance == i:\n",
            "        if job.active:\n",
        ),),
    ),
    Fault(
        "a-crash-ends-all-redo",
        "A reader's crash leaves other readers the redo they have.",
        "commands::test_a_crash_leaves_other_readers_their_redo",
        ((
            "mechanics/process_stop",
            "        if chunk.arrived and chunk.instance == i:\n",
            "        if chunk.arrived:\n",
        ),),
    ),
    Fault(
        "refused-connections-are-gone",
        "A pool opens a connection that was refused when it is needed.",
        "clients::test_a_pool_opens_what_was_refused_when_it_is_needed",
        ((
            "mechanics/clients/pool",
            "    process.unopened_end = x\n",
            "    process.unopened = NONE\n",
        ),),
    ),
    Fault(
        "members-answer-alike",
        "Each member of a group answers after a time of its own.",
        "storage::test_each_member_answers_after_a_time_of_its_own",
        ((
            "mechanics/storage",
            "s0 if member == 0 else (s1 if member == 1 else s2)",
            "s0",
        ),),
    ),
    Fault(
        "records-in-one-place",
        "Each record goes to the group of its page.",
        "storage::test_each_record_goes_to_the_group_of_its_page",
        ((
            "mechanics/storage",
            "place = g0 if turn == 0 else (g1 if turn == 1 else (g2 if turn == 2 else g3))",
            "place = g0",
        ),),
    ),
    Fault(
        "redo-crosses-no-az",
        "Redo for a reader in another AZ takes the way there.",
        "reading::test_redo_crosses_azs_and_its_changes_are_remembered_for_the_last_reader",
        ((
            "mechanics/replication",
            "if cluster.writer >= 0 else reader.az",
            "if cluster.writer > 0 else reader.az",
        ),),
    ),
    Fault(
        "forgotten-for-the-last-reader",
        "A change is remembered until the last reader has applied it.",
        "reading::test_redo_crosses_azs_and_its_changes_are_remembered_for_the_last_reader",
        ((
            "mechanics/replication",
            "            least = min(least, S.instance[i].applied_lsn)\n",
            "            return S.instance[i].applied_lsn\n",
        ),),
    ),
    Fault(
        "a-reader-that-came-back-is-fresh",
        "Changes are remembered again as soon as some reader is up.",
        "reading::test_a_reader_that_came_back_may_be_behind_again",
        ((
            "mechanics/process_stop",
            "            cluster.watched = True\n",
            "            pass\n",
        ),),
    ),
    Fault(
        "one-row-of-a-transaction",
        "A transaction is missed in each row that it changed.",
        "reading::test_a_transaction_is_missed_in_each_row_that_it_changed",
        ((
            "mechanics/records",
            "        if S.key[k].key == key:\n"
            "            return\n",
            "        return\n",
        ),),
    ),
    Fault(
        "settled-on-its-way",
        "A copy on its way to a segment counts once it is there.",
        "recovery::test_copies_that_come_after_the_acknowledgement_count",
        ((
            "mechanics/losses",
            "        if state == UNSETTLED:\n"
            "            break\n",
            "",
        ),),
    ),
    Fault(
        "a-repair-forgets-open-transactions",
        "A repaired segment gets what an open transaction wrote.",
        "recovery::test_who_returns_gets_what_an_open_transaction_wrote",
        ((
            "mechanics/segments",
            "            if is_kept(S, kept, cl) and S.boxcar[kept].group == g:\n"
            "                regain(",
            "            if False:\n"
            "                regain(",
        ),),
    ),
    Fault(
        "a-zone-forgets-open-transactions",
        "An AZ that is back gets what an open transaction wrote meanwhile.",
        "recovery::test_who_returns_gets_what_an_open_transaction_wrote",
        ((
            "mechanics/segments",
            "            there = members & ~wide(S.group[g].lost)\n"
            "            if there != 0:\n"
            "                regain(",
            "            there = members & ~wide(S.group[g].lost)\n"
            "            if there == 0:\n"
            "                regain(",
        ),),
    ),
    Fault(
        "a-full-batch-takes-more",
        "Redo that waits joins no batch that is full.",
        "regions::test_a_backlog_leaves_without_waiting_for_more",
        ((
            "mechanics/regions",
            ".bytes >= most",
            ".bytes > most",
        ),),
    ),
    Fault(
        "what-is-missing-is-young",
        "What a secondary lacks is as old as the first record of it.",
        "regions::test_reads_there_grow_older_when_it_follows_no_more",
        ((
            "mechanics/links",
            "        link.frozen_ns = min(now, at(",
            "        link.frozen_ns = max(now, at(",
        ),),
    ),
    Fault(
        "lsns-given-again",
        "A cluster that follows another gives no LSN a second time.",
        "regions::test_who_takes_over_goes_on_behind_its_log_and_the_old_one_can_follow",
        ((
            "mechanics/links",
            "max(link.next_lsn, theirs.vdl + 1)",
            "theirs.vdl + 1",
        ),),
    ),
    *FAULTS_OF_CLIENTS,
    *FAULTS_OF_SIZE,
)  # fmt: skip
RIGHT = "none"
"""In place of a fault's name: the rules as they are, imported in the same way."""
