/* SPDX-License-Identifier: MIT
 * secret: where the password comes from, and what is left of it. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/text.h"
#include "cmd/secret.h"
#include "cmocka_all.h"

struct world {
	char home[64];
	struct mc_cancel cancel;
	struct mc_monitor monitor;
	struct mc_secrets secrets;
	struct mc_side side;
	struct mc_secret_side from;
	struct mc_endpoint at;
	struct mc_buf secret;
	struct mc_error err;
	char note[1024]; /* the last one */
};

static void on_event(void *arg, const struct mc_event *event)
{
	struct world *w = arg;

	if (event->kind == MC_EVENT_NOTE)
		mc_text_format(w->note, sizeof(w->note), "%s", event->text);
}

static void set_up(struct world *w, const char *address)
{
	*w = (struct world){ .home = "/tmp/mailcart-test-XXXXXX" };
	assert_non_null(mkdtemp(w->home));
	assert_int_equal(mc_cancel_init(&w->cancel, &w->err), MC_OK);
	w->monitor = (struct mc_monitor){
		.event = on_event, .arg = w, .cancel = &w->cancel
	};
	w->secrets.monitor = &w->monitor;
	mc_secrets_open(&w->secrets);
	w->from = (struct mc_secret_side){ .secrets = &w->secrets,
		.side = &w->side,
		.variable = "MAILCART_PASSWORD",
		.option = "--password-command" };
	assert_int_equal(mc_endpoint_parse(&w->at, address, &w->err), MC_OK);
	mc_buf_init(&w->secret, MC_SECRET_MAX);
	setenv("HOME", w->home, 1);
	unsetenv("MAILCART_PASSWORD");
}

static void put_file(
	const struct world *w, const char *name, const char *text, mode_t mode)
{
	char path[128];
	FILE *file;

	mc_text_format(path, sizeof(path), "%s/%s", w->home, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static void tear_down(struct world *w)
{
	static const char *const names[] = { ".netrc", "pw" };
	char path[128];

	for (size_t i = 0; i < 2; i++) {
		mc_text_format(path, sizeof(path), "%s/%s", w->home, names[i]);
		unlink(path);
	}
	assert_int_equal(rmdir(w->home), 0);
	mc_buf_wipe(&w->secret);
	mc_endpoint_dispose(&w->at);
	mc_secrets_close(&w->secrets);
	mc_cancel_dispose(&w->cancel);
}

/* The command as the target's, to see that it is told from another. */
static enum mc_rc get(struct world *w)
{
	struct mc_shell shell = { .commands = { "echo another's",
					  w->side.password_command } };
	enum mc_rc rc;

	assert_int_equal(mc_shell_open(&shell, &w->err), MC_OK);
	w->secrets.shell = &shell;
	rc = mc_secret_get(&w->from, &w->at, &w->secret, &w->err);
	mc_shell_close(&shell);
	return rc;
}

static void expect(struct world *w, const char *secret)
{
	assert_int_equal(get(w), MC_OK);
	assert_string_equal(mc_buf_str(&w->secret), secret);
}

/* Each source of passwords beats those behind it. */
static void in_order(void **state)
{
	struct world w;
	char path[128];

	(void)state;
	set_up(&w, "pop3s://u:in%20url@h");
	put_file(&w, ".netrc", "machine h login u password rc\n", 0600);
	put_file(&w, "pw", "file\r\nmore\n", 0600);
	mc_text_format(path, sizeof(path), "%s/pw", w.home);
	setenv("MAILCART_PASSWORD", "environment", 1);
	w.side.password_command = "printf 'command\\nmore\\n'";
	w.side.password_file = path;
	expect(&w, "in url");
	free(w.at.password);
	w.at.password = NULL;
	expect(&w, "command");
	w.side.password_command = NULL;
	expect(&w, "file");
	w.side.password_file = NULL;
	expect(&w, "environment");
	unsetenv("MAILCART_PASSWORD");
	expect(&w, "rc");
	assert_string_equal(w.note, "");
	tear_down(&w);
}

static void warns_of_open_files(void **state)
{
	struct world w;
	char path[128];

	(void)state;
	set_up(&w, "pop3s://u@h");
	put_file(&w, ".netrc", "default password rc", 0644);
	put_file(&w, "pw", "file", 0640);
	expect(&w, "rc");
	assert_non_null(strstr(w.note, "/.netrc'; chmod 600"));
	mc_text_format(path, sizeof(path), "%s/pw", w.home);
	w.side.password_file = path;
	expect(&w, "file");
	assert_non_null(strstr(w.note, "/pw'; chmod 600"));
	tear_down(&w);
}

static void commands_that_fail(void **state)
{
	static const struct {
		const char *command;
		enum mc_rc rc;
		const char *text;
	} rows[] = {
		{ "echo secret; exit 3", MC_EIO,
			"the password command failed with exit status 3; run "
			"it by itself to see why" },
		{ "true", MC_EIO,
			"the password command printed nothing on its first "
			"line; run it by itself to see what it does" },
		{ "echo; echo second", MC_EIO,
			"the password command printed nothing on its first "
			"line; run it by itself to see what it does" },
		{ "kill -9 $$", MC_EIO,
			"the password command was ended by signal 9" },
		{ "head -c 100000 /dev/zero | tr '\\0' x", MC_EUSAGE,
			"password command: longer than the limit of 16384 "
			"octets; look whether that is the password, alone on "
			"the first line" },
	};
	struct world w;

	(void)state;
	set_up(&w, "pop3s://u@h");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].command);
		w.side.password_command = rows[i].command;
		assert_int_equal(get(&w), rows[i].rc);
		assert_string_equal(w.err.text, rows[i].text);
		assert_null(w.secret.data); /* wiped */
	}
	/* Longer than one read, no line end, and no room to spare. */
	w.side.password_command = "head -c 16384 /dev/zero | tr '\\0' x";
	assert_int_equal(get(&w), MC_OK);
	assert_int_equal(w.secret.len, MC_SECRET_MAX);
	tear_down(&w);
}

static void a_cancel_ends_the_command(void **state)
{
	struct world w;

	(void)state;
	set_up(&w, "pop3s://u@h");
	w.side.password_command = "exec sleep 60";
	mc_cancel_raise(&w.cancel);
	assert_int_equal(get(&w), MC_ECANCEL);
	tear_down(&w);
}

static void files_that_fail(void **state)
{
	struct world w;
	char path[128];

	(void)state;
	set_up(&w, "pop3s://u@h");
	mc_text_format(path, sizeof(path), "%s/pw", w.home);
	w.side.password_file = path;
	assert_int_equal(get(&w), MC_ENOENT);
	assert_non_null(strstr(w.err.text, "no such file"));
	put_file(&w, "pw", "\nx", 0600);
	assert_int_equal(get(&w), MC_EUSAGE);
	w.side.password_file = w.home;
	assert_int_equal(get(&w), MC_EIO);
	assert_non_null(strstr(w.err.text, "is a directory"));
	tear_down(&w);
}

static void wipes_addresses(void **state)
{
	static const struct {
		const char *in;
		const char *out;
	} rows[] = {
		{ "pop3s://u:secret@h", "pop3s://u:******@h" },
		{ "imaps://a@b:s@h/x@y:z", "imaps://a@b:*@h/x@y:z" },
		{ "pop3s://u:p:q@h:995", "pop3s://u:***@h:995" },
		{ "pop3s://u@h:995", "pop3s://u@h:995" },
		{ "mbox:a:b@c", "mbox:a:b@c" },
		{ "pop3s://h", "pop3s://h" },
		{ "pop3s://u:@h", "pop3s://u:@h" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char address[64];

		mc_text_format(address, sizeof(address), "%s", rows[i].in);
		mc_secret_wipe_address(address);
		assert_string_equal(address, rows[i].out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order),
		cmocka_unit_test(warns_of_open_files),
		cmocka_unit_test(commands_that_fail),
		cmocka_unit_test(a_cancel_ends_the_command),
		cmocka_unit_test(files_that_fail),
		cmocka_unit_test(wipes_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
