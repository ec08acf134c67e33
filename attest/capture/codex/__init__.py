"""Reader for rollouts of Codex CLI (JSON Lines)."""
