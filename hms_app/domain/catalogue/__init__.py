"""What the hospital can book, order and sell, by one code and one name.

Owns: catalogue items: code, name, category, and whether they are still offered.
Does not own: what hangs on an item elsewhere: how long a service takes (scheduling), what it costs (billing), how much
of it is in stock (inventory), what an order of it asks for (clinical).
Invariants: a code names one item, however it is capitalized; an item is closed, never deleted, for what was booked
and billed goes on naming it.
"""
