#include "cli/doctor_ports_judge.h"

#include <string.h>

#define CODE "outward"

enum { LINE_ROOM = 4096 };

/* The domain of an address that a criterion names; nothing where that could be several. */
static struct str domain_of(const struct criterion *k)
{
	static const struct str fields[] = { STR_INIT("Envelope-To"), STR_INIT("To"),
					     STR_INIT("Cc") };
	struct str domain = k->pattern, local;
	bool names = false;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		names = names || str_eq_nocase(k->header, fields[i]);
	if (!names || !str_cut(&domain, '@', &local))
		return STR_NONE;
	for (const char *c = "*?@ [,"; *c; c++)
		if (str_has(domain, *c))
			return STR_NONE;
	return str_has(domain, '.') ? domain : STR_NONE;
}

static bool is_among(struct str domain, const struct str *all, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq_nocase(all[i], domain))
			return true;
	return false;
}

size_t cli_doctor_domains(const struct criteria *c, struct str hostname,
			  struct str out[static CLI_DOCTOR_DOMAINS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; c && i < criteria_count(c) && n < CLI_DOCTOR_DOMAINS_MAX - 1; i++) {
		struct str domain = domain_of(criteria_at(c, i));
		if (domain.n > 0 && !is_among(domain, out, n))
			out[n++] = domain;
	}
	struct str own = hostname, host;
	if (str_cut(&own, '.', &host) && str_has(own, '.') && !is_among(own, out, n))
		out[n++] = own;
	return n;
}

static void add_knock(struct buf *out, const struct cli_doctor_knock *k)
{
	char text[IP_TEXT_MAX];

	buf_addf(out, "%.*s (%.*s)", STR_ARG(ip_port_text(&k->at, text)), STR_ARG(k->domain));
}

/* Each domain that was looked up, and why it has no host to be tried; what finds out more. */
static void judge_hostless(const struct cli_doctor_knocks *k, const char *connect,
			   struct cli_findings *findings)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(LINE_ROOM), remedy = BUF_MAX(LINE_ROOM);
	const struct cli_doctor_hostless *one = NULL;

	for (size_t i = 0; i < k->n_hostless; i++) {
		const struct cli_doctor_hostless *h = &k->hostless[i];
		one = !one && h->for_now ? h : one;
		buf_addf(&text, "%s%.*s: %s", i ? "; " : "", STR_ARG(h->domain), h->why);
	}
	if (k->n_hostless == 0)
		buf_add(&text, STR("neither a criterion nor the hostname tells a domain to which "
				   "mail goes"));
	if (one)
		buf_addf(&remedy, "%s %.*s", connect, STR_ARG(one->domain));
	else
		buf_addf(&remedy, "%s DOMAIN, with one to which mail goes from here", connect);
	buf_addc(&text, '\0');
	buf_addc(&remedy, '\0');
	if (buf_err(&text) != ERR_OK || buf_err(&remedy) != ERR_OK)
		findings->err = ERR_NOMEM;
	else
		cli_finding_add(findings, CLI_LEVEL_NOTE, "outward-untried", remedy.p,
				"no mail host was tried, so that it is not known whether mail can "
				"leave: %s",
				text.p);
}

void cli_doctor_knocks_judge(const struct cli_doctor_knocks *k, const char *connect,
			     struct cli_findings *findings)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(LINE_ROOM);

	for (size_t i = 0; i < k->n; i++) {
		if (k->all[i].error)
			continue;
		add_knock(&text, &k->all[i]);
		cli_finding_add(findings, CLI_LEVEL_OK, CODE, "", "%.*s takes a connection",
				STR_ARG(buf_str(&text)));
		return;
	}
	for (size_t i = 0; i < k->n; i++) {
		buf_add(&text, i ? STR("; ") : STR(""));
		add_knock(&text, &k->all[i]);
		buf_addf(&text, ": %s", strerror(k->all[i].error));
	}
	if (k->n > 0)
		cli_finding_add(findings, CLI_LEVEL_WARNING, CODE,
				"have the provider of this host open that port outward, or send "
				"through its mail host: route \"*\" { via = \"HOST:587\" }",
				"no mail host that was tried takes a connection: %.*s",
				STR_ARG(buf_str(&text)));
	else
		judge_hostless(k, connect, findings);
}
