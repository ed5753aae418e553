"""What runs on the tools servers: people and plans."""

WORK = ()
