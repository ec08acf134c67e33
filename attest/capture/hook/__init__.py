"""The hook itself, as files that are copied into a clone: `whereof-hook.sh`, and its PowerShell twin."""
