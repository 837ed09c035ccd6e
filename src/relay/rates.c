#include "relay/rates.h"

#include "base/list.h"
#include "os/clock.h"
#include "schedule/rate.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct relay_rate {
	struct list link;
	char *domain; /* its route's */
	pthread_mutex_t mutex;
	struct schedule_rate rate;
	struct schedule_turnstile stile[]; /* of each worker; touched by that alone */
};

struct relay_rates {
	pthread_mutex_t mutex;
	struct list all; /* struct relay_rate; none goes before the process does */
	size_t n_workers;
};

static bool take(void *arg, int64_t now, int64_t *next_ms)
{
	struct relay_rate *r = arg;

	(void)pthread_mutex_lock(&r->mutex);
	bool taken = schedule_rate_take(&r->rate, now, next_ms);
	(void)pthread_mutex_unlock(&r->mutex);
	return taken;
}

static void give(void *arg, bool sent)
{
	struct relay_rate *r = arg;

	(void)pthread_mutex_lock(&r->mutex);
	schedule_rate_give(&r->rate, os_clock_mono(), sent);
	(void)pthread_mutex_unlock(&r->mutex);
}

static const struct schedule_turnstile_ops ops = { take, give };

struct relay_rates *relay_rates_new(size_t n_workers)
{
	struct relay_rates *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	(void)pthread_mutex_init(&r->mutex, NULL);
	list_init(&r->all);
	r->n_workers = n_workers;
	return r;
}

static void free_one(struct relay_rate *r)
{
	schedule_rate_clear(&r->rate);
	(void)pthread_mutex_destroy(&r->mutex);
	free(r->domain);
	free(r);
}

void relay_rates_free(struct relay_rates **rp)
{
	struct relay_rates *r = *rp;
	struct list *link;

	*rp = NULL;
	if (!r)
		return;
	while ((link = list_shift(&r->all)) != NULL)
		free_one(CONTAINER_OF(link, struct relay_rate, link));
	(void)pthread_mutex_destroy(&r->mutex);
	free(r);
}

static struct relay_rate *make(const struct relay_rates *all, const char *domain)
{
	struct relay_rate *r = calloc(1, sizeof(*r) + all->n_workers * sizeof(r->stile[0]));

	if (!r)
		return NULL;
	(void)pthread_mutex_init(&r->mutex, NULL);
	list_init(&r->link);
	for (size_t i = 0; i < all->n_workers; i++)
		schedule_turnstile_init(&r->stile[i], &ops, r);
	r->domain = strdup(domain);
	if (r->domain)
		return r;
	free_one(r);
	return NULL;
}

/* Under the mutex. */
static struct relay_rate *find(const struct relay_rates *all, const char *domain)
{
	for (struct list *at = all->all.next; at != &all->all; at = at->next) {
		struct relay_rate *r = CONTAINER_OF(at, struct relay_rate, link);
		if (strcmp(r->domain, domain) == 0)
			return r;
	}
	return NULL;
}

static struct relay_rate *find_or_make(struct relay_rates *all, const char *domain)
{
	struct relay_rate *r = find(all, domain);

	if (r)
		return r;
	r = make(all, domain);
	if (r)
		list_add(&all->all, &r->link);
	return r;
}

static enum err limit_one(struct relay_rates *all, const struct conf_route *via)
{
	struct relay_rate *r = find_or_make(all, via->domain);

	if (!r)
		return ERR_NOMEM;
	(void)pthread_mutex_lock(&r->mutex);
	enum err e = schedule_rate_limit(&r->rate, via->rate.n, via->rate.window_ms);
	(void)pthread_mutex_unlock(&r->mutex);
	return e;
}

enum err relay_rates_limit(struct relay_rates *r, const struct conf *conf)
{
	enum err e = ERR_OK;

	(void)pthread_mutex_lock(&r->mutex);
	for (size_t i = 0; e == ERR_OK && i < conf->n_route; i++)
		if (conf->route[i].rate.n)
			e = limit_one(r, &conf->route[i]);
	(void)pthread_mutex_unlock(&r->mutex);
	return e;
}

struct schedule_turnstile *relay_rates_turnstile(struct relay_rates *all,
						 const struct conf_route *via, unsigned worker)
{
	if (!via || via->rate.n == 0)
		return NULL;
	(void)pthread_mutex_lock(&all->mutex);
	struct relay_rate *r = find(all, via->domain);
	(void)pthread_mutex_unlock(&all->mutex);
	if (!r)
		abort(); /* it is told before any worker knows of via */
	schedule_turnstile_ask(&r->stile[worker]);
	return &r->stile[worker];
}
