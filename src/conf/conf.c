/*
 * A configuration's end.
 */
#include "conf/conf_priv.h"
#include "conf/given_priv.h"

#include <stdlib.h>
#include <string.h>

void conf_listen_clear(struct conf_listen *l)
{
	free(l->text);
	free(l->path);
	free(l->group);
	free(l->relay_from);
	free(l->tls_certificate);
	free(l->tls_key);
	free(l->auth_file);
}

static void clear_delivery(struct conf_delivery *d)
{
	if (d->password)
		explicit_bzero(d->password, strlen(d->password));
	free(d->ignore_targets);
	free(d->tls_name);
	free(d->tls_ca_file);
	free(d->user);
	free(d->password);
}

bool conf_route_leads(const struct conf_route *t)
{
	return t->host || t->at.ip.family;
}

void conf_route_clear(struct conf_route *t)
{
	clear_delivery(&t->delivery);
	free(t->title);
	free(t->domain);
	free(t->host);
}

void conf_exempt_clear(struct conf_exempt *e)
{
	free(e->title);
	free(e->domain);
	free(e->reason);
	free(e->until);
}

static void free_text(const char *text)
{
	free((char *)(uintptr_t)text);
}

void conf_resolver_clear(struct conf_resolver *s)
{
	free_text(s->server.tls_name);
	free_text(s->server.tls_ca_file);
	free_text(s->server.trust_anchor_file);
	explicit_bzero(s, sizeof(*s)); /* it has a key */
}

void conf_console_clear(struct conf_console *o)
{
	for (size_t i = 0; i < o->n_hosts; i++)
		free(o->hosts[i]);
	free(o->hosts);
	free(o->text);
	free(o->path);
	free(o->users_file);
	free(o->tls_certificate);
	free(o->tls_key);
	free(o->login_path);
	*o = (struct conf_console){ 0 };
}

void conf_free(struct conf **c)
{
	if (!*c)
		return;
	for (size_t i = 0; i < (*c)->n_listen; i++)
		conf_listen_clear(&(*c)->listen[i]);
	for (size_t i = 0; i < (*c)->n_resolver; i++)
		conf_resolver_clear(&(*c)->resolver[i]);
	for (size_t i = 0; i < (*c)->n_route; i++)
		conf_route_clear(&(*c)->route[i]);
	for (size_t i = 0; i < (*c)->n_exempt; i++)
		conf_exempt_clear(&(*c)->exempt[i]);
	conf_given_clear(&(*c)->given);
	free((*c)->listen);
	free((*c)->resolver);
	free((*c)->route);
	free((*c)->exempt);
	free((*c)->file);
	free((*c)->hostname);
	free((*c)->state_directory);
	free((*c)->log_directory);
	free((*c)->user);
	free((*c)->dnssec.criteria);
	free((*c)->dnssec.criteria_name);
	free((*c)->dnssec.probe);
	free((*c)->dnssec.probe_denial);
	free((*c)->dnssec.probe_bogus);
	clear_delivery(&(*c)->delivery);
	free((*c)->queue_store);
	free((*c)->control_path);
	free((*c)->control_group);
	conf_console_clear(&(*c)->console);
	free(*c);
	*c = NULL;
}
