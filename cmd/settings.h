/* SPDX-License-Identifier: MIT
 * settings: all that the command line can say, and the groups of options that
 * commands share.  A name means the same wherever it occurs. */
#ifndef MC_CMD_SETTINGS_H
#define MC_CMD_SETTINGS_H

#include "cmd/opt.h"

/* How to get in on one side. */
struct mc_side {
	const char *password_command;
	const char *password_file;
	const char *auth;
	const char *auth_as;
	const char *tls_ca;
	const char *tls_fingerprint;
};

struct mc_settings {
	/* everywhere */
	const char *archive;
	bool dry_run;
	int verbose;
	bool quiet;
	bool json;
	bool no_progress;
	bool help;
	bool version;

	struct mc_side source;
	struct mc_side target; /* tls_*: NULL means as for the source */
	bool insecure_plaintext;

	int quote; /* enum mc_mbox_quote */
	struct mc_opt_list include;
	struct mc_opt_list exclude;
	struct mc_opt_list map; /* FROM=TO */
	const char *into;
	bool keep_deleted;
	bool all_variants;
	int64_t connections; /* to the target; 0: as it pays */
	int compress;        /* enum mc_compress */
	const char *max_rate;
	const char *max_messages_rate;
	int64_t since; /* s UTC; 0: any, as in struct mc_selection */
	int64_t before;
	int64_t max_size; /* octets */

	bool no_quit;
	bool delete_source;
	int64_t delete_after; /* days; 0: not given */

	bool deep;          /* verify */
	bool refused;       /* status */
	const char *output; /* plan -o */
	const char *plan;   /* push --plan */
	bool retry_refused; /* push */
	struct mc_opt_list retry_in;
	bool wrap_refused;
	bool again_missing;
	bool headers; /* show */
	bool raw;
	int64_t sighting;
	int format; /* export: enum mc_job_format */
	bool original;
	struct mc_opt_list folders;

	struct mc_opt_list operands;
};

void mc_settings_init(struct mc_settings *set);
void mc_settings_dispose(struct mc_settings *set);

extern const struct mc_opt_group mc_opts_common;
extern const struct mc_opt_group mc_opts_source; /* what local files hold */
extern const struct mc_opt_group mc_opts_login;
extern const struct mc_opt_group mc_opts_target_login;
extern const struct mc_opt_group mc_opts_folders; /* which ones */
extern const struct mc_opt_group mc_opts_dates;   /* which messages */
extern const struct mc_opt_group mc_opts_select;  /* by their size, too */
extern const struct mc_opt_group mc_opts_delete;  /* at the source */
extern const struct mc_opt_group mc_opts_target;  /* where they go */
extern const struct mc_opt_group mc_opts_speed;   /* how they get there */
extern const struct mc_opt_group mc_opts_link;    /* by one connection */
extern const struct mc_opt_group mc_opts_pace;    /* and no faster */
extern const struct mc_opt_group mc_opts_tls;
extern const struct mc_opt_group mc_opts_target_tls;

/* How operands are written, for help. */
#define MC_FORMS_OF_SOURCE                                                     \
	"is pop3s://USER@HOST or imaps://USER@HOST[/MAILBOX] (pop3:// and "    \
	"imap:// where TLS begins by STLS or STARTTLS), or mail on this "      \
	"machine: a path whose kind is recognised, or mbox:PATH, "             \
	"maildir:PATH, mh:PATH, eml:PATH, thunderbird:PATH and more, which "   \
	"mailcart(1) lists."
#define MC_FORMS_OF_TARGET                                                     \
	"TARGET is imaps://USER@HOST (imap:// where TLS begins by STARTTLS), " \
	"or imaps://USER@HOST/MAILBOX: all below that mailbox."

#endif
