"""The dialogue that waits for the customer"""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('conversations', schema=None) as batch_op:
        batch_op.add_column(sa.Column('dialogue', sa.String(length=32), nullable=True))
        batch_op.create_index(batch_op.f('ix_conversations_dialogue'), ['dialogue'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('conversations', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_conversations_dialogue'))
        batch_op.drop_column('dialogue')
