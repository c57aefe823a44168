"""Makes Rasa speak up only when something is wrong, and send nothing home."""

import logging
import os
import warnings


def quieten() -> None:
    """Call before the first import of rasa, after the stand-in."""
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ["SQLALCHEMY_SILENCE_UBER_WARNING"] = "1"
    import structlog

    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING), cache_logger_on_first_use=True
    )
    # Its libraries warn of their own old age, and some of them switch the warnings on again.
    warnings.showwarning = _say_nothing


def _say_nothing(*_args: object, **_kwargs: object) -> None:
    """Nobody who runs this can do anything about it; the lock is what we have tested."""
