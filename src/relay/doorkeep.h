/*
 * Certificates are renewed by other programs: their files are looked at again and again, and
 * read anew when they have changed.  What cannot be used changes nothing, and is told once.
 */
#ifndef RELAY_DOORKEEP_H
#define RELAY_DOORKEEP_H

#include "loop/loop.h"
#include "relay/doors.h"
#include "routing/settings.h"

struct relay_doorkeep;

struct relay_doorkeep_conf {
	struct loop *loop;
	struct routing_settings *const *settings; /* those in force, at any time */
	struct relay_doors **doors;               /* likewise; replaced, and held, here */
	struct tls_tickets *tickets;
	void (*renewed)(void *arg); /* *doors are others */
	void *arg;
};

/* NULL: out of memory. */
struct relay_doorkeep *relay_doorkeep_new(const struct relay_doorkeep_conf *conf) MUST_USE;
void relay_doorkeep_free(struct relay_doorkeep **k);

/*
 * The files were read by somebody else, and are in force: stamp is that of before they were read
 * (relay_doors_stamp()).
 */
void relay_doorkeep_know(struct relay_doorkeep *k, uint64_t stamp);

#endif
