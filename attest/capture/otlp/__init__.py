"""OpenTelemetry's JSON encoding of traces and logs, and the GenAI conventions in it."""
