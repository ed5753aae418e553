"""An intruder: what it tries from inside every container, and what the records say that it may."""
