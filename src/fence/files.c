/*
 * By the calls of the kernel themselves: the C library has none for them, and the header of
 * Debian 12 knows the first versions alone.  What a kernel does not know it would refuse, so each
 * right is asked for from the version on that has it.
 */
#include "fence/files.h"

#include "fence/sanitizer_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	SCOPE_ABI = 6,
	NET_ABI = 4,
	BIND_TCP = 1,
	SCOPES = 3,
	VERSION = 1,
	PATH_BENEATH = 1,
	NET_PORT
};

/* LANDLOCK_ACCESS_FS_...: a bit each, in the order of linux/landlock.h. */
enum right {
	EXECUTE,
	WRITE_FILE,
	READ_FILE,
	READ_DIR,
	REMOVE_DIR,
	REMOVE_FILE,
	MAKE_CHAR,
	MAKE_DIR,
	MAKE_REG,
	MAKE_SOCK,
	MAKE_FIFO,
	MAKE_BLOCK,
	MAKE_SYM,
	REFER,
	TRUNCATE,
	IOCTL_DEV,
	RIGHTS
};

#define BIT(right) (UINT64_C(1) << (right))
#define READING (BIT(READ_FILE) | BIT(READ_DIR))
#define OF_FILES (BIT(EXECUTE) | BIT(WRITE_FILE) | BIT(READ_FILE) | BIT(TRUNCATE) | BIT(IOCTL_DEV))

/* The rights that each version has; none beyond the last. */
static const unsigned known[] = { 0, MAKE_SYM + 1, REFER + 1, TRUNCATE + 1, TRUNCATE + 1, RIGHTS };

static const uint64_t reaches[] = {
	[FENCE_READ] = READING,
	[FENCE_REMOVE] = BIT(REMOVE_FILE),
	[FENCE_WRITE] = READING | BIT(WRITE_FILE) | BIT(TRUNCATE) | BIT(MAKE_REG) | BIT(MAKE_DIR) |
			BIT(REMOVE_FILE),
	[FENCE_RUN] = READING | BIT(EXECUTE),
};

/* struct landlock_ruleset_attr and the rules', as they are today. */
struct ruleset {
	uint64_t files, net, scoped;
};

struct net_port {
	uint64_t allowed, port;
};

struct path_beneath {
	uint64_t allowed;
	int32_t parent_fd;
} __attribute__((packed));

/* What the compiler has put into the program reads itself, or writes down where it has been. */
static const struct {
	const char *path;
	enum fence_reach reach;
} more[] = {
#if FENCE_SANITIZER
	{ "/proc", FENCE_READ },
	{ "/proc/self/exe", FENCE_READ },
#endif
#ifdef SIGNPOST_COVERAGE
	{ "/", FENCE_WRITE },
#endif
	{ "/dev/urandom", FENCE_READ }, /* and SQLite its numbers */
};

static uint64_t handled(unsigned abi)
{
	unsigned last = sizeof(known) / sizeof(known[0]) - 1;

	return BIT(known[abi < last ? abi : last]) - 1;
}

uint64_t fence_files_rights(unsigned abi, enum fence_reach reach)
{
	return reaches[reach] & handled(abi);
}

static int create(unsigned abi)
{
	const struct ruleset rules = { .files = handled(abi), .net = BIND_TCP, .scoped = SCOPES };
	size_t size = abi >= SCOPE_ABI ? sizeof(rules)
		      : abi >= NET_ABI ? offsetof(struct ruleset, scoped)
				       : offsetof(struct ruleset, net);

	return (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
}

/* What cannot be opened now is out of reach as it is. */
static enum err allow(int rules, unsigned abi, const char *path, enum fence_reach reach)
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	struct path_beneath rule = { fence_files_rights(abi, reach), fd };
	struct stat st;

	if (fd < 0)
		return ERR_OK;
	if (fstat(fd, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.allowed &= OF_FILES;
	long failed =
		rule.allowed ? syscall(SYS_landlock_add_rule, rules, PATH_BENEATH, &rule, 0) : 0;
	int saved = errno;
	(void)close(fd);
	errno = saved;
	return failed ? ERR_IO : ERR_OK;
}

/* A connection to a host has a port of its own that the kernel chooses: 0. */
static enum err allow_any_port(int rules, unsigned abi)
{
	const struct net_port rule = { .allowed = BIND_TCP, .port = 0 };

	if (abi < NET_ABI || syscall(SYS_landlock_add_rule, rules, NET_PORT, &rule, 0) == 0)
		return ERR_OK;
	return ERR_IO;
}

static enum err allow_all(int rules, unsigned abi, const struct fence_places *p)
{
	enum err e = allow_any_port(rules, abi);

	for (size_t i = 0; e == ERR_OK && i < sizeof(more) / sizeof(more[0]); i++)
		e = allow(rules, abi, more[i].path, more[i].reach);
	for (size_t i = 0; e == ERR_OK && i < p->n; i++)
		e = allow(rules, abi, p->at[i].path, p->at[i].reach);
	return e;
}

enum err fence_files_close(const struct fence_places *p, unsigned *abi)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, VERSION);

	*abi = 0;
	if (version <= 0)
		return ERR_OK;
	int rules = create((unsigned)version);
	if (rules < 0)
		return ERR_IO;
	enum err e = allow_all(rules, (unsigned)version, p);
	if (e == ERR_OK && syscall(SYS_landlock_restrict_self, rules, 0) < 0)
		e = ERR_IO;
	int saved = errno;
	(void)close(rules);
	errno = saved;
	if (e == ERR_OK)
		*abi = (unsigned)version;
	return e;
}
