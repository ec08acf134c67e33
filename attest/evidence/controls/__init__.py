"""Control packs as data, and the closed set of questions that a control may ask of the facts of a report."""
