"""Wrong rules of processes, names, pools and sockets."""

from __future__ import annotations

from tests.planted.fault import Fault

NAMES, POOL = "mechanics/clients/names", "mechanics/clients/pool"
SILENCE, ATTEMPT = "mechanics/clients/silence", "mechanics/clients/attempt"

FAULTS_OF_CLIENTS = (
    Fault(
        "always-the-first-reader",
        "The reader endpoint answers one reader at random to each lookup.",
        "names::test_the_reader_endpoint_names_each_reader_as_often_as_another",
        ((NAMES, "S.record[cluster, role, laws.named(count, key, process, lookup)]",
          "S.record[cluster, role, ZERO]"),),
    ),
    Fault(
        "the-start-fills-the-cache",
        "A cache is filled by the process's last lookup, which was long before the start.",
        "names::test_only_connecting_asks_and_a_steady_pool_asks_at_the_reset",
        ((NAMES, "    if slot.connects == 0 and workload.reuse != PER_REQUEST:",
          "    if slot.connects < 0:"),),
    ),
    Fault(
        "a-record-moves-at-once",
        "For a while a record that has moved answers as before to every other lookup.",
        "names::test_a_name_looked_up_while_the_record_flaps_is_old_or_new_at_random",
        ((NAMES, "if now < S.flap_until[cluster, role] and", "if now < ZERO and"),),
    ),
    Fault(
        "everybody-asks-for-himself",
        "A resolver answers all who ask it alike, as long as its own answer is good.",
        "names::test_a_resolver_for_all_answers_all_alike_within_its_time",
        ((NAMES, "if workload.resolver_ttl_ns > 0:", "if workload.resolver_ttl_ns < 0:"),),
    ),
    Fault(
        "one-process-does-it-all",
        "A request goes to a process at random.",
        "pools::test_a_request_goes_to_a_process_by_a_draw_of_its_own",
        (("mechanics/clients/arrivals",
          "        p += laws.process_of(workload.processes, workload.requests_key, request)",
          "        p += ZERO"),),
    ),
    Fault(
        "a-waiting-room-for-all",
        "Each process has a waiting room of its own.",
        "pools::test_each_process_has_a_waiting_room_of_its_own",
        ((POOL, "    if process.waiters >= workload.queue_limit:",
          "    if workload.waiting >= workload.queue_limit:"),),
    ),
    Fault(
        "patience-without-end",
        "Who waits for a connection for too long gets none.",
        "pools::test_who_waits_too_long_for_a_connection_gets_none",
        ((POOL, "if patience_ns < NEVER and not process.patience:", "if process.patience:"),),
    ),
    Fault(
        "idle-for-ever",
        "A connection that has rested for long enough is closed.",
        "pools::test_an_idle_connection_is_closed_when_it_has_rested_long_enough",
        ((POOL, "    if at_ns < NEVER and not slot.watched:", "    if slot.watched:"),),
    ),
    Fault(
        "a-lifetime-cuts-a-transaction",
        "A lifetime that ends in mid-transaction waits for its end.",
        "pools::test_a_lifetime_that_ends_in_mid_transaction_waits_for_its_end",
        ((ATTEMPT, "    if slot.statement != 0:\n        return False\n    validate_after_ns",
          "    validate_after_ns"),),
    ),
    Fault(
        "questions-cost-nothing",
        "A pool that asks whether a connection lives waits for the answer.",
        "pools::test_a_question_takes_a_round_trip_and_only_of_who_has_rested",
        ((ATTEMPT, "slot.expires_ns <= at_ns or at_ns - slot.used_ns > validate_after_ns",
          "slot.expires_ns <= at_ns"),),
    ),
    Fault(
        "dead-connections-are-known",
        "Who does not ask finds out by an error that its connection was reset while it rested.",
        "failures::test_a_thinking_client_finds_its_connection_reset_and_opens_another",
        ((ATTEMPT, "            if dead:\n                return fail(S, x, RESET, now)\n",
          "            if dead:\n                close(S, x, now)\n                return now\n"),),
    ),
    Fault(
        "read-only-is-dropped",
        "A pool keeps a connection whatever it answered.",
        "pools::test_a_pool_keeps_who_says_read_only_unless_it_drops_it",
        (("mechanics/drivers/plain", "if code == READ_ONLY and not", "if code == -1 and not"),),
    ),
    Fault(
        "own-writes-are-somebodys",
        "Who reads its own write reads that row.",
        "reading::test_who_reads_its_own_write_reads_that_row_so_long_after_it",
        (("mechanics/instances", "            key = workload.requests_key\n", ""),),
    ),
    Fault(
        "whoever-lives-may-write",
        "A pool that asks for writes replaces a connection to a reader.",
        "pools::test_a_question_for_writes_replaces_who_leads_to_a_reader",
        (("mechanics/instances", "READ_ONLY if workload.asks_writable and not writes else OK",
          "OK"),),
    ),
    Fault(
        "logins-are-tried-at-once",
        "After a login that failed a process pauses.",
        "pools::test_after_a_login_that_failed_nobody_of_the_process_logs_in_for_a_while",
        ((ATTEMPT, "    if again_ns > now:", "    if again_ns > NEVER:"),),
    ),
    Fault(
        "acknowledged-is-resent",
        "What was sent long enough before a silence has nothing to be resent.",
        "silence::test_what_was_sent_earlier_was_acknowledged_and_nothing_ever_ends_it",
        ((SILENCE, "if sent and slot.send_ns > now - ", "if sent and slot.send_ns < now + "),),
    ),
    Fault(
        "no-user-timeout",
        "The user timeout ends what is resent.",
        "silence::test_the_user_timeout_ends_what_is_resent",
        ((SILENCE, "min(S.workload[slot.workload].user_timeout_ns, cluster.tcp_give_up_ns)",
          "cluster.tcp_give_up_ns"),),
    ),
    Fault(
        "free-when-the-host-is-back",
        "A host that answers again resets the next resend, not before.",
        "silence::test_a_host_that_answers_again_resets_the_next_resend",
        ((SILENCE, "            plan_failure(S, x, RESET, at_ns + back_ns)",
          "            plan_failure(S, x, RESET, now)"),),
    ),
    Fault(
        "keepalive-asks-once",
        "Keepalive gives up after so many questions in vain.",
        "silence::test_keepalive_finds_out_where_there_is_nothing_to_be_resent",
        ((SILENCE, "return workload.keepalive_count * interval_ns", "return interval_ns"),),
    ),
    Fault(
        "nothing-is-held",
        "What an application does besides keeps its connection.",
        "pools::test_what_an_application_does_besides_keeps_its_connection",
        ((ATTEMPT, "        return finish(S, x, held_ns, ZERO, now)",
          "        return finish(S, x, end_ns, ZERO, now)"),),
    ),
)
