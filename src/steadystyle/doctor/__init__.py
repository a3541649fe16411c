"""The doctor: runs somebody's TensorFlow script, finds its first non-finite number, says why, and tries the fix.

The script never runs in the doctor's own process, which loads no TensorFlow: `runs` starts a second process
(`nursery`), which has TensorFlow loaded and makes one child for each run of the script (`child`).
"""
