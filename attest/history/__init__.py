"""Reading the history of a clone for links: commits, patches, objects, refs and blame, each bounded. No writing."""
