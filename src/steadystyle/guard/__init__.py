"""Floor 1: the only door back to an image. It detects, rolls back, retries smaller, and keeps the best finite
picture.
"""
