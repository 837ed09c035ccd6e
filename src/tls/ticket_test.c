#include "tls/ticket_priv.h"

#include "base/test.h"
#include "tls/forge.h"
#include "tls/session.h"
#include "tls/target.h"

#define LIFE TLS_TICKET_LIFE_MS

/* How old keys are used: "n" newest, "b" before; made at 1000. */
static const struct {
	const char *label;
	int64_t turns[3]; /* when they are looked at; 0: not */
	int64_t asked;    /* whether the first name is found */
	bool found;
} ages[] = {
	{ "young", { 1000 }, 1000, true },
	{ "not yet replaced", { LIFE + 999 }, LIFE + 999, true },
	{ "just replaced", { LIFE + 1000 }, LIFE + 1000, true },
	{ "as old as a ticket can be", { LIFE + 1000 }, 2 * LIFE + 999, true },
	{ "older", { LIFE + 1000 }, 2 * LIFE + 1000, false },
	{ "replaced twice", { LIFE + 1000, 2 * LIFE + 1000 }, 2 * LIFE + 1000, false },
	{ "nobody came for long", { 9 * LIFE }, 9 * LIFE, false },
};

static void check_age(size_t i)
{
	CLEANUP(tls_ticket_free) struct tls_tickets *t = tls_ticket_new();
	struct tls_ticket_key key;
	unsigned char first[TLS_TICKET_NAME];

	t->newest.made = 1000;
	memcpy(first, t->newest.name, sizeof(first));
	for (size_t k = 0; k < COUNT_OF(ages[i].turns) && ages[i].turns[k]; k++)
		tls_ticket_turn(t, ages[i].turns[k]);
	CHECK_INT(ages[i].label, tls_ticket_find(t, first, ages[i].asked, &key), ages[i].found);
	if (ages[i].found)
		CHECK_INT(ages[i].label, memcmp(key.name, first, sizeof(first)), 0);
}

static void check_unknown(void)
{
	CLEANUP(tls_ticket_free) struct tls_tickets *t = tls_ticket_new();
	static const unsigned char none[TLS_TICKET_NAME];
	struct tls_ticket_key key;

	CHECK_INT("no keys before the first", tls_ticket_find(t, none, t->newest.made, &key),
		  false);
}

static void carry(struct tls_session *from, struct tls_session *to)
{
	struct str out = tls_session_output(from);

	(void)!tls_session_feed(to, out);
	tls_session_sent(from, out.n);
}

/* A client of target comes to a server of c; whether it resumes. */
static bool resumes(struct tls_target *target, const struct tls_config *c)
{
	struct tls_session *client = tls_target_session(target), *server = tls_session_server(c);
	struct buf got = BUF_MAX(1 << 16);

	for (int i = 0; i < 4; i++) {
		carry(client, server);
		carry(server, client);
		(void)!tls_session_read(client, &got); /* takes the ticket */
	}
	CHECK_INT("open", tls_session_state(client), TLS_OPEN);
	CHECK_INT("and there", tls_session_state(server), TLS_OPEN);
	bool resumed = tls_session_resumed(server);
	tls_session_free(&client);
	tls_session_free(&server);
	buf_free(&got);
	return resumed;
}

/* Two configurations, as before and after a reload, or of two listeners: one set of keys. */
static void check_resumed(const struct forge *id, const struct forge *ca)
{
	struct tls_tickets *tickets = tls_ticket_new(), *others = tls_ticket_new();
	struct tls_config *server[3];
	const struct tls_peer peer = { .name = STR("mx.example") };
	struct tls_target *target = NULL;
	struct buf why = BUF_MAX(1000);

	for (int i = 0; i < 3; i++) {
		CHECK_INT("server",
			  tls_config_server(id->cert_file, id->key_file, &server[i], &why), ERR_OK);
		CHECK_INT("tickets", tls_ticket_use(server[i], i < 2 ? tickets : others), ERR_OK);
	}
	CHECK_INT("client", tls_target_new(ca->cert_file, &peer, STR(""), &target, &why), ERR_OK);
	CHECK_INT("first", resumes(target, server[0]), false);
	CHECK_INT("again", resumes(target, server[0]), true);
	CHECK_INT("elsewhere", resumes(target, server[1]), true);
	CHECK_INT("with other keys", resumes(target, server[2]), false);
	tls_target_free(&target);
	for (int i = 0; i < 3; i++)
		tls_config_free(&server[i]);
	tls_ticket_free(&tickets);
	tls_ticket_free(&others);
	buf_free(&why);
}

int main(void)
{
	forge_begin();
	struct forge ca = forge_make("CA", NULL, 30, NULL);
	struct forge id = forge_make("mx.example", "DNS:mx.example", 30, &ca);
	forge_write(&ca, "ca", NULL);
	forge_write(&id, "one", NULL);
	for (size_t i = 0; i < COUNT_OF(ages); i++)
		check_age(i);
	check_unknown();
	check_resumed(&id, &ca);
	forge_free(&id);
	forge_free(&ca);
	forge_end();
	return TEST_EXIT();
}
