"""From a recorded pass to a map, and from a map to a picture, a table or a file."""
