#include "review/trial.h"

#include <stdlib.h>

enum { HEAD_MAX = 1 << 20 };

struct review_trial {
	struct criteria *criteria; /* of that line alone */
	const struct criterion *criterion;
	bool always, to;
	struct buf head, room;
};

enum err review_trial_new(struct str line, struct review_trial **out, struct buf *why)
{
	struct review_trial *t = calloc(1, sizeof(*t));

	if (!t)
		return ERR_NOMEM;
	t->head = t->room = BUF_MAX(HEAD_MAX);
	enum err e = criteria_parse(line, STR("--try"), &t->criteria, why);
	if (e == ERR_OK && criteria_count(t->criteria) != 1) {
		buf_add(why, STR("--try takes one criterion: HEADER VALUE [SECURE]"));
		e = ERR_SYNTAX;
	}
	if (e != ERR_OK) {
		review_trial_free(&t);
		return e;
	}
	t->criterion = criteria_at(t->criteria, 0);
	t->to = str_eq_nocase(t->criterion->header, STR("To"));
	t->always = t->to || str_eq_nocase(t->criterion->header, STR("Envelope-From")) ||
		    str_eq_nocase(t->criterion->header, STR("Envelope-To"));
	*out = t;
	return ERR_OK;
}

void review_trial_free(struct review_trial **tp)
{
	struct review_trial *t = *tp;

	*tp = NULL;
	if (!t)
		return;
	criteria_free(&t->criteria);
	buf_free(&t->head);
	buf_free(&t->room);
	free(t);
}

const struct criterion *review_trial_criterion(const struct review_trial *t)
{
	return t->criterion;
}

bool review_trial_always(const struct review_trial *t)
{
	return t->always;
}

/*
 * The fields of the record that the criterion names, as a message's head.  Whether the record
 * holds that name at all: one without a value stands for a field that the message did not have.
 */
static bool make_head(struct review_trial *t, struct str headers)
{
	struct str field, name, text;
	bool held = false;

	buf_clear(&t->head);
	while (journal_record_header(&headers, &t->room, &field)) {
		text = field;
		bool there = str_cut(&text, ':', &name);
		if (!str_eq_nocase(there ? name : field, t->criterion->header))
			continue;
		held = true;
		if (!there)
			continue;
		buf_add(&t->head, field);
		buf_add(&t->head, STR("\r\n"));
	}
	return held;
}

enum err review_trial_match(struct review_trial *t, const struct journal_record *r,
			    enum review_match *out)
{
	CLEANUP(criteria_match_free) struct criteria_match *m = NULL;
	bool held = make_head(t, r->headers);

	if (!held && !t->always) {
		*out = REVIEW_NOT_HELD;
		return ERR_OK;
	}
	if (buf_err(&t->head) != ERR_OK)
		return ERR_NOMEM;
	m = criteria_match_new(t->criteria, buf_str(&t->head), r->from, &r->to, 1);
	if (!m)
		return ERR_NOMEM;
	*out = criteria_match_rcpt(m, r->to) ? REVIEW_MATCHES : REVIEW_DIFFERS;
	return criteria_match_err(m);
}
