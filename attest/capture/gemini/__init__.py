"""Sessions of Gemini CLI: one JSON document (until 0.38), and JSON Lines (since 0.39)."""
