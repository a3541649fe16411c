"""Training the decoder of the network for any style, in JAX: on a GPU it takes minutes."""
