"""Training the decoder of the network for arbitrary styles."""
