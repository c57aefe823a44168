"""What a process has loaded to stay is no garbage: to look through all of it, again and again, takes 100 ms a time."""

import gc


def leave_out_loaded() -> None:
    """From now on garbage is looked for only among what is made later."""
    gc.collect()
    gc.freeze()
