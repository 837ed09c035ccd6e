/*
 * The query machine fed with any octets.  Seeds: src/resolve/corpus/query/.
 *
 * The first octet chooses what the machine has been through; the rest is what a
 * server says.  Nothing counts unless it is a response with this question, or a
 * bare header that refuses EDNS; secure is nothing without AD, and an answer is
 * of the name that was asked.
 */
#include "resolve/query.h"

#include "dns/type.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool true_)
{
	if (!true_)
		abort();
}

static bool bare(struct str octets)
{
	return octets.n == DNS_HEADER_OCTETS && octets.p[4] == 0 && octets.p[5] == 0;
}

static void check(const struct resolve_query *q, const struct resolve_reply *r)
{
	unsigned flags = (unsigned)(uint8_t)r->octets.p[2] << 8 | (uint8_t)r->octets.p[3];

	must(flags & DNS_FLAG_QR && !(flags & DNS_FLAG_OPCODE));
	must(dns_message_asks(r->octets, q->name, q->type) || bare(r->octets));
	/*
	 * Nobody has the key, so that at most a datagram that was cut has the question
	 * go over TCP; a server that owes its cookie shows ours.
	 */
	must(!r->key || (r->truncated && !q->answer));
	if (r->cookie && !r->truncated)
		must(memmem(r->octets.p, r->octets.n, r->client_cookie, DNS_COOKIE_CLIENT) != NULL);
	if (!q->answer)
		return;
	must(dns_name_eq(q->answer->name, q->name) && q->answer->type == q->type);
	must(q->answer->status != DNS_SECURE || flags & 0x20);
	must(!(flags & DNS_FLAG_TC) && !r->truncated);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const struct resolve_peer peers[2] = {
		{ .trust = DNS_TRUST_LOOPBACK, .attempts = 2, .timeout_ms = 1000 },
		{ .trust = DNS_TRUST_LOOPBACK, .attempts = 2, .timeout_ms = 1000 },
	};
	static const uint8_t order[] = { 0, 1 };
	struct dns_tsig_key key = { .name = { 3, "\1k" }, .secret = "secret", .n_secret = 6 };
	struct dns_tsig_sent sent = { .id = 7, .n_mac = 32 };
	struct dns_cookie cookie = { .state = DNS_COOKIE_GOOD, .have = true, .client = "COOKIE!" };
	struct dns_name name;
	struct resolve_query q = { .name = &name, .type = DNS_TYPE_A, .ad = true };

	if (n == 0)
		return 0;
	must(dns_name_from_text(STR("a.example."), &name) == ERR_OK);
	resolve_query_start(&q, peers, order, 2);
	resolve_query_sent(&q, 0);
	if (data[0] & 1)
		(void)resolve_query_expire(&q, 1000);
	if (data[0] & 2)
		resolve_query_suspect(&q, 0);
	struct resolve_reply reply = {
		.octets = { (const char *)data + 1, n - 1 },
		.over_tcp = data[0] & 4,
		.edns = !(data[0] & 8),
		.truncated = data[0] & 16 && !(data[0] & 4), /* only datagrams are cut */
	};
	if (data[0] & 32) {
		reply.key = &key;
		reply.sent = &sent;
	}
	if (data[0] & 64) {
		reply.cookie = &cookie;
		reply.client_cookie = cookie.client;
	}
	reply.mixed = data[0] & 128;
	reply.letters = 0x5555;
	enum resolve_took took = resolve_query_feed(&q, &reply).took;
	if (took == RESOLVE_TOOK || took == RESOLVE_SPOILT)
		check(&q, &reply);
	else
		must(q.answer == NULL && q.state != RESOLVE_QUERY_DONE);
	resolve_query_clear(&q);
	return 0;
}
