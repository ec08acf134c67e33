"""Readers of MCP logs: raw JSON-RPC lines, OpenTelemetry spans, WebMCP; and a session's own calls to MCP tools."""
