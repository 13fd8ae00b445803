"""Opening strangers' files safely, and the way from an image, an array or a tensor to a network's input and back."""
