"""Carries keepsum's statement pack: runs its statements around the writes of a service.

    pack = statement_pack.load("pack.json")       # by `keepsum sql --hooks --json >pack.json`
    hooks = statement_pack.Hooks(pack, connection)
    hooks.check()                                 # once, at start-up

    hooks.inserted("payments", {"id": 7})         # right after the row's own INSERT
    with hooks.updating("payments", {"id": 7}):   # around the row's own UPDATE
        cursor.execute("UPDATE payments SET card_id = 2 WHERE id = 7")
    with hooks.deleting("payments", {"id": 7}):
        cursor.execute("DELETE FROM payments WHERE id = 7")

One row at a time, each inside the service's transaction. If a call or the statement within it
raises, roll back to where the transaction was before it. For any DB-API connection whose parameters
are `?` (sqlite3) or `%s` (PyMySQL). docs/other_languages.md describes the pack.
"""

import contextlib
import json

VERSION = 1  # of the pack's format


class NotApplied(Exception):
    """The database has another summary than the pack is for."""


class RowNotFound(Exception):
    """The row is not there: do not run the statement, another transaction may insert it meanwhile."""


def load(path):
    with open(path, encoding="utf-8") as file:
        pack = json.load(file)
    if pack["version"] != VERSION:
        raise ValueError(f"{path}: version {pack['version']} of the pack, not {VERSION}")
    return pack


class Statement:
    """One statement, with the driver's own mark where a parameter is."""

    def __init__(self, entry, mark):
        pieces = entry["pieces"]
        if mark == "%s":
            pieces = [piece.replace("%", "%%") for piece in pieces]
        self.sql = mark.join(pieces)
        self.parameters = entry["parameters"]
        self.locks_row = entry["locks_row"]

    def run(self, cursor, table, key):
        cursor.execute(self.sql, [key[column] for column in self.parameters])
        if self.locks_row and cursor.fetchone() is None:
            raise RowNotFound(f"{table} {key}")


class Hook:
    """What one summary runs at one moment for one table."""

    def __init__(self, entry, mark):
        self.columns = entry.get("columns")
        self.statements = [Statement(statement, mark) for statement in entry["statements"]]

    def matters(self, changed):
        """Whether an UPDATE that sets these columns can change the summary; None: any columns."""
        return changed is None or self.columns is None or not set(self.columns).isdisjoint(changed)


class Hooks:
    """The hooks of every summary in the pack, on one connection."""

    def __init__(self, pack, connection):
        self.connection = connection
        self.is_sqlite = pack["database"] == "sqlite"
        self.checks = [(summary["name"], summary["check"]) for summary in pack["summaries"]]
        self.hooks = {}
        for summary in pack["summaries"]:
            for entry in summary["hooks"]:
                hooks = self.hooks.setdefault((entry["table"], entry["when"]), [])
                hooks.append(Hook(entry, "?" if self.is_sqlite else "%s"))

    def check(self):
        """Raises NotApplied unless the database has what the pack is for."""
        cursor = self.connection.cursor()
        for name, check in self.checks:
            cursor.execute(check["sql"])
            if cursor.fetchone() != (check["expect"],):
                raise NotApplied(f"{name}: run `keepsum apply`, then make the pack anew")

    def inserted(self, table, key):
        self._run(table, "after_insert", key)

    @contextlib.contextmanager
    def updating(self, table, key, changed=None, new_key=None):
        """`changed`: the columns that are set, if known; `new_key`: if the key is one of them."""
        self._run(table, "before_update", key, changed)
        yield
        self._run(table, "after_update", new_key or key, changed)

    @contextlib.contextmanager
    def deleting(self, table, key):
        self._run(table, "before_delete", key)
        yield

    def _run(self, table, when, key, changed=None):
        if not self._in_transaction():
            raise RuntimeError("outside a transaction the row could commit without its summary")
        cursor = self.connection.cursor()
        for hook in self.hooks[table, when]:
            if hook.matters(changed):
                for statement in hook.statements:
                    statement.run(cursor, table, key)

    def _in_transaction(self):
        if self.is_sqlite:
            return self.connection.in_transaction
        return bool(self.connection.server_status & 1)  # SERVER_STATUS_IN_TRANS
