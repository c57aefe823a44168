"""Makes Rasa speak up only when something is wrong, and send nothing home."""

import logging
import os
import warnings


def quieten() -> None:
    """Call before the first import of rasa, after the stand-in."""
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ["SQLALCHEMY_SILENCE_UBER_WARNING"] = "1"
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    import structlog

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
