"""Consents, contacts, what was put away, and the chain of the audit

What is in the audit already is chained in its order. From now on both databases refuse to change
or delete one of its rows; a later revision that rebuilds the table on SQLite must make the
triggers anew.
"""

import sqlalchemy as sa
from alembic import op

import bot.database
from bot.records.audit import audit, audit_head
from bot.records.chain import Head, Link

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

REFUSAL = "audit rows are only ever added"


def upgrade() -> None:
    with op.batch_alter_table('consents', schema=None) as batch_op:
        batch_op.alter_column(
            'decision', existing_type=sa.String(length=8), type_=sa.String(length=12), existing_nullable=False
        )
        batch_op.add_column(sa.Column('turn_id', sa.String(length=36), nullable=True))
        batch_op.create_unique_constraint(
            batch_op.f('uq_consents_conversation_id_purpose_turn_id_decision'),
            ['conversation_id', 'purpose', 'turn_id', 'decision'],
        )
    op.create_table('contacts',
    sa.Column('conversation_id', sa.String(length=36), nullable=False),
    sa.Column('purpose', sa.String(length=32), nullable=False),
    sa.Column('field', sa.String(length=24), nullable=False),
    sa.Column('value', sa.LargeBinary(), nullable=False),
    sa.Column('consent_id', sa.Integer(), nullable=False),
    sa.Column('set_by', sa.String(length=64), nullable=False),
    sa.Column('set_at', bot.database.UtcTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['consent_id'], ['consents.id'], name=op.f('fk_contacts_consent_id')),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversations.id'], name=op.f('fk_contacts_conversation_id')),
    sa.PrimaryKeyConstraint('conversation_id', 'purpose', 'field', name=op.f('pk_contacts'))
    )
    op.create_table('archive',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('key', sa.String(length=120), nullable=False),
    sa.Column('conversation_id', sa.String(length=36), nullable=False),
    sa.Column('purpose', sa.String(length=32), nullable=True),
    sa.Column('outcome', sa.String(length=8), nullable=False),
    sa.Column('rule', sa.String(length=24), nullable=True),
    sa.Column('data', sa.LargeBinary(), nullable=True),
    sa.Column('at', bot.database.UtcTime(timezone=True), nullable=False),
    sa.Column('keep_until', bot.database.UtcTime(timezone=True), nullable=True),
    sa.Column('turn_id', sa.String(length=36), nullable=True),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversations.id'], name=op.f('fk_archive_conversation_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_archive'))
    )
    with op.batch_alter_table('archive', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_archive_conversation_id'), ['conversation_id'], unique=False)
        batch_op.create_index('ix_archive_thing', ['kind', 'key'], unique=False)

    op.create_table('erasures',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('day', sa.String(length=10), nullable=False),
    sa.Column('record_class', sa.String(length=24), nullable=False),
    sa.Column('purpose', sa.String(length=32), nullable=True),
    sa.Column('items', sa.Integer(), nullable=False),
    sa.Column('oldest_at', bot.database.UtcTime(timezone=True), nullable=True),
    sa.Column('newest_at', bot.database.UtcTime(timezone=True), nullable=True),
    sa.Column('at', bot.database.UtcTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_erasures'))
    )
    with op.batch_alter_table('erasures', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_erasures_day'), ['day'], unique=False)

    op.create_table('audit_head',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('last_id', sa.Integer(), nullable=False),
    sa.Column('length', sa.Integer(), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_head'))
    )
    with op.batch_alter_table('audit', schema=None) as batch_op:
        batch_op.add_column(sa.Column('prev', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('hash', sa.String(length=64), nullable=True))
    chain(op.get_bind())
    with op.batch_alter_table('audit', schema=None) as batch_op:
        batch_op.alter_column('prev', existing_type=sa.String(length=64), nullable=False)
        batch_op.alter_column('hash', existing_type=sa.String(length=64), nullable=False)
    refuse_changes(op.get_bind())


def chain(connection: sa.Connection) -> None:
    """Seal every row that is there, in the order of the ids, and write down where the chain ends."""
    head = Head()
    for row in connection.execute(sa.select(audit).order_by(audit.c.id)).all():
        link = Link(**{**row._mapping, "prev": head.hash, "hash": ""}).sealed()
        connection.execute(
            audit.update().where(audit.c.id == link.id).values(prev=link.prev, hash=link.hash)
        )
        head = Head(link.id, head.length + 1, link.hash)
    connection.execute(audit_head.insert().values(id=1, **vars(head)))


def refuse_changes(connection: sa.Connection) -> None:
    """Make the database itself refuse to change or delete a row."""
    if connection.dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit "
                f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit "
        "FOR EACH ROW EXECUTE FUNCTION audit_refuse()"
    )
    op.execute(
        "CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER audit_no_update")
        op.execute("DROP TRIGGER audit_no_delete")
    else:
        op.execute("DROP TRIGGER audit_no_change ON audit")
        op.execute("DROP TRIGGER audit_no_truncate ON audit")
        op.execute("DROP FUNCTION audit_refuse()")
    with op.batch_alter_table('audit', schema=None) as batch_op:
        batch_op.drop_column('hash')
        batch_op.drop_column('prev')

    op.drop_table('audit_head')
    with op.batch_alter_table('erasures', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_erasures_day'))

    op.drop_table('erasures')
    with op.batch_alter_table('archive', schema=None) as batch_op:
        batch_op.drop_index('ix_archive_thing')
        batch_op.drop_index(batch_op.f('ix_archive_conversation_id'))

    op.drop_table('archive')
    op.drop_table('contacts')
    with op.batch_alter_table('consents', schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f('uq_consents_conversation_id_purpose_turn_id_decision'), type_='unique'
        )
        batch_op.drop_column('turn_id')
        batch_op.alter_column(
            'decision', existing_type=sa.String(length=12), type_=sa.String(length=8), existing_nullable=False
        )
