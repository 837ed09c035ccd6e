/* Connections that are kept for the next message: whose, how long, and how many. */
#include "relay/pool.h"

#include "relay/rig_priv.h"

static struct rig rig;
static struct host host;

static void happened(void *arg)
{
	(void)arg;
	loop_stop(rig.loop);
}

static void lost(void *arg)
{
	struct relay_connection **c = arg;

	relay_connection_close(c);
	loop_stop(rig.loop);
}

static void trace(void *arg, struct str octets)
{
	(void)arg;
	(void)octets;
}

static const struct relay_connection_ops ops = { .ready = happened,
						 .sent = happened,
						 .lost = lost,
						 .trace = trace };

static struct relay_connection_key key_of(const char *name)
{
	struct relay_connection_key k = { .service = ROUTE_REQUESTED, .authenticated = true };

	if (dns_name_from_text(str_of(name), &k.host) != ERR_OK)
		exit(1);
	k.at = (struct ip_port){ .ip = ip_v4((const uint8_t[]){ 127, 0, 0, 1 }),
				 .port = host.port };
	return k;
}

static struct relay_connection_user user_of(struct relay_connection **c)
{
	return (struct relay_connection_user){ .ops = &ops,
					       .arg = c,
					       .settings = rig.worker->settings,
					       .how = &rig.worker->settings->conf->delivery };
}

/* One that was greeted, and who has the other end. */
static struct relay_connection *connected(const struct relay_connection_key *key, struct peer *p)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(256);
	static struct relay_connection *c;
	const struct relay_connection_user user = user_of(&c);

	c = relay_pool_connect(rig.worker->pool, key, &user, &why);
	if (!c)
		exit(1);
	host_greet(&host, p);
	rig_run(&rig); /* until it is ready */
	return c;
}

static void release(struct relay_connection *c, enum relay_pool_worth worth)
{
	relay_pool_release(rig.worker->pool, c, worth);
}

/* Kept, and for longer than any test takes. */
static void keep(struct relay_connection *c)
{
	release(c, RELAY_POOL_GOOD);
	c->idle_until += INT64_C(3600000);
}

static struct relay_connection *take(const struct relay_connection_key *key)
{
	static struct relay_connection *c;
	const struct relay_connection_user user = user_of(&c);

	c = relay_pool_take(rig.worker->pool, key, &user);
	return c;
}

static void other_host(struct relay_connection_key *k)
{
	*k = key_of("other.example");
}

static void no_host(struct relay_connection_key *k)
{
	k->host = (struct dns_name){ 0 };
}

static void other_address(struct relay_connection_key *k)
{
	k->at.ip.octets[3] = 2;
}

static void other_port(struct relay_connection_key *k)
{
	k->at.port++;
}

static void other_service(struct relay_connection_key *k)
{
	k->service = ROUTE_REQUIRED;
}

static void other_login(struct relay_connection_key *k)
{
	k->login = 7;
}

static void other_end(struct relay_connection_key *k)
{
	k->from = ip_v4((const uint8_t[]){ 127, 0, 0, 9 });
}

static void other_tls(struct relay_connection_key *k)
{
	k->tls = ROUTE_TLS_ENCRYPT;
}

static void tls_at_once(struct relay_connection_key *k)
{
	k->at_once = true;
}

static void other_trust(struct relay_connection_key *k)
{
	k->trust = STR("another record");
}

static void not_authenticated(struct relay_connection_key *k)
{
	k->authenticated = false;
}

static const struct {
	const char *label;
	void (*change)(struct relay_connection_key *k);
} strangers[] = {
	{ "another host", other_host },
	{ "no host", no_host },
	{ "another address", other_address },
	{ "another port", other_port },
	{ "another service", other_service },
	{ "not authenticated", not_authenticated },
	{ "from another address", other_end },
	{ "logged in", other_login },
	{ "more TLS", other_tls },
	{ "TLS at once", tls_at_once },
	{ "other trust", other_trust },
};

/* Who shares a connection is decided by the key, all of it, and nothing else. */
static void sharing(void)
{
	struct relay_connection_key key = key_of("mx.example"), same = key_of("MX.example");
	struct peer p;
	struct relay_connection *c = connected(&key, &p);

	CHECK_INT("one that is at work is nobody else's", take(&key) == NULL, true);
	keep(c);
	for (size_t i = 0; i < COUNT_OF(strangers); i++) {
		struct relay_connection_key other = key;
		strangers[i].change(&other);
		CHECK_INT(strangers[i].label, take(&other) == NULL, true);
	}
	CHECK_INT("whatever the case of the name", take(&same) == c, true);
	CHECK_INT("which is taken once", take(&key) == NULL, true);
	release(c, RELAY_POOL_SPENT);
	host_dismiss("what is spent is not kept", &p);
}

/* A and B, idle in this order. */
static void two_idle(const struct relay_connection_key *key, struct peer *a, struct peer *b)
{
	struct relay_connection *first = connected(key, a), *second = connected(key, b);

	keep(first);
	rig_moment(&rig);
	keep(second);
}

static void order(void)
{
	struct relay_connection_key key = key_of("mx.example");
	struct peer a, b, more;

	two_idle(&key, &a, &b);
	struct relay_connection *latest = take(&key), *before = take(&key);
	CHECK_INT("the one used last comes first", latest->idle_until > before->idle_until, true);
	keep(latest);
	rig_moment(&rig);
	keep(before);

	CHECK_INT("two are open", rig.worker->pace.open, 2);
	struct relay_connection *third = connected(&key, &more);
	CHECK_INT("and no more: one has made room", rig.worker->pace.open, 2);
	host_dismiss("the one that was idle longest", &b);
	CHECK_INT("the other is kept", take(&key) == before, true);
	release(third, RELAY_POOL_SPENT);
	release(before, RELAY_POOL_GOOD);
	host_dismiss("the third", &more);
	host_dismiss("one that nobody wants any more says good-bye", &a);
	CHECK_INT("none is open", rig.worker->pace.open, 0);
}

static void as_it_is(struct relay_connection *c)
{
	(void)c;
}

static void used_enough(struct relay_connection *c)
{
	c->used = rig.settings->conf->delivery.reuse;
}

static void renew(void)
{
	routing_settings_drop(&rig.worker->settings);
	rig.worker->settings = rig_settings(rig.dir, host.port, "total = 2", "");
}

static void made_by_others(struct relay_connection *c)
{
	(void)c;
	renew();
}

static void stopping(struct relay_connection *c)
{
	(void)c;
	rig.worker->stopping = true;
}

static const struct {
	const char *label;
	void (*happens)(struct relay_connection *c);
	enum relay_pool_worth worth;
	bool kept;
} ends[] = {
	{ "good", as_it_is, RELAY_POOL_GOOD, true },
	{ "spent", as_it_is, RELAY_POOL_SPENT, false },
	{ "used as often as it may be", used_enough, RELAY_POOL_GOOD, false },
	{ "settings have changed", made_by_others, RELAY_POOL_GOOD, false },
	{ "the worker stops", stopping, RELAY_POOL_GOOD, false },
};

/* What is kept once whoever had it is through. */
static void keeping(void)
{
	struct relay_connection_key key = key_of("mx.example");

	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		struct peer p;
		struct relay_connection *c = connected(&key, &p);
		ends[i].happens(c);
		release(c, ends[i].worth);
		CHECK_INT(ends[i].label, take(&key) == c, ends[i].kept);
		CHECK_INT(ends[i].label, rig.worker->pace.open, ends[i].kept);
		if (ends[i].kept)
			release(c, RELAY_POOL_SPENT);
		host_dismiss(ends[i].label, &p);
		rig.worker->stopping = false;
	}
}

static void stopped(void)
{
	struct relay_connection_key key = key_of("mx.example");
	struct peer a, b;

	two_idle(&key, &a, &b);
	relay_pool_stop(rig.worker->pool);
	CHECK_INT("none is kept", take(&key) == NULL, true);
	host_dismiss("first", &a);
	host_dismiss("second", &b);
}

/* A host that closes what is idle, or says something there, is not bothered again. */
static void closed_by_host(void)
{
	struct relay_connection_key key = key_of("mx.example");
	struct peer p;

	keep(connected(&key, &p));
	peer_say(&p, STR("421 4.4.2 you are too slow\r\n"));
	peer_expect_end("closed", &p);
	peer_close(&p);
	CHECK_INT("not kept", take(&key) == NULL, true);

	keep(connected(&key, &p));
	peer_close(&p);
	while (rig.worker->pace.open)
		rig_moment(&rig);
	CHECK_INT("not kept either", take(&key) == NULL, true);
}

/* Whether mail is taken there: an open connection that has carried some says so, nobody else. */
static void serves(void)
{
	const struct relay_connection_key key = key_of("mx.example");
	struct relay_connection_key other = key;
	struct peer p;
	struct relay_connection *c = connected(&key, &p);

	other_port(&other);
	CHECK_INT("it was greeted, no more", relay_pool_serves(rig.worker->pool, &key.at), false);
	c->used++;
	CHECK_INT("it has carried mail", relay_pool_serves(rig.worker->pool, &key.at), true);
	CHECK_INT("elsewhere", relay_pool_serves(rig.worker->pool, &other.at), false);
	release(c, RELAY_POOL_SPENT);
	CHECK_INT("it says good-bye", relay_pool_serves(rig.worker->pool, &key.at), false);
	host_dismiss("good-bye", &p);
}

int main(void)
{
	host_bind(&host);
	rig_open(&rig, host.port, "total = 2 reuse = 5", "", NULL);
	host_listen(&host, &rig);
	sharing();
	order();
	keeping();
	serves();
	stopped();
	closed_by_host();
	host_close(&host);
	rig_close(&rig);
	return TEST_EXIT();
}
