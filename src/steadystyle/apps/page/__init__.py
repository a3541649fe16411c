"""A run's report as one page: pictures, curves, repairs and advice in a file that opens anywhere, without a network."""
