"""The tables of staff and of their sessions."""

from sqlalchemy import JSON, Column, ForeignKey, Integer, LargeBinary, String, Table, Text

from bot.database import UtcTime, metadata

staff = Table(
    "staff",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("user", String(32), nullable=False, unique=True),
    Column("number", String(8), nullable=False, unique=True),
    Column("name", String(64), nullable=False),
    # How customers hear of them, {"zh": "林女士", "en": "Ms Lin"}: never the bare name (R02).
    Column("honorific", JSON, nullable=False),
    Column("roles", JSON, nullable=False),
    Column("skills", JSON, nullable=False),
    Column("languages", JSON, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("totp_seed", LargeBinary, nullable=False),  # encrypted
    Column("last_totp_step", Integer, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("locked_until", UtcTime),
    Column("status", String(8), nullable=False),  # online | busy | away
    Column("seen_at", UtcTime),
    Column("disabled_at", UtcTime),
    Column("created_at", UtcTime, nullable=False),
)

staff_sessions = Table(
    "staff_sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("staff_id", ForeignKey("staff.id"), nullable=False, index=True),
    Column("csrf", String(64), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
)
