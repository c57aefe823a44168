"""Databases of the tests' own PostgreSQL."""

from urllib.parse import urlsplit

import psycopg
from psycopg import sql

#: What a test may have changed of the shape: tables, and whether the triggers are on.
_SHAPE = """
    SELECT (SELECT count(*) FROM pg_tables WHERE schemaname = 'public'),
           (SELECT string_agg(format('%s %s', tgname, tgenabled), ',' ORDER BY tgname)
            FROM pg_trigger WHERE NOT tgisinternal)
"""
#: Whoever a test has left connected would hold locks.
_ALONE = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def in_postgres(server: str, statement: str) -> None:
    """One statement outside any transaction."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement)


def beside(server: str, name: str) -> str:
    """The address of another database of the same server."""
    return urlsplit(server)._replace(path=f"/{name}").geturl()


class PostgresCopy:
    """A copy of a template that is emptied again: making a new one takes fifty times as long."""

    def __init__(self, server: str, url: str, template: str) -> None:
        self.url = url
        self._server, self._name, self._template = server, urlsplit(url).path[1:], template
        self._make()

    def empty(self) -> None:
        """As it was made; made anew where a test has changed more than rows."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(_ALONE)
            if connection.execute(_SHAPE).fetchone() == self._shape:
                connection.execute(self._emptying)
                return
        in_postgres(self._server, f'DROP DATABASE "{self._name}" WITH (FORCE)')
        self._make()

    def _make(self) -> None:
        in_postgres(self._server, f'CREATE DATABASE "{self._name}" TEMPLATE "{self._template}"')
        with psycopg.connect(self.url, autocommit=True) as connection:
            self._shape = connection.execute(_SHAPE).fetchone()
            # Past the triggers that guard the audit.
            steps: list[sql.Composable] = [sql.SQL("SET session_replication_role = replica")]
            for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
                table = sql.Identifier(name)
                steps.append(sql.SQL("DELETE FROM {}").format(table))
                for row in connection.execute(sql.SQL("SELECT * FROM {}").format(table)):
                    values = sql.SQL(", ").join(map(sql.Literal, row))
                    steps.append(sql.SQL("INSERT INTO {} VALUES ({})").format(table, values))
            for (name,) in connection.execute("SELECT sequencename FROM pg_sequences"):
                steps.append(sql.SQL("ALTER SEQUENCE {} RESTART").format(sql.Identifier(name)))
            self._emptying = sql.SQL("; ").join(steps)
