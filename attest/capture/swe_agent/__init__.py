"""Reader for trajectories of SWE-agent (`.traj`)."""
