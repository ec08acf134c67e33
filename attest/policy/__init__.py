"""Which change needs which evidence: rules and verdicts, decided from values alone."""
