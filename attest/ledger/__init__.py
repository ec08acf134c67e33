"""The transparency log as pure functions: tree, proofs, tiles, notes, index and the rules of one group commit."""
