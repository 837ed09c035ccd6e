#include "relay/inlog.h"

void relay_inlog_begin(struct relay_inlog *l, enum conf_log_in which, struct str session)
{
	*l = (struct relay_inlog){ .which = which };
	journal_block_init(&l->block, JOURNAL_IN, session);
}

void relay_inlog_clear(struct relay_inlog *l)
{
	journal_block_clear(&l->block);
}

void relay_inlog_client(struct relay_inlog *l, int64_t wall_ms,
			const struct relay_inlog_client *client)
{
	char peer[IP_TEXT_MAX];

	if (l->which == CONF_LOG_IN_NONE)
		return;
	journal_linef(&l->block, wall_ms, JOURNAL_NOTABLE, "client %.*s, listener %.*s, %s",
		      STR_ARG(client->peer->family ? ip_text(client->peer, peer) : STR("local")),
		      STR_ARG(client->listener),
		      client->who == RELAY_MAY_RELAY ? "may relay" : "may not relay");
}

static bool is_refusal(struct str line)
{
	return str_starts(line, STR("--> 4")) || str_starts(line, STR("--> 5"));
}

void relay_inlog_trace(struct relay_inlog *l, int64_t wall_ms, struct str trace)
{
	struct str line;

	if (l->which == CONF_LOG_IN_NONE)
		return;
	while (str_line(&trace, &line))
		journal_line(&l->block, wall_ms, is_refusal(line) ? JOURNAL_NOTABLE : JOURNAL_PLAIN,
			     line);
}

void relay_inlog_message(struct relay_inlog *l, int64_t wall_ms, const struct queue_message *m)
{
	char id[QUEUE_ID_MAX];

	if (l->which != CONF_LOG_IN_NONE)
		journal_linef(&l->block, wall_ms, JOURNAL_NOTABLE,
			      "message %.*s sender <%.*s> size %llu",
			      STR_ARG(queue_id_text(m->id, id)), STR_ARG(m->from),
			      (unsigned long long)m->size);
}

bool relay_inlog_end(struct relay_inlog *l, int64_t wall_ms, struct str how,
		     const unsigned refused[SMTP_REFUSALS])
{
	CLEANUP(buf_free) struct buf line = BUF_MAX(1024);
	bool any = false;

	buf_addf(&line, "outcome: %u %s accepted", l->accepted,
		 l->accepted == 1 ? "message" : "messages");
	for (size_t i = SMTP_REFUSAL_NONE + 1; i < SMTP_REFUSALS; i++) {
		if (refused[i] == 0)
			continue;
		buf_addf(&line, "%s %.*s %u",
			 any ? "," : "; refused:", STR_ARG(smtp_refusal_text((enum smtp_refusal)i)),
			 refused[i]);
		any = true;
	}
	buf_add(&line, STR("; "));
	buf_add(&line, how);
	if (l->which == CONF_LOG_IN_NONE || (l->which == CONF_LOG_IN_REFUSED && !any))
		return false;
	journal_line(&l->block, wall_ms, JOURNAL_PLAIN, buf_str(&line));
	return true;
}
