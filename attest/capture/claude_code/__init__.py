"""The reader of Claude Code's JSON Lines transcripts."""
