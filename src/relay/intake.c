#include "relay/intake.h"

#include "message/head.h"
#include "message/opening.h"
#include "os/clock.h"

#include <stdlib.h>

#define HOPS_MAX 100
#define HEAD_ROOM 4096    /* for our Received field */
#define RECEIVED_ROOM 512 /* octets of that, as a rule */
#define LOOK_LEAST 1024   /* octets between two looks for the end of a head */

void relay_intake_init(struct relay_intake *i, const struct routing_settings *settings,
		       struct relay_memory *memory, struct queue_spool *spool)
{
	*i = (struct relay_intake){ .settings = settings,
				    .memory = memory,
				    .spool = spool,
				    .from = BUF_MAX(1024),
				    .envid = BUF_MAX(1024),
				    .user = BUF_MAX(1024) };
}

/* Charge what is held by now, with so many recipients.  False: there is no room. */
static bool charge(struct relay_intake *i, size_t n_rcpt)
{
	return schedule_budget_grow(&i->memory->budget, &i->charge,
				    schedule_budget_cost(i->content.n, n_rcpt));
}

static const struct relay_answer no_room = {
	452, STR_INIT("4.3.1 Too much mail in transit, try again later")
};
const struct relay_answer relay_intake_no_memory = {
	452, STR_INIT("4.3.1 Out of memory, try again later")
};
static const struct relay_answer no_disk = { 452, STR_INIT("4.3.1 Disk full, try again later") };
static const struct relay_answer no_store = { 451,
					      STR_INIT("4.3.0 Cannot store, try again later") };
static const struct relay_answer too_big = { 552, STR_INIT("5.3.4 Message too big") };
static const struct relay_answer head_too_big = { 552, STR_INIT("5.3.4 Message header too big") };
static const struct relay_answer too_many_hops = {
	554, STR_INIT("5.4.6 Too many hops: this message goes in circles")
};

void relay_intake_clear(struct relay_intake *i)
{
	for (size_t k = 0; k < i->n_rcpt; k++) {
		free(i->rcpt[k].to);
		free(i->rcpt[k].orcpt);
	}
	i->n_rcpt = 0;
	i->smtp = 0;
	i->id = 0;
	buf_clear(&i->from);
	buf_clear(&i->envid);
	buf_clear(&i->user);
	buf_free(&i->content);
	relay_spooling_clear(&i->spooling);
	i->told = 0;
	i->look = 0;
	i->fault = (struct relay_answer){ 0 };
	relay_memory_release(i->memory, &i->charge);
}

void relay_intake_free(struct relay_intake *i)
{
	relay_intake_clear(i);
	buf_free(&i->from);
	buf_free(&i->envid);
	buf_free(&i->user);
	free(i->rcpt);
	i->rcpt = NULL;
	i->cap_rcpt = 0;
}

struct relay_answer relay_intake_mail(struct relay_intake *i, const struct smtp_mail *mail)
{
	relay_intake_clear(i);
	buf_add(&i->from, mail->from);
	buf_add(&i->envid, mail->envid);
	i->smtp = mail->flags;
	i->told = mail->size;
	if (buf_err(&i->from) != ERR_OK || buf_err(&i->envid) != ERR_OK)
		return relay_intake_no_memory;
	return (struct relay_answer){ 250, STR("2.1.0 Ok") };
}

static bool room_for_rcpt(struct relay_intake *i)
{
	if (i->n_rcpt < i->cap_rcpt)
		return true;
	size_t cap = i->cap_rcpt ? 2 * i->cap_rcpt : 4;
	struct relay_intake_rcpt *more = realloc(i->rcpt, cap * sizeof(*more));
	if (!more)
		return false;
	i->rcpt = more;
	i->cap_rcpt = cap;
	return true;
}

/* "postmaster" without a domain is ours (RFC 5321 section 4.1.1.3). */
static char *whole_address(const struct relay_intake *i, struct str to)
{
	char room[4096];
	struct buf b = { .p = room, .cap = sizeof(room), .max = sizeof(room) };

	buf_add(&b, to);
	if (!str_has(to, '@'))
		buf_addf(&b, "@%s", i->settings->conf->hostname);
	return buf_err(&b) == ERR_OK ? str_z(buf_str(&b)) : NULL;
}

struct relay_answer relay_intake_rcpt(struct relay_intake *i, const struct smtp_rcpt *rcpt)
{
	if (!charge(i, i->n_rcpt + 1))
		return no_room;
	if (!room_for_rcpt(i))
		return relay_intake_no_memory;
	struct relay_intake_rcpt r = { .to = whole_address(i, rcpt->to),
				       .orcpt = str_z(rcpt->orcpt),
				       .notify = rcpt->notify };
	if (!r.to || !r.orcpt) {
		free(r.to);
		free(r.orcpt);
		return relay_intake_no_memory;
	}
	i->rcpt[i->n_rcpt++] = r;
	return (struct relay_answer){ 250, STR("2.1.5 Ok") };
}

struct relay_answer relay_intake_data(struct relay_intake *i, queue_id id,
				      struct message_received r)
{
	char text[QUEUE_ID_MAX];

	if (!charge(i, i->n_rcpt))
		return no_room;
	i->id = id;
	buf_clear(&i->user);
	buf_add(&i->user, r.login);
	i->content = BUF_MAX(i->settings->conf->size_limit + HEAD_ROOM);
	(void)buf_room(&i->content, RECEIVED_ROOM);
	r.by = str_of(i->settings->conf->hostname);
	r.id = queue_id_text(id, text);
	r.rcpt = i->n_rcpt == 1 ? str_of(i->rcpt[0].to) : STR_NONE;
	r.wall_ms = os_clock_wall();
	if (i->smtp & SMTP_MAIL_UTF8)
		r.protocol = MESSAGE_UTF8SMTP;
	message_received_write(&i->content, &r);
	i->own = i->content.n;
	return (struct relay_answer){ 250, STR("2.0.0 Ok") };
}

/* What has come of it is thrown away, and so is what still comes. */
static void give_up(struct relay_intake *i, struct relay_answer fault)
{
	i->fault = fault;
	buf_free(&i->content);
	relay_spooling_clear(&i->spooling);
	relay_memory_release(i->memory, &i->charge);
}

static uint64_t octets(const struct relay_intake *i)
{
	return i->spooling.begun ? i->spooling.octets : i->content.n;
}

/* Whether it is too large to be held, as far as its client has told, or it has come. */
static bool is_large(const struct relay_intake *i)
{
	return i->spool && (i->told > QUEUE_SPOOL_FROM || i->content.n > QUEUE_SPOOL_FROM);
}

/* All but its head goes to disk from here on. */
static void spool(struct relay_intake *i, size_t head)
{
	uint32_t kib = schedule_budget_cost(head + QUEUE_SPOOL_HELD, i->n_rcpt);

	if (!schedule_budget_grow(&i->memory->budget, &i->charge, kib)) {
		give_up(i, no_room);
		return;
	}
	if (!relay_spooling_begin(&i->spooling, i->spool, i->id, &i->content, head)) {
		give_up(i, relay_intake_no_memory);
		return;
	}
	relay_memory_shrink(i->memory, &i->charge, kib);
}

/*
 * It is large: where its head ends, the rest need not be held; where it does not, nobody wants it.
 * That is looked for when there is a quarter more, so that a head without end costs a few looks.
 */
static void consider(struct relay_intake *i)
{
	if (i->content.n < i->look)
		return;
	i->look = i->content.n + i->content.n / 4 + LOOK_LEAST;
	size_t head = message_head_size(buf_str(&i->content));
	if (head == i->content.n) {
		if (head > i->settings->conf->limits.header_size + i->own)
			give_up(i, head_too_big);
		return;
	}
	i->own += message_opening_mend(&i->content, i->own);
	if (buf_err(&i->content) == ERR_OK)
		spool(i, message_head_size(buf_str(&i->content)));
}

static enum relay_intake_then next(const struct relay_intake *i)
{
	return relay_spooling_full(&i->spooling) ? RELAY_INTAKE_WRITE : RELAY_INTAKE_GO_ON;
}

enum relay_intake_then relay_intake_body(struct relay_intake *i, struct str piece)
{
	if (i->fault.code)
		return RELAY_INTAKE_GO_ON;
	if (octets(i) + piece.n > i->settings->conf->size_limit + HEAD_ROOM) {
		give_up(i, too_big);
		return RELAY_INTAKE_GO_ON;
	}
	if (i->spooling.begun) {
		relay_spooling_add(&i->spooling, piece);
		return next(i);
	}
	buf_add(&i->content, piece);
	if (is_large(i))
		consider(i);
	if (!i->fault.code && !i->spooling.begun && !charge(i, i->n_rcpt))
		give_up(i, no_room);
	return next(i);
}

bool relay_intake_finishes(const struct relay_intake *i)
{
	return !i->fault.code && i->spooling.begun && !i->spooling.whole;
}

enum relay_intake_then relay_intake_written(struct relay_intake *i, struct queue_spool_file *file,
					    struct queue_spooled *whole, enum err e)
{
	relay_spooling_back(&i->spooling, file, whole);
	if (relay_spooling_failed(&i->spooling))
		e = ERR_NOMEM;
	if (e != ERR_OK)
		give_up(i, e == ERR_LIMIT   ? no_disk
			   : e == ERR_NOMEM ? relay_intake_no_memory
					    : no_store);
	return next(i);
}

struct relay_answer relay_intake_stored(enum err e, queue_id id, char text[static 64])
{
	struct buf b = { .p = text, .cap = 64, .max = 64 };
	char octets[QUEUE_ID_MAX];

	if (e != ERR_OK)
		return e == ERR_LIMIT ? no_disk : no_store;
	buf_add(&b, STR("2.0.0 Ok: queued as "));
	buf_add(&b, queue_id_text(id, octets));
	return (struct relay_answer){ 250, buf_str(&b) };
}

/* Limits are of the message as it came, without our own Received field. */
static bool reject(const struct relay_intake *i, struct relay_answer *why)
{
	struct str message = buf_str(&i->content);

	if (i->fault.code)
		*why = i->fault;
	else if (buf_err(&i->content) == ERR_NOMEM || buf_err(&i->user) != ERR_OK)
		*why = relay_intake_no_memory;
	else if (buf_err(&i->content) != ERR_OK)
		*why = too_big;
	else if (message_head_size(message) > i->settings->conf->limits.header_size + i->own)
		*why = head_too_big;
	else if (message_head_count(message, STR("Received")) > HOPS_MAX)
		*why = too_many_hops;
	else
		return false;
	return true;
}

static struct queue_message *make_message(struct relay_intake *i)
{
	struct schedule_rcpt *rcpts = malloc((i->n_rcpt + 1) * sizeof(*rcpts));

	if (!rcpts)
		return NULL;
	for (size_t k = 0; k < i->n_rcpt; k++)
		rcpts[k] = (struct schedule_rcpt){ .to = str_of(i->rcpt[k].to),
						   .orcpt = str_of(i->rcpt[k].orcpt),
						   .notify = i->rcpt[k].notify };
	struct queue_message like = { .id = i->id,
				      .arrived_wall_ms = os_clock_wall(),
				      .smtp = i->smtp,
				      .from = buf_str(&i->from),
				      .envid = buf_str(&i->envid),
				      .user = buf_str(&i->user),
				      .rcpt = rcpts,
				      .n_rcpt = i->n_rcpt,
				      .size = octets(i),
				      .spool = i->spooling.whole };
	struct queue_message *m = queue_message_new(&like, &i->content);
	free(rcpts);
	if (m)
		i->spooling.whole = NULL;
	return m;
}

struct queue_message *relay_intake_message(struct relay_intake *i, struct schedule_charge *out,
					   struct relay_answer *why)
{
	if (!i->fault.code && !i->spooling.begun)
		i->own += message_opening_mend(&i->content, i->own);
	if (reject(i, why))
		return NULL;
	struct queue_message *m = make_message(i);
	if (!m) {
		*why = relay_intake_no_memory;
		return NULL;
	}
	*out = i->charge;
	i->charge = (struct schedule_charge){ .kib = 0 };
	return m;
}
