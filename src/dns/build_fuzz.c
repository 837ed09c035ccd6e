/*
 * Answers from any octets.  Seeds: src/dns/corpus/build/.
 *
 * Whatever a server sends: records are of the path alone and in order, names
 * inside rdata stand alone, a copy is the same, the size is bounded, and there
 * is no secure answer without AD on a trusted channel.
 */
#include "dns/build.h"

#include "dns/chain.h"
#include "dns/record.h"
#include "dns/text.h"
#include "dns/type.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool true_)
{
	if (!true_)
		abort();
}

/* Each step's CNAME belongs to the name before it; the data to the last. */
static void check_path(const struct dns_answer *a)
{
	struct dns_name at = *a->name;
	unsigned steps = 0;

	must(a->n_chain <= a->n_rr);
	for (size_t i = 0; i < a->n_chain; i++) {
		const struct dns_rr *rr = &a->rr[i];
		if (rr->type == DNS_TYPE_DNAME) {
			must(dns_name_under(&at, rr->owner) && !dns_name_eq(&at, rr->owner));
			continue;
		}
		must(rr->type == DNS_TYPE_CNAME && dns_name_eq(&at, rr->owner));
		must(dns_record_target(rr->rdata, &at) == ERR_OK);
		steps++;
	}
	must(steps <= DNS_CHAIN_MAX);
	must(dns_name_eq(&at, dns_answer_final(a)));
	must((a->n_rr > a->n_chain) == (a->outcome == DNS_DATA));
	for (size_t i = a->n_chain; i < a->n_rr; i++) {
		must(dns_name_eq(&at, a->rr[i].owner));
		must(a->rr[i].type == a->type || a->type == DNS_TYPE_ANY);
	}
}

static void check(const struct dns_answer *a, const struct dns_message *m, enum dns_trust trust)
{
	must(a->octets <= DNS_ANSWER_OCTETS_MAX + sizeof(*a));
	must(a->ttl_s <= DNS_TTL_MAX);
	must(a->status != DNS_SECURE || (trust != DNS_TRUST_NONE && m->flags & 0x20));
	must(!a->open || a->outcome == DNS_NODATA);
	check_path(a);
	for (size_t i = 0; i < a->n_rr; i++) {
		struct buf text = BUF_MAX(1 << 20);
		dns_text_rr(&text, &a->rr[i]);
		must(text.n > 0);
		buf_free(&text);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct dns_message m;
	struct dns_answer *a = NULL, *copy = NULL;

	if (n == 0 || dns_message_read((struct str){ (const char *)data + 1, n - 1 }, &m) != ERR_OK)
		return 0;
	struct dns_asked asked = {
		.name = &m.name,
		.type = m.type,
		.ad = true,
		.trust = data[0] & 1 ? DNS_TRUST_STATED : DNS_TRUST_NONE,
	};
	if (dns_build_answer(&m, &asked, &a) != ERR_OK)
		return 0;
	check(a, &m, asked.trust);
	must(dns_answer_copy(a, &copy) == ERR_OK);
	check(copy, &m, asked.trust);
	must(copy->n_rr == a->n_rr && copy->octets <= a->octets + a->why.n);
	dns_answer_free(&a);
	dns_answer_free(&copy);
	return 0;
}
