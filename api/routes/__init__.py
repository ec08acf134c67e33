"""The routes: one file per resource, each with a `router`."""
