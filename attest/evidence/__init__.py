"""Evidence as files: where it is looked for, and what it says when held against a clone. No network, no database."""
