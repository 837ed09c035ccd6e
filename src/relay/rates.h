/*
 * The rates of static routes: one of each for all threads, and a turnstile to it for each worker.
 *
 * A rate is known by its route's domain and outlives settings: a reload that names the route
 * again, with the same rate or another, forgets nothing that was sent.  What the
 * configuration no longer names stays, unused, until the process ends.
 */
#ifndef RELAY_RATES_H
#define RELAY_RATES_H

#include "conf/conf.h"
#include "schedule/pace.h"

struct relay_rates;

/* NULL: out of memory. */
struct relay_rates *relay_rates_new(size_t n_workers) MUST_USE;

/* No delivery is under way any more.  Sets to NULL. */
void relay_rates_free(struct relay_rates **r);

/*
 * The limits that conf has are in force from here on, on all threads.  From the main thread, before
 * a worker is told of conf.  ERR_NOMEM: of some.
 */
enum err relay_rates_limit(struct relay_rates *r, const struct conf *conf) MUST_USE;

/*
 * That worker's way to the rate of a route that relay_rates_limit() was told of, asked anew by
 * whoever calls; NULL: via is NULL or has no rate.
 */
struct schedule_turnstile *relay_rates_turnstile(struct relay_rates *r,
						 const struct conf_route *via, unsigned worker);

#endif
