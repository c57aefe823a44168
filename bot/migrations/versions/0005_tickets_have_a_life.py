"""Tickets have a life: states, clocks, history, alarms; and feedback has a place"""

import sqlalchemy as sa
from alembic import op

import bot.database

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('tickets', schema=None) as batch_op:
        batch_op.alter_column('consent_id', existing_type=sa.Integer(), nullable=True)
        batch_op.alter_column(
            'state', existing_type=sa.String(length=12), type_=sa.String(length=16), existing_nullable=False
        )
        batch_op.add_column(sa.Column('customer_id', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('turn_id', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('version', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('priority', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('facts', sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column('case_reference', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('to_seq', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('transcript_sha256', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('about_agent', sa.String(length=8), nullable=True))
        batch_op.add_column(sa.Column('assigned_to', sa.String(length=8), nullable=True))
        batch_op.add_column(sa.Column('responsible', sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column('cause', sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column('answer', sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column('answered_in', sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column('received_at', bot.database.UtcTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('clock_no', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('extensions', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('approvers', sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column('answered_at', bot.database.UtcTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('closed_at', bot.database.UtcTime(timezone=True), nullable=True))

    # Requests that were taken down before: each is its own turn, its clock began when it was filed.
    op.execute(
        "UPDATE tickets SET turn_id = reference, version = 1, priority = 0, facts = '{}', "
        "received_at = created_at, clock_no = 1, extensions = 0, approvers = '[]'"
    )

    with op.batch_alter_table('tickets', schema=None) as batch_op:
        batch_op.alter_column('turn_id', existing_type=sa.String(length=64), nullable=False)
        batch_op.alter_column('version', existing_type=sa.Integer(), nullable=False)
        batch_op.alter_column('priority', existing_type=sa.Integer(), nullable=False)
        batch_op.alter_column('facts', existing_type=sa.JSON(), nullable=False)
        batch_op.alter_column('received_at', existing_type=bot.database.UtcTime(timezone=True), nullable=False)
        batch_op.alter_column('clock_no', existing_type=sa.Integer(), nullable=False)
        batch_op.alter_column('extensions', existing_type=sa.Integer(), nullable=False)
        batch_op.alter_column('approvers', existing_type=sa.JSON(), nullable=False)
        batch_op.create_foreign_key(batch_op.f('fk_tickets_answered_in'), 'conversations', ['answered_in'], ['id'])
        batch_op.create_unique_constraint(batch_op.f('uq_tickets_turn_id_kind'), ['turn_id', 'kind'])
        batch_op.create_index(batch_op.f('ix_tickets_customer_id'), ['customer_id'], unique=False)
        batch_op.create_index('ix_tickets_due', ['state', 'due_at'], unique=False)

    op.create_table('ticket_events',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('reference', sa.String(length=24), nullable=False),
    sa.Column('at', bot.database.UtcTime(timezone=True), nullable=False),
    sa.Column('actor', sa.String(length=64), nullable=False),
    sa.Column('event', sa.String(length=16), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('turn_id', sa.String(length=64), nullable=True),
    sa.Column('text', sa.LargeBinary(), nullable=True),
    sa.Column('details', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['reference'], ['tickets.reference'], name=op.f('fk_ticket_events_reference')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ticket_events')),
    sa.UniqueConstraint('reference', 'turn_id', name=op.f('uq_ticket_events_reference_turn_id'))
    )
    with op.batch_alter_table('ticket_events', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_ticket_events_reference'), ['reference'], unique=False)

    op.create_table('ticket_alarms',
    sa.Column('reference', sa.String(length=24), nullable=False),
    sa.Column('clock_no', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('mark', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('fire_at', bot.database.UtcTime(timezone=True), nullable=False),
    sa.Column('fired_at', bot.database.UtcTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['reference'], ['tickets.reference'], name=op.f('fk_ticket_alarms_reference')),
    sa.PrimaryKeyConstraint('reference', 'clock_no', 'mark', name=op.f('pk_ticket_alarms'))
    )
    with op.batch_alter_table('ticket_alarms', schema=None) as batch_op:
        batch_op.create_index('ix_ticket_alarms_open', ['fired_at', 'fire_at'], unique=False)

    op.execute(
        "INSERT INTO ticket_alarms (reference, clock_no, mark, fire_at) "
        "SELECT reference, 1, 100, due_at FROM tickets"
    )

    op.create_table('feedback',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('at', bot.database.UtcTime(timezone=True), nullable=False),
    sa.Column('conversation_id', sa.String(length=36), nullable=False),
    sa.Column('turn_id', sa.String(length=64), nullable=False),
    sa.Column('topic', sa.String(length=64), nullable=True),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('text', sa.Text(), nullable=True),
    sa.Column('score', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversations.id'], name=op.f('fk_feedback_conversation_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_feedback')),
    sa.UniqueConstraint('turn_id', name=op.f('uq_feedback_turn_id'))
    )
    with op.batch_alter_table('feedback', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_feedback_at'), ['at'], unique=False)
        batch_op.create_index(batch_op.f('ix_feedback_conversation_id'), ['conversation_id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('feedback', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_feedback_conversation_id'))
        batch_op.drop_index(batch_op.f('ix_feedback_at'))

    op.drop_table('feedback')
    with op.batch_alter_table('ticket_alarms', schema=None) as batch_op:
        batch_op.drop_index('ix_ticket_alarms_open')

    op.drop_table('ticket_alarms')
    with op.batch_alter_table('ticket_events', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_ticket_events_reference'))

    op.drop_table('ticket_events')
    # The earlier shape knew requests alone; what it can not hold goes.
    op.execute("DELETE FROM tickets WHERE consent_id IS NULL OR kind <> 'request'")
    with op.batch_alter_table('tickets', schema=None) as batch_op:
        batch_op.drop_index('ix_tickets_due')
        batch_op.drop_index(batch_op.f('ix_tickets_customer_id'))
        batch_op.drop_constraint(batch_op.f('uq_tickets_turn_id_kind'), type_='unique')
        batch_op.drop_constraint(batch_op.f('fk_tickets_answered_in'), type_='foreignkey')
        for name in (
            'closed_at', 'answered_at', 'approvers', 'extensions', 'clock_no', 'received_at', 'answered_in',
            'answer', 'cause', 'responsible', 'assigned_to', 'about_agent', 'transcript_sha256', 'to_seq',
            'case_reference', 'facts', 'priority', 'version', 'turn_id', 'customer_id',
        ):
            batch_op.drop_column(name)
        batch_op.alter_column(
            'state', existing_type=sa.String(length=16), type_=sa.String(length=12), existing_nullable=False
        )
        batch_op.alter_column('consent_id', existing_type=sa.Integer(), nullable=False)
