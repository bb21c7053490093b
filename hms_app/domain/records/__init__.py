"""What every changeable row shares: its version, the lock, the save with its trail, retraction, two people at one row.

Owns: nothing of its own; the columns (`tables`) that other domains' rows carry.
Does not own: who may change a row, and what a row may hold.
Invariants: a change is made under the row's lock and raises its version by one; it stands in the trail with what it
was before; whoever saves second is never told less than who saved first, when and what.
"""
