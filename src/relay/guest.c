/*
 * What is true of a guest: while it is busy, its message is at the store, or goes to disk, or its
 * password is judged and the answer held back, the machine waits for the verdict, and reading
 * is paused, so that a client cannot make us hold more than one message; and no deadline runs,
 * as it is our turn.
 *
 * Else a deadline always runs.  It is renewed by what is whole: by a reply given, by
 * all replies taken, and while a message comes, by its rate (smtp/patience.h).
 */
#include "relay/guest.h"

#include "auth/pause.h"
#include "os/clock.h"
#include "os/unix.h"
#include "relay/intake.h"
#include "relay/terms.h"
#include "relay/wire.h"
#include "smtp/patience.h"
#include "smtp/server.h"

#include <stdio.h>
#include <stdlib.h>

#define LINGER_MS 1000
#define REST_MS 10000 /* between two pieces of what is left of a message */

struct relay_guest {
	struct relay_guest_conf conf;
	const struct relay_guest_ops *ops;
	void *arg;
	struct relay_wire *wire;
	struct smtp_server *smtp;
	struct smtp_patience patience;
	enum smtp_want want;      /* what run() ended with */
	bool leaving;             /* no further transaction begins */
	bool closing;             /* close once all is sent, */
	bool lost;                /* or at once: nothing can be sent */
	bool said;                /* all is sent: what still comes is dropped */
	bool busy;                /* a message is at the store, or */
	bool judging;             /* somebody wants to log in */
	bool writing;             /* or what has come of a message goes to disk */
	unsigned wrong;           /* passwords */
	struct loop_timer *pause; /* after one; NULL until then */
	bool local;               /* uid says whose it is */
	uid_t uid;
	struct relay_intake intake;
	struct relay_inlog log;
	unsigned refused[SMTP_REFUSALS]; /* that are counted */
};

static int64_t now(const struct relay_guest *g)
{
	return loop_now(g->conf.loop);
}

/* To the journal, where it is to have it. */
static void tell(struct relay_guest *g, struct str how)
{
	if (relay_inlog_end(&g->log, os_clock_wall(), how, g->refused))
		g->ops->told(g->arg, &g->log.block);
}

/* What the machine has heard and said since it was asked last. */
static void listen_in(struct relay_guest *g)
{
	struct str trace = smtp_server_trace(g->smtp);

	if (trace.n) {
		relay_inlog_trace(&g->log, os_clock_wall(), trace);
		smtp_server_trace_clear(g->smtp);
	}
	for (size_t i = SMTP_REFUSAL_NONE + 1; i < SMTP_REFUSALS; i++) {
		unsigned n = smtp_server_refused(g->smtp, (enum smtp_refusal)i);
		if (n == g->refused[i])
			continue;
		atomic_fetch_add_explicit(&g->conf.counters->refused[i], n - g->refused[i],
					  memory_order_relaxed);
		g->refused[i] = n;
	}
	if (relay_inlog_is_long(&g->log, smtp_server_in_transaction(g->smtp))) {
		tell(g, STR("the session goes on"));
		relay_inlog_next(&g->log, os_clock_wall());
	}
}

/* Something was whole: the next is waited for. */
static void turn(struct relay_guest *g)
{
	int64_t allowed_ms = g->conf.settings->conf->limits.idle_ms;

	if (smtp_server_receiving(g->smtp))
		smtp_patience_data(&g->patience, now(g), allowed_ms);
	else
		smtp_patience_wait(&g->patience, now(g), allowed_ms);
	g->ops->turned(g->arg);
}

/*
 * Give the machine's output to the stream, once the socket has taken what it
 * was given before: so the machine knows how far its client is behind, and
 * reads no further.  False: nothing was given.
 */
static bool send_output(struct relay_guest *g, enum smtp_want *want)
{
	struct str out = smtp_server_output(g->smtp);

	if (out.n == 0 || relay_wire_pending(g->wire))
		return false;
	if (relay_wire_write(g->wire, out) != ERR_OK)
		g->closing = true;
	*want = smtp_server_sent(g->smtp, out.n);
	turn(g);
	return true;
}

static bool may_relay(const struct relay_guest *g)
{
	return g->conf.who == RELAY_MAY_RELAY || smtp_server_user(g->smtp).n > 0;
}

static const struct conf_listen *listener(const struct relay_guest *g)
{
	return &g->conf.settings->conf->listen[g->conf.listen];
}

static struct relay_answer judge_data(struct relay_guest *g)
{
	const struct ip *peer = &g->conf.peer;
	char client[IP_TEXT_MAX], user[24] = "";

	if (g->local)
		(void)snprintf(user, sizeof(user), "%llu", (unsigned long long)g->uid);

	struct message_received r = relay_terms_received(g->smtp, relay_wire_tls(g->wire));
	r.client = peer->family ? ip_text(peer, client) : STR_NONE;
	r.user = str_of(user);
	return relay_intake_data(&g->intake, g->ops->message_id(g->arg), r);
}

/* Hand on the file of what is spooled; until it is back the machine waits. */
static bool write_file(struct relay_guest *g, enum relay_guest_write how)
{
	struct queue_spool_file *file = relay_spooling_take(&g->intake.spooling);

	if (g->ops->write(g->arg, file, how) != ERR_OK) {
		(void)relay_intake_written(&g->intake, file, NULL, ERR_NOMEM);
		return false;
	}
	g->writing = g->busy = true;
	relay_wire_read(g->wire, LOOP_PAUSED);
	return true;
}

/* Keep a piece of the message.  False: it goes on once what was kept is on disk. */
static bool keep(struct relay_guest *g, enum smtp_want *want)
{
	if (relay_intake_body(&g->intake, smtp_server_body(g->smtp)) == RELAY_INTAKE_WRITE &&
	    write_file(g, RELAY_GUEST_BLOCK))
		return false;
	*want = smtp_server_body_kept(g->smtp);
	return true;
}

/* Hand the message to the store, once all of it is on disk that is to be there.  False: *why. */
static bool store(struct relay_guest *g, struct relay_answer *why)
{
	struct schedule_charge charge = { .kib = 0 };

	if (relay_intake_finishes(&g->intake) && write_file(g, RELAY_GUEST_FINISH))
		return true;
	struct queue_message *m = relay_intake_message(&g->intake, &charge, why);

	if (!m)
		return false;
	relay_inlog_message(&g->log, os_clock_wall(), m);
	if (g->ops->store(g->arg, m, charge) != ERR_OK) {
		queue_message_free(&m);
		relay_memory_release(g->conf.memory, &charge);
		*why = relay_intake_no_memory;
		return false;
	}
	g->busy = true;
	relay_wire_read(g->wire, LOOP_PAUSED);
	return true;
}

static const struct relay_answer wrong = { 535, STR_INIT("5.7.8 Wrong user name or password") };

/* Have it judged who is there.  False: *why not. */
static bool judge(struct relay_guest *g, const struct smtp_login *login, struct relay_answer *why)
{
	enum err e = g->ops->judge(g->arg, login);

	if (e != ERR_OK) {
		*why = (struct relay_answer){ 454, relay_terms_unjudged(e) };
		return false;
	}
	g->judging = g->busy = true;
	relay_wire_read(g->wire, LOOP_PAUSED);
	return true;
}

/* Answer one question of the machine; false: later. */
static bool answer(struct relay_guest *g, enum smtp_want *want)
{
	struct smtp_ask ask = smtp_server_ask(g->smtp);
	struct relay_answer a = { 0 };

	switch (ask.kind) {
	case SMTP_ASK_MAIL:
		a = relay_intake_mail(&g->intake, &ask.mail);
		break;
	case SMTP_ASK_RCPT:
		if (may_relay(g))
			a = relay_intake_rcpt(&g->intake, &ask.rcpt);
		else
			a = (struct relay_answer){ 554, relay_terms_denied(listener(g)) };
		break;
	case SMTP_ASK_DATA:
		a = judge_data(g);
		break;
	case SMTP_ASK_MESSAGE:
		if (store(g, &a))
			return false;
		relay_intake_clear(&g->intake);
		break;
	case SMTP_ASK_AUTH:
		if (judge(g, &ask.login, &a))
			return false;
		break;
	}
	*want = smtp_server_verdict(g->smtp, a.code, a.text);
	return true;
}

/* A client that is amid a message looks for no reply before its end, and has a message's time. */
static void linger(struct relay_guest *g)
{
	smtp_patience_wait(&g->patience, now(g), LINGER_MS);
	if (smtp_server_broke_off(g->smtp) && !g->leaving)
		smtp_patience_data(&g->patience, now(g), REST_MS);
	relay_wire_deadline(g->wire, smtp_patience_deadline(&g->patience));
}

/* Closed at once, the connection would be reset under the last reply: what comes is dropped. */
static void say_goodbye(struct relay_guest *g)
{
	if (g->said)
		return;
	g->said = true;
	if (!g->writing) /* who drips the rest of a message holds nothing of it */
		relay_intake_clear(&g->intake);
	relay_wire_shutdown(g->wire);
	relay_wire_read(g->wire, LOOP_READING);
	linger(g);
}

static void flow(struct relay_guest *g)
{
	bool behind = relay_wire_pending(g->wire) > 0;

	if (g->closing && (g->lost || (!behind && smtp_server_output(g->smtp).n == 0))) {
		say_goodbye(g);
		return;
	}
	relay_wire_deadline(g->wire, g->busy ? INT64_MAX : smtp_patience_deadline(&g->patience));
	if (!g->busy)
		relay_wire_read(g->wire, behind ? LOOP_PAUSED : LOOP_READING);
}

/* Nothing is wanted but input: is there output first, or is it time to go? */
static bool idle(struct relay_guest *g, enum smtp_want *want)
{
	if (send_output(g, want))
		return false;
	if (!g->leaving || smtp_server_in_transaction(g->smtp))
		return true;
	*want = smtp_server_close(g->smtp, STR("4.3.2 Shutting down"));
	return false;
}

/* The handshake comes next: what the client sends from here on is for TLS. */
static bool begin_tls(struct relay_guest *g)
{
	struct tls_session *tls =
		tls_session_server(relay_doors_at(g->conf.doors, g->conf.listen)->tls);

	if (tls && relay_wire_secure(g->wire, tls) == ERR_OK)
		return true;
	tls_session_free(&tls);
	return false;
}

/* 220 goes out first.  True: now it is the client's turn. */
static bool turn_to_tls(struct relay_guest *g, enum smtp_want *want)
{
	if (send_output(g, want))
		return false;
	if (g->leaving || (smtp_server_output(g->smtp).n == 0 && !begin_tls(g)))
		*want = SMTP_WANT_CLOSE;
	return *want == SMTP_WANT_TLS;
}

/* Do what the machine wants until it wants input, or waits for the store. */
static void run(struct relay_guest *g, enum smtp_want want)
{
	bool waits = false;

	while (!waits && !g->closing) {
		listen_in(g);
		switch (want) {
		case SMTP_WANT_BODY:
			waits = !keep(g, &want);
			break;
		case SMTP_WANT_VERDICT:
			waits = !answer(g, &want);
			break;
		case SMTP_WANT_INPUT:
			waits = idle(g, &want);
			break;
		case SMTP_WANT_CLOSE:
			g->closing = true;
			break;
		case SMTP_WANT_TLS:
			waits = turn_to_tls(g, &want);
			break;
		}
	}
	(void)send_output(g, &want);
	listen_in(g);
	g->want = want;
	flow(g);
}

static void input(void *arg, struct str in)
{
	struct relay_guest *g = arg;

	smtp_patience_pass(&g->patience, now(g), in.n);
	if (!g->closing)
		run(g, smtp_server_feed(g->smtp, in));
	else if (g->said)
		relay_wire_deadline(g->wire, smtp_patience_deadline(&g->patience));
}

static void drained(void *arg)
{
	struct relay_guest *g = arg;

	if (g->said || (relay_wire_shakes(g->wire) && !g->closing))
		return; /* that was not of the dialogue */
	turn(g);
	if (g->busy || g->closing) {
		/* What the machine wants must wait; what it has said need not. */
		(void)send_output(g, &g->want);
		listen_in(g);
		flow(g);
	} else {
		run(g, g->want);
	}
}

/* Said as far as the socket takes it: nobody is waited for. */
static void last_words(struct relay_guest *g, struct str words)
{
	if (g->closing)
		return;
	if (!relay_wire_shakes(g->wire) && smtp_server_close(g->smtp, words) == SMTP_WANT_CLOSE &&
	    relay_wire_pending(g->wire) == 0)
		relay_wire_last_words(g->wire, smtp_server_output(g->smtp));
	g->closing = true;
	listen_in(g);
}

static void end(struct relay_guest *g, struct str how)
{
	tell(g, how);
	g->ops->ended(g->arg);
}

static void ended(void *arg, enum loop_end how, int error)
{
	struct relay_guest *g = arg;
	/* Once we have closed our side it does not matter how the client did. */
	struct str words = g->closing ? STR("closed") : relay_terms_end(how);

	(void)error;
	if (how == LOOP_END_TIMEOUT)
		last_words(g, STR("4.4.2 Timeout: idle for too long, or too slow"));
	end(g, words);
}

static void secured(void *arg)
{
	struct relay_guest *g = arg;
	const struct tls_session *tls = relay_wire_tls(g->wire);

	relay_inlog_tls(&g->log, os_clock_wall(), tls_session_version(tls),
			tls_session_cipher(tls));
	if (g->want == SMTP_WANT_TLS)
		run(g, smtp_server_secured(g->smtp));
	else /* it is inside from the start, and has not been greeted */
		run(g, SMTP_WANT_INPUT);
}

/* Nothing can be said: what was to be said is void. */
static void give_up(struct relay_guest *g)
{
	g->closing = g->lost = true;
	flow(g);
}

static void failed(void *arg, struct str why)
{
	struct relay_guest *g = arg;

	relay_inlog_failed(&g->log, os_clock_wall(), why);
	give_up(g);
}

static const struct relay_wire_ops wire_ops = { input, drained, secured, failed, ended };

static void begin_log(struct relay_guest *g)
{
	char id[QUEUE_ID_MAX];

	relay_inlog_begin(&g->log, g->conf.settings->conf->limits.log_in,
			  queue_id_text(g->ops->message_id(g->arg), id));
	relay_inlog_client(&g->log, os_clock_wall(),
			   &(struct relay_inlog_client){ .peer = &g->conf.peer,
							 .listener = g->conf.listener,
							 .who = g->conf.who });
}

struct relay_guest *relay_guest_new(int fd, const struct relay_guest_conf *conf,
				    const struct relay_guest_ops *ops, void *arg)
{
	struct relay_guest *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->smtp = relay_terms_machine(conf->settings->conf, conf->listen);
	g->wire = g->smtp ? relay_wire_new(conf->loop, fd, &wire_ops, g) : NULL;
	if (!g->wire) {
		smtp_server_free(&g->smtp);
		free(g);
		return NULL;
	}
	g->local = conf->peer.family == 0 && os_unix_peer(fd, &g->uid) == ERR_OK;
	g->conf = *conf;
	g->conf.settings = routing_settings_hold(conf->settings);
	g->conf.doors = relay_doors_hold(conf->doors);
	g->ops = ops;
	g->arg = arg;
	relay_intake_init(&g->intake, g->conf.settings, conf->memory, conf->spool);
	begin_log(g);
	return g;
}

void relay_guest_free(struct relay_guest **gp)
{
	struct relay_guest *g = *gp;

	*gp = NULL;
	if (!g)
		return;
	relay_wire_free(&g->wire);
	smtp_server_free(&g->smtp);
	relay_intake_free(&g->intake);
	relay_inlog_clear(&g->log);
	loop_timer_free(&g->pause);
	routing_settings_drop(&g->conf.settings);
	relay_doors_drop(&g->conf.doors);
	free(g);
}

void relay_guest_start(struct relay_guest *g)
{
	if (relay_terms_tls(listener(g)) != SMTP_SERVER_IN_TLS) {
		run(g, SMTP_WANT_INPUT);
		return;
	}
	g->closing = !begin_tls(g);
	turn(g);
	flow(g);
}

static void say(struct relay_guest *g, struct relay_answer a)
{
	g->judging = g->busy = false;
	run(g, smtp_server_verdict(g->smtp, a.code, a.text));
}

void relay_guest_answered(struct relay_guest *g, const struct relay_answer *answer)
{
	relay_intake_clear(&g->intake);
	say(g, *answer);
}

void relay_guest_stored(struct relay_guest *g, enum err e, queue_id id)
{
	char text[64];
	struct relay_answer a = relay_intake_stored(e, id, text);

	g->log.accepted += e == ERR_OK;
	relay_guest_answered(g, &a);
}

/* More of the message is asked for, or what is to become of it. */
void relay_guest_written(struct relay_guest *g, struct queue_spool_file *file,
			 struct queue_spooled *whole, enum err e)
{
	enum smtp_want want = SMTP_WANT_VERDICT;

	if (!g->writing) { /* it was told to go meanwhile */
		queue_spool_file_free(&file);
		queue_spooled_free(&whole);
		return;
	}
	g->writing = g->busy = false;
	turn(g);
	if (relay_intake_written(&g->intake, file, whole, e) == RELAY_INTAKE_WRITE &&
	    write_file(g, RELAY_GUEST_BLOCK))
		return;
	if (g->want == SMTP_WANT_BODY)
		want = smtp_server_body_kept(g->smtp);
	run(g, want);
}

static void pause_over(void *arg)
{
	say(arg, wrong);
}

/* The answer comes later and later (SPEC section 12); without a timer it comes now. */
static void refuse_later(struct relay_guest *g)
{
	unsigned there = relay_suspects_wrong(g->conf.suspects, &g->conf.peer, now(g));
	unsigned most = ++g->wrong > there ? g->wrong : there;

	if (!g->pause)
		g->pause = loop_timer_new(g->conf.loop, pause_over, g);
	if (g->pause)
		loop_timer_set(g->pause, now(g) + auth_pause_ms(most));
	else
		say(g, wrong);
}

void relay_guest_judged(struct relay_guest *g, enum auth_verdict verdict)
{
	if (!g->judging)
		return;
	if (verdict == AUTH_WRONG) {
		refuse_later(g);
	} else if (verdict == AUTH_UNJUDGED) {
		say(g, (struct relay_answer){ 454, relay_terms_unjudged(ERR_NOMEM) });
	} else {
		relay_inlog_user(&g->log, os_clock_wall(), smtp_server_ask(g->smtp).login.user);
		say(g, (struct relay_answer){ 235, STR("2.7.0 Welcome") });
	}
}

bool relay_guest_rests(const struct relay_guest *g)
{
	return !g->busy && !g->closing && !smtp_server_in_transaction(g->smtp);
}

void relay_guest_leave(struct relay_guest *g)
{
	g->leaving = true;
	if (g->said)
		linger(g);
	else if (relay_wire_shakes(g->wire))
		give_up(g);
	else if (relay_guest_rests(g))
		run(g, SMTP_WANT_INPUT);
}

/* Its block is written now: the daemon may end sooner than the client has read what it is told. */
void relay_guest_close(struct relay_guest *g, struct str words)
{
	bool closing = g->closing;
	enum smtp_want want = closing ? g->want : smtp_server_close(g->smtp, words);

	/* What the store still says, or who judges or writes, is for nobody. */
	g->writing = g->judging = g->busy = false;
	if (g->pause)
		loop_timer_unset(g->pause);
	listen_in(g);
	tell(g, closing ? STR("closed") : STR("the daemon ends"));
	relay_inlog_silence(&g->log);
	if (!closing)
		run(g, want);
}

void relay_guest_cut(struct relay_guest *g, struct str words)
{
	last_words(g, words);
	end(g, STR("others wait"));
}
