"""The errors of the lab."""


class LabError(Exception):
    """What went wrong, where and what to do, in one line for the user."""


class NoRecipeError(LabError):
    """No registry has an image, and nothing says how to make one."""
