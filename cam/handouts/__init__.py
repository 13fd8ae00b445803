"""What one takes home: the hand-out of a map, its numbers as a file, a slide through classes or methods."""
