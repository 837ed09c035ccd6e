/*
 * Capabilities by the calls of the kernel themselves: that is three lines, and
 * no library.
 */
#include "os/confine.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A sanitizer looks for leaks from a process of its own, by ptrace. */
#if defined(__SANITIZE_ADDRESS__)
#define DUMPABLE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define DUMPABLE 1
#endif
#endif
#ifndef DUMPABLE
#define DUMPABLE 0
#endif

enum err os_confine_bound(void)
{
	for (unsigned long capability = 0;; capability++) {
		if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0)
			continue;
		/* Past the last that this kernel knows. */
		return errno == EINVAL && capability > 0 ? ERR_OK : ERR_IO;
	}
}

/*
 * None is inherited; and none is left, but to root.  Where there is none the kernel is not asked:
 * whoever began this without any (a unit of systemd) may have taken capset() away, too.
 */
static enum err drop_capabilities(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };
	bool any = false;

	if (syscall(SYS_capget, &head, data) < 0)
		return ERR_IO;
	for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		any |= data[i].inheritable != 0;
		data[i].inheritable = 0;
		if (geteuid() == 0)
			continue;
		any |= (data[i].effective | data[i].permitted) != 0;
		data[i].effective = data[i].permitted = 0;
	}
	return any && syscall(SYS_capset, &head, data) < 0 ? ERR_IO : ERR_OK;
}

enum err os_confine(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return ERR_IO;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return ERR_IO;
	return drop_capabilities();
}

enum err os_confine_core(void)
{
	const struct rlimit none = { 0, 0 };

	/* A core that is piped to a program has no limit: that is the second's. */
	if (setrlimit(RLIMIT_CORE, &none) < 0 || prctl(PR_SET_DUMPABLE, DUMPABLE, 0, 0, 0) < 0)
		return ERR_IO;
	return ERR_OK;
}
