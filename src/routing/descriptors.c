#include "routing/descriptors.h"

#include "os/limit.h"

#include <unistd.h>

#define SYSTEM_SERVERS 3 /* resolv.conf has no more */

size_t routing_descriptors_workers(const struct conf *conf)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	size_t n = conf->workers ? conf->workers : cores > 0 ? (size_t)cores : 1;

	if (n > conf->delivery.total) /* each has a permit, and together they have no more */
		n = conf->delivery.total > 0 ? conf->delivery.total : 1;
	return n < ROUTING_DESCRIPTORS_WORKERS_MAX ? n : ROUTING_DESCRIPTORS_WORKERS_MAX;
}

struct schedule_descriptors_wish routing_descriptors_wish(const struct conf *conf)
{
	struct schedule_descriptors_wish w = { .workers = routing_descriptors_workers(conf),
					       .listeners = conf->n_listen,
					       .in = conf->limits.connections,
					       .out = conf->delivery.total };

	for (size_t i = 0; i < conf->n_resolver; i++)
		if (conf->resolver[i].server.channel == DNS_CHANNEL_EMBEDDED)
			w.validators++;
		else
			w.servers++;
	if (conf->n_resolver == 0)
		w.servers = SYSTEM_SERVERS;
	return w;
}

struct schedule_descriptors routing_descriptors_hold(struct conf *conf, uint64_t *have)
{
	const struct schedule_descriptors_wish wish = routing_descriptors_wish(conf);
	uint64_t need = schedule_descriptors_share(&wish, 0).need, there = UINT64_MAX;

	if (os_limit_raise(need, &there) != ERR_OK)
		there = UINT64_MAX;
	struct schedule_descriptors s = schedule_descriptors_share(&wish, there);
	conf->limits.connections = (unsigned)s.in;
	conf->delivery.total = (unsigned)s.out;
	*have = there;
	return s;
}
