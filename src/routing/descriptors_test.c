#include "routing/descriptors.h"

#include "base/test.h"

#include <stdlib.h>
#include <sys/resource.h>

static struct conf_resolver resolvers[] = { { .server = { .channel = DNS_CHANNEL_UDP } },
					    { .server = { .channel = DNS_CHANNEL_EMBEDDED } },
					    { .server = { .channel = DNS_CHANNEL_TLS } } };

static struct conf conf_with(size_t n_resolver)
{
	return (struct conf){ .workers = 2,
			      .n_listen = 1,
			      .resolver = resolvers,
			      .n_resolver = n_resolver,
			      .limits = { .connections = 1000 },
			      .delivery = { .total = 2000 } };
}

static void wishes(void)
{
	struct conf conf = conf_with(3);
	struct schedule_descriptors_wish w = routing_descriptors_wish(&conf);

	CHECK_INT("as configured", w.workers == 2 && w.listeners == 1, 1);
	CHECK_INT("connections", w.in == 1000 && w.out == 2000, 1);
	CHECK_INT("servers and validators", w.servers == 2 && w.validators == 1, 1);
	conf = conf_with(0);
	w = routing_descriptors_wish(&conf);
	CHECK_INT("those of resolv.conf", w.servers == 3 && w.validators == 0, 1);
	conf.workers = 0;
	CHECK_INT("one a core", routing_descriptors_workers(&conf) > 0, 1);
	conf.workers = 1000;
	CHECK_INT("not without end", (long long)routing_descriptors_workers(&conf), 256);
	conf.delivery.total = 3;
	CHECK_INT("a permit for each", (long long)routing_descriptors_workers(&conf), 3);
}

/* As root the hard limit is no bound: then all is as wished. */
static void holds(void)
{
	struct rlimit limit = { .rlim_cur = 100, .rlim_max = 1024 };
	struct conf conf = conf_with(1);
	uint64_t have = 0;

	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		exit(1);
	struct schedule_descriptors s = routing_descriptors_hold(&conf, &have);
	CHECK_INT("as far as it goes", have == 1024 || have == s.need, 1);
	CHECK_INT("lowered", s.lowered, have < s.need);
	CHECK_INT("in", conf.limits.connections, have < s.need ? 297 : 1000);
	CHECK_INT("out", conf.delivery.total, have < s.need ? 595 : 2000);
}

int main(void)
{
	wishes();
	holds();
	return TEST_EXIT();
}
