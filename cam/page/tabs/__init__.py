"""The tabs: each a file with a function `build` that lays it out."""
