"""Messages are sealed in a chain; data are passed on and leaks are followed up by the book

Every message that is there already is chained in its order. For whom the customer's words were is
not known of these.
"""

import secrets

import sqlalchemy as sa
from alembic import op

import bot.database
from bot.conversation.chain import GENESIS, UNKNOWN, Link

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

#: What stands in the payload of a message whose words were erased before.
ERASED = {"erased": True}

_conversations = sa.table("conversations", sa.column("id"), sa.column("chain_hash"))
_messages = sa.table(
    "messages", sa.column("conversation_id"), sa.column("seq"), sa.column("at", bot.database.UtcTime()),
    sa.column("author"), sa.column("kind"), sa.column("text"), sa.column("language"), sa.column("topic"),
    sa.column("client_id"), sa.column("turn_id"), sa.column("payload", sa.JSON()), sa.column("receiver"),
    sa.column("salt"), sa.column("content_hash"), sa.column("hash"), sa.column("altered"),
    sa.column("altered_at", bot.database.UtcTime()), sa.column("altered_hash"),
)
_SEALED = ("receiver", "salt", "content_hash", "hash")
_NEW = (*_SEALED, "altered", "altered_at", "altered_hash")


def upgrade() -> None:
    with op.batch_alter_table('conversations', schema=None) as batch_op:
        batch_op.add_column(sa.Column('chain_hash', sa.String(length=64), nullable=True))
    with op.batch_alter_table('messages', schema=None) as batch_op:
        batch_op.add_column(sa.Column('receiver', sa.String(length=8), nullable=True))
        batch_op.add_column(sa.Column('salt', sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column('content_hash', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('hash', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('altered', sa.String(length=8), nullable=True))
        batch_op.add_column(sa.Column('altered_at', bot.database.UtcTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('altered_hash', sa.String(length=64), nullable=True))
    seal(op.get_bind())
    with op.batch_alter_table('messages', schema=None) as batch_op:
        batch_op.alter_column('receiver', existing_type=sa.String(length=8), nullable=False)
        batch_op.alter_column('content_hash', existing_type=sa.String(length=64), nullable=False)
        batch_op.alter_column('hash', existing_type=sa.String(length=64), nullable=False)
    op.create_table('exports',
    sa.Column('reference', sa.String(length=16), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('things', sa.JSON(), nullable=False),
    sa.Column('recipient', sa.Text(), nullable=False),
    sa.Column('purpose', sa.String(length=16), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('detail', sa.String(length=8), nullable=False),
    sa.Column('ground', sa.String(length=8), nullable=False),
    sa.Column('legal_ground', sa.Text(), nullable=True),
    sa.Column('requested_by', sa.String(length=8), nullable=False),
    sa.Column('requested_at', bot.database.UtcTime(timezone=True), nullable=False),
    sa.Column('decided_by', sa.String(length=8), nullable=True),
    sa.Column('decided_at', bot.database.UtcTime(timezone=True), nullable=True),
    sa.Column('decision_note', sa.Text(), nullable=True),
    sa.Column('open_until', bot.database.UtcTime(timezone=True), nullable=True),
    sa.Column('fetched_at', bot.database.UtcTime(timezone=True), nullable=True),
    sa.Column('passed_on', sa.Integer(), nullable=True),
    sa.Column('left_out', sa.Integer(), nullable=True),
    sa.Column('sha256', sa.String(length=64), nullable=True),
    sa.PrimaryKeyConstraint('reference', name=op.f('pk_exports'))
    )
    with op.batch_alter_table('exports', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_exports_requested_at'), ['requested_at'], unique=False)
    op.create_table('incidents',
    sa.Column('reference', sa.String(length=16), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('summary', sa.Text(), nullable=False),
    sa.Column('data_kinds', sa.Text(), nullable=True),
    sa.Column('cause', sa.Text(), nullable=True),
    sa.Column('harm', sa.Text(), nullable=True),
    sa.Column('measures', sa.Text(), nullable=True),
    sa.Column('self_help', sa.Text(), nullable=True),
    sa.Column('contact', sa.Text(), nullable=True),
    sa.Column('opened_at', bot.database.UtcTime(timezone=True), nullable=False),
    sa.Column('authority_told_at', bot.database.UtcTime(timezone=True), nullable=True),
    sa.Column('people_told_at', bot.database.UtcTime(timezone=True), nullable=True),
    sa.Column('closed_at', bot.database.UtcTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('reference', name=op.f('pk_incidents'))
    )
    with op.batch_alter_table('incidents', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_incidents_opened_at'), ['opened_at'], unique=False)
    op.create_table('incident_events',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('reference', sa.String(length=16), nullable=False),
    sa.Column('at', bot.database.UtcTime(timezone=True), nullable=False),
    sa.Column('actor', sa.String(length=64), nullable=False),
    sa.Column('event', sa.String(length=16), nullable=False),
    sa.Column('details', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['reference'], ['incidents.reference'], name=op.f('fk_incident_events_reference')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_incident_events'))
    )
    with op.batch_alter_table('incident_events', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_incident_events_reference'), ['reference'], unique=False)


def seal(connection: sa.Connection) -> None:
    """Chain the messages of every conversation, as they are now."""
    for conversation_id in connection.execute(sa.select(_conversations.c.id)).scalars().all():
        whose = _messages.c.conversation_id == conversation_id
        query = sa.select(*[column for column in _messages.c if column.name not in _NEW])
        last = GENESIS
        for row in connection.execute(query.where(whose).order_by(_messages.c.seq)).all():
            receiver = UNKNOWN if row.author == "customer" else "customer"
            link = _sealed(last, receiver=receiver, salt=secrets.token_hex(16), **row._mapping)
            values = {name: getattr(link, name) for name in _SEALED}
            if row.payload == ERASED:
                values |= _erased(link)
            connection.execute(_messages.update().where(whose, _messages.c.seq == row.seq).values(**values))
            last = link.hash
        if last != GENESIS:
            connection.execute(
                _conversations.update().where(_conversations.c.id == conversation_id).values(chain_hash=last)
            )


def _sealed(before: str, **values: object) -> Link:
    link = Link(**values)  # type: ignore[arg-type]
    link = Link(**{**vars(link), "content_hash": link.content()})
    return Link(**{**vars(link), "hash": link.digest(before)})


def _erased(link: Link) -> dict[str, object]:
    """The marks of a message whose words were gone before it was sealed; of that day, as no other is known."""
    link = Link(**{**vars(link), "salt": None, "altered": "erased", "altered_at": link.at})
    marks = {name: getattr(link, name) for name in ("salt", "altered", "altered_at")}
    return {**marks, "altered_hash": link.alteration()}


def downgrade() -> None:
    with op.batch_alter_table('incident_events', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_incident_events_reference'))
    op.drop_table('incident_events')
    with op.batch_alter_table('incidents', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_incidents_opened_at'))
    op.drop_table('incidents')
    with op.batch_alter_table('exports', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_exports_requested_at'))
    op.drop_table('exports')
    with op.batch_alter_table('messages', schema=None) as batch_op:
        for name in ('altered_hash', 'altered_at', 'altered', 'hash', 'content_hash', 'salt', 'receiver'):
            batch_op.drop_column(name)
    with op.batch_alter_table('conversations', schema=None) as batch_op:
        batch_op.drop_column('chain_hash')
