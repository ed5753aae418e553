"""Stand-ins for programs whose images cannot be had: one small server, one contract file per program.

In an image this package lies at the top as `doubles`; all imports inside it are relative.
"""
