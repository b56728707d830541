"""How tasks are put into calls, and what becomes of those whose worker is lost."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.dispatch import CALL_SECONDS, LOST_NODES, MOST_TASKS, RETRIES, STEP, WINDOW, Losses, Queue, reservation
from pipeline.stages.base import Part, Task
from shards.receipts import Receipt


class Numbered(Part):
    number: int


def tasks(count: int) -> list[Task]:
    return [Task.of([], Numbered(number=number)) for number in range(count)]


def receipt(seconds: float = 0.0, peak_bytes: int = 0) -> Receipt:
    return Receipt(
        stage="s", task="t", reads=(), rows=0, kept={}, rejected={}, files={}, seconds=seconds, peak_bytes=peak_bytes
    )


@given(st.integers(0, 2000), st.integers(1, 64), st.lists(st.floats(0, 100), max_size=5), st.data())
def test_every_task_is_taken_once_and_a_call_has_no_more_than_its_time_and_its_share(
    count: int, slots: int, seconds: list[float], data: st.DataObject
) -> None:
    queue, taken, every = Queue(tasks(count)), list[Task](), tasks(count)
    while queue:
        waiting = len(queue)
        batch = queue.take(slots)
        assert 1 <= len(batch) <= MOST_TASKS
        assert len(batch) == 1 or len(batch) <= waiting / (slots * WINDOW)
        if seconds:
            assert len(batch) == 1 or not taken or len(batch) * seconds[-1] <= CALL_SECONDS
            queue.ended([receipt(seconds[-1])])
        else:
            assert len(batch) == 1, "nobody knows how long a task takes"
        taken += batch
    assert taken == every


def test_tasks_that_take_no_time_go_to_a_worker_together_and_one_that_was_lost_goes_alone() -> None:
    queue, every = Queue(tasks(5000)), tasks(5000)
    (first,) = queue.take(2)
    queue.ended([receipt()])
    many = queue.take(2)
    assert many == every[1 : MOST_TASKS + 1]
    for task in (first, *many):
        queue.again(task)
    rest = []
    while queue:
        rest.append(queue.take(2))
    assert [batch for batch in rest if batch[0] in (first, *many)] == [[task] for task in (first, *many)]


@given(st.integers(0, 1 << 40), st.integers(0, 1 << 40))
def test_memory_is_asked_for_in_steps_and_never_more_than_a_node_has(peak: int, node: int) -> None:
    asked = reservation(peak, node)
    assert asked % STEP == 0
    assert asked <= node
    assert asked >= min(peak, node - STEP)


def test_a_lost_node_uses_up_no_retry_but_a_task_does_not_take_nodes_for_ever() -> None:
    losses = Losses()
    for _ in range(RETRIES):
        assert losses.bear("a", by_node=False)
        assert losses.bear("a", by_node=True)
    assert not losses.bear("a", by_node=False)
    assert losses.told("a") == f"{RETRIES + 1} times, and {RETRIES} nodes"
    assert [losses.bear("b", by_node=True) for _ in range(LOST_NODES + 1)] == [True] * LOST_NODES + [False]
