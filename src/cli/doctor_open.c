#include "cli/doctor_open.h"

#include "base/text.h"

enum { LINE_ROOM = 8192, WIDE4 = 16, WIDE6 = 32 };

/* Whoever has an address of these is near. */
static const struct ip_net near[] = {
	{ { 4, { 10 } }, 8 },        { { 4, { 100, 64 } }, 10 },    { { 4, { 127 } }, 8 },
	{ { 4, { 169, 254 } }, 16 }, { { 4, { 172, 16 } }, 12 },    { { 4, { 192, 168 } }, 16 },
	{ { 6, { 0xfc } }, 7 },      { { 6, { 0xfe, 0x80 } }, 10 },
};

static bool is_wide(const struct ip_net *net)
{
	for (size_t i = 0; i < sizeof(near) / sizeof(near[0]); i++)
		if (net->bits >= near[i].bits && ip_net_has(&near[i], &net->ip))
			return false;
	return net->bits < (net->ip.family == 4 ? WIDE4 : WIDE6);
}

static const struct ip_net *wide_of(const struct conf_listen *l)
{
	if (l->path || l->require_auth || ip_loopback(&l->at.ip))
		return NULL;
	for (size_t i = 0; i < l->n_relay_from; i++)
		if (is_wide(&l->relay_from[i]))
			return &l->relay_from[i];
	return NULL;
}

void cli_doctor_open(const struct conf *conf, struct cli_findings *findings)
{
	for (size_t i = 0; i < conf->n_listen; i++) {
		const struct conf_listen *l = &conf->listen[i];
		const struct ip_net *net = wide_of(l);
		CLEANUP(buf_free) struct buf line = BUF_MAX(LINE_ROOM);
		char text[IP_TEXT_MAX];

		if (!net)
			continue;
		conf_given_where(&line, &conf->given, "listen", l->text, "relay-from");
		buf_add(&line, STR("listen \""));
		text_escape(&line, str_of(l->text));
		buf_addf(&line, "\": relay-from %.*s/%u lets strangers send mail through this host",
			 STR_ARG(ip_text(&net->ip, text)), (unsigned)net->bits);
		cli_finding_add_line(findings, CLI_LEVEL_WARNING, "open-relay",
				     "name your own networks alone in relay-from, or have all log "
				     "in (require-auth = true)",
				     buf_str(&line));
	}
}
