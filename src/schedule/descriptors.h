/*
 * The account of descriptors: how many connections there may be, in and out, so
 * that the store, the logs, the DNS and the control socket always have theirs.
 *
 * What is counted is a bound, not what is open: a server of the DNS may have all
 * its sockets in use, a log may be open twice while it is opened anew.
 */
#ifndef SCHEDULE_DESCRIPTORS_H
#define SCHEDULE_DESCRIPTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCHEDULE_DESCRIPTORS_CONTROL 16 /* commands at a time on the control socket */

struct schedule_descriptors_wish {
	uint64_t workers, listeners;
	uint64_t servers;    /* of the DNS, reached over the network */
	uint64_t validators; /* inside the process */
	uint64_t in, out;    /* connections, at least 1 each */
};

struct schedule_descriptors {
	uint64_t need;    /* for all of the wish */
	uint64_t in, out; /* connections, at most as wished, at least 1 */
	bool lowered;     /* fewer than wished */
};

/* What have descriptors are enough for. */
struct schedule_descriptors schedule_descriptors_share(const struct schedule_descriptors_wish *wish,
						       uint64_t have);

#endif
