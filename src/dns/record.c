#include "dns/record.h"

#include "base/rd.h"
#include "dns/type.h"

/* No pointer can be right here: rdata stands alone. */
static void read_name(struct rd *r, struct dns_name *out)
{
	if (!rd_ok(r) || dns_name_read(r, r->p, 0, out) != ERR_OK)
		r->bad = true;
}

static enum err whole(const struct rd *r)
{
	return rd_ok(r) && rd_left(r) == 0 ? ERR_OK : ERR_SYNTAX;
}

enum err dns_record_address(uint16_t type, struct str rdata, struct ip *out)
{
	const uint8_t *octets = (const uint8_t *)rdata.p;

	if (type == DNS_TYPE_A && rdata.n == 4)
		*out = ip_v4(octets);
	else if (type == DNS_TYPE_AAAA && rdata.n == 16)
		*out = ip_v6(octets);
	else
		return ERR_SYNTAX;
	return ERR_OK;
}

enum err dns_record_target(struct str rdata, struct dns_name *out)
{
	return dns_name_from_wire(rdata, out) == ERR_OK ? ERR_OK : ERR_SYNTAX;
}

enum err dns_record_mx(struct str rdata, struct dns_mx *out)
{
	struct rd r = rd_over(rdata.p, rdata.n);
	struct dns_mx mx = { .preference = rd_u16(&r) };

	read_name(&r, &mx.exchange);
	enum err e = whole(&r);
	if (e == ERR_OK)
		*out = mx;
	return e;
}

enum err dns_record_srv(struct str rdata, struct dns_srv *out)
{
	struct rd r = rd_over(rdata.p, rdata.n);
	struct dns_srv srv;

	srv.priority = rd_u16(&r);
	srv.weight = rd_u16(&r);
	srv.port = rd_u16(&r);
	read_name(&r, &srv.target);
	enum err e = whole(&r);
	if (e == ERR_OK)
		*out = srv;
	return e;
}

enum err dns_record_soa(struct str rdata, struct dns_soa *out)
{
	struct rd r = rd_over(rdata.p, rdata.n);
	struct dns_soa soa;

	read_name(&r, &soa.mname);
	read_name(&r, &soa.rname);
	soa.serial = rd_u32(&r);
	soa.refresh_s = rd_u32(&r);
	soa.retry_s = rd_u32(&r);
	soa.expire_s = rd_u32(&r);
	soa.minimum_s = rd_u32(&r);
	enum err e = whole(&r);
	if (e == ERR_OK)
		*out = soa;
	return e;
}

enum err dns_record_tlsa(struct str rdata, struct dns_tlsa *out)
{
	struct rd r = rd_over(rdata.p, rdata.n);
	struct dns_tlsa tlsa;

	tlsa.usage = rd_u8(&r);
	tlsa.selector = rd_u8(&r);
	tlsa.matching = rd_u8(&r);
	tlsa.data = rd_rest(&r);
	enum err e = whole(&r);
	if (e == ERR_OK)
		*out = tlsa;
	return e;
}

enum err dns_record_sshfp(struct str rdata, struct dns_sshfp *out)
{
	struct rd r = rd_over(rdata.p, rdata.n);
	struct dns_sshfp sshfp;

	sshfp.algorithm = rd_u8(&r);
	sshfp.type = rd_u8(&r);
	sshfp.fingerprint = rd_rest(&r);
	enum err e = whole(&r);
	if (e == ERR_OK)
		*out = sshfp;
	return e;
}

bool dns_record_txt_next(struct str *rdata, struct str *string)
{
	size_t n = rdata->n ? (size_t)(uint8_t)rdata->p[0] : 0;

	if (rdata->n < 1 + n)
		return false;
	*string = str_head(str_skip(*rdata, 1), n);
	*rdata = str_skip(*rdata, 1 + n);
	return true;
}

enum err dns_record_txt(struct str rdata, size_t *n)
{
	struct str string;
	size_t count = 0;

	while (dns_record_txt_next(&rdata, &string))
		count++;
	if (count == 0 || rdata.n > 0)
		return ERR_SYNTAX;
	*n = count;
	return ERR_OK;
}
