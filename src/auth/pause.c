#include "auth/pause.h"

#include <limits.h>

#define FIRST_MS 500
#define LAST_MS 8000

void auth_pause_wrong(struct auth_pause *p, int64_t now)
{
	if (p->wrong && now - p->last >= AUTH_PAUSE_FORGET_MS)
		p->wrong = 0;
	if (p->wrong < UINT_MAX)
		p->wrong++;
	p->last = now;
}

int64_t auth_pause_ms(unsigned wrong)
{
	int64_t ms = FIRST_MS;

	for (unsigned i = 1; i < wrong && ms < LAST_MS; i++)
		ms *= 2;
	return wrong == 0 ? 0 : ms;
}
