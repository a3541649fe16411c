"""Numerical faults found in source that is read, never run: what is known of each value, and rules that ask for it.

`interpret` walks through a program with `Facts` in place of values; `transfer` says what an operation makes of them;
each operation is shown to the rules of `rules/`; `check` collects what they find. It loads no TensorFlow.
"""
