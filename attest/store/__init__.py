"""Where things are kept: rows, objects, tiles and wrapped keys. The only package that imports sqlmodel."""
