"""What the hooks left in the git directory: lines of ids, paths and times, and copies of transcripts."""
