"""Transcripts that are not one file of lines: a folder of files, a database. Gathering does the reading of files.

A format adds a file of its own with three functions, and one row in `GATHERERS` of `registry.py`:

* `accepts(path, head)`: whether the path is such a source; `head` is the beginning of a file, empty for a folder.
* `sessions(path)`: the ids of the sessions it holds, newest first, at most `MAX_SESSIONS`.
* `gather(path, session)`: the record lines of one session without line ends, the first from
  `unroll.document.header_line`. `session` None: the newest. The same source gives the same lines.

It reads only, follows no symbolic link inside a folder, bounds files, bytes and rows, and raises `InvalidInput` where
the source is not what it looked like. A session of several is named behind a `#`: `opencode.db#ses_123`. SQLite files
are opened through `sqlite_copy.private_copy`, which never touches the original.

The rows stand in `registry.py`, not here: a format's own files may import from this package.
"""
