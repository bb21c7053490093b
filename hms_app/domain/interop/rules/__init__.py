"""Pure decisions about the rows of a Synthea export: what a value means, and what is wrong with it."""
