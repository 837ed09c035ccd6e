#include "fence/words.h"

void fence_words_calls(const struct fence_calls_result *r, struct buf *out)
{
	switch (r->kind) {
	case FENCE_CALLS_CLOSED:
		buf_addf(out, "system calls: %zu are left, by seccomp", r->n);
		return;
	case FENCE_CALLS_NO_KERNEL:
		buf_add(out, STR("system calls: any: this kernel has no seccomp filter"));
		return;
	case FENCE_CALLS_NO_LIBRARY:
		buf_add(out, STR("system calls: any: it was built without libseccomp"));
		return;
	}
}
