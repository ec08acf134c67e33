"""Agent Trace (spec 0.1.0): records of which lines an agent wrote."""
