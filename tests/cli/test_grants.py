"""grants: each user, with exactly the printed statements, can do its whole job and nothing else."""

import re

from support import CHANGED, FAILED, OK, USAGE, CardTest, MariadbDatabase


class GrantsTest(CardTest):
    databases = ("mariadb",)

    def setUp(self):
        super().setUp()
        # Rights that the parent's row and its actions take, too.
        self.db.run("DELETE FROM charges WHERE payment_id NOT IN (SELECT id FROM payments)",
                    "ALTER TABLE charges ADD FOREIGN KEY (payment_id) REFERENCES payments (id)"
                    " ON DELETE CASCADE")
        self.users = []

    def statements(self, role, user):
        answer = self.json("grants", "--as", role, "--user", user)
        (grants,) = answer["grants"]
        self.assertEqual(grants["as"], role)
        return grants["statements"]

    def make(self, role, password=""):
        """A user with what is printed for it, and the environment of who works as it."""
        user = f"{role}_{MariadbDatabase.made}"
        self.db.feed(f"CREATE OR REPLACE USER '{user}'@'%' IDENTIFIED BY '{password}'",
                     database=None)
        self.addCleanup(lambda: self.db.feed(f"DROP USER IF EXISTS '{user}'@'%'",
                                             database=None))
        self.db.run(*self.statements(role, f"'{user}'@'%'"))
        return user, self.environment(DATABASE_URL=self.db.url_of(user, password))

    def as_user(self, user, statement):
        """The error number the server gives the user, or None."""
        client = [part for part in self.db.client if not part.startswith("--user")]
        mine = MariadbDatabase.feed
        self_client, self.db.client = self.db.client, [*client, f"--user={user}"]
        try:
            mine(self.db, statement)
            return None
        except AssertionError as error:
            return re.search(r"ERROR (\d+)", str(error))[1]
        finally:
            self.db.client = self_client

    def assert_refused(self, user, *statements):
        for statement in statements:
            self.assertIn(self.as_user(user, statement), ("1142", "1044", "1227", "1143"), statement)

    def spoil(self, card=3):
        self.db.run(f"UPDATE card_activity SET total = total + 5, largest = 99999"
                    f" WHERE card_id = {card}")


class EachUser(GrantsTest):
    def test_apply(self):
        user, env = self.make("apply")
        self.keepsum("plan", code=CHANGED, env=env)
        self.keepsum("apply", "--yes", code=OK, env=env)
        self.write_all_kinds(10_000)
        self.assert_true()
        # Another layout, then nothing to do, then the summary and keepsum's own tables go.
        self.write_spec(self.summaries(indexes=[["total"]]))
        self.keepsum("apply", "--yes", code=OK, env=env)
        self.keepsum("plan", code=OK, env=env)
        # Another spec in place, and one that takes another table.
        more = {**self.aggregates(), "paid": "count(t.amount)"}
        for way, spec in (("in_place", {"aggregates": more}),
                          ("beside", {"aggregates": more, "where": "p.voided = 1"}),
                          ("beside", {})):
            self.write_spec(self.summaries(**spec))
            applied = self.json("apply", "--yes", env=env)["summaries"][0]
            self.assertEqual(applied["way"], way)
        self.assert_true()
        self.spoil()
        self.keepsum("reconcile", code=CHANGED, env=env)
        self.keepsum("status", code=OK, env=env)
        self.assert_refused(user, "DROP TABLE payments", "DELETE FROM charges LIMIT 1",
                            "ALTER TABLE charges ADD z INT", "CREATE TABLE other (i INT)")
        self.keepsum("drop", "card_activity", "--yes", code=OK, env=env)
        self.assertEqual(self.db.rows("SHOW TABLES"), [("charges",), ("payments",)])

    def test_apply_moves_capture(self):
        # The rights for the move come with the spec that wants it.
        self.write_spec(self.summaries(capture="hooks"))
        _, env = self.make("apply")
        self.write_spec(self.summaries())
        self.keepsum("apply", "--yes", code=OK, env=env)
        for capture in ("hooks", "triggers"):
            self.write_spec(self.summaries(capture=capture))
            moved = self.keepsum("apply", "--yes", code=OK, env=env)
            self.assertIn("moved in", moved.out)
        self.write_all_kinds(10_000)
        self.assert_true()

    def test_apply_brings_old_control_tables_up_to_date(self):
        self.apply()
        for table in ("causes", "seen", "undos"):
            self.db.run(f"DROP TABLE keepsum_{table}")
        self.db.run("DELETE FROM keepsum_migrations WHERE number = 4")
        _, env = self.make("apply")
        self.keepsum("apply", "--yes", code=OK, env=env)
        self.assertIn(("keepsum_undos",), self.db.rows("SHOW TABLES"))

    def test_cron(self):
        self.apply()
        user, env = self.make("cron")
        self.keepsum("reconcile", code=OK, env=env)
        self.spoil()
        self.keepsum("reconcile", code=CHANGED, env=env)
        self.assert_true()
        run = self.json("drift", env=env)["drift"][0]["run"]
        self.assertEqual(self.json("drift", "undo", str(run), env=env)["left"], 0)
        self.keepsum("reconcile", "--verify-only", code=5, env=env)
        self.keepsum("reconcile", code=CHANGED, env=env)
        for command in (["status"], ["plan"], ["drift", "--runs"],
                        ["explain", "card_activity", "card_id=3"]):
            self.keepsum(*command, code=OK, env=env)
        self.assertEqual(self.json("status", env=env)["summaries"][0]["trigger_faults"], [])
        self.assert_refused(user, "ALTER TABLE payments ADD z INT", "DROP TABLE charges",
                            "DELETE FROM payments LIMIT 1", "UPDATE charges SET amount = 1 LIMIT 1",
                            "TRUNCATE TABLE card_activity", "ALTER TABLE card_activity ADD z INT",
                            "DROP TABLE keepsum_runs", "DELETE FROM keepsum_drift LIMIT 1",
                            "UPDATE keepsum_drift SET stored = 1", "DELETE FROM keepsum_leases",
                            "UPDATE keepsum_captures SET hooks = 1",
                            "CREATE TABLE other (i INT)")

    def test_side_tables_and_lists(self):
        """Those of count(DISTINCT …) and ordinal() have triggers, and locks, of their own."""
        self.write_spec({
            **self.summaries(aggregates={"kinds": "count(DISTINCT t.approved)", "n": "count(*)"}),
            "places": {"from": "payments p", "group_by": {"payment": "p.id"},
                       "aggregates": {"place": "ordinal(ORDER BY p.card_id)"}}})
        _, env = self.make("apply")
        self.keepsum("apply", "--yes", code=OK, env=env)
        self.write_all_kinds(10_000)
        _, env = self.make("cron")
        self.keepsum("reconcile", code=OK, env=env)
        self.db.run("UPDATE card_activity SET kinds = kinds + 1 WHERE card_id = 3",
                    "UPDATE places SET place = place + 1 WHERE payment = 5")
        self.keepsum("reconcile", code=CHANGED, env=env)
        for command in (["status"], ["reconcile", "card_activity", "--keys", "card_id=3"],
                        ["reconcile", "card_activity", "--sample", "50%"]):
            self.keepsum(*command, code=OK, env=env)
        self.keepsum("reconcile", "--verify-only", code=OK, env=env)

    def test_reader(self):
        self.apply()
        user, env = self.make("reader")
        answer = self.json("read", "card_activity", "card_id=3", env=env)
        self.assertEqual((answer["from"], int(float(answer["values"]["total"]))),
                         ("summary", self.oracle()[3][0]))
        self.keepsum("explain", "card_activity", "card_id=3", code=OK, env=env)
        # A trigger is missing, so it is not as planned: the source answers.
        self.db.run("UPDATE keepsum_summaries SET state = 'building'")
        self.assertEqual(self.json("read", "card_activity", "card_id=3", env=env)["from"], "source")
        self.assert_refused(user, "UPDATE card_activity SET total = 0",
                            "SELECT * FROM keepsum_drift", "INSERT INTO keepsum_summaries (name)"
                            " VALUES ('x')", "DELETE FROM payments")

    def test_service_beside_triggers_needs_nothing(self):
        self.apply()
        self.assertEqual(self.statements("service", "u"), [])
        user = f"writer_{MariadbDatabase.made}"
        self.db.feed(f"CREATE USER '{user}'@'%'", database=None)
        self.addCleanup(lambda: self.db.feed(f"DROP USER IF EXISTS '{user}'@'%'",
                                             database=None))
        self.db.run(f"GRANT SELECT, INSERT ON charges TO '{user}'@'%'",
                    f"GRANT SELECT, INSERT ON payments TO '{user}'@'%'")
        self.assertIsNone(self.as_user(user, "INSERT INTO payments VALUES (9000, 3, 0)"))
        self.assertIsNone(self.as_user(user, "INSERT INTO charges VALUES (9000, 9000, 7, 1)"))
        self.assert_true()
        self.assert_refused(user, "UPDATE card_activity SET total = 0",
                            "SELECT * FROM card_activity")

    def test_service_by_hooks(self):
        """By the statements of the hooks, which are what the embedded library sends."""
        self.write_spec(self.summaries(capture="hooks"))
        self.apply()
        user, _ = self.make("service")
        self.db.run(f"GRANT INSERT, UPDATE, DELETE ON charges TO '{user}'@'%'")
        payment = self.db.rows("SELECT MIN(id) FROM payments WHERE voided = 0 AND card_id = 3")[0][0]
        hooks = {(h["table"], h["when"]): h["statements"]
                 for h in self.json("sql")["summaries"][0]["hooks"]}

        def run(*moments, own):
            for when in moments:
                if when is None:
                    self.assertIsNone(self.as_user(user, own))
                for hook in hooks.get(("charges", when), []):
                    statement = hook["sql"].replace("?", "9000")
                    self.assertIsNone(self.as_user(user, statement), statement)

        run(None, "after_insert", own=f"INSERT INTO charges VALUES (9000, {payment}, 77, 1)")
        self.assert_true()
        run("before_update", None, "after_update",
            own="UPDATE charges SET amount = 99999 WHERE id = 9000")
        self.assert_true()
        run("before_delete", None, own="DELETE FROM charges WHERE id = 9000")
        self.assert_true()
        self.assert_refused(user, "DELETE FROM card_activity", "DROP TABLE card_activity",
                            "UPDATE keepsum_captures SET hooks = 0",
                            "UPDATE keepsum_leases SET fence = 0", "DELETE FROM keepsum_drift",
                            "UPDATE keepsum_summaries SET state = 'x'")


class Missing(GrantsTest):
    """A right that is missing gives an error that names the command."""

    def revoked(self, right, table, *command, role="cron"):
        user, env = self.make(role)
        self.db.run(f"REVOKE {right} ON {table} FROM '{user}'@'%'")
        self.spoil()
        refused = self.keepsum(*command, code=FAILED, env=env)
        self.assertIn("keepsum grants", refused.err, f"{right} {table}\n{refused}")
        return refused

    def test_each(self):
        self.apply()
        for right, table in (("SELECT", "charges"), ("UPDATE", "card_activity"),
                             ("INSERT", "keepsum_runs"), ("INSERT", "keepsum_drift"),
                             ("UPDATE", "keepsum_leases"), ("UPDATE", "keepsum_seen")):
            with self.subTest(right=right, table=table):
                self.revoked(right, table, "reconcile")
        for right, table in (("TRIGGER", "charges"), ("ALTER", "card_activity")):
            with self.subTest(right=right, table=table):
                self.db.drop_trigger("ks_card_activity$t_ins")
                self.revoked(right, table, "apply", "--yes", role="apply")
                self.apply()

    def test_triggers_that_cannot_be_seen_are_not_called_missing(self):
        self.apply()
        for table in ("charges", "payments"):
            refused = self.revoked("TRIGGER", table, "status")
            self.assertNotIn("is missing;", refused.out)

    def test_foreign_keys_are_seen_with_rights_on_single_tables(self):
        """Else the plan of that user would have other triggers than what was applied."""
        self.apply()
        _, env = self.make("cron")
        self.assertEqual(self.json("plan", env=env), self.json("plan"))


class Printing(GrantsTest):
    def test_all_roles(self):
        self.apply()
        text = self.keepsum("grants", code=OK).out
        for role in ("apply", "cron", "service", "reader"):
            self.assertIn(f"'keepsum_{role}'@'%'", text)
        for line in text.splitlines():
            self.assertRegex(line, r"^(-- .*|GRANT .* ON `.*`\.`.*` TO '.*'@'%';"
                             r"|GRANT LOCK TABLES ON `.*`\.\* TO '.*'@'%';|)$")
        # On a database as a whole, only what cannot be granted otherwise.
        self.assertEqual([line.split(" ON ")[0] for line in text.splitlines() if ".* TO" in line],
                         ["GRANT LOCK TABLES"])

    def test_before_apply(self):
        said = self.keepsum("grants", "--as", "cron", code=OK)
        self.assertIn("after the first `keepsum apply`", said.err)
        self.assertEqual(self.keepsum("grants", "--as", "apply", code=OK).err, "")

    def test_users(self):
        for text, expected in (("'a b'@'10.0.%'", "'a b'@'10.0.%'"), ("bob@db-1", "'bob'@'db-1'"),
                               ("bob", "'bob'@'%'"), ("o`x@h", "'o`x'@'h'")):
            self.assertTrue(all(s.endswith(" TO " + expected)
                                for s in self.statements("reader", text)), text)
        for text in ("", "a b", "'a", "a@", "@h", "a@h@i", "a'b", "'a'; DROP TABLE x -- '@'h'"):
            if text:
                self.keepsum("grants", "--as", "cron", "--user", text, code=USAGE)
        self.keepsum("grants", "--user", "bob", code=USAGE)
        self.keepsum("grants", "--as", "root", code=USAGE)

    def test_lock_tables_is_granted_on_this_database_alone(self):
        for capture in ("hooks", "triggers"):
            self.write_spec(self.summaries(capture=capture))
            (lock,) = [s for s in self.statements("apply", "u") if "LOCK TABLES" in s]
            self.assertIn("`" + self.db.name.replace("_", "\\_") + "`.*", lock)

    def test_writes_nothing(self):
        with self.writes_nothing():
            self.keepsum("grants", code=OK)


class OnSqlite(CardTest):
    databases = ("sqlite",)

    def test_file_permissions_are_all_there_is(self):
        self.assertIn("SQLite has no users", self.keepsum("grants", code=OK).err)
        answer = self.json("grants")
        self.assertEqual(answer["grants"], [])
        self.assertIn("SQLite has no users", answer["note"])
