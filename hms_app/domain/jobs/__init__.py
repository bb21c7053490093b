"""Work that outlives a request, and work by the clock: one queue, in the hospital's own database.

Owns: the rows of jobs (`job`), and the queue's own tables (`procrastinate_*`).
Does not own: what a job does; each domain registers its kinds.
Invariants: a job is asked for in the transaction of what wants it, or not at all; one kind with one subject waits once;
what a killed worker held is taken up by the next; arguments are ids, never data.
"""
