"""Pure decisions of scheduling: wall clocks, hours, free slots, and what stands against a booking."""
