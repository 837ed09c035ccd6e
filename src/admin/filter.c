#include "admin/filter.h"

#include "admin/words.h"
#include "base/unicode.h"
#include "schedule/rcpt.h"

/*
 * Whether each member that is there says something: one that does not, of the wrong type or
 * empty, would count as "any", and all that there is would be found.
 */
static bool is_meant(const json_t *request)
{
	static const char *const texts[] = { "from", "to", "state", "status", "text" };
	const json_t *older = json_object_get(request, "older_ms"), *text;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		text = json_object_get(request, texts[i]);
		if (text && json_string_length(text) == 0)
			return false;
	}
	return !older || (json_is_integer(older) && json_integer_value(older) >= 0);
}

static bool read_text(const json_t *request, const char *key, char *to, size_t size)
{
	const json_t *value = json_object_get(request, key);

	return !value ||
	       str_copy(to, size,
			(struct str){ json_string_value(value), json_string_length(value) });
}

static bool read_state(const json_t *request, struct admin_filter *f)
{
	static const enum queue_state all[] = { QUEUE_STATE_ACTIVE, QUEUE_STATE_WAITING,
						QUEUE_STATE_HELD, QUEUE_STATE_FAILED };
	const char *word = json_string_value(json_object_get(request, "state"));

	if (!word)
		return true;
	f->by_state = true;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		f->state = all[i];
		if (str_eq(queue_state_text(all[i]), str_of(word)))
			return true;
	}
	return false;
}

const char *admin_filter_read(const json_t *request, struct admin_filter *out)
{
	struct admin_filter f = { .older_ms = json_integer_value(
					  json_object_get(request, "older_ms")) };

	if (!is_meant(request))
		return ADMIN_BAD_FILTER;
	if (!read_text(request, "from", f.from, sizeof(f.from)) ||
	    !read_text(request, "to", f.to, sizeof(f.to)))
		return ADMIN_BAD_ADDRESS;
	if (!read_text(request, "status", f.status, sizeof(f.status)))
		return ADMIN_BAD_STATUS;
	if (!read_text(request, "text", f.text, sizeof(f.text)))
		return ADMIN_BAD_TEXT;
	if (!read_state(request, &f))
		return ADMIN_BAD_STATE;
	*out = f;
	return NULL;
}

static bool is_address(const char *wanted, struct str address)
{
	struct str want = str_of(wanted), domain = schedule_domain(want);

	if (want.n == 0 || str_eq_nocase(want, address))
		return true;
	if (str_eq(want, STR("<>")))
		return address.n == 0;
	struct str own = schedule_domain(address);
	if (domain.n == 0 || own.n == 0 || !unicode_same_domain(domain, own))
		return false;
	return domain.n + 1 == want.n || str_eq_nocase(str_head(want, want.n - domain.n),
						       str_head(address, address.n - own.n));
}

static bool is_status(const char *wanted, struct str status)
{
	struct str want = str_of(wanted);

	return want.n == 0 ||
	       (str_starts(status, want) && (status.n == want.n || status.p[want.n] == '.'));
}

static bool has(struct str in, struct str text)
{
	for (size_t i = 0; i + text.n <= in.n; i++)
		if (str_eq_nocase(str_head(str_skip(in, i), text.n), text))
			return true;
	return false;
}

static bool message_has(const struct queue_message *m, struct str text)
{
	char id[QUEUE_ID_MAX];

	return has(queue_id_text(m->id, id), text) || has(m->from, text);
}

static bool recipient_has(const struct schedule_rcpt *r, struct str text)
{
	return has(r->to, text) || has(r->status, text) || has(r->text, text) ||
	       has(r->remote, text);
}

/*
 * Whether one of those that the message is still for is all that is asked of a recipient: those
 * that wait; where nobody does, those that it did not reach.  What became of others is past:
 * whoever removes what waits for 4.7.1 does not mean one that had 5.1.1 and is told.
 */
static bool has_recipient(const struct admin_filter *f, const struct queue_message *m)
{
	struct str text = str_of(f->text);
	bool waits = false, any = message_has(m, text);

	for (size_t i = 0; i < m->n_rcpt; i++)
		waits |= m->rcpt[i].state == SCHEDULE_WAITING;
	for (size_t i = 0; i < m->n_rcpt; i++) {
		const struct schedule_rcpt *r = &m->rcpt[i];
		bool open = waits ? r->state == SCHEDULE_WAITING : r->state != SCHEDULE_DELIVERED;
		if (open && is_address(f->to, r->to) && is_status(f->status, r->status) &&
		    (any || recipient_has(r, text)))
			return true;
	}
	return any && f->to[0] == '\0' && f->status[0] == '\0';
}

bool admin_filter_matches(const struct admin_filter *f, const struct queue_message *m,
			  int64_t now_wall_ms)
{
	bool old = f->older_ms == 0 || now_wall_ms - m->arrived_wall_ms >= f->older_ms;

	return old && (!f->by_state || queue_message_state(m) == f->state) &&
	       is_address(f->from, m->from) && has_recipient(f, m);
}
