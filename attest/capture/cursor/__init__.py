"""Agent transcripts of Cursor: what was said and which tools were called. They hold no results, times or models."""
