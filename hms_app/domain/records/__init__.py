"""What every changeable row shares: its version, the lock, the save with its trail, retraction, two people at one row.

Owns: the moves of life cycles (`life_cycle_move`), which the database's trigger reads; the keys of commands that were
done (`command`); the columns (`tables`) that other domains' rows carry.
Does not own: who may change a row, what a row may hold, which moves there are (each domain's values say it).
Invariants: a change is made under the row's lock and raises its version by one; it stands in the trail with what it
was before; whoever saves second is never told less than who saved first, when and what; a row's status changes only
by a move that is written down; a command with a key is done once, and says the same each time it is sent.
"""
