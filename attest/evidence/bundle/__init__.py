"""Evidence bundles: what a bag holds that answers a question about a log, and its checks; docs/spec/evidence-bundle.md."""
