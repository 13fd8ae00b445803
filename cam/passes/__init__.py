"""One forward pass, recorded and kept."""
