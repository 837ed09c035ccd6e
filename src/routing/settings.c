#include "routing/settings.h"

#include "base/text.h"
#include "conf/file.h"
#include "os/file.h"
#include "routing/resolver.h"
#include "tls/wallet.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CRITERIA_FILE_MAX (16u << 20)
#define WORDS_MAX (1u << 16) /* a path, whatever its length, and what is wrong with it */

/* The criteria file, or none where it is only the default's and is not there. */
static enum err read_criteria(struct routing_settings *s, struct buf *why)
{
	const struct conf *conf = s->conf;
	CLEANUP(buf_free) struct buf file = BUF_MAX(CRITERIA_FILE_MAX);

	if (!conf->dnssec.enabled)
		return ERR_OK;
	enum err e = os_file_read(conf->dnssec.criteria, &file);
	if (e == ERR_IO && errno == ENOENT && !conf->dnssec.criteria_given)
		return ERR_OK;
	if (e != ERR_OK) {
		conf_file_refuse_criteria(why, conf, e);
		return e;
	}
	return criteria_parse(buf_str(&file), str_of(conf->dnssec.criteria_name), &s->criteria,
			      why);
}

bool routing_settings_lost(const struct routing_settings *before,
			   const struct routing_settings *now)
{
	return before->criteria && criteria_count(before->criteria) > 0 && !now->criteria &&
	       now->conf->dnssec.enabled;
}

static struct schedule_retry schedule_of(const struct conf_delivery *how)
{
	size_t n = how->n_retry < SCHEDULE_RETRY_MAX ? how->n_retry : SCHEDULE_RETRY_MAX;
	struct schedule_retry out = { .n_retry = n,
				      .lifetime_ms = how->lifetime_ms,
				      .warn_after_ms = how->warn_after_ms };

	memcpy(out.retry_ms, how->retry_ms, n * sizeof(int64_t));
	return out;
}

static enum err read_schedules(struct routing_settings *s)
{
	const struct conf *conf = s->conf;

	s->schedule = schedule_of(&conf->delivery);
	s->of_route = calloc(conf->n_route + 1, sizeof(*s->of_route));
	for (size_t i = 0; s->of_route && i < conf->n_route; i++)
		s->of_route[i] = schedule_of(&conf->route[i].delivery);
	return s->of_route ? ERR_OK : ERR_NOMEM;
}

const struct schedule_retry *routing_settings_schedule(const struct routing_settings *s,
						       const struct conf_delivery *how)
{
	for (size_t i = 0; i < s->conf->n_route; i++)
		if (how == &s->conf->route[i].delivery)
			return &s->of_route[i];
	return &s->schedule;
}

int64_t routing_settings_latest(const struct routing_settings *s, int64_t now_wall_ms)
{
	int64_t latest = schedule_retry_latest(&s->schedule, now_wall_ms);

	for (size_t i = 0; i < s->conf->n_route; i++) {
		int64_t other = schedule_retry_latest(&s->of_route[i], now_wall_ms);
		latest = other > latest ? other : latest;
	}
	return latest;
}

/* All that is wrong is told, so what is read goes on; what was wrong first counts. */
static enum err first(enum err before, enum err e)
{
	return before == ERR_OK ? e : before;
}

/* A resolver that cannot be had is found out here, before anything of the new is in force. */
static enum err check_resolver(const struct routing_settings *s, struct buf *why)
{
	struct resolve_conf unused;

	return routing_resolver_conf(s->conf, &unused, why);
}

static struct routing_settings_tls *find_tls(const struct routing_settings *s, const char *ca_file)
{
	for (size_t i = 0; i < s->n_tls; i++)
		if (strcmp(s->tls[i].ca_file, ca_file) == 0)
			return &s->tls[i];
	return NULL;
}

const struct tls_config *routing_settings_tls(const struct routing_settings *s,
					      const struct conf_delivery *how)
{
	const struct routing_settings_tls *t = find_tls(s, how->tls_ca_file);

	return t ? t->config : NULL;
}

/* What one section says: delivery, where title is NULL, or a route. */
static enum err read_tls(struct routing_settings *s, const struct conf_delivery *how,
			 const char *title, struct buf *why)
{
	CLEANUP(buf_free) struct buf words = BUF_MAX(WORDS_MAX);
	const char *file = how->tls_ca_file;

	if (find_tls(s, file))
		return ERR_OK;
	struct routing_settings_tls *t = &s->tls[s->n_tls];
	enum err e = tls_config_client(file[0] ? file : NULL, &t->config, &words);
	if (e == ERR_OK) {
		tls_wallet_use(t->config);
		t->ca_file = file;
		s->n_tls++;
	} else if (e == ERR_IO) {
		conf_given_where(why, &s->conf->given, title ? "route" : "delivery", title,
				 "tls-ca-file");
		buf_add(why, STR("tls-ca-file: "));
		text_escape(why, buf_str(&words));
	}
	return e;
}

/* A CA file that is none is found out before anything of the new is in force. */
static enum err read_all_tls(struct routing_settings *s, struct buf *why)
{
	const struct conf *conf = s->conf;

	s->tls = calloc(conf->n_route + 1, sizeof(*s->tls));
	if (!s->tls)
		return ERR_NOMEM;
	enum err e = read_tls(s, &conf->delivery, NULL, why);
	for (size_t i = 0; e != ERR_NOMEM && i < conf->n_route; i++) {
		const struct conf_route *r = &conf->route[i];
		if (strcmp(r->delivery.tls_ca_file, conf->delivery.tls_ca_file) == 0)
			continue;
		text_line(why);
		e = first(e, read_tls(s, &r->delivery, r->title, why));
	}
	return e;
}

enum err routing_settings_read(struct conf *conf, struct routing_settings **out, struct buf *why)
{
	struct routing_settings *s = calloc(1, sizeof(*s));

	if (!s) {
		conf_free(&conf);
		return ERR_NOMEM;
	}
	atomic_init(&s->holders, 1);
	s->conf = conf;
	enum err e = read_schedules(s);
	if (e == ERR_OK)
		e = check_resolver(s, why);
	text_line(why);
	if (e != ERR_NOMEM)
		e = first(e, read_all_tls(s, why));
	text_line(why);
	if (e != ERR_NOMEM)
		e = first(e, read_criteria(s, why));
	if (e != ERR_OK) {
		routing_settings_drop(&s);
		return e;
	}
	*out = s;
	return ERR_OK;
}

struct routing_settings *routing_settings_hold(struct routing_settings *s)
{
	(void)atomic_fetch_add_explicit(&s->holders, 1, memory_order_relaxed);
	return s;
}

void routing_settings_drop(struct routing_settings **sp)
{
	struct routing_settings *s = *sp;

	*sp = NULL;
	if (!s || atomic_fetch_sub_explicit(&s->holders, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < s->n_tls; i++)
		tls_config_free(&s->tls[i].config);
	free(s->tls);
	criteria_free(&s->criteria);
	conf_free(&s->conf);
	free(s->of_route);
	free(s);
}

enum route_service routing_settings_service(const struct criterion *k,
					    enum routing_settings_author author)
{
	if (!k || k->modifier->service == CRITERIA_OFF)
		return ROUTE_OFF;
	if (k->modifier->service == CRITERIA_REQUIRED && author == ROUTING_SETTINGS_OTHERS)
		return ROUTE_REQUIRED;
	return ROUTE_REQUESTED;
}

enum route_dane routing_settings_dane(const struct criterion *k,
				      enum routing_settings_author author)
{
	return k && k->modifier->dane && author == ROUTING_SETTINGS_OTHERS ? ROUTE_DANE_DEMANDED
									   : ROUTE_DANE_USED;
}
