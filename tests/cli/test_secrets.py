"""Option files and password files; and that no password shows anywhere."""

import os
import re
import socket

from support import CONFIG, FAILED, OK, CardTest, MariadbDatabase, poll

SECRET = "s3cr3t-'pass#wort"


class SecretsTest(CardTest):
    databases = ("mariadb",)

    def setUp(self):
        super().setUp()
        self.user = f"secret_{MariadbDatabase.made}"
        quoted = SECRET.replace("'", "''")
        self.db.feed(f"CREATE USER '{self.user}'@'%' IDENTIFIED BY '{quoted}';"
                     f"GRANT ALL ON {self.db.name}.* TO '{self.user}'@'%'", database=None)
        self.addCleanup(lambda: self.db.feed(f"DROP USER '{self.user}'@'%'", database=None))
        self.bare = f"mysql://{self.user}@{self.db.host}:{self.db.port}/{self.db.name}"

    def file(self, name, text, mode=0o600):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(path, mode)
        return path

    def option_file(self, mode=0o600, password=SECRET, group="keepsum"):
        return self.file("options.cnf", f'[client]\nconnect-timeout=5\n[{group}]\n'
                         f'user={self.user}\npassword="{password}"\nlocal-infile=1\n'
                         f'host={self.db.host}\nport={self.db.port}\n', mode)

    def ways(self):
        """How the password may come; each works with the right one and fails with a wrong one."""
        for password, code in ((SECRET, OK), ("Wr0ng-" + SECRET, FAILED)):
            password_file = self.file("password", password + "\n")
            yield code, {"DATABASE_URL": self.db.url_of(self.user, password)}
            yield code, {"DATABASE_URL": self.bare, "KEEPSUM_PASSWORD": password}
            yield code, {"DATABASE_URL": self.bare, "KEEPSUM_PASSWORD_FILE": password_file}
            yield code, {"DATABASE_URL": f"{self.bare}?password-file={password_file}"}
            options = self.option_file(password=password)
            yield code, {"DATABASE_URL": f"mysql:///{self.db.name}?option-file={options}"
                                         "&option-group=keepsum"}

    def assert_hidden(self, text):
        for part in (SECRET, SECRET.replace("'", "''"), "s3cr3t", "pass%23wort"):
            self.assertNotIn(part, text)


class Hidden(SecretsTest):
    def test_not_in_output_whether_it_works_or_not(self):
        for code, changes in self.ways():
            env = self.environment(**changes)
            for command in (["status"], ["status", "--json"]):
                with self.subTest(**changes, command=command):
                    done = self.keepsum(*command, code=code, env=env)
                    self.assert_hidden(done.out + done.err)

    def test_not_in_output_of_broken_connections(self):
        for url in (f"mysql://{self.user}:s3cr3t@{self.db.host}:1/{self.db.name}",
                    f"mysql://{self.user}:s3cr3t@no-such-host.invalid/{self.db.name}",
                    f"mysql://{self.user}:s3cr3t@{self.db.host}:{self.db.port}/none",
                    f"mysql://{self.user}:s3cr3t@{self.db.host}:{self.db.port}/x?sockt=1",
                    f"mysql://{self.user}:s3cr3t@{self.db.host}:{self.db.port}/x?ssl-mode=required",
                    # Where a person takes a password for an option, or did not encode its `?`.
                    f"{self.bare}?ssl-mode=required;password=s3cr3t", f"{self.bare}?s3cr3t=1",
                    f"{self.bare}?password=s3cr3t",
                    f"mysql://{self.db.host}:{self.db.port}?s3cr3t"):
            for command in (["plan"], ["plan", "--json"], ["grants", "--json"]):
                done = self.keepsum(*command, env=self.environment(DATABASE_URL=url))
                self.assertIn(done.code, (FAILED, CONFIG), str(done))
                self.assert_hidden(done.out + done.err)

    def test_not_in_the_process_list(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            url = f"mysql://{self.user}:s3cr3t@127.0.0.1:{silent.getsockname()[1]}/shop"
            for arguments in (["--database", url], [f"--database={url}"]):
                run = self.start("status", *arguments)
                connection, _ = silent.accept()  # it waits for a greeting now
                with connection, open(f"/proc/{run.pid}/cmdline", encoding="utf-8") as file:
                    seen = file.read()
                self.assertIn(f"{self.user}:******@127.0.0.1", seen)
                self.assert_hidden(seen)
                run.kill()

    def test_a_variable_on_the_command_line_is_expanded(self):
        self.apply()
        env = self.environment(OF_MINE=self.db.url, DATABASE_URL="mysql://nobody@127.0.0.1:1/none")
        self.keepsum("status", "--database", "${OF_MINE}", code=OK, env=env)
        refused = self.keepsum("status", "--database", "${OF_YOURS}", code=CONFIG, env=env)
        self.assertIn("OF_YOURS", refused.err)

    def test_not_in_output_of_a_replica_that_cannot_be_asked(self):
        self.apply()
        for host in (f"{self.db.host}:1/none", f"{self.db.host}:{self.db.port}/{self.db.name}?sockt=1",
                     f"{self.db.host}:{self.db.port}/{self.db.name}"):
            replica = f"mysql://{self.user}:s3cr3t@{host}"
            self.write_spec(self.summaries(),
                            reconcile={"replicas": [replica], "throttle_wait": "100ms"})
            for command in (["reconcile"], ["reconcile", "--json"], ["plan", "--json"]):
                done = self.keepsum(*command)
                self.assert_hidden(done.out + done.err)

    def test_not_in_output_of_a_spec_that_is_wrong(self):
        self.write_spec(self.summaries(wrong=1), database=self.db.url_of(self.user, "s3cr3t"))
        for command in (["plan"], ["plan", "--json"], ["reconcile", "--json"]):
            done = self.keepsum(*command, code=CONFIG)
            self.assertIn("wrong", done.out + done.err)
            self.assert_hidden(done.out + done.err)

    def test_not_in_the_database_nor_in_either_process_list(self):
        env = self.environment(DATABASE_URL=self.db.url_of(self.user, SECRET))
        self.fill_many()
        run = self.start("apply", "--yes", "--json", env=env)
        seen = poll(lambda: self.db.rows("SHOW FULL PROCESSLIST"), "there are sessions")
        with open(f"/proc/{run.pid}/cmdline", "rb") as f:
            self.assert_hidden(f.read().decode())
        while run.poll() is None:
            seen += self.db.rows("SHOW FULL PROCESSLIST")
        self.assertTrue(any(row[1] == self.user for row in seen))
        self.assert_hidden(str(seen))
        done = self.finish(run)
        self.assertEqual(done.code, OK, str(done))
        self.assert_hidden(done.out + done.err)
        self.db.run("UPDATE card_activity SET total = total + 1 WHERE card_id = 3")
        for command in (["reconcile", "--json"], ["drift", "--json"], ["status", "--json"],
                        ["drift", "--runs", "--json"], ["grants", "--json"]):
            done = self.keepsum(*command, env=env)
            self.assert_hidden(done.out + done.err)
        self.assert_hidden(self.db.dump())

    def fill_many(self):
        self.db.run("DELETE FROM charges", "DELETE FROM payments")
        self.fill(payments=20_000, cards=5_000)


class Files(SecretsTest):
    def test_option_file(self):
        options = self.option_file()
        url = f"mysql:///{self.db.name}?option-file={options}&option-group=keepsum"
        done = self.keepsum("apply", "--yes", code=OK, env=self.environment(DATABASE_URL=url))
        self.assertNotIn("anybody", done.err)
        self.assert_true()
        # What the URL says goes before what the file says.
        self.keepsum("status", code=FAILED, env=self.environment(
            DATABASE_URL=f"mysql://nobody@/{self.db.name}?option-file={options}"
                         "&option-group=keepsum"))
        # Without its group the file says nothing.
        self.keepsum("status", code=FAILED, env=self.environment(
            DATABASE_URL=f"{self.bare}?option-file={options}"))

    def test_option_file_that_is_not_there_or_may_not_be_combined(self):
        missing = self.keepsum("status", code=FAILED, env=self.environment(
            DATABASE_URL=f"{self.bare}?option-file=/nowhere.cnf"))
        self.assertIn("/nowhere.cnf", missing.err)
        for query in ("option-group=keepsum",
                      f"ssl-mode=verify_identity&option-file={self.option_file()}"):
            self.keepsum("status", code=CONFIG,
                         env=self.environment(DATABASE_URL=f"{self.bare}?{query}"))

    def test_files_that_others_can_read_or_write(self):
        self.apply()
        for name in ("password", "option"):
            def env(mode):
                if name == "option":
                    url = (f"mysql:///{self.db.name}?option-file={self.option_file(mode)}"
                           "&option-group=keepsum")
                else:
                    path = self.file("password", SECRET, mode)
                    url = f"{self.bare}?password-file={path}"
                return self.environment(DATABASE_URL=url)
            self.assertEqual(self.keepsum("status", code=OK, env=env(0o600)).err, "")
            self.assertEqual(self.keepsum("status", code=OK, env=env(0o440)).err, "")
            self.assertRegex(self.keepsum("status", code=OK, env=env(0o644)).err,
                             re.compile("anybody on this machine can read .*" + name))
            refused = self.keepsum("status", code=FAILED, env=env(0o606))
            self.assertIn("anybody can write", refused.err)
            self.assert_hidden(refused.err)
