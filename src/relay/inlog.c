#include "relay/inlog.h"

#define STRANGER_MAX (JOURNAL_IN_MAX / 4)
#define CLIENT_OCTETS 1024
#define MESSAGE_OCTETS 3072 /* more for each message: that is not of mail for the most part */

void relay_inlog_begin(struct relay_inlog *l, enum conf_log_in which, struct str session)
{
	*l = (struct relay_inlog){ .which = which, .client = BUF_MAX(CLIENT_OCTETS) };
	journal_block_init(&l->block, JOURNAL_IN, session);
}

void relay_inlog_clear(struct relay_inlog *l)
{
	journal_block_clear(&l->block);
	buf_free(&l->client);
}

void relay_inlog_client(struct relay_inlog *l, int64_t wall_ms,
			const struct relay_inlog_client *client)
{
	char peer[IP_TEXT_MAX];

	if (l->which == CONF_LOG_IN_NONE)
		return;
	l->in_parts = client->who == RELAY_MAY_RELAY;
	if (!l->in_parts)
		l->block.most = STRANGER_MAX;
	buf_addf(&l->client, "client %.*s, listener %.*s, %s",
		 STR_ARG(client->peer->family ? ip_text(client->peer, peer) : STR("local")),
		 STR_ARG(client->listener), l->in_parts ? "may relay" : "may not relay");
	journal_line(&l->block, wall_ms, JOURNAL_NOTABLE, buf_str(&l->client));
}

/* A line of what is known of the client now, which each later part begins with, too. */
static void learn(struct relay_inlog *l, int64_t wall_ms, struct str line)
{
	if (l->which == CONF_LOG_IN_NONE)
		return;
	buf_add(&l->client, STR("; "));
	buf_add(&l->client, line);
	journal_line(&l->block, wall_ms, JOURNAL_NOTABLE, line);
}

void relay_inlog_tls(struct relay_inlog *l, int64_t wall_ms, struct str version, struct str cipher)
{
	CLEANUP(buf_free) struct buf line = BUF_MAX(256);

	buf_addf(&line, "TLS %.*s, cipher %.*s", STR_ARG(version), STR_ARG(cipher));
	learn(l, wall_ms, buf_str(&line));
}

void relay_inlog_failed(struct relay_inlog *l, int64_t wall_ms, struct str why)
{
	if (l->which != CONF_LOG_IN_NONE)
		journal_linef(&l->block, wall_ms, JOURNAL_NOTABLE, "TLS failed: %.*s",
			      STR_ARG(why));
}

void relay_inlog_user(struct relay_inlog *l, int64_t wall_ms, struct str user)
{
	CLEANUP(buf_free) struct buf line = BUF_MAX(CLIENT_OCTETS / 2);

	buf_addf(&line, "user %.*s", STR_ARG(user));
	learn(l, wall_ms, buf_str(&line));
}

bool relay_inlog_is_long(const struct relay_inlog *l, bool in_transaction)
{
	if (!l->in_parts || l->block.lines.n <= RELAY_INLOG_PART)
		return false;
	if (l->block.lines.n > RELAY_INLOG_MOST)
		return true;
	return !in_transaction && l->block.left_out == 0 &&
	       l->block.lines.n / MESSAGE_OCTETS <= l->accepted - l->before;
}

void relay_inlog_next(struct relay_inlog *l, int64_t wall_ms)
{
	char session[sizeof(l->block.session)];

	l->before = l->accepted;
	(void)str_copy(session, sizeof(session), str_of(l->block.session));
	journal_block_clear(&l->block);
	journal_block_init(&l->block, JOURNAL_IN, str_of(session));
	journal_line(&l->block, wall_ms, JOURNAL_NOTABLE, buf_str(&l->client));
}

void relay_inlog_silence(struct relay_inlog *l)
{
	journal_block_clear(&l->block);
	l->which = CONF_LOG_IN_NONE;
}

static bool is_refusal(struct str line)
{
	return line.n > 4 && (line.p[4] == '4' || line.p[4] == '5') &&
	       str_starts(line, STR("--> "));
}

/* Of who may relay each recipient is told, as each message is. */
static bool is_notable(const struct relay_inlog *l, struct str line)
{
	return is_refusal(line) || (l->in_parts && str_starts_nocase(line, STR("<-- RCPT TO:")));
}

void relay_inlog_trace(struct relay_inlog *l, int64_t wall_ms, struct str trace)
{
	struct str line;

	if (l->which == CONF_LOG_IN_NONE)
		return;
	while (str_line(&trace, &line))
		journal_line(&l->block, wall_ms,
			     is_notable(l, line) ? JOURNAL_NOTABLE : JOURNAL_PLAIN, line);
}

void relay_inlog_message(struct relay_inlog *l, int64_t wall_ms, const struct queue_message *m)
{
	char text[QUEUE_ID_MAX];

	if (l->which == CONF_LOG_IN_NONE)
		return;
	struct str id = queue_id_text(m->id, text);
	journal_linef(&l->block, wall_ms, JOURNAL_NOTABLE, "message %.*s sender <%.*s> size %llu",
		      STR_ARG(id), STR_ARG(m->from), (unsigned long long)m->size);
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
