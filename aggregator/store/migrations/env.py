"""Runs the migrations in the transaction that the caller has opened.

Alembic loads this file by its path, outside the package: what it needs comes with the
configuration.
"""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes["metadata"],
    # SQLite alters a table by copying it, and can undo that when it is told to.
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
