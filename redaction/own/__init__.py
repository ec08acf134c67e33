"""Rules written for this project, by theme."""
