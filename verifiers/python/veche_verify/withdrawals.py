"""What is taken back, and given again, by whom and since when: formats/certificate.md section 4, Withdrawals."""

from collections.abc import Callable
from dataclasses import dataclass

from .evidence import Log
from .machines import Event, Run

# When a record takes effect: by the quorum that held it, or at its earliest.
Time = Callable[[Log, int], int | None]


@dataclass(frozen=True)
class Withdrawal:
    """One record, by log and index, with the leaves that it takes from a procedure, or gives back."""

    at: int
    origin: str
    index: int
    takes: frozenset[str]
    gives: frozenset[str]


def of(logs: dict[str, Log], records: list[tuple[Log, int, str]], time: Time) -> list[Withdrawal]:
    """Returns what was taken back of these records, and given again, in its order."""
    found = []

    def add(log: Log, index: int, takes: set[str], gives: set[str]) -> None:
        at = time(log, index)
        if at is not None and (takes or gives):
            found.append(Withdrawal(at, log.origin, index, frozenset(takes), frozenset(gives)))

    for log in logs.values():
        mine = {index: leaf for each, index, leaf in records if each is log}
        for index, takes in log.taken(mine):
            add(log, index, takes, set())
        if log.ended_by is not None and log.last_good_size is not None:
            add(log.ended_by, 0, {leaf for at, leaf in mine.items() if at >= log.last_good_size}, set())
        for index, leaf in log.given:
            add(log, index, set(), {leaf} & set(mine.values()))
    return sorted(found, key=lambda each: (each.at, each.origin, each.index))


def play(
    begin: Callable[[], Run], events: list[Event], withdrawals: list[Withdrawal], until: int
) -> tuple[Run, set[str]]:
    """Runs a unit, and returns the leaves that have no effect in it."""
    suspended: set[str] = set()
    ended = False
    times = {event.record: event.hi for event in events}
    for each in withdrawals:
        if not ended:
            run = begin()
            run.play([e for e in events if e.hi <= each.at and e.record not in suspended], each.at)
            ended = "outcome" in run.here and run.entered <= each.at
        if ended:
            suspended |= {leaf for leaf in each.takes if times.get(leaf, 0) > each.at}
        else:
            suspended = (suspended | each.takes) - each.gives
    run = begin()
    run.play([event for event in events if event.record not in suspended], until)
    return run, suspended
