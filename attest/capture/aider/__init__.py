"""Chat histories of Aider (`.aider.chat.history.md`): Markdown that every session in a folder is appended to.

The file is one transcript, whatever number of sessions it holds: each start is an event, and the whole is known by its
first start. The text has no times, no exit codes and no escaping: what it shows of edits and commits is inferred.
"""
