"""The one error of the lab."""


class LabError(Exception):
    """What went wrong, where and what to do, in one line for the user."""
