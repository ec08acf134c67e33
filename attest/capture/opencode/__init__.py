"""OpenCode: its folder of JSON files, and the database of its newer versions."""
