/*
 * Typed readings of rdata, each whole or not at all.  Names in it have been
 * decompressed when the answer came in, so that a pointer has no business here.
 */
#include "library/name_priv.h"

#include "base/rd.h"
#include "dns/answer.h"
#include "dns/type.h"

/* Begin to read a record that must be of that type. */
static struct rd begin(const struct signpost_dns_record *r, uint16_t type)
{
	const struct dns_rr *rr = (const void *)r;
	struct rd rd = rd_over(rr->rdata.p, rr->rdata.n);

	rd.bad = rr->type != type;
	return rd;
}

static void read_name(struct rd *r, struct signpost_dns_name *out)
{
	struct dns_name name;

	if (!rd_ok(r) || dns_name_read(r, r->p, 0, &name) != ERR_OK)
		r->bad = true;
	else
		library_name_give(out, &name);
}

static uint32_t read_u32(struct rd *r)
{
	uint32_t high = rd_u16(r);

	return high << 16 | rd_u16(r);
}

/* All that is left, at least one octet. */
static const uint8_t *read_rest(struct rd *r, size_t *n)
{
	*n = rd_left(r);
	if (*n == 0)
		r->bad = true;
	return rd_take(r, *n);
}

static bool whole(const struct rd *r)
{
	return rd_ok(r) && rd_left(r) == 0;
}

bool signpost_dns_record_target(const struct signpost_dns_record *r,
				struct signpost_dns_name *target)
{
	static const uint16_t types[] = { DNS_TYPE_CNAME, DNS_TYPE_DNAME, DNS_TYPE_NS,
					  DNS_TYPE_PTR };
	struct signpost_dns_name out;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct rd rd = begin(r, types[i]);
		read_name(&rd, &out);
		if (!whole(&rd))
			continue;
		*target = out;
		return true;
	}
	return false;
}

bool signpost_dns_record_mx(const struct signpost_dns_record *r, struct signpost_dns_mx *mx)
{
	struct rd rd = begin(r, DNS_TYPE_MX);
	struct signpost_dns_mx out = { 0 };

	out.preference = rd_u16(&rd);
	read_name(&rd, &out.exchange);
	if (!whole(&rd))
		return false;
	*mx = out;
	return true;
}

bool signpost_dns_record_srv(const struct signpost_dns_record *r, struct signpost_dns_srv *srv)
{
	struct rd rd = begin(r, DNS_TYPE_SRV);
	struct signpost_dns_srv out = { 0 };

	out.priority = rd_u16(&rd);
	out.weight = rd_u16(&rd);
	out.port = rd_u16(&rd);
	read_name(&rd, &out.target);
	if (!whole(&rd))
		return false;
	*srv = out;
	return true;
}

bool signpost_dns_record_tlsa(const struct signpost_dns_record *r, struct signpost_dns_tlsa *tlsa)
{
	struct rd rd = begin(r, DNS_TYPE_TLSA);
	struct signpost_dns_tlsa out = { 0 };

	out.usage = rd_u8(&rd);
	out.selector = rd_u8(&rd);
	out.matching = rd_u8(&rd);
	out.data = read_rest(&rd, &out.data_count);
	if (!whole(&rd))
		return false;
	*tlsa = out;
	return true;
}

bool signpost_dns_record_sshfp(const struct signpost_dns_record *r,
			       struct signpost_dns_sshfp *sshfp)
{
	struct rd rd = begin(r, DNS_TYPE_SSHFP);
	struct signpost_dns_sshfp out = { 0 };

	out.algorithm = rd_u8(&rd);
	out.kind = rd_u8(&rd);
	out.fingerprint = read_rest(&rd, &out.fingerprint_count);
	if (!whole(&rd))
		return false;
	*sshfp = out;
	return true;
}

bool signpost_dns_record_soa(const struct signpost_dns_record *r, struct signpost_dns_soa *soa)
{
	struct rd rd = begin(r, DNS_TYPE_SOA);
	struct signpost_dns_soa out = { 0 };

	read_name(&rd, &out.primary);
	read_name(&rd, &out.mailbox);
	out.serial = read_u32(&rd);
	out.refresh = read_u32(&rd);
	out.retry = read_u32(&rd);
	out.expire = read_u32(&rd);
	out.minimum = read_u32(&rd);
	if (!whole(&rd))
		return false;
	*soa = out;
	return true;
}

/* The next string; false at the end, and where the record is not well formed. */
static bool next_string(struct rd *rd, const char **text, size_t *n)
{
	if (!rd_ok(rd) || rd_left(rd) == 0)
		return false;
	*n = rd_u8(rd);
	*text = (const char *)rd_take(rd, *n);
	return rd_ok(rd);
}

/* A record is a TXT record as a whole or not at all. */
static bool strings_are_whole(struct rd rd)
{
	const char *text;
	size_t n;

	if (rd_left(&rd) == 0)
		return false;
	while (next_string(&rd, &text, &n))
		;
	return whole(&rd);
}

bool signpost_dns_record_txt(const struct signpost_dns_record *r, size_t i, const char **text,
			     size_t *n)
{
	struct rd rd = begin(r, DNS_TYPE_TXT);
	const char *at;
	size_t octets;

	if (!strings_are_whole(rd))
		return false;
	while (next_string(&rd, &at, &octets)) {
		if (i-- > 0)
			continue;
		*text = at;
		*n = octets;
		return true;
	}
	return false;
}

size_t signpost_dns_record_txt_joined(const struct signpost_dns_record *r, char *to, size_t room)
{
	struct rd rd = begin(r, DNS_TYPE_TXT);
	size_t all = 0, n;
	const char *text;

	if (!strings_are_whole(rd))
		return SIZE_MAX;
	while (next_string(&rd, &text, &n))
		for (size_t i = 0; i < n; i++, all++)
			if (all + 1 < room)
				to[all] = text[i];
	if (room > 0)
		to[all < room ? all : room - 1] = '\0';
	return all;
}
