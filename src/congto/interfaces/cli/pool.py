"""Processes that share a long piece of work; each opens its own connection to the books."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def pool_of(processes: int) -> Iterator[ProcessPoolExecutor | None]:
    """Start so many processes; one means none beside the caller: None."""
    from congto.office.billing.partitions import begin_worker
    from congto.office.storage.bulk import connection_url

    if processes <= 1:
        yield None
        return
    with ProcessPoolExecutor(
        processes,
        mp_context=get_context("spawn"),
        initializer=begin_worker,
        initargs=(connection_url(),),
    ) as pool:
        yield pool
