/* SPDX-License-Identifier: MIT
 * What may be removed at its source, where it must stand on a target before,
 * and what became of it. */
#include "archive/departure.h"

#include <unistd.h>

#include "help.h"

static int64_t sighting_of(struct fixture *f, int64_t folder, const char *key)
{
	struct mc_tenant tenant;

	ok(f, mc_tenant_get(f->ar, folder, key, &tenant, &f->err));
	assert_true(tenant.sighting > 0);
	return tenant.sighting;
}

/* A key that meant two messages is told, and one that means none. */
static void test_tenant(void **state)
{
	struct fixture *f = *state;
	int64_t folder = put_folder(f, "INBOX");
	struct mail one = MAIL(folder, "u1", "first", NULL, "a@x");
	struct mail again = MAIL(folder, "u1", "second", NULL, "b@x");
	struct mail other = MAIL(folder, "u2", "third", NULL, "c@x");
	struct mc_digest raw = digest("third");
	struct mc_tenant tenant;

	ok(f, mc_archive_begin(f->ar, &f->err));
	put_mail(f, &one);
	put_mail(f, &again);
	other.time = 77;
	other.rank = 2;
	put_mail(f, &other);
	ok(f, mc_archive_commit(f->ar, &f->err));
	ok(f, mc_tenant_get(f->ar, folder, "u1", &tenant, &f->err));
	assert_true(tenant.several);
	ok(f, mc_tenant_get(f->ar, folder, "u2", &tenant, &f->err));
	assert_false(tenant.several);
	assert_int_equal(tenant.time, 77);
	assert_int_equal(tenant.rank, 2);
	assert_int_equal(tenant.state, MC_DEPARTURE_NONE);
	assert_memory_equal(&tenant.raw_sha256, &raw, sizeof(raw));
	ok(f, mc_tenant_get(f->ar, folder, "U2", &tenant, &f->err));
	assert_int_equal(tenant.sighting, 0);
	ok(f, mc_tenant_get(f->ar, folder + 1, "u2", &tenant, &f->err));
	assert_int_equal(tenant.sighting, 0);
}

/* Each change of state, and that those asked for are found, one by one. */
static void test_states(void **state)
{
	static const enum mc_departure way[] = { MC_DEPARTURE_ASKED,
		MC_DEPARTURE_GONE, MC_DEPARTURE_STAYED, MC_DEPARTURE_ASKED,
		MC_DEPARTURE_NONE, MC_DEPARTURE_ASKED };
	struct fixture *f = *state;
	int64_t folder = put_folder(f, "INBOX");
	int64_t elsewhere = put_folder(f, "Other");
	struct mail a = MAIL(folder, "u1", "first", NULL, "a@x");
	struct mail b = MAIL(folder, "u2", "second", NULL, "b@x");
	struct mail c = MAIL(elsewhere, "u1", "third", NULL, "c@x");
	struct mc_departures count;
	struct mc_tenant tenant;
	struct mc_asked asked;
	int64_t id;

	ok(f, mc_archive_begin(f->ar, &f->err));
	put_mail(f, &a);
	put_mail(f, &b);
	put_mail(f, &c);
	ok(f, mc_archive_commit(f->ar, &f->err));
	id = sighting_of(f, folder, "u2");
	for (size_t i = 0; i < sizeof(way) / sizeof(way[0]); i++) {
		ok(f, mc_departure_put(f->ar, id, f->run, way[i], &f->err));
		ok(f, mc_tenant_get(f->ar, folder, "u2", &tenant, &f->err));
		assert_int_equal(tenant.state, way[i]);
		ok(f, mc_departures_count(f->ar, &count, &f->err));
		assert_int_equal(count.asked, way[i] == MC_DEPARTURE_ASKED);
		assert_int_equal(count.gone, way[i] == MC_DEPARTURE_GONE);
		assert_int_equal(count.stayed, way[i] == MC_DEPARTURE_STAYED);
		assert_int_equal(
			mc_departure_next(f->ar, folder, 0, &asked, &f->err),
			way[i] == MC_DEPARTURE_ASKED ? MC_OK : MC_DONE);
	}
	assert_int_equal(asked.sighting, id);
	assert_int_equal(asked.run, f->run);
	assert_string_equal(asked.key, "u2");
	assert_int_equal(
		mc_departure_next(f->ar, folder, id, &asked, &f->err), MC_DONE);
	assert_int_equal(
		mc_departure_next(f->ar, elsewhere, 0, &asked, &f->err),
		MC_DONE);
}

static MC_RC note_place(
	void *arg, int64_t placement, int state, struct mc_error *err)
{
	int *places = arg;

	(void)err;
	places[placement == 0 ? 6 : state]++;
	return MC_OK;
}

/* A variant that was not sent is not on the target, and what has no route goes
 * nowhere. */
static void test_places(void **state)
{
	struct fixture *f = *state;
	int64_t folder = put_folder(f, "INBOX");
	int64_t lost = put_folder(f, "Lost");
	struct mail sent = MAIL(folder, "u1", "first", NULL, "a@x");
	struct mail variant = MAIL(folder, "u2", "other", NULL, "a@x");
	struct mail unrouted = MAIL(lost, "u3", "first", NULL, "a@x");
	struct mc_mailbox_row box;
	struct mc_place_rules rules = { 0 };
	int64_t target;
	int64_t made;
	int places[7] = { 0 };

	ok(f, mc_archive_begin(f->ar, &f->err));
	put_mail(f, &sent);
	put_mail(f, &variant);
	put_mail(f, &unrouted);
	ok(f, mc_target_put(f->ar, "t", &target, &f->err));
	ok(f, mc_mailbox_put(f->ar, target, "INBOX", &box, &f->err));
	ok(f, mc_route_put(f->ar, target, folder, box.id, "", &f->err));
	ok(f, mc_placements_make(f->ar, target, &rules, &made, &f->err));
	ok(f, mc_archive_commit(f->ar, &f->err));
	assert_int_equal(made, 1);
	ok(f, mc_tenant_places(f->ar, target, sighting_of(f, folder, "u1"),
		      note_place, places, &f->err));
	assert_int_equal(places[MC_WAITING], 1);
	assert_int_equal(places[6], 0);
	ok(f, mc_tenant_places(f->ar, target, sighting_of(f, folder, "u2"),
		      note_place, places, &f->err));
	assert_int_equal(places[MC_WAITING], 1);
	assert_int_equal(places[6], 1);
	ok(f, mc_tenant_places(f->ar, target, sighting_of(f, lost, "u3"),
		      note_place, places, &f->err));
	ok(f, mc_tenant_places(f->ar, target + 1, sighting_of(f, folder, "u1"),
		      note_place, places, &f->err));
	assert_int_equal(places[MC_WAITING] + places[6], 2);
}

/* Settled, the file alone holds what was committed; the lock stays. */
static void test_settle(void **state)
{
	struct fixture *f = *state;
	struct mail mail =
		MAIL(put_folder(f, "A"), "1", "its octets", NULL, "a@x");
	struct mc_archive *second = NULL;
	struct mc_totals totals;
	char copy[128];
	char command[320];

	ok(f, mc_archive_begin(f->ar, &f->err));
	put_mail(f, &mail);
	ok(f, mc_archive_commit(f->ar, &f->err));
	for (int i = 0; i < 2; i++)
		ok(f, mc_archive_settle(f->ar, &f->err));
	assert_int_equal(mc_archive_open(&second, f->path, MC_ARCHIVE_WRITE,
				 NULL, &f->err),
		MC_EBUSY);
	(void)snprintf(copy, sizeof(copy), "%s/copy.db", f->dir);
	(void)snprintf(command, sizeof(command), "cp '%s' '%s'", f->path, copy);
	assert_int_equal(system(command), 0);
	ok(f, mc_archive_open(&second, copy, MC_ARCHIVE_READ, NULL, &f->err));
	ok(f, mc_totals_get(second, &totals, &f->err));
	assert_int_equal(totals.sightings, 1);
	mc_archive_close(second);
	unlink(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_tenant, fixture_open, fixture_close),
		cmocka_unit_test_setup_teardown(
			test_states, fixture_open, fixture_close),
		cmocka_unit_test_setup_teardown(
			test_places, fixture_open, fixture_close),
		cmocka_unit_test_setup_teardown(
			test_settle, fixture_open, fixture_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
