"""Block lists: how long they take to read, their memory, and look-ups per CPU second, beside Python sets.

    python -m tests.benchmarks.block_lists LISTS

LISTS is a folder in the layout of UT1: the package datatrove carries such lists (4.6 million domains), which are used
as data, and are not part of this repository.
"""

import sys
import time
import tracemalloc
from pathlib import Path

from filters.documents import Documents
from filters.lists.addresses import block_lists, hashes, list_files
from filters.url import Url
from shards.schema import PAGE, batch_of


def urls(files: list[tuple[str, Path]], count: int) -> list[str]:
    """Return addresses, every other one below a listed domain."""
    listed = [line.strip() for _, file in files for line in file.open(encoding="utf-8", errors="replace")]
    step = max(1, len(listed) // count)
    names = [f"{'www.' if n % 4 else ''}{'not-' if n % 2 else ''}{name}" for n, name in enumerate(listed[::step])]
    return [f"https://{name}/some/page/{n}.html" for n, name in enumerate(names) if "/" not in name]


def main() -> None:
    files = list_files([Path(path) for path in sys.argv[1:]])
    hashes(b"a.example\n")  # compile
    tracemalloc.start()
    start = time.process_time()
    lists = block_lists(tuple(Path(path) for path in sys.argv[1:]))
    seconds = time.process_time() - start
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    entries = len(lists.hashes)
    print(f"{entries:,} entries in {len(lists.names)} categories, read in {seconds:.1f} s (traced)")
    print(f"{held / entries:.1f} bytes an entry, {peak / entries:.1f} while reading")
    addresses = urls(files, 100_000)
    filter = Url(block_lists=tuple(Path(path) for path in sys.argv[1:]))
    rows = [{"id": str(n), "text": "", "source": "b", "source_id": str(n), "url": u} for n, u in enumerate(addresses)]
    batches = [Documents(batch_of(rows[first : first + 1024], PAGE)) for first in range(0, len(rows), 1024)]
    filter.measure(batches[0])
    start = time.process_time()
    blocked = sum(int(filter.measure(batch)["blocked_domain"].sum()) for batch in batches)
    seconds = time.process_time() - start
    print(f"{len(rows):,} addresses, {blocked:,} blocked: {len(rows) / seconds:,.0f} a CPU second")
    names = [f"{n}.example".encode() for n in range(1_000_000)]
    start = time.process_time()
    lists.category(names)
    print(f"{len(names) / (time.process_time() - start):,.0f} look-ups of single names a CPU second")
    start = time.process_time()
    held_by_set = {line.strip() for _, file in files for line in file.open(encoding="utf-8", errors="replace")}
    size = sys.getsizeof(held_by_set) + sum(map(sys.getsizeof, held_by_set))
    print(f"as a Python set: {size / len(held_by_set):.0f} bytes an entry, {time.process_time() - start:.1f} s")


if __name__ == "__main__":
    main()
