"""What runs on the tools servers: decisions."""

VOTING = ()
