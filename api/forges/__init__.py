"""What forges tell of pull requests, and what they are told: one file per forge. None is in the trust path.

A hook is a hint that something changed. What a check says is read from the clone that the operator named and from the log;
a hook that lies can only make us look again, and a forge that lies about a head names a commit that the clone has not.
"""
