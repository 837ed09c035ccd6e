#include "relay/ration.h"

bool relay_ration_take(struct relay_ration *r, int64_t now)
{
	if (r->told == 0 || now >= relay_ration_ends(r))
		*r = (struct relay_ration){ .began = now };
	if (r->told == RELAY_RATION_MOST)
		return false;
	r->told++;
	return true;
}

int64_t relay_ration_ends(const struct relay_ration *r)
{
	return r->began + RELAY_RATION_MS;
}
