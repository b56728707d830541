"""Garbage is looked for seldom, and found all the same."""

import subprocess
import sys

from tests.runs import ROOT

CYCLES = """
import gc, weakref
from pipeline.garbage import NEW_OBJECTS, collect_seldom

class Node:
    pass

gc.disable()  # as while a command is loaded
collect_seldom()
before = gc.get_freeze_count()
assert before > 1_000, "what was imported is not looked through"
gc.collect()
lost = Node()
lost.itself = lost
alive = weakref.ref(lost)
del lost
kept = [[] for _ in range(NEW_OBJECTS // 2)]
print(alive() is not None)
kept += [[] for _ in range(NEW_OBJECTS)]
print(alive() is None)
collect_seldom()
print(gc.get_freeze_count() <= before)
"""


def test_what_is_loaded_is_left_alone_and_what_refers_to_itself_is_found_in_the_end() -> None:
    ended = subprocess.run([sys.executable, "-c", CYCLES], check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert ended.stdout.split() == ["True", "True", "True"]
