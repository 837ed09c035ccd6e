/*
 * conf_parse() on any octets.  Seeds: src/conf/corpus/parse/.
 *
 * What must hold: whatever a text comes to, it comes to the same again (nothing
 * is left behind in the parser); a refusal is one line that begins with the
 * file and a line number; what is accepted has its lists within bounds, and can be
 * shown; of what is refused, the paths are absolute or refused as well.
 */
#include "conf/parse.h"

#include "conf/show.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { WHY_MAX = 1 << 16, RETRY_MAX = 32 };

static bool names_line(struct str why)
{
	struct str at, number;

	return str_starts(why, STR("/f/t.conf:")) && (at = str_skip(why, 10), true) &&
	       str_cut(&at, ':', &number) && str_u32(number, &(uint32_t){ 0 }) &&
	       str_starts(at, STR(" ")) && !str_has(why, '\n');
}

static bool same_server(const struct dns_server *a, const struct dns_server *b)
{
	return ip_port_eq(&a->at, &b->at) && a->channel == b->channel &&
	       strcmp(a->tls_name, b->tls_name) == 0 && a->n_tls_pin == b->n_tls_pin &&
	       memcmp(a->tls_pin, b->tls_pin, sizeof(a->tls_pin)) == 0 &&
	       a->tsig.n_secret == b->tsig.n_secret &&
	       memcmp(a->tsig.secret, b->tsig.secret, a->tsig.n_secret) == 0 &&
	       a->n_forward == b->n_forward;
}

static bool same(const struct conf *a, const struct conf *b)
{
	for (size_t i = 0; i < a->n_resolver && i < b->n_resolver; i++)
		if (!same_server(&a->resolver[i].server, &b->resolver[i].server))
			return false;
	return a->n_listen == b->n_listen && a->n_resolver == b->n_resolver &&
	       a->n_route == b->n_route && a->workers == b->workers &&
	       a->size_limit == b->size_limit && a->memory == b->memory &&
	       a->delivery.n_retry == b->delivery.n_retry &&
	       memcmp(a->delivery.retry_ms, b->delivery.retry_ms, sizeof(a->delivery.retry_ms)) ==
		       0 &&
	       memcmp(&a->limits, &b->limits, sizeof(a->limits)) == 0 &&
	       strcmp(a->hostname, b->hostname) == 0 && strcmp(a->user, b->user) == 0 &&
	       strcmp(a->queue_store, b->queue_store) == 0 &&
	       a->keep_failed_ms == b->keep_failed_ms &&
	       strcmp(a->control_path, b->control_path) == 0 &&
	       strcmp(a->dnssec.probe, b->dnssec.probe) == 0;
}

/* Every section and key of it has a name and, unless it is a list, a value. */
static bool can_be_shown(const struct conf *c)
{
	CLEANUP(conf_show_free) struct conf_shower *s = conf_show_new(c);
	size_t listeners = 0;

	for (const struct conf_show *k; s && (k = conf_show_next(s)) != NULL;) {
		listeners += !k->key && strcmp(k->section, "listen") == 0;
		if (k->key && !k->list && (k->n_value != 1 || !k->value[0]))
			return false;
	}
	return s && listeners == c->n_listen;
}

static bool paths_hold(struct str text)
{
	CLEANUP(conf_free) struct conf *c = NULL;
	enum err e = conf_parse_paths("/f/t.conf", text, &c);

	if (e != ERR_OK)
		return e == ERR_SYNTAX;
	return c->state_directory[0] == '/' && c->log_directory[0] == '/' &&
	       c->control_path[0] == '/';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str text = { (const char *)data, n };
	CLEANUP(buf_free) struct buf why = BUF_MAX(WHY_MAX);
	CLEANUP(buf_free) struct buf again_why = BUF_MAX(WHY_MAX);
	CLEANUP(conf_free) struct conf *c = NULL;
	CLEANUP(conf_free) struct conf *again = NULL;

	enum err e = conf_parse("/f/t.conf", text, &c, &why);
	if (conf_parse("/f/t.conf", text, &again, &again_why) != e)
		abort();
	if (!str_eq(buf_str(&why), buf_str(&again_why)))
		abort();
	if (e != ERR_OK && (e != ERR_SYNTAX || !names_line(buf_str(&why))))
		abort();
	if (e == ERR_OK && (!same(c, again) || c->n_listen == 0 || c->delivery.n_retry == 0 ||
			    c->delivery.n_retry > RETRY_MAX))
		abort();
	if (e == ERR_OK ? !can_be_shown(c) : !paths_hold(text))
		abort();
	return 0;
}
