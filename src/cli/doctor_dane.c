#include "cli/doctor_dane.h"

#include "base/text.h"
#include "cli/dns.h"
#include "cli/doctor_dane_judge.h"
#include "dns/record.h"
#include "tls/record.h"

#include <stdlib.h>

enum { NAME_ROOM = 4 * DNS_NAME_MAX };

struct asking {
	struct cli_dns dns;
	struct ask {
		struct asking *all;
		struct cli_doctor_dane facts;
	} * ask;
	size_t n;
};

static void answered(void *arg, uint64_t id, const struct dns_answer *a)
{
	struct ask *ask = arg;
	struct cli_doctor_dane *f = &ask->facts;

	(void)id;
	f->outcome = a->outcome;
	f->status = a->status;
	for (size_t i = a->n_chain; a->outcome == DNS_DATA && i < a->n_rr; i++) {
		struct dns_tlsa t;
		if (dns_record_tlsa(a->rr[i].rdata, &t) != ERR_OK)
			continue;
		struct tls_tlsa as = { t.usage, t.selector, t.matching, t.data };
		f->usable += tls_record_usable(&as);
		f->fit += tls_record_fits(&as, f->certificate);
	}
	cli_dns_done(&ask->all->dns);
}

/* What would fit, where the certificate can be read. */
static bool write_record(struct cli_doctor_dane *f)
{
	CLEANUP(buf_free) struct buf hex = BUF_MAX(sizeof(f->record));
	uint8_t pin[TLS_PIN_OCTETS];

	if (tls_record_pin(f->certificate, pin) != ERR_OK)
		return false;
	buf_add(&hex, STR("3 1 1 "));
	text_hex(&hex, (struct str){ (const char *)pin, sizeof(pin) });
	(void)str_copy(f->record, sizeof(f->record), buf_str(&hex));
	return true;
}

static void ask_for(struct asking *s, const struct conf *conf, const struct conf_listen *l)
{
	CLEANUP(buf_free) struct buf owner = BUF_MAX(NAME_ROOM), text = BUF_MAX(NAME_ROOM);
	struct resolve_question q = { .type = DNS_TYPE_TLSA, .flags = RESOLVE_AD };
	struct ask *a = &s->ask[s->n];

	*a = (struct ask){ s, { .certificate = l->tls_certificate, .outcome = DNS_NO_ANSWER } };
	if (!l->tls_certificate[0] || l->path || !write_record(&a->facts))
		return;
	buf_addf(&owner, "_%u._tcp.%s", l->at.port, conf->hostname);
	if (dns_name_from_text(buf_str(&owner), &q.name) != ERR_OK)
		return;
	dns_name_text(&text, &q.name);
	(void)str_copy(a->facts.owner, sizeof(a->facts.owner), buf_str(&text));
	s->n++;
	s->dns.waiting += resolve_ask(s->dns.resolver, &q, answered, a) != 0;
}

int cli_doctor_dane(struct cli *cli, struct cli_findings *findings)
{
	const struct conf *conf = cli->conf;
	struct asking s = { .ask = calloc(conf->n_listen + 1, sizeof(*s.ask)) };
	int status = s.ask ? cli_dns_open(cli, NULL, &s.dns) : cli_nomem();

	if (status == CLI_DONE) {
		for (size_t i = 0; i < conf->n_listen; i++)
			ask_for(&s, conf, &conf->listen[i]);
		status = cli_dns_run(&s.dns);
		cli_dns_close(&s.dns);
	}
	for (size_t i = 0; status == CLI_DONE && i < s.n; i++)
		cli_doctor_dane_judge(&s.ask[i].facts, findings);
	free(s.ask);
	return status;
}
