/*
 * All that is not a connection of mail comes first, whole.  What is left of too few
 * is shared between in and out as the wishes are to each other.
 */
#include "schedule/descriptors.h"

/*
 * Standard streams; the store with its log, lock and reserve, and a reader of it; a
 * loop and a mailbox; and some that a library may want for a moment.
 */
#define PROCESS 32

/* Loop and mailbox; directory, three logs, and one of each while they are opened anew, in turn. */
#define WORKER 12

#define LISTENER 2   /* and who is refused has one for a moment */
#define SERVER 28    /* resolve's sockets for one, lone ones, those being replaced, a connection */
#define VALIDATOR 64 /* its own sockets to the world */

static uint64_t fixed(const struct schedule_descriptors_wish *w)
{
	uint64_t worker =
		WORKER + w->listeners * LISTENER + w->servers * SERVER + w->validators * VALIDATOR;

	return PROCESS + SCHEDULE_DESCRIPTORS_CONTROL + w->workers * worker;
}

struct schedule_descriptors schedule_descriptors_share(const struct schedule_descriptors_wish *wish,
						       uint64_t have)
{
	uint64_t first = fixed(wish), mail = wish->in + wish->out;
	struct schedule_descriptors s = { .need = first + mail, .in = wish->in, .out = wish->out };

	if (have >= s.need)
		return s;
	uint64_t left = have > first ? have - first : 0;
	s.lowered = true;
	s.in = left * wish->in / mail;
	if (s.in == 0)
		s.in = 1;
	s.out = left > s.in ? left - s.in : 1;
	return s;
}
