"""What happens at one instant has an order, and whatever happens, nothing hangs or falls over."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.control_stage import ONE, THREE, TWO, Story, play


def test_faults_of_one_instant_strike_by_kind_and_name_whatever_their_order_in_the_file() -> None:
    script = [
        "{at: 60 s, host_failure: db-3}",
        "{at: 60 s, segment_loss: {group: 1, segments: [0]}}",
        "{at: 60 s, host_failure: db-2}",
        "{at: 60 s, az_outage: a, for: 1 min}",
        "{at: 60 s, slow_node: {group: 0, segments: [0], delay: 1 ms}, for: 1 min}",
    ]
    stories = [play(*script), play(*reversed(script))]
    assert stories[0].plane.told == stories[1].plane.told
    assert [each[:2] for each in stories[0].words[:6]] == [
        ("stop", 0),
        ("zone", 0),
        ("stop", 1),
        ("stop", 2),
        ("segment_lost", 1),
        ("node_delay", 0),
    ]


def test_the_writers_host_dies_before_segments_of_the_same_instant_are_lost() -> None:
    loss = "{at: 60 s, segment_loss: {group: 0, segments: [0, 1, 2, 3]}}"
    story = play(loss, "{at: 60 s, host_failure: writer}")
    assert [each[0] for each in story.words[:2]] == ["stop", "segment_lost"]


def test_what_is_under_way_comes_before_a_fault_of_that_instant() -> None:
    """The candidate dies at the very instant at which it has become the writer."""
    promoted_ns = play("{at: 60 s, host_failure: writer}").at("promote")
    story = play(
        "{at: 60 s, host_failure: writer}", f"{{at: {promoted_ns} ns, host_failure: db-2}}"
    )
    assert [each.to for each in story.main.failovers] == ["db-2", "db-3"]
    assert story.main.failovers[0].promoted_ns == promoted_ns
    assert story.times("promote", 1) == [promoted_ns]


def test_a_candidate_dies_one_nanosecond_before_it_would_have_been_the_writer() -> None:
    promoted_ns = play("{at: 60 s, host_failure: writer}").at("promote")
    story = play(
        "{at: 60 s, host_failure: writer}", f"{{at: {promoted_ns - 1} ns, host_failure: db-2}}"
    )
    assert [each.to for each in story.main.failovers] == ["db-3"]


def test_writer_and_only_reader_die_at_once() -> None:
    story = play(
        "{at: 60 s, host_failure: db-1}", "{at: 60 s, host_failure: db-2}", instances=TWO
    )
    assert story.plane.writer is not None
    assert_sound(story)


def test_a_fault_at_the_start() -> None:
    assert play("{at: 0 s, host_failure: writer}").at("stop", 0) == 0


def assert_sound(story: Story) -> None:
    """What holds after any script."""
    now = story.env.now
    assert isinstance(now, int)
    times = [each[0] for each in story.plane.told]
    assert times == sorted(times) and all(type(each) is int for each in times)
    starts = [each.start_ns for each in story.control.events]
    assert starts == sorted(starts)
    for event in story.control.events:
        assert event.end_ns is None or event.start_ns <= event.end_ns <= now, event
    for failover in story.main.failovers:
        known = [failover.start_ns, failover.detected_ns, failover.promoted_ns]
        known = [each for each in [*known, failover.endpoint_moved_ns] if each is not None]
        assert known == sorted(known)
    spans = [each for each in story.control.events if each.kind == "volume.write_unavailable"]
    total = sum((now if each.end_ns is None else each.end_ns) - each.start_ns for each in spans)
    assert story.main.write_unavailable_ns(now) == total


NAMES = ("db-1", "db-2", "db-3", "writer")
# Coarse times, so that many things fall on one instant; ends and durations included.
ticks = st.integers(0, 8).map(lambda tick: f"{60 + 4 * tick} s")
spans = st.integers(1, 6).map(lambda tick: f"for: {4 * tick} s")
maybe_spans = st.one_of(st.just("for: 4 s"), spans, st.none())


@st.composite
def scripts(draw: st.DrawFn, count: int) -> list[str]:
    names = [*NAMES[:count], "writer"]
    # one before all, so that a failover to the first writer may be one back to it
    faults = ["{at: 1 s, crash: dispatcher}"] if count > 1 else []
    for _ in range(draw(st.integers(1, 6))):
        kinds = ["host", "crash", "reboot", "az", "loss", *(["failover"] if count > 1 else [])]
        kind = draw(st.sampled_from(kinds))
        name, tail = draw(st.sampled_from(names)), ""
        match kind:
            case "host":
                body, tail = f"host_failure: {name}", draw(maybe_spans) or ""
            case "crash":
                what = draw(st.sampled_from(("instance", "node", "dispatcher")))
                body = f"crash: {{what: {what}, instance: {name}}}"
            case "failover":
                to = "" if name == "writer" else f"to: {name}"
                body = f"failover: {{{to}}}"
            case "reboot":
                body = f"reboot: {name}"
            case "az":
                body, tail = f"az_outage: {draw(st.sampled_from('abc'))}", draw(spans)
            case _:
                lost = sorted(draw(st.sets(st.integers(0, 4), min_size=1)))
                body, tail = f"segment_loss: {{group: 0, segments: {lost}}}", draw(spans)
        faults.append(f"{{at: {draw(ticks)}, {body}{', ' + tail if tail else ''}}}")
    return faults


# All times whole multiples of four seconds: nearly everything ties.
COARSE = (
    "{health_check_period: 4 s, health_check_misses: 1, health_check_timeout: 4 s,"
    " promote_low: 4 s, promote_high: 4 s, planned_failover_low: 4 s, planned_failover_high: 4 s,"
    " endpoint_publish_low: 4 s, endpoint_publish_high: 4 s, crash_restart_low: 4 s,"
    " crash_restart_high: 4 s, dispatcher_restart: 4 s, node_restart: 4 s, reboot_restart: 4 s,"
    " host_replace_low: 12 s, host_replace_high: 12 s, recreate_low: 12 s, recreate_high: 12 s,"
    " segment_repair: 4 s}"
)


def assert_healed(story: Story, count: int) -> None:
    """Long after the last fault all instances are up, one of them writes, and all is closed."""
    assert story.plane.writer is not None
    assert all(status.name == "UP" for status in story.plane.status.values())
    assert [each for each in story.control.events if each.end_ns is None] == []
    assert all(each.end_ns is not None for each in story.main.restarts)
    records = {each[2]: each[3] for each in story.plane.told if each[1] == "publish"}
    writer = story.plane.writer
    assert records["cluster"] == (writer,)
    readers = tuple(index for index in range(count) if index != writer)
    assert records["reader"] == (readers or (writer,))
    assert story.main.volume_view(1).copies_min == 6


@settings(max_examples=120)
@given(st.sampled_from((1, 2, 3)).flatmap(lambda n: st.tuples(st.just(n), scripts(n))),
       st.sampled_from(("{}", COARSE)))  # fmt: skip
def test_whatever_happens_the_cluster_heals(drawn: tuple[int, list[str]], model: str) -> None:
    count, script = drawn
    story = play(*script, instances=(ONE, TWO, THREE)[count - 1], model=model)
    assert_sound(story)
    assert_healed(story, count)
