/* SPDX-License-Identifier: MIT */
#include "cmd/confine.h"

#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <seccomp.h>

/* What no command needs. */
static const int never[] = {
#ifndef MC_SANITIZED /* the search for leaks stops its own threads so */
	SCMP_SYS(ptrace),
#endif
	SCMP_SYS(process_vm_readv),
	SCMP_SYS(process_vm_writev),
	SCMP_SYS(pidfd_getfd),
	SCMP_SYS(kcmp),
	/* Of the kernel and its settings. */
	SCMP_SYS(bpf),
	SCMP_SYS(perf_event_open),
	SCMP_SYS(userfaultfd),
	SCMP_SYS(io_uring_setup), /* its calls are seen by no filter */
	SCMP_SYS(init_module),
	SCMP_SYS(finit_module),
	SCMP_SYS(delete_module),
	SCMP_SYS(kexec_load),
	SCMP_SYS(kexec_file_load),
	SCMP_SYS(reboot),
	SCMP_SYS(swapon),
	SCMP_SYS(swapoff),
	SCMP_SYS(acct),
	SCMP_SYS(quotactl),
	SCMP_SYS(settimeofday),
	SCMP_SYS(clock_settime),
	SCMP_SYS(sethostname),
	SCMP_SYS(setdomainname),
	/* Keys that others of this user keep in the kernel. */
	SCMP_SYS(keyctl),
	SCMP_SYS(add_key),
	SCMP_SYS(request_key),
	/* Of what files are where. */
	SCMP_SYS(mount),
	SCMP_SYS(umount2),
	SCMP_SYS(pivot_root),
	SCMP_SYS(chroot),
	SCMP_SYS(unshare),
	SCMP_SYS(setns),
	SCMP_SYS(open_by_handle_at),
	/* Of who we are. */
	SCMP_SYS(setuid),
	SCMP_SYS(setgid),
	SCMP_SYS(setreuid),
	SCMP_SYS(setregid),
	SCMP_SYS(setresuid),
	SCMP_SYS(setresgid),
	SCMP_SYS(setgroups),
	SCMP_SYS(capset),
	/* We are a client. */
	SCMP_SYS(listen),
	SCMP_SYS(accept),
	SCMP_SYS(accept4),
};

static const int of_network[] = { SCMP_SYS(socket), SCMP_SYS(connect) };

static const int of_children[] = { SCMP_SYS(execve), SCMP_SYS(execveat) };

enum {
	NEVER = sizeof(never) / sizeof(never[0]),
	OF_NETWORK = sizeof(of_network) / sizeof(of_network[0]),
	OF_CHILDREN = sizeof(of_children) / sizeof(of_children[0]),
};

void mc_confine_cores(void)
{
	/* Of 1 octet, which is too small for any: 0 would not keep a core
	 * from a program that core_pattern names. */
	const struct rlimit limits = { 1, 1 };

	(void)setrlimit(RLIMIT_CORE, &limits);
	/* Where the limit was 0 already, 1 is refused.  This also keeps out
	 * others of this user, who could read the memory instead. */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* A call that this machine does not have cannot be made either. */
static void refuse(scmp_filter_ctx filter, const int *calls, size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)seccomp_rule_add(
			filter, SCMP_ACT_ERRNO(EPERM), calls[i], 0);
}

/* Puts words into the terminal as if they had been typed. */
static void refuse_typing(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp typing =
		SCMP_A1(SCMP_CMP_MASKED_EQ, UINT32_MAX, TIOCSTI);

	(void)seccomp_rule_add_array(
		filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ioctl), 1, &typing);
}

static bool has_account(const struct mc_request *req)
{
	bool found = req->target;

	for (size_t i = 0; i < req->sources_n; i++)
		found |= mc_endpoint_is_remote(&req->sources[i]);
	return found;
}

static bool has_store(const struct mc_request *req)
{
	bool found = false;

	for (size_t i = 0; i < req->sources_n; i++)
		found |= !mc_endpoint_is_remote(&req->sources[i]);
	return found;
}

void mc_confine(const struct mc_request *req)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);

	if (!filter)
		return;
	(void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	refuse(filter, never, NEVER);
	refuse_typing(filter);
	if (!has_account(req))
		refuse(filter, of_network, OF_NETWORK);
	if (!has_store(req))
		refuse(filter, of_children, OF_CHILDREN);
	/* It also takes the right to new privileges from all threads. */
	(void)seccomp_load(filter);
	seccomp_release(filter);
}
