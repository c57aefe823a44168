"""Complaints of many people about the same matter"""

import sqlalchemy as sa
from alembic import op

import bot.database

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'complaint_groups',
        sa.Column('reference', sa.String(length=24), nullable=False),
        sa.Column('opened_at', bot.database.UtcTime(timezone=True), nullable=False),
        sa.Column('opened_by', sa.String(length=8), nullable=False),
        sa.Column('major_at', bot.database.UtcTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint('reference', name=op.f('pk_complaint_groups')),
    )
    with op.batch_alter_table('tickets', schema=None) as batch_op:
        batch_op.add_column(sa.Column('group_reference', sa.String(length=24), nullable=True))
        batch_op.add_column(
            sa.Column('represents', sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.create_foreign_key(
            batch_op.f('fk_tickets_group_reference'), 'complaint_groups', ['group_reference'], ['reference']
        )
        batch_op.create_index(batch_op.f('ix_tickets_group_reference'), ['group_reference'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('tickets', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_tickets_group_reference'))
        batch_op.drop_constraint(batch_op.f('fk_tickets_group_reference'), type_='foreignkey')
        batch_op.drop_column('represents')
        batch_op.drop_column('group_reference')
    op.drop_table('complaint_groups')
