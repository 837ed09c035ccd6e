#include "relay/intake.h"

#include "message/head.h"
#include "message/opening.h"
#include "os/clock.h"

#include <stdlib.h>

#define HOPS_MAX 100
#define HEAD_ROOM 4096 /* for our Received field */

void relay_intake_init(struct relay_intake *i, const struct routing_settings *settings,
		       struct relay_memory *memory)
{
	*i = (struct relay_intake){ .settings = settings,
				    .memory = memory,
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
	i->no_room = false;
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
	if (buf_err(&i->from) != ERR_OK || buf_err(&i->envid) != ERR_OK)
		return (struct relay_answer){ 452, STR("4.3.1 Out of memory, try again later") };
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
	CLEANUP(buf_free) struct buf b = BUF_MAX(4096);

	buf_add(&b, to);
	if (!str_has(to, '@'))
		buf_addf(&b, "@%s", i->settings->conf->hostname);
	return buf_err(&b) == ERR_OK ? str_z(buf_str(&b)) : NULL;
}

struct relay_answer relay_intake_rcpt(struct relay_intake *i, const struct smtp_rcpt *rcpt)
{
	const struct relay_answer no_memory = { 452, STR("4.3.1 Out of memory, try again later") };

	if (!charge(i, i->n_rcpt + 1))
		return no_room;
	if (!room_for_rcpt(i))
		return no_memory;
	struct relay_intake_rcpt r = { .to = whole_address(i, rcpt->to),
				       .orcpt = str_z(rcpt->orcpt),
				       .notify = rcpt->notify };
	if (!r.to || !r.orcpt) {
		free(r.to);
		free(r.orcpt);
		return no_memory;
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

void relay_intake_body(struct relay_intake *i, struct str piece)
{
	if (i->no_room)
		return;
	buf_add(&i->content, piece);
	if (charge(i, i->n_rcpt))
		return;
	i->no_room = true;
	buf_free(&i->content);
	relay_memory_release(i->memory, &i->charge);
}

/* Limits are of the message as it came, without our own Received field. */
static bool reject(const struct relay_intake *i, struct relay_answer *why)
{
	struct str message = buf_str(&i->content);

	if (i->no_room) {
		*why = no_room;
		return true;
	}
	if (buf_err(&i->content) == ERR_NOMEM || buf_err(&i->user) != ERR_OK) {
		*why = (struct relay_answer){ 452, STR("4.3.1 Out of memory, try again later") };
		return true;
	}
	if (buf_err(&i->content) != ERR_OK) {
		*why = (struct relay_answer){ 552, STR("5.3.4 Message too big") };
		return true;
	}
	if (message_head_size(message) > i->settings->conf->limits.header_size + i->own) {
		*why = (struct relay_answer){ 552, STR("5.3.4 Message header too big") };
		return true;
	}
	if (message_head_count(message, STR("Received")) > HOPS_MAX) {
		*why = (struct relay_answer){
			554, STR("5.4.6 Too many hops: this message goes in circles")
		};
		return true;
	}
	return false;
}

static struct queue_message *make_message(struct relay_intake *i)
{
	struct schedule_rcpt *rcpts = calloc(i->n_rcpt + 1, sizeof(*rcpts));

	if (!rcpts)
		return NULL;
	for (size_t k = 0; k < i->n_rcpt; k++)
		rcpts[k] = (struct schedule_rcpt){ .to = str_of(i->rcpt[k].to),
						   .orcpt = str_of(i->rcpt[k].orcpt),
						   .notify = i->rcpt[k].notify };
	const struct queue_message like = { .id = i->id,
					    .arrived_wall_ms = os_clock_wall(),
					    .smtp = i->smtp,
					    .from = buf_str(&i->from),
					    .envid = buf_str(&i->envid),
					    .user = buf_str(&i->user),
					    .rcpt = rcpts,
					    .n_rcpt = i->n_rcpt,
					    .size = i->content.n };
	struct queue_message *m = queue_message_new(&like, &i->content);
	free(rcpts);
	return m;
}

struct queue_message *relay_intake_message(struct relay_intake *i, struct schedule_charge *out,
					   struct relay_answer *why)
{
	if (!i->no_room)
		i->own += message_opening_mend(&i->content, i->own);
	if (reject(i, why))
		return NULL;
	struct queue_message *m = make_message(i);
	if (!m) {
		*why = (struct relay_answer){ 452, STR("4.3.1 Out of memory, try again later") };
		return NULL;
	}
	*out = i->charge;
	i->charge = (struct schedule_charge){ .kib = 0 };
	return m;
}
