"""Files as strangers send them, opened without trust: what a process of its own is asked to read.

These modules import little, so that such a process is soon at work.
"""
