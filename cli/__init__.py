"""The front door: what a person types and reads. What it does lies in tasks/ and lab/."""
