/* Typed readings of rdata: those of dns/record.h, in the structs of the header. */
#include "library/name_priv.h"

#include "dns/answer.h"
#include "dns/record.h"
#include "dns/type.h"

/* The rdata of a record that is of that type; false where it is of another. */
static bool rdata_of(const struct signpost_dns_record *r, uint16_t type, struct str *rdata)
{
	const struct dns_rr *rr = (const void *)r;

	*rdata = rr->rdata;
	return rr->type == type;
}

bool signpost_dns_record_target(const struct signpost_dns_record *r,
				struct signpost_dns_name *target)
{
	struct dns_name in;
	struct str rdata;

	if (!rdata_of(r, DNS_TYPE_CNAME, &rdata) && !rdata_of(r, DNS_TYPE_DNAME, &rdata) &&
	    !rdata_of(r, DNS_TYPE_NS, &rdata) && !rdata_of(r, DNS_TYPE_PTR, &rdata))
		return false;
	if (dns_record_target(rdata, &in) != ERR_OK)
		return false;
	library_name_give(target, &in);
	return true;
}

bool signpost_dns_record_mx(const struct signpost_dns_record *r, struct signpost_dns_mx *mx)
{
	struct str rdata;
	struct dns_mx in;

	if (!rdata_of(r, DNS_TYPE_MX, &rdata) || dns_record_mx(rdata, &in) != ERR_OK)
		return false;
	mx->preference = in.preference;
	library_name_give(&mx->exchange, &in.exchange);
	return true;
}

bool signpost_dns_record_srv(const struct signpost_dns_record *r, struct signpost_dns_srv *srv)
{
	struct str rdata;
	struct dns_srv in;

	if (!rdata_of(r, DNS_TYPE_SRV, &rdata) || dns_record_srv(rdata, &in) != ERR_OK)
		return false;
	srv->priority = in.priority;
	srv->weight = in.weight;
	srv->port = in.port;
	library_name_give(&srv->target, &in.target);
	return true;
}

bool signpost_dns_record_tlsa(const struct signpost_dns_record *r, struct signpost_dns_tlsa *tlsa)
{
	struct str rdata;
	struct dns_tlsa in;

	if (!rdata_of(r, DNS_TYPE_TLSA, &rdata) || dns_record_tlsa(rdata, &in) != ERR_OK)
		return false;
	tlsa->usage = in.usage;
	tlsa->selector = in.selector;
	tlsa->matching = in.matching;
	tlsa->data = (const uint8_t *)in.data.p;
	tlsa->data_count = in.data.n;
	return true;
}

bool signpost_dns_record_sshfp(const struct signpost_dns_record *r,
			       struct signpost_dns_sshfp *sshfp)
{
	struct str rdata;
	struct dns_sshfp in;

	if (!rdata_of(r, DNS_TYPE_SSHFP, &rdata) || dns_record_sshfp(rdata, &in) != ERR_OK)
		return false;
	sshfp->algorithm = in.algorithm;
	sshfp->kind = in.type;
	sshfp->fingerprint = (const uint8_t *)in.fingerprint.p;
	sshfp->fingerprint_count = in.fingerprint.n;
	return true;
}

bool signpost_dns_record_soa(const struct signpost_dns_record *r, struct signpost_dns_soa *soa)
{
	struct str rdata;
	struct dns_soa in;

	if (!rdata_of(r, DNS_TYPE_SOA, &rdata) || dns_record_soa(rdata, &in) != ERR_OK)
		return false;
	library_name_give(&soa->primary, &in.mname);
	library_name_give(&soa->mailbox, &in.rname);
	soa->serial = in.serial;
	soa->refresh = in.refresh_s;
	soa->retry = in.retry_s;
	soa->expire = in.expire_s;
	soa->minimum = in.minimum_s;
	return true;
}

/* A record is a TXT record as a whole or not at all. */
static bool strings_of(const struct signpost_dns_record *r, struct str *rdata)
{
	size_t n;

	return rdata_of(r, DNS_TYPE_TXT, rdata) && dns_record_txt(*rdata, &n) == ERR_OK;
}

bool signpost_dns_record_txt(const struct signpost_dns_record *r, size_t i, const char **text,
			     size_t *n)
{
	struct str rdata, string;

	if (!strings_of(r, &rdata))
		return false;
	while (dns_record_txt_next(&rdata, &string)) {
		if (i-- > 0)
			continue;
		*text = string.p;
		*n = string.n;
		return true;
	}
	return false;
}

size_t signpost_dns_record_txt_joined(const struct signpost_dns_record *r, char *to, size_t room)
{
	struct str rdata, string;
	size_t all = 0;

	if (!strings_of(r, &rdata))
		return SIZE_MAX;
	while (dns_record_txt_next(&rdata, &string))
		for (size_t i = 0; i < string.n; i++, all++)
			if (all + 1 < room)
				to[all] = string.p[i];
	if (room > 0)
		to[all < room ? all : room - 1] = '\0';
	return all;
}
