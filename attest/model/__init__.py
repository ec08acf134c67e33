"""The values Whereof speaks in: frozen, plain, and without any input or output."""
