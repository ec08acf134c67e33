"""Scripts of the project: checks, generated documents, the demo. Not part of the distribution."""
