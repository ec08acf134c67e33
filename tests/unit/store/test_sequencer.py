"""Promise: many writers share a commit; each gets its own answer, and one that fails fails alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from threading import Barrier, Condition, Event, Semaphore, Thread

import pytest
from sqlalchemy.exc import OperationalError

from attest.errors import AttestError, Conflict, Refused
from attest.ledger.sequence import MAX_GROUP_ENTRIES
from attest.model.ports import LogReceipt
from attest.store.log_reader import LogReader
from attest.store.log_store import Submission
from attest.store.sequencer import Sequencer
from attest.usecases.instance import Instance
from tests.unit.store.submissions import submission

WRITERS = 24


class Held:
    """Appends to a log, after whoever tests has let it go on; keeps the sizes of the groups."""

    def __init__(self, instance: Instance) -> None:
        self.go = Event()
        self.groups: list[int] = []
        self._log = instance.log

    def __call__(
        self, submissions: Sequence[Submission], *, on_step: Callable[[str], None] = lambda _: None
    ) -> tuple[LogReceipt, ...]:
        self.groups.append(len(submissions))
        self.go.wait()
        return self._log.append(submissions, on_step=on_step)


@pytest.fixture
def held(instance: Instance) -> Held:
    return Held(instance)


@pytest.fixture
def sequencer(held: Held) -> Iterator[Sequencer]:
    made = Sequencer(held, waiting=64)
    yield made
    held.go.set()
    made.close()


def submit_all(sequencer: Sequencer, batches: Sequence[Sequence[Submission]]) -> tuple[list[Thread], list[object]]:
    """Start a thread for each batch; gives the threads and the list where each leaves what it was answered."""
    answers: list[object] = [None] * len(batches)
    begun = Barrier(len(batches) + 1)

    def run(number: int) -> None:
        begun.wait()
        try:
            answers[number] = sequencer.append(batches[number])
        except (AttestError, OperationalError) as err:
            answers[number] = err

    threads = [Thread(target=run, args=(number,)) for number in range(len(batches))]
    for thread in threads:
        thread.start()
    begun.wait()
    return threads, answers


def wait_for(sequencer: Sequencer, held: Held, count: int) -> None:
    """Wait until so many requests, of one entry each, are in the queue or in the group that is held."""
    while sequencer.waiting + sum(held.groups) < count:
        Event().wait(0.01)


def test_writers_share_groups_and_each_gets_its_own_receipt(
    instance: Instance, sequencer: Sequencer, held: Held
) -> None:
    threads, answers = submit_all(sequencer, [[submission(n)] for n in range(WRITERS)])
    wait_for(sequencer, held, WRITERS)
    held.go.set()
    for thread in threads:
        thread.join(60)
    assert sum(held.groups) == WRITERS
    assert max(held.groups) > 1
    reader = LogReader(instance.engine, instance.scope, instance.log.name)
    for number, answer in enumerate(answers):
        assert isinstance(answer, tuple)
        entry = reader.entry(answer[0].index)
        assert entry is not None
        assert entry.leaf.body == submission(number).leaf.body


def test_batch_stays_together_and_in_order(instance: Instance, sequencer: Sequencer, held: Held) -> None:
    batches = [[submission(n * 100 + at) for at in range(7)] for n in range(5)]
    threads, answers = submit_all(sequencer, batches)
    held.go.set()
    for thread in threads:
        thread.join(60)
    for answer in answers:
        assert isinstance(answer, tuple)
        first = answer[0].index
        assert [receipt.index for receipt in answer] == list(range(first, first + 7))


def test_no_group_is_larger_than_the_log_takes(sequencer: Sequencer, held: Held) -> None:
    third = MAX_GROUP_ENTRIES // 3 + 1
    threads, answers = submit_all(sequencer, [[submission(n * 5000 + at) for at in range(third)] for n in range(4)])
    held.go.set()
    for thread in threads:
        thread.join(60)
    assert all(isinstance(answer, tuple) for answer in answers)
    assert max(held.groups) <= MAX_GROUP_ENTRIES
    assert sum(held.groups) == 4 * third


def test_one_that_spoils_its_group_fails_alone(sequencer: Sequencer, held: Held) -> None:
    def spoil(_session: object, _receipt: object) -> None:
        raise Conflict("ledger.conflict", "logged by another")

    bad = replace(submission(99), within=spoil)
    threads, answers = submit_all(sequencer, [[submission(1)], [bad], [submission(2)], [submission(3)]])
    wait_for(sequencer, held, 4)
    held.go.set()
    for thread in threads:
        thread.join(60)
    assert isinstance(answers[1], Conflict)
    assert [type(answer) for answer in answers] == [tuple, Conflict, tuple, tuple]


def test_database_that_fails_fails_all_and_nothing_is_tried_again() -> None:
    tried: list[int] = []

    def fail(submissions: Sequence[Submission], *, on_step: object = None) -> tuple[LogReceipt, ...]:
        tried.append(len(submissions))
        raise OperationalError("COMMIT", None, OSError("connection lost"))

    sequencer = Sequencer(fail)
    threads, answers = submit_all(sequencer, [[submission(n)] for n in range(4)])
    for thread in threads:
        thread.join(60)
    sequencer.close()
    assert sum(tried) == 4
    assert all(isinstance(answer, OperationalError) for answer in answers)


def test_full_queue_turns_the_next_away(held: Held) -> None:
    sequencer = Sequencer(held, waiting=2)
    threads, _ = submit_all(sequencer, [[submission(0)]])
    wait_for(sequencer, held, 1)
    more, _ = submit_all(sequencer, [[submission(n)] for n in (1, 2)])
    wait_for(sequencer, held, 3)
    with pytest.raises(Refused) as caught:
        sequencer.append([submission(10)])
    assert caught.value.code == "service.too-many"
    held.go.set()
    for thread in (*threads, *more):
        thread.join(60)
    sequencer.close()


def test_ended_sequencer_finishes_what_waits_and_takes_no_more(instance: Instance) -> None:
    sequencer = Sequencer(instance.log.append)
    (receipt,) = sequencer.append([submission(1)])
    sequencer.close()
    assert receipt.index == 2
    with pytest.raises(Refused):
        sequencer.append([submission(2)])


class Slow:
    """Answers each group when whoever tests says so; keeps the sizes of those that were begun."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.answer = Semaphore(0)
        self._changed = Condition()

    def __call__(
        self, submissions: Sequence[Submission], *, on_step: Callable[[str], None] = lambda _: None
    ) -> tuple[LogReceipt, ...]:
        with self._changed:
            self.begun.append(len(submissions))
            self._changed.notify_all()
        self.answer.acquire()
        return ()

    def wait(self, groups: int) -> None:
        with self._changed:
            self._changed.wait_for(lambda: len(self.begun) >= groups)


def test_full_group_begins_beside_the_one_before_and_a_smaller_one_grows_until_that_is_answered() -> None:
    slow = Slow()
    sequencer, one = Sequencer(slow), submission(1)
    answers = [sequencer.submit([one])]
    slow.wait(1)
    answers.append(sequencer.submit([one] * MAX_GROUP_ENTRIES))
    slow.wait(2)
    answers += [sequencer.submit([one] * MAX_GROUP_ENTRIES), sequencer.submit([one])]
    assert sequencer.waiting == 2  # two are under way, and no third
    slow.answer.release()
    slow.wait(3)
    answers += [sequencer.submit([one]) for _ in range(3)]
    slow.answer.release()
    slow.answer.release()
    slow.wait(4)
    slow.answer.release()
    assert [len(answer.result()) for answer in answers] == [0] * len(answers)
    sequencer.close()
    assert slow.begun == [1, MAX_GROUP_ENTRIES, MAX_GROUP_ENTRIES, 4]


def test_who_gives_up_waiting_stops_nobody(held: Held, sequencer: Sequencer) -> None:
    first, second = (sequencer.submit([submission(n)]) for n in range(2))
    assert not first.cancel()
    held.go.set()
    assert first.result()[0].index != second.result()[0].index


def test_groups_that_overlap_are_one_history_and_each_is_published_before_its_answer(instance: Instance) -> None:
    def append(
        submissions: Sequence[Submission], *, on_step: Callable[[str], None] = lambda _: None
    ) -> tuple[LogReceipt, ...]:
        receipts = instance.log.append(submissions, on_step=on_step)
        published = instance.log.publisher.published()
        assert published is not None
        assert published.size >= receipts[-1].tree_size
        return receipts

    sequencer = Sequencer(append, full=1)
    answers = [sequencer.submit([submission(number)]) for number in range(WRITERS)]
    receipts = [answer.result()[0] for answer in answers]
    sequencer.close()
    assert sequencer.groups == WRITERS
    assert sorted(receipt.index for receipt in receipts) == [2 + 2 * number for number in range(WRITERS)]
    for receipt in receipts:
        head = LogReader(instance.engine, instance.scope, instance.log.name).head(receipt.tree_size)
        assert head is not None
        assert head.root == receipt.root
