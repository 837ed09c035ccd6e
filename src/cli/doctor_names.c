#include "cli/doctor_names.h"

#include "cli/dns.h"
#include "cli/question.h"
#include "dns/record.h"

struct asking {
	struct cli_dns dns;
	const struct dns_name *name;
	struct cli_doctor_host *host;
};

/* Answers come in any order: by the name that was asked for one finds its address. */
static struct cli_doctor_back *back_of(struct cli_doctor_host *h, const struct dns_name *asked)
{
	struct dns_name name;

	for (size_t i = 0; i < h->n; i++)
		if (cli_question_reverse(&h->back[i].ip, &name) == ERR_OK &&
		    dns_name_eq(&name, asked))
			return &h->back[i];
	return NULL;
}

static void back_answered(void *arg, uint64_t id, const struct dns_answer *a)
{
	struct asking *s = arg;
	struct cli_doctor_back *b = back_of(s->host, a->name);

	(void)id;
	if (b)
		b->outcome = a->outcome;
	for (size_t i = a->n_chain; b && a->outcome == DNS_DATA && i < a->n_rr; i++) {
		CLEANUP(buf_free) struct buf text = BUF_MAX(4 * DNS_NAME_MAX);
		struct dns_name target;
		if (dns_record_target(a->rr[i].rdata, &target) != ERR_OK)
			continue;
		b->same |= dns_name_eq(&target, s->name);
		dns_name_text(&text, &target);
		if (!b->name[0])
			(void)str_copy(b->name, sizeof(b->name), buf_str(&text));
	}
	cli_dns_done(&s->dns);
}

static void ask_back(struct asking *s, const struct ip *ip)
{
	struct cli_doctor_host *h = s->host;
	struct resolve_question q = { .type = DNS_TYPE_PTR };

	if (h->n == CLI_DOCTOR_BACK_MAX || ip_loopback(ip) ||
	    cli_question_reverse(ip, &q.name) != ERR_OK)
		return;
	h->back[h->n++] = (struct cli_doctor_back){ .ip = *ip, .outcome = DNS_NO_ANSWER };
	s->dns.waiting += resolve_ask(s->dns.resolver, &q, back_answered, s) != 0;
}

static void answered(void *arg, uint64_t id, const struct dns_answer *a)
{
	struct asking *s = arg;

	(void)id;
	s->host->found |= a->outcome == DNS_DATA;
	s->host->denied |= a->outcome == DNS_NO_NAME || a->outcome == DNS_NODATA;
	for (size_t i = a->n_chain; a->outcome == DNS_DATA && i < a->n_rr; i++) {
		struct ip ip;
		if (dns_record_address(a->rr[i].type, a->rr[i].rdata, &ip) == ERR_OK)
			ask_back(s, &ip);
	}
	cli_dns_done(&s->dns);
}

int cli_doctor_names(struct cli *cli, const struct dns_name *name, struct cli_doctor_host *out)
{
	static const uint16_t types[] = { DNS_TYPE_A, DNS_TYPE_AAAA };
	struct asking s = { .name = name, .host = out };
	int status = cli_dns_open(cli, NULL, &s.dns);

	if (status != CLI_DONE)
		return status;
	for (size_t i = 0; i < 2; i++) {
		struct resolve_question q = { .name = *name, .type = types[i] };
		s.dns.waiting += resolve_ask(s.dns.resolver, &q, answered, &s) != 0;
	}
	status = cli_dns_run(&s.dns);
	cli_dns_close(&s.dns);
	return status;
}
