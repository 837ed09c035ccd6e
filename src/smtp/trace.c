/*
 * What the server machine tells of its dialogue: lines for a log, and no secret in them.
 */
#include "base/text.h"
#include "smtp/server_priv.h"

#define TRACE_KEPT 4096 /* so much stays allocated between calls */

/* What finds no room is not told, and nothing else suffers from that. */
static void note(struct smtp_server *s, struct str arrow, struct str line, struct str remark)
{
	size_t before = s->trace.n;

	buf_add(&s->trace, arrow);
	buf_add(&s->trace, line);
	buf_add(&s->trace, remark);
	buf_addc(&s->trace, '\n');
	if (buf_err(&s->trace) != ERR_OK) {
		s->trace.n = before;
		s->trace.err = ERR_OK;
	}
}

void smtp_server_told(struct smtp_server *s, size_t from)
{
	struct str lines = str_skip(buf_str(&s->out), from), line;

	while (s->conf.told == SMTP_SERVER_TRACED && str_line(&lines, &line))
		note(s, STR("--> "), line, STR(""));
}

bool smtp_server_is_auth(struct str line, struct str *open)
{
	struct str rest = line, verb, mechanism;

	if (!str_word(&rest, &verb) || !str_eq_nocase(verb, STR("AUTH")))
		return false;
	*open = line;
	if (str_word(&rest, &mechanism) && str_trim(rest).n > 0)
		open->n = (size_t)(mechanism.p + mechanism.n - line.p);
	return true;
}

void smtp_server_heard(struct smtp_server *s, struct str line)
{
	if (s->conf.told == SMTP_SERVER_TRACED)
		note(s, STR("<-- "), line, STR(""));
}

void smtp_server_heard_secret(struct smtp_server *s, struct str line)
{
	struct str open = STR("");

	if (s->conf.told != SMTP_SERVER_TRACED)
		return;
	if (s->state != LOGIN && smtp_server_is_auth(line, &open))
		note(s, STR("<-- "), open, STR(" (not shown)"));
	else
		note(s, STR("<-- "), open, STR("(not shown)"));
}

void smtp_server_heard_data(struct smtp_server *s, uint64_t octets)
{
	char room[64];
	struct buf text = { .p = room, .cap = sizeof(room), .max = sizeof(room) };

	buf_addc(&text, '(');
	text_count(&text, octets, "octet of message data)", "octets of message data)");
	smtp_server_heard(s, buf_str(&text));
}

struct str smtp_server_trace(const struct smtp_server *s)
{
	return buf_str(&s->trace);
}

void smtp_server_trace_clear(struct smtp_server *s)
{
	if (s->trace.cap > TRACE_KEPT)
		buf_free(&s->trace);
	buf_clear(&s->trace);
}
