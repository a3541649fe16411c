"""What of the style's features is matched, wherever it is in the picture; one style loss, one file."""
