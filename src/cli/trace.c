#include "cli/trace.h"

#include "base/text.h"
#include "dns/message.h"
#include "os/clock.h"

#include <stdlib.h>

enum { WHY_MAX = 160, NAME_ROOM = 1100 };

struct cli_trace_event {
	enum resolve_fate fate;
	int64_t at_us; /* since the first question was about to be asked */
	char server[IP_TEXT_MAX], channel[16], why[WHY_MAX];
	struct dns_name name; /* len 0: none */
	uint16_t type, id;
	size_t octets;
	bool response, truncated;
	unsigned rcode;
};

static struct str fate_word(enum resolve_fate fate)
{
	switch (fate) {
	case RESOLVE_SENT:
		return STR("sent");
	case RESOLVE_ACCEPTED:
		return STR("accepted");
	case RESOLVE_IGNORED:
		return STR("dropped");
	case RESOLVE_BROKEN:
		return STR("broken");
	}
	return STR("");
}

static void told(void *arg, const struct resolve_event *e)
{
	struct cli_trace *t = arg;
	struct cli_trace_event *more = NULL;
	struct dns_head head;

	if (t->n < CLI_TRACE_MAX)
		more = reallocarray(t->all, t->n + 1, sizeof(*more));
	if (!more) {
		t->lost++;
		return;
	}
	t->all = more;
	struct cli_trace_event *to = &t->all[t->n++];
	*to = (struct cli_trace_event){ .fate = e->fate,
					.at_us = os_clock_mono_us() - t->began_us,
					.type = e->type,
					.octets = e->octets.n };
	(void)str_copy(to->server, sizeof(to->server), e->server);
	(void)str_copy(to->channel, sizeof(to->channel), e->channel);
	(void)str_copy(to->why, sizeof(to->why), e->why);
	if (e->name)
		to->name = *e->name;
	if (dns_message_head(e->octets, &head)) {
		to->id = head.id;
		to->response = e->fate != RESOLVE_SENT;
		to->rcode = head.flags & DNS_FLAG_RCODE;
		to->truncated = head.flags & DNS_FLAG_TC;
	}
}

void cli_trace_follow(struct cli_trace *t, struct resolve_conf *conf)
{
	t->began_us = os_clock_mono_us();
	conf->trace = told;
	conf->trace_arg = t;
}

void cli_trace_clear(struct cli_trace *t)
{
	free(t->all);
	*t = (struct cli_trace){ 0 };
}

static void add_line(struct buf *out, const struct cli_trace_event *e)
{
	char type[DNS_TYPE_TEXT_MAX], rcode[DNS_TYPE_TEXT_MAX];

	buf_addf(out, "+%.3f ms %s %s %.*s", (double)e->at_us / 1000, e->server, e->channel,
		 STR_ARG(fate_word(e->fate)));
	if (e->octets)
		buf_addf(out, ", %zu octet%s, id %u", e->octets, e->octets == 1 ? "" : "s", e->id);
	if (e->response)
		buf_addf(out, ", %.*s%s", STR_ARG(dns_rcode_text(e->rcode, rcode)),
			 e->truncated ? ", truncated" : "");
	if (e->name.len) {
		buf_add(out, STR(", "));
		dns_name_text(out, &e->name);
		buf_addf(out, " %.*s", STR_ARG(dns_type_text(e->type, type)));
	}
	if (e->why[0]) {
		buf_add(out, STR(": "));
		text_escape(out, str_of(e->why));
	}
	buf_addc(out, '\n');
}

void cli_trace_text(struct buf *out, const struct cli_trace *t)
{
	for (size_t i = 0; i < t->n; i++)
		add_line(out, &t->all[i]);
	if (t->lost)
		buf_addf(out, "and %zu more\n", t->lost);
}

void cli_trace_json(struct jsonw *j, const char *key, const struct cli_trace *t)
{
	char type[DNS_TYPE_TEXT_MAX], rcode[DNS_TYPE_TEXT_MAX];

	jsonw_array(j, key);
	for (size_t i = 0; i < t->n; i++) {
		const struct cli_trace_event *e = &t->all[i];
		CLEANUP(buf_free) struct buf name = BUF_MAX(NAME_ROOM);
		if (e->name.len)
			dns_name_text(&name, &e->name);
		jsonw_object(j, NULL);
		jsonw_int(j, "offset_us", e->at_us);
		jsonw_str(j, "server", str_of(e->server));
		jsonw_str(j, "channel", str_of(e->channel));
		jsonw_str(j, "fate", fate_word(e->fate));
		jsonw_str(j, "why", str_of(e->why));
		jsonw_int(j, "octets", (int64_t)e->octets);
		jsonw_int(j, "id", e->id);
		jsonw_str(j, "name", buf_str(&name));
		jsonw_str(j, "type", e->name.len ? dns_type_text(e->type, type) : STR(""));
		jsonw_str(j, "rcode", e->response ? dns_rcode_text(e->rcode, rcode) : STR(""));
		jsonw_bool(j, "truncated", e->truncated);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
}
