#include "relay/convert.h"

#define GROWTH 3           /* times as large: an octet as three */
#define FIELDS (64u << 10) /* octets of new fields in parts; what needs more is no mail of people */

void relay_convert_init(struct relay_convert *c, struct relay_memory *memory)
{
	*c = (struct relay_convert){ .memory = memory };
}

void relay_convert_clear(struct relay_convert *c)
{
	buf_free(&c->text);
	relay_memory_release(c->memory, &c->charge);
	c->body = SMTP_BODY_AS_IT_CAME;
}

enum smtp_body relay_convert_body(enum message_sevenbit result)
{
	switch (result) {
	case MESSAGE_SEVENBIT_DONE:
		return SMTP_BODY_CONVERTED;
	case MESSAGE_SEVENBIT_SEALED:
		return SMTP_BODY_SEALED;
	case MESSAGE_SEVENBIT_BROKEN:
		break;
	}
	return SMTP_BODY_BROKEN;
}

static enum err make(struct relay_convert *c, struct str message)
{
	c->text = BUF_MAX(GROWTH * message.n + FIELDS);
	enum smtp_body body = relay_convert_body(message_sevenbit_write(&c->text, message));
	enum err e = buf_err(&c->text);

	if (e == ERR_LIMIT) /* parts without number, which are nothing but fields by now */
		body = SMTP_BODY_BROKEN;
	if (e == ERR_NOMEM || body != SMTP_BODY_CONVERTED)
		buf_free(&c->text);
	if (e == ERR_NOMEM)
		return e;
	if (!schedule_budget_grow(&c->memory->budget, &c->charge,
				  schedule_budget_cost(c->text.n, 0))) {
		buf_free(&c->text);
		return ERR_LIMIT;
	}
	c->body = body;
	return ERR_OK;
}

enum err relay_convert(struct relay_convert *c, const struct smtp_offer *offer,
		       struct smtp_transaction *tx)
{
	if (!smtp_fit_converts(tx, offer))
		return ERR_OK;
	enum err e = c->body == SMTP_BODY_AS_IT_CAME ? make(c, tx->message) : ERR_OK;
	if (e != ERR_OK)
		return e;
	tx->body = c->body;
	if (c->body == SMTP_BODY_CONVERTED)
		tx->message = buf_str(&c->text);
	return ERR_OK;
}
