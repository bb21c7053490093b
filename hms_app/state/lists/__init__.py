"""The one list engine: a list is described by a `ListKind`, and its screen is a `ListScreen`."""
