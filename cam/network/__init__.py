"""Looking into any `nn.Module`: what its layers hand on, which of them to explain, and how to leave no trace."""
