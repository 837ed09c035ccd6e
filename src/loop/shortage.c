/*
 * Under load a shortage comes and goes many times a second, as each descriptor
 * that is closed is taken at once: so it is over only when it has not been met
 * for LOOP_SHORTAGE_CALM_MS.
 */
#include "loop/shortage.h"

#include <errno.h>

/*
 * What is neither named here nor expected (a socket that is none any more) waits as
 * well: to try at once again would keep a core busy and fill the log.
 */
enum loop_accept loop_shortage_judge(int error)
{
	switch (error) {
	case EAGAIN:
		return LOOP_ACCEPT_NONE;
	case EINTR:
	case ECONNABORTED:
	case EPERM: /* a firewall's word */
	/* Of the connection, not of the listener: accept(2), "Error handling". */
	case EPROTO:
	case ENOPROTOOPT:
	case EOPNOTSUPP:
	case ENETDOWN:
	case ENETUNREACH:
	case EHOSTDOWN:
	case EHOSTUNREACH:
	case ENONET:
		return LOOP_ACCEPT_NEXT;
	}
	return LOOP_ACCEPT_WAIT;
}

bool loop_shortage_met(struct loop_shortage *s, int64_t now)
{
	bool is_new = !s->said;

	*s = (struct loop_shortage){ .said = true, .look_at = now + LOOP_SHORTAGE_RETRY_MS };
	return is_new;
}

bool loop_shortage_passed(struct loop_shortage *s, int64_t now)
{
	if (!s->said)
		return false;
	if (!s->calm) {
		s->calm = true;
		s->look_at = now + LOOP_SHORTAGE_CALM_MS;
	} else if (now >= s->look_at) {
		*s = (struct loop_shortage){ .said = false };
		return true;
	}
	return false;
}
