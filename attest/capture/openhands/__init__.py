"""Readers for OpenHands: saved trajectories, outputs of the resolver and of evaluations, and conversation folders."""
