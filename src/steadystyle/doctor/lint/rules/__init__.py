"""One file, one lint rule: what it looks for, why, a bad and a good example; tests and docs/lint.md follow from it."""
