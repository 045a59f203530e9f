/* SPDX-License-Identifier: MIT
 * fault: a library that is loaded before the program (LD_PRELOAD) and makes its
 * nth call fail.
 *
 *   FAULT_KIND   disk    open to write, write, pwrite, fsync, fdatasync,
 *                        ftruncate, rename, link, mkdir and their like: of
 *                        files
 *                read    open to read, read, pread: of files
 *                net     connect, send, recv, sendmsg, recvmsg
 *                memory  malloc, calloc, realloc, reallocarray and their like
 *   FAULT_AT     n: this call fails, whoever makes it; 0: none does
 *   FAULT_ON     set: and all of that kind that follow
 *   FAULT_ERRNO  with which number (else ENOSPC, EIO, ECONNRESET, ENOMEM);
 *                0: none, it moves one octet only
 *   FAULT_DIES   set: it does not fail, the program is gone, as by a kill
 *   FAULT_CLOCK  seconds by which the clock of the day is wrong
 *   FAULT_TOLD   a file of 32 octets, in which stands, as it becomes known: how
 *                many such calls there were, how many failed, and how many
 *                allocations are not freed yet
 *   FAULT_WAYS   a file to which is added, as an int64_t each, which calls for
 *                memory were the first to be made from where they were made, by
 *                the way that led there (the stack is a new one)
 *
 * What libseccomp 2.5 asks for is given: without memory it crashes, at the start
 * of a run and before anything was touched; and what setlocale() asks for, which
 * then loses memory of its own.
 *
 * Calls of all threads are counted together, so that the nth is not always the
 * same one. */
#include <assert.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* Behind malloc stands the C library's, or the sanitizer's that is loaded. */
#define BELOW(type, name, ...)                                                 \
	extern type __libc_##name(__VA_ARGS__);                                \
	extern type __interceptor_##name(__VA_ARGS__) __attribute__((weak));
BELOW(void *, malloc, size_t)
BELOW(void *, calloc, size_t, size_t)
BELOW(void *, realloc, void *, size_t)
BELOW(void *, memalign, size_t, size_t)
BELOW(void, free, void *)
#define CALL_BELOW(name, ...)                                                  \
	(__interceptor_##name ? __interceptor_##name(__VA_ARGS__)              \
			      : __libc_##name(__VA_ARGS__))

enum { DIED = 98, DEPTH = 64, WAYS = 1 << 17 };
enum kind { NONE, DISK, READ, NET, MEMORY };

struct told {
	_Atomic int64_t calls;
	_Atomic int64_t failed;
	_Atomic int64_t live;
	_Atomic int64_t most;
};

static struct {
	enum kind kind;
	int64_t at;
	bool on;
	bool dies;
	int error;
	time_t clock;
	struct told *told;
	int ways; /* a file, or 0 */
} fault;
static struct told nobody;
static _Thread_local bool spared;

/* The C library's wants memory to say what is not so, and says nothing without. */
void __assert_fail(
	const char *what, const char *file, unsigned line, const char *function)
{
	char text[512];
	int n = snprintf(text, sizeof(text), "%s:%u: %s: assert(%s)\n", file,
		line, function, what);

	if (n > 0)
		(void)!write(STDERR_FILENO, text, strnlen(text, sizeof(text)));
	abort();
}

static enum kind kind_of(const char *name)
{
	static const char *const names[] = { "none", "disk", "read", "net",
		"memory" };

	for (int i = DISK; name && i <= MEMORY; i++)
		if (strcmp(name, names[i]) == 0)
			return (enum kind)i;
	return NONE;
}

static struct told *map(const char *path)
{
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *p;

	if (fd < 0)
		return &nobody;
	p = mmap(NULL, sizeof(struct told), PROT_READ | PROT_WRITE, MAP_SHARED,
		fd, 0);
	(void)close(fd);
	return p == MAP_FAILED ? &nobody : p;
}

#ifndef FAULT_NO_MEMORY
/* The first look at a stack loads a library. */
static int begin_ways(const char *path)
{
	void *frames[DEPTH];

	if (!path)
		return 0;
	(void)backtrace(frames, DEPTH);
	return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* Where the hash of a way stands, or is to stand. */
static uint64_t *place_of(uint64_t hash)
{
	static uint64_t known[WAYS];
	size_t i = hash % WAYS;

	while (known[i] != 0 && known[i] != hash)
		i = (i + 1) % WAYS;
	return &known[i];
}

static void note_way(int64_t n)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static size_t count;
	uint64_t hash = 14695981039346656037u;
	void *frames[DEPTH];
	uint64_t *place;
	int depth;

	spared = true;
	depth = backtrace(frames, DEPTH);
	spared = false;
	for (int i = 0; i < depth; i++)
		hash = (hash ^ (uintptr_t)frames[i]) * 1099511628211u;
	(void)pthread_mutex_lock(&lock);
	place = place_of(hash);
	if (*place == 0 && count < WAYS / 2) {
		count++;
		*place = hash;
		(void)syscall(SYS_write, fault.ways, &n, sizeof(n));
	}
	(void)pthread_mutex_unlock(&lock);
}
#endif

__attribute__((constructor)) static void begin(void)
{
	static const int usual[] = { 0, ENOSPC, EIO, ECONNRESET, ENOMEM };
	const char *at = getenv("FAULT_AT");
	const char *error = getenv("FAULT_ERRNO");
	const char *clock = getenv("FAULT_CLOCK");
	enum kind kind = kind_of(getenv("FAULT_KIND"));

#ifndef FAULT_NO_MEMORY
	fault.ways = begin_ways(getenv("FAULT_WAYS"));
#endif
	fault.told = map(getenv("FAULT_TOLD"));
	fault.at = at ? strtoll(at, NULL, 10) : 0;
	fault.on = getenv("FAULT_ON") != NULL;
	fault.dies = getenv("FAULT_DIES") != NULL;
	fault.error = error ? (int)strtol(error, NULL, 10) : usual[kind];
	fault.clock = clock ? (time_t)strtoll(clock, NULL, 10) : 0;
	fault.kind = kind;
}

/* Is this the one?  errno is set then. */
static bool strikes(enum kind kind)
{
	int64_t n;

	if (kind != fault.kind || spared)
		return false;
	n = atomic_fetch_add(&fault.told->calls, 1) + 1;
#ifndef FAULT_NO_MEMORY
	if (fault.ways > 0)
		note_way(n);
#endif
	if (fault.at == 0 || n < fault.at || (n > fault.at && !fault.on))
		return false;
	atomic_fetch_add(&fault.told->failed, 1);
	if (fault.dies)
		/* Nothing comes behind it. */
		(void)syscall(SYS_exit_group, DIED);
	errno = fault.error;
	return true;
}

static bool is_file(int fd)
{
	struct stat st;
	int before = errno;
	bool is = fault.kind != NONE && fstat(fd, &st) == 0 &&
		  S_ISREG(st.st_mode);

	errno = before;
	return is;
}

static bool is_socket(int fd)
{
	struct stat st;
	int before = errno;
	bool is = fault.kind == NET && fstat(fd, &st) == 0 &&
		  S_ISSOCK(st.st_mode);

	errno = before;
	return is;
}

/* The function behind this one, found once.  A pointer to a function cannot be
 * cast from one to data in C, but be copied. */
#define BEHIND(type, name)                                                     \
	static type(*_Atomic cached);                                          \
	type(*behind) = atomic_load(&cached);                                  \
	if (!behind) {                                                         \
		void *found = dlsym(RTLD_NEXT, name);                          \
		memcpy(&behind, &found, sizeof(found));                        \
		atomic_store(&cached, behind);                                 \
	}

/* A call that moves octets: fails, or moves one. */
#define MOVE(kind, yes, call)                                                  \
	if (n > 0 && (yes) && strikes(kind)) {                                 \
		if (fault.error != 0)                                          \
			return -1;                                             \
		n = 1;                                                         \
	}                                                                      \
	return call

typedef void *init_fn(uint32_t);
typedef void release_fn(void *);
typedef char *setlocale_fn(int, const char *);
typedef int getattr_fn(pthread_t, pthread_attr_t *);
typedef int clock_fn(clockid_t, struct timespec *);
typedef ssize_t write_fn(int, const void *, size_t);
typedef ssize_t read_fn(int, void *, size_t);
typedef ssize_t pwrite_fn(int, const void *, size_t, off_t);
typedef ssize_t pread_fn(int, void *, size_t, off_t);
typedef ssize_t send_fn(int, const void *, size_t, int);
typedef ssize_t recv_fn(int, void *, size_t, int);
typedef ssize_t sendmsg_fn(int, const struct msghdr *, int);
typedef ssize_t recvmsg_fn(int, struct msghdr *, int);
typedef int connect_fn(int, const struct sockaddr *, socklen_t);
typedef int fd_fn(int);
typedef int length_fn(int, off_t);
typedef int names_fn(const char *, const char *);
typedef int namesat_fn(int, const char *, int, const char *);
typedef int names2_fn(int, const char *, int, const char *, unsigned int);
typedef int mkdir_fn(const char *, mode_t);
typedef int mkdirat_fn(int, const char *, mode_t);
typedef int open_fn(const char *, int, ...);
typedef int openat_fn(int, const char *, int, ...);

int clock_gettime(clockid_t id, struct timespec *now)
{
	int rc;

	BEHIND(clock_fn, "clock_gettime")
	rc = behind(id, now);
	if (rc == 0 && id == CLOCK_REALTIME)
		now->tv_sec += fault.clock;
	return rc;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	struct timespec exact;
	int rc = clock_gettime(CLOCK_REALTIME, &exact);

	(void)zone;
	now->tv_sec = exact.tv_sec;
	now->tv_usec = exact.tv_nsec / 1000;
	return rc;
}

time_t time(time_t *out)
{
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME, &now) != 0)
		return -1;
	if (out)
		*out = now.tv_sec;
	return now.tv_sec;
}

/* From here to there libseccomp is at work. */
void *seccomp_init(uint32_t otherwise);
void *seccomp_init(uint32_t otherwise)
{
	BEHIND(init_fn, "seccomp_init")
	spared = true;
	return behind(otherwise);
}

void seccomp_release(void *filter);
void seccomp_release(void *filter)
{
	BEHIND(release_fn, "seccomp_release")
	behind(filter);
	spared = false;
}

char *setlocale(int category, const char *name)
{
	char *was;

	BEHIND(setlocale_fn, "setlocale")
	spared = true;
	was = behind(category, name);
	spared = false;
	return was;
}

/* A sanitizer asks at the start of each thread, and takes no refusal. */
int pthread_getattr_np(pthread_t thread, pthread_attr_t *out)
{
	int rc;

	BEHIND(getattr_fn, "pthread_getattr_np")
	spared = true;
	rc = behind(thread, out);
	spared = false;
	return rc;
}

ssize_t write(int fd, const void *p, size_t n)
{
	BEHIND(write_fn, "write")
	MOVE(DISK, is_file(fd), behind(fd, p, n));
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	BEHIND(pwrite_fn, "pwrite64")
	MOVE(DISK, is_file(fd), behind(fd, p, n, at));
}

ssize_t pwrite64(int fd, const void *p, size_t n, off_t at)
{
	BEHIND(pwrite_fn, "pwrite64")
	MOVE(DISK, is_file(fd), behind(fd, p, n, at));
}

ssize_t read(int fd, void *p, size_t n)
{
	BEHIND(read_fn, "read")
	MOVE(READ, is_file(fd), behind(fd, p, n));
}

ssize_t pread(int fd, void *p, size_t n, off_t at)
{
	BEHIND(pread_fn, "pread64")
	MOVE(READ, is_file(fd), behind(fd, p, n, at));
}

ssize_t pread64(int fd, void *p, size_t n, off_t at)
{
	BEHIND(pread_fn, "pread64")
	MOVE(READ, is_file(fd), behind(fd, p, n, at));
}

ssize_t send(int fd, const void *p, size_t n, int flags)
{
	BEHIND(send_fn, "send")
	MOVE(NET, is_socket(fd), behind(fd, p, n, flags));
}

ssize_t recv(int fd, void *p, size_t n, int flags)
{
	BEHIND(recv_fn, "recv")
	MOVE(NET, is_socket(fd), behind(fd, p, n, flags));
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	BEHIND(sendmsg_fn, "sendmsg")
	if (fault.error != 0 && is_socket(fd) && strikes(NET))
		return -1;
	return behind(fd, message, flags);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	BEHIND(recvmsg_fn, "recvmsg")
	if (fault.error != 0 && is_socket(fd) && strikes(NET))
		return -1;
	return behind(fd, message, flags);
}

int connect(int fd, const struct sockaddr *to, socklen_t n)
{
	BEHIND(connect_fn, "connect")
	if (fault.error != 0 && is_socket(fd) && strikes(NET))
		return -1;
	return behind(fd, to, n);
}

int fsync(int fd)
{
	BEHIND(fd_fn, "fsync")
	if (fault.error != 0 && strikes(DISK))
		return -1;
	return behind(fd);
}

int fdatasync(int fd)
{
	BEHIND(fd_fn, "fdatasync")
	if (fault.error != 0 && strikes(DISK))
		return -1;
	return behind(fd);
}

int syncfs(int fd)
{
	BEHIND(fd_fn, "syncfs")
	if (fault.error != 0 && strikes(DISK))
		return -1;
	return behind(fd);
}

int ftruncate(int fd, off_t n)
{
	BEHIND(length_fn, "ftruncate64")
	if (fault.error != 0 && is_file(fd) && strikes(DISK))
		return -1;
	return behind(fd, n);
}

int ftruncate64(int fd, off_t n)
{
	BEHIND(length_fn, "ftruncate64")
	if (fault.error != 0 && is_file(fd) && strikes(DISK))
		return -1;
	return behind(fd, n);
}

int rename(const char *from, const char *to)
{
	BEHIND(names_fn, "rename")
	if (fault.error != 0 && strikes(DISK))
		return -1;
	return behind(from, to);
}

int renameat(int from, const char *old, int to, const char *new)
{
	BEHIND(namesat_fn, "renameat")
	if (fault.error != 0 && strikes(DISK))
		return -1;
	return behind(from, old, to, new);
}

int renameat2(
	int from, const char *old, int to, const char *new, unsigned int flags)
{
	BEHIND(names2_fn, "renameat2")
	if (fault.error != 0 && strikes(DISK))
		return -1;
	return behind(from, old, to, new, flags);
}

int link(const char *from, const char *to)
{
	BEHIND(names_fn, "link")
	if (fault.error != 0 && strikes(DISK))
		return -1;
	return behind(from, to);
}

int mkdir(const char *path, mode_t mode)
{
	BEHIND(mkdir_fn, "mkdir")
	if (fault.error != 0 && strikes(DISK))
		return -1;
	return behind(path, mode);
}

int mkdirat(int dir, const char *path, mode_t mode)
{
	BEHIND(mkdirat_fn, "mkdirat")
	if (fault.error != 0 && strikes(DISK))
		return -1;
	return behind(dir, path, mode);
}

/* Is a file to be opened so refused?  Those of the system are not meant. */
static bool refuses(const char *path, int flags)
{
	static const char *const others[] = { "/proc/", "/sys/", "/dev/",
		"/etc/", "/usr/", "/lib" };
	bool writes = (flags & O_ACCMODE) != O_RDONLY || flags & O_CREAT;

	if (fault.error == 0)
		return false;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strncmp(path, others[i], strlen(others[i])) == 0)
			return false;
	return strikes(writes ? DISK : READ);
}

static mode_t mode_of(int flags, va_list *rest)
{
	return flags & (O_CREAT | __O_TMPFILE) ? va_arg(*rest, mode_t) : 0;
}

#define OPEN(name, behind_name)                                                \
	int name(const char *path, int flags, ...)                             \
	{                                                                      \
		va_list rest;                                                  \
		mode_t mode;                                                   \
		BEHIND(open_fn, behind_name)                                   \
		va_start(rest, flags);                                         \
		mode = mode_of(flags, &rest);                                  \
		va_end(rest);                                                  \
		return refuses(path, flags) ? -1 : behind(path, flags, mode);  \
	}
OPEN(open, "open64")
OPEN(open64, "open64")

#define OPENAT(name, behind_name)                                              \
	int name(int dir, const char *path, int flags, ...)                    \
	{                                                                      \
		va_list rest;                                                  \
		mode_t mode;                                                   \
		BEHIND(openat_fn, behind_name)                                 \
		va_start(rest, flags);                                         \
		mode = mode_of(flags, &rest);                                  \
		va_end(rest);                                                  \
		return refuses(path, flags) ? -1                               \
					    : behind(dir, path, flags, mode);  \
	}
OPENAT(openat, "openat64")
OPENAT(openat64, "openat64")

int __open_2(const char *path, int flags)
{
	return open64(path, flags);
}

int __open64_2(const char *path, int flags)
{
	return open64(path, flags);
}

/* ---- memory: in a library of its own, since all others are slower for it ---- */

#ifndef FAULT_NO_MEMORY
static void *count(void *p)
{
	struct told *told = fault.told;
	int64_t live;

	if (p && told) {
		live = atomic_fetch_add(&told->live, 1) + 1;
		if (live > atomic_load(&told->most))
			atomic_store(&told->most, live);
	}
	return p;
}

void *malloc(size_t n)
{
	return strikes(MEMORY) ? NULL : count(CALL_BELOW(malloc, n));
}

void *calloc(size_t n, size_t size)
{
	return strikes(MEMORY) ? NULL : count(CALL_BELOW(calloc, n, size));
}

void *realloc(void *p, size_t n)
{
	void *q;

	if (strikes(MEMORY))
		return NULL;
	q = CALL_BELOW(realloc, p, n);
	return p ? q : count(q);
}

void *reallocarray(void *p, size_t n, size_t size)
{
	if (size != 0 && n > SIZE_MAX / size) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(p, n * size);
}

int posix_memalign(void **out, size_t align, size_t n)
{
	void *p =
		strikes(MEMORY) ? NULL : count(CALL_BELOW(memalign, align, n));

	if (p)
		*out = p;
	return p ? 0 : ENOMEM;
}

void *aligned_alloc(size_t align, size_t n)
{
	return strikes(MEMORY) ? NULL : count(CALL_BELOW(memalign, align, n));
}

void *memalign(size_t align, size_t n);
void *memalign(size_t align, size_t n)
{
	return aligned_alloc(align, n);
}

void free(void *p)
{
	if (p && fault.told)
		atomic_fetch_sub(&fault.told->live, 1);
	CALL_BELOW(free, p);
}
#endif
