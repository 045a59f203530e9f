/* SPDX-License-Identifier: MIT */
#include "source/program.h"

static bool is_thunderbird(const char *path)
{
	return mc_site_has_file(path, "prefs.js") ||
	       mc_site_has_file(path, "profiles.ini");
}

static const struct {
	bool (*is)(const char *path);
	const struct mc_source_ops *ops;
} programs[] = {
	{ is_thunderbird, &mc_source_thunderbird },
	{ mc_outlook_is, &mc_source_outlook },
	{ mc_vault_is, &mc_source_vault },
	{ mc_evolution_is, &mc_source_evolution },
	{ mc_kmail_is, &mc_source_kmail },
	{ mc_eudora_is, &mc_source_eudora },
	{ mc_applemail_is_one, &mc_source_applemail },
};

MC_RC mc_program_of(const struct mc_source_ops **out, const char *path,
	struct mc_error *err)
{
	(void)err;
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		if (programs[i].is(path)) {
			*out = programs[i].ops;
			return MC_OK;
		}
	}
	return MC_DONE;
}
