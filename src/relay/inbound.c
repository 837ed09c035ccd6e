/*
 * Where connections are few for want of descriptors, a client that is let in may
 * take the place of one that has been idle, of those of this thread the one that
 * did nothing for longest: else whoever holds some hundreds of connections and says
 * nothing would keep all mail out.  A stranger takes a stranger's place alone.
 */
#include "relay/inbound.h"

#include "base/hash.h"
#include "os/clock.h"
#include "relay/ration.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct relay_inbound {
	struct relay_inbound_conf conf;
	const struct relay_inbound_ops *ops;
	void *arg;
	struct hash seats;      /* by id */
	struct list resting[2]; /* by enum relay_client; who has rested for longest is first */
	uint64_t next_id;
	struct relay_ration ration;     /* of blocks of those who are not let in */
	unsigned untold[SMTP_REFUSALS]; /* the others, */
	struct loop_timer *telling;     /* until it fires */
};

/* Where a guest sits. */
struct seat {
	struct hash_node node; /* in seats */
	struct list rest;      /* in resting, while the guest rests */
	struct relay_inbound *in;
	uint64_t id;
	size_t listen; /* the section that it came to */
	struct ip peer;
	enum relay_client who;
	struct relay_guest *guest;
};

static queue_id message_id(void *arg)
{
	struct seat *s = arg;

	return s->in->ops->message_id(s->in->arg);
}

static enum err store(void *arg, struct queue_message *m, struct schedule_charge charge)
{
	struct seat *s = arg;

	return s->in->ops->store(s->in->arg, s->id, m, charge);
}

static enum err judge(void *arg, const struct smtp_login *login)
{
	struct seat *s = arg;

	const struct relay_inbound_from from = { s->listen, s->peer };

	return s->in->ops->judge(s->in->arg, s->id, &from, login);
}

static void turned(void *arg)
{
	struct seat *s = arg;

	list_drop(&s->rest);
	if (relay_guest_rests(s->guest))
		list_add(&s->in->resting[s->who], &s->rest);
}

static void told(void *arg, struct journal_block *b)
{
	struct seat *s = arg;

	s->in->ops->told(s->in->arg, b);
}

static void count(struct relay_inbound *in, int more)
{
	atomic_fetch_add_explicit(&in->conf.counters->connections_in, more, memory_order_relaxed);
}

static void ended(void *arg)
{
	struct seat *s = arg;
	struct relay_inbound *in = s->in;

	hash_drop(&in->seats, &s->node);
	list_drop(&s->rest);
	relay_clients_leave(in->conf.clients, &s->peer, s->who);
	relay_guest_free(&s->guest);
	free(s);
	count(in, -1);
	in->ops->left(in->arg);
}

static enum err write_file(void *arg, struct queue_spool_file *file, enum relay_guest_write how)
{
	struct seat *s = arg;

	return s->in->ops->write(s->in->arg, s->id, file, how);
}

static const struct relay_guest_ops guest_ops = { message_id, store, write_file, judge,
						  turned,     told,  ended };

static void begin_log(struct relay_inbound *in, struct relay_inlog *l)
{
	char id[QUEUE_ID_MAX];

	relay_inlog_begin(l, in->conf.settings->conf->limits.log_in,
			  queue_id_text(in->ops->message_id(in->arg), id));
}

static void end_log(struct relay_inbound *in, struct relay_inlog *l, struct str how,
		    const unsigned refused[SMTP_REFUSALS])
{
	if (relay_inlog_end(l, os_clock_wall(), how, refused))
		in->ops->told(in->arg, &l->block);
	relay_inlog_clear(l);
}

/* Those that have no block of their own. */
static void tell_untold(void *arg)
{
	struct relay_inbound *in = arg;
	struct relay_inlog l;
	unsigned n = 0;

	for (size_t i = 0; i < SMTP_REFUSALS; i++)
		n += in->untold[i];
	if (n == 0)
		return;
	begin_log(in, &l);
	end_log(in, &l, STR("connections that were not let in beside those that are told"),
		in->untold);
	memset(in->untold, 0, sizeof(in->untold));
}

struct relay_inbound *relay_inbound_new(const struct relay_inbound_conf *conf,
					const struct relay_inbound_ops *ops, void *arg)
{
	struct relay_inbound *in = calloc(1, sizeof(*in));

	if (!in)
		return NULL;
	in->telling = loop_timer_new(conf->loop, tell_untold, in);
	if (!in->telling || hash_init(&in->seats) != ERR_OK) {
		loop_timer_free(&in->telling);
		free(in);
		return NULL;
	}
	in->conf = *conf;
	in->conf.settings = routing_settings_hold(conf->settings);
	in->conf.doors = relay_doors_hold(conf->doors);
	in->ops = ops;
	in->arg = arg;
	list_init(&in->resting[RELAY_STRANGER]);
	list_init(&in->resting[RELAY_MAY_RELAY]);
	return in;
}

static void free_one(struct hash_node *node, void *arg)
{
	struct seat *s = CONTAINER_OF(node, struct seat, node);

	(void)arg;
	relay_clients_leave(s->in->conf.clients, &s->peer, s->who);
	relay_guest_free(&s->guest);
	count(s->in, -1);
	free(s);
}

void relay_inbound_free(struct relay_inbound **inp)
{
	struct relay_inbound *in = *inp;

	*inp = NULL;
	if (!in)
		return;
	hash_each(&in->seats, free_one, NULL);
	hash_clear(&in->seats);
	loop_timer_free(&in->telling);
	routing_settings_drop(&in->conf.settings);
	relay_doors_drop(&in->conf.doors);
	free(in);
}

void relay_inbound_settings(struct relay_inbound *in, struct routing_settings *settings,
			    struct relay_doors *doors)
{
	struct routing_settings *old = in->conf.settings;
	struct relay_doors *shut = in->conf.doors;

	in->conf.settings = routing_settings_hold(settings);
	in->conf.doors = relay_doors_hold(doors);
	routing_settings_drop(&old);
	relay_doors_drop(&shut);
}

struct relay_doors *relay_inbound_doors(const struct relay_inbound *in)
{
	return in->conf.doors;
}

static enum relay_client who_is(const struct conf_listen *listen, const struct ip *peer)
{
	if (peer->family == 0) /* a local socket: file permissions have decided */
		return RELAY_MAY_RELAY;
	for (size_t i = 0; i < listen->n_relay_from; i++)
		if (ip_net_has(&listen->relay_from[i], peer))
			return RELAY_MAY_RELAY;
	return RELAY_STRANGER;
}

/* One that rests goes, so that another can come.  False: there is none. */
static bool make_room(struct relay_inbound *in, enum relay_client newcomer)
{
	struct list *from = &in->resting[RELAY_STRANGER];

	if (list_empty(from) && newcomer == RELAY_MAY_RELAY)
		from = &in->resting[RELAY_MAY_RELAY];
	if (list_empty(from))
		return false;
	struct seat *s = CONTAINER_OF(from->next, struct seat, rest);
	relay_guest_cut(s->guest, STR("4.3.2 Idle, and others wait: come again"));
	return true;
}

static enum relay_admission admit(struct relay_inbound *in, const struct ip *peer,
				  enum relay_client who)
{
	enum relay_admission a = relay_clients_enter(in->conf.clients, peer, who);

	if (a == RELAY_MAKE_ROOM && make_room(in, who))
		a = relay_clients_enter(in->conf.clients, peer, who);
	return a;
}

/* Who is at the door. */
struct comer {
	int fd;
	size_t listen; /* section */
	struct relay_inlog_client client;
};

static struct str refusal(enum relay_admission a)
{
	switch (a) {
	case RELAY_FULL:
	case RELAY_MAKE_ROOM:
		return STR("421 4.3.2 Too many connections, try again later\r\n");
	case RELAY_FULL_OF_SAME:
		return STR("421 4.7.0 Too many connections from your address\r\n");
	case RELAY_NO_MEMORY:
		return STR("421 4.3.0 Out of memory, try again later\r\n");
	case RELAY_ADMITTED: /* is no refusal */
		break;
	}
	abort();
}

/* A session that never was has a block, too; of very many at once, some have. */
static void tell_refused(struct relay_inbound *in, const struct comer *c, struct str words,
			 enum smtp_refusal why)
{
	unsigned refused[SMTP_REFUSALS] = { 0 };
	CLEANUP(buf_free) struct buf trace = BUF_MAX(256);
	struct relay_inlog l;

	if (!relay_ration_take(&in->ration, loop_now(in->conf.loop))) {
		in->untold[why]++;
		loop_timer_set(in->telling, relay_ration_ends(&in->ration));
		return;
	}
	refused[why] = 1;
	begin_log(in, &l);
	buf_add(&trace, STR("--> "));
	buf_add(&trace, words);
	relay_inlog_client(&l, os_clock_wall(), &c->client);
	relay_inlog_trace(&l, os_clock_wall(), buf_str(&trace));
	end_log(in, &l, STR("not let in"), refused);
}

static void refuse(struct relay_inbound *in, const struct comer *c, enum relay_admission a)
{
	struct str words = refusal(a);
	enum smtp_refusal why = a == RELAY_NO_MEMORY ? SMTP_REFUSAL_STORAGE : SMTP_REFUSAL_LIMIT;

	(void)send(c->fd, words.p, words.n, MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)close(c->fd);
	atomic_fetch_add_explicit(&in->conf.counters->refused[why], 1, memory_order_relaxed);
	tell_refused(in, c, words, why);
}

/* NULL: out of memory. */
static struct seat *seat_new(struct relay_inbound *in, const struct comer *c)
{
	struct seat *s = calloc(1, sizeof(*s));
	const struct relay_guest_conf conf = { .loop = in->conf.loop,
					       .memory = in->conf.memory,
					       .spool = in->conf.spool,
					       .counters = in->conf.counters,
					       .settings = in->conf.settings,
					       .doors = in->conf.doors,
					       .listen = c->listen,
					       .suspects = in->conf.suspects,
					       .peer = *c->client.peer,
					       .listener = c->client.listener,
					       .who = c->client.who };

	if (!s)
		return NULL;
	*s = (struct seat){ .in = in,
			    .id = ++in->next_id,
			    .listen = c->listen,
			    .peer = *c->client.peer,
			    .who = c->client.who };
	list_init(&s->rest);
	s->guest = relay_guest_new(c->fd, &conf, &guest_ops, s);
	if (!s->guest) {
		free(s);
		return NULL;
	}
	hash_add(&in->seats, &s->node, s->id);
	return s;
}

void relay_inbound_accept(struct relay_inbound *in, int fd, const struct ip *peer, size_t listen)
{
	const struct conf_listen *at = &in->conf.settings->conf->listen[listen];
	const struct comer c = { fd, listen, { peer, str_of(at->text), who_is(at, peer) } };
	enum relay_admission a = admit(in, peer, c.client.who);

	if (a != RELAY_ADMITTED) {
		refuse(in, &c, a);
		return;
	}
	struct seat *s = seat_new(in, &c);
	if (!s) {
		relay_clients_leave(in->conf.clients, peer, c.client.who);
		refuse(in, &c, RELAY_NO_MEMORY);
		return;
	}
	count(in, 1);
	relay_guest_start(s->guest);
}

static struct seat *find(struct relay_inbound *in, uint64_t id)
{
	for (struct hash_node *n = hash_first(&in->seats, id); n; n = hash_next(n)) {
		struct seat *s = CONTAINER_OF(n, struct seat, node);
		if (s->id == id)
			return s;
	}
	return NULL;
}

void relay_inbound_stored(struct relay_inbound *in, uint64_t guest, enum err e, queue_id id)
{
	struct seat *s = find(in, guest);

	if (s)
		relay_guest_stored(s->guest, e, id);
}

void relay_inbound_written(struct relay_inbound *in, uint64_t guest, struct queue_spool_file *file,
			   struct queue_spooled *whole, enum err e)
{
	struct seat *s = find(in, guest);

	if (s) {
		relay_guest_written(s->guest, file, whole, e);
		return;
	}
	queue_spool_file_free(&file);
	queue_spooled_free(&whole);
}

void relay_inbound_refused(struct relay_inbound *in, uint64_t guest,
			   const struct relay_answer *refusal)
{
	struct seat *s = find(in, guest);

	if (s)
		relay_guest_answered(s->guest, refusal);
}

void relay_inbound_judged(struct relay_inbound *in, uint64_t guest, enum auth_verdict verdict)
{
	struct seat *s = find(in, guest);

	if (s)
		relay_guest_judged(s->guest, verdict);
}

static void stop_one(struct hash_node *node, void *arg)
{
	(void)arg;
	relay_guest_leave(CONTAINER_OF(node, struct seat, node)->guest);
}

void relay_inbound_stop(struct relay_inbound *in)
{
	tell_untold(in);
	hash_each(&in->seats, stop_one, NULL);
}

static void cut_one(struct hash_node *node, void *arg)
{
	(void)arg;
	relay_guest_close(CONTAINER_OF(node, struct seat, node)->guest, STR("4.3.2 Shutting down"));
}

void relay_inbound_cut(struct relay_inbound *in)
{
	hash_each(&in->seats, cut_one, NULL);
}

size_t relay_inbound_count(const struct relay_inbound *in)
{
	return in->seats.n;
}
