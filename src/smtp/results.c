#include "smtp/results.h"

#include <stdlib.h>
#include <string.h>

enum status { OPEN, ACCEPTED, SETTLED };

struct smtp_results_one {
	enum status status;
	struct smtp_result result; /* SETTLED; .text.p is not used, since .text may move */
	size_t text_at;            /* where it begins in .text */
};

struct str smtp_stage_text(enum smtp_stage stage)
{
	switch (stage) {
	case SMTP_STAGE_GREETING:
		return STR("greeting");
	case SMTP_STAGE_EHLO:
		return STR("EHLO");
	case SMTP_STAGE_TLS:
		return STR("STARTTLS");
	case SMTP_STAGE_MAIL:
		return STR("MAIL FROM");
	case SMTP_STAGE_RCPT:
		return STR("RCPT TO");
	case SMTP_STAGE_DATA:
		return STR("DATA");
	case SMTP_STAGE_MESSAGE:
		return STR("end of data");
	case SMTP_STAGE_QUIT:
		return STR("QUIT");
	}
	abort();
}

enum err smtp_results_begin(struct smtp_results *r, size_t n)
{
	smtp_results_clear(r);
	r->rcpt = calloc(n ? n : 1, sizeof(*r->rcpt));
	if (!r->rcpt)
		return ERR_NOMEM;
	r->n = r->unsettled = n;
	r->text.max = n * SMTP_RESULT_TEXT_MAX; /* each text that is kept settles somebody */
	return ERR_OK;
}

void smtp_results_clear(struct smtp_results *r)
{
	free(r->rcpt);
	buf_free(&r->text);
	*r = (struct smtp_results){ .n = 0 };
}

void smtp_results_accept(struct smtp_results *r, size_t i)
{
	if (r->rcpt[i].status != OPEN)
		return;
	r->rcpt[i].status = ACCEPTED;
	r->accepted++;
}

/* A result as it is kept.  Without memory for its text it has none. */
static struct smtp_results_one keep(struct smtp_results *r, const struct smtp_result *result)
{
	struct smtp_results_one one = { SETTLED, *result, r->text.n };

	buf_add(&r->text, str_head(result->text, SMTP_RESULT_TEXT_MAX));
	r->text.err = ERR_OK;
	one.result.text.n = r->text.n - one.text_at;
	return one;
}

static void settle(struct smtp_results *r, size_t i, const struct smtp_results_one *one)
{
	if (r->rcpt[i].status == SETTLED)
		return;
	if (r->rcpt[i].status == ACCEPTED)
		r->accepted--;
	r->unsettled--;
	r->rcpt[i] = *one;
}

void smtp_results_settle(struct smtp_results *r, size_t i, const struct smtp_result *result)
{
	if (r->rcpt[i].status == SETTLED)
		return;
	struct smtp_results_one one = keep(r, result);
	settle(r, i, &one);
}

void smtp_results_settle_all(struct smtp_results *r, const struct smtp_result *result)
{
	if (r->unsettled == 0)
		return;
	struct smtp_results_one one = keep(r, result);
	for (size_t i = 0; i < r->n; i++)
		settle(r, i, &one);
}

struct smtp_result smtp_results_get(const struct smtp_results *r, size_t i)
{
	struct smtp_result result = r->rcpt[i].result;

	if (r->rcpt[i].status != SETTLED)
		return (struct smtp_result){ .fate = SMTP_TEMPORARY, .enhanced = "4.0.0" };
	result.text = str_head(str_skip(buf_str(&r->text), r->rcpt[i].text_at), result.text.n);
	return result;
}

bool smtp_results_settled(const struct smtp_results *r, size_t i)
{
	return r->rcpt[i].status == SETTLED;
}

static enum smtp_fate fate_of(int code)
{
	if (code / 100 == 2)
		return SMTP_DELIVERED;
	return code / 100 == 5 ? SMTP_PERMANENT : SMTP_TEMPORARY;
}

struct smtp_result smtp_results_of(const struct smtp_reply *reply, enum smtp_stage stage)
{
	struct smtp_result r = { .fate = fate_of(reply->code),
				 .stage = stage,
				 .code = reply->code,
				 .text = reply->text };

	struct str enhanced = str_of(reply->enhanced);

	memcpy(r.enhanced, reply->enhanced, sizeof(r.enhanced));
	memcpy(r.said, reply->enhanced, sizeof(r.said));
	if (stage == SMTP_STAGE_RCPT && reply->code == 552 &&
	    (str_eq(enhanced, STR("")) || str_eq(enhanced, STR("5.5.3")))) {
		r.fate = SMTP_TEMPORARY;
		if (enhanced.n)
			r.enhanced[0] = '4';
	}
	char class = r.fate == SMTP_DELIVERED ? '2' : r.fate == SMTP_PERMANENT ? '5' : '4';
	if (r.enhanced[0] != class) {
		memcpy(r.enhanced, "x.0.0", sizeof("x.0.0"));
		r.enhanced[0] = class;
	}
	return r;
}

bool smtp_results_blames_message(const struct smtp_result *r)
{
	struct str code = str_of(r->enhanced);
	bool about_it = str_eq(code, STR("5.3.4")) || str_eq(code, STR("5.2.3")) ||
			(str_starts(code, STR("5.6.")) && !str_eq(code, STR("5.6.7")));

	if (r->fate != SMTP_PERMANENT)
		return false;
	if (r->misfit || r->code == 0)
		return r->misfit && about_it;
	return about_it || r->stage == SMTP_STAGE_MESSAGE || (r->code == 552 && !r->said[0]);
}
