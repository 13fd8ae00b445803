"""What a network says about an image, and what can be asked about it."""
