"""One pool of threads for all heavy work, made when it is first needed.

NumPy's loops, look-ups and raw numbers, and digests, release the interpreter's lock, so threads do
help. There is a worker for every core but the caller's, and no more: drawing uses the workers that
have nothing to measure, and otherwise the calling thread does all the work.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import ParamSpec, TypeVar

Task = TypeVar("Task")
P = ParamSpec("P")
Result = TypeVar("Result")


def available_cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def submit(work: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> Future[Result]:
    """Have a worker do something; work handed over sooner is begun sooner."""
    return _pool().submit(work, *args, **kwargs)


def run_all(work: Callable[[Task], None], tasks: Iterable[Task], threads: int) -> None:
    """Do the work for each task, on the calling thread and up to `threads - 1` others.

    Tasks are taken one at a time, so that `tasks` may be long, lazy and of unequal weight.
    """
    if threads <= 1:
        for task in tasks:
            work(task)
        return
    shared = _Shared(tasks)
    helpers = [_pool().submit(_work_off, work, shared) for _ in range(threads - 1)]
    try:
        _work_off(work, shared)
    finally:
        # A helper that has not begun has nothing left to do; waiting for one could last forever
        # where the pool's threads are themselves waiting here.
        begun = [helper for helper in helpers if not helper.cancel()]
    for helper in begun:
        helper.result()


def _work_off(work: Callable[[Task], None], tasks: Iterator[Task]) -> None:
    for task in tasks:
        work(task)


class _Shared(Iterator[Task]):
    """An iterator that several threads may ask for its next item."""

    def __init__(self, items: Iterable[Task]) -> None:
        self._items = iter(items)
        self._lock = threading.Lock()

    def __next__(self) -> Task:
        with self._lock:
            return next(self._items)


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(1, available_cores() - 1), thread_name_prefix="declinit")


if hasattr(os, "register_at_fork"):
    # Threads do not survive a fork; the child makes a pool of its own.
    os.register_at_fork(after_in_child=_pool.cache_clear)
