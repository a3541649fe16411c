"""Floor 1: a picture to {layer name: activations}; one network, one file. Preprocessing happens here and nowhere
else.
"""
