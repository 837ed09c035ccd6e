/* What the kernel says that is left, after each step. */
#include "os/confine.h"

#include "base/test.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The value of a field of /proc/self/status, a number to that base. */
static unsigned long long field(const char *name, int base)
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[256];
	unsigned long long value = ~0ULL;

	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':')
			value = strtoull(line + strlen(name) + 1, NULL, base);
	if (f)
		(void)fclose(f);
	return value;
}

/* Whether there is something to be taken: root in a container may have lost it before. */
static void bound(void)
{
	errno = 0;
	enum err e = os_confine_bound();

	if (e == ERR_OK)
		CHECK_INT("bounding set", (long long)field("CapBnd", 16), 0);
	else
		CHECK_INT("who may not", e == ERR_IO && errno == EPERM, 1);
}

static void confined(const char *who)
{
	CHECK_INT(who, os_confine(), ERR_OK);
	CHECK_INT(who, (long long)field("NoNewPrivs", 10), 1);
	CHECK_INT(who, (long long)field("CapInh", 16), 0);
	CHECK_INT(who, (long long)field("CapAmb", 16), 0);
	CHECK_INT(who, geteuid() == 0 || field("CapPrm", 16) == 0, 1);
	CHECK_INT(who, geteuid() == 0 || field("CapEff", 16) == 0, 1);
}

/* A program with a sanitizer stays as it was (confine.c). */
static void core(void)
{
	struct rlimit limit = { 1, 1 };

	CHECK_INT("core", os_confine_core(), ERR_OK);
	CHECK_INT("its size", getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_max == 0, 1);
#ifndef __SANITIZE_ADDRESS__
	CHECK_INT("none at all", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
#endif
}

/* As a unit of systemd has it that lists no privileged call: SystemCallFilter=~@privileged. */
static void take_capset(void)
{
	struct sock_filter rules[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_capset, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { COUNT_OF(rules), rules };

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) < 0)
		CHECK_INT("this kernel has no filter", errno == EINVAL || errno == ENOSYS, 1);
}

int main(void)
{
	bound();
	confined("who runs the tests");
	if (geteuid() == 0 && setresuid(65534, 65534, 65534) == 0)
		confined("nobody");
	confined("once more");
	if (field("CapPrm", 16) == 0) {
		take_capset();
		confined("where there is nothing to be taken, and no call for it");
	}
	core();
	return TEST_EXIT();
}
