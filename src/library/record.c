/* Records, and what those of known types say. */
#include "library/answer_priv.h"

#include "dns/text.h"
#include "dns/type.h"
#include "library/door_priv.h"
#include "library/name_priv.h"

#include <string.h>

enum { TEXT_MAX = 1 << 19 };

/* The header's record is ours, seen from outside. */
static const struct signpost_dns_record *show(const struct dns_rr *rr)
{
	return (const void *)rr;
}

static const struct dns_rr *rr_of(const struct signpost_dns_record *r)
{
	return (const void *)r;
}

size_t signpost_dns_answer_record_count(const struct signpost_dns_answer *a)
{
	return a->a->n_rr;
}

size_t signpost_dns_answer_chain_count(const struct signpost_dns_answer *a)
{
	return a->a->n_chain;
}

const struct signpost_dns_record *signpost_dns_answer_record(const struct signpost_dns_answer *a,
							     size_t i)
{
	return i < a->a->n_rr ? show(&a->a->rr[i]) : NULL;
}

const struct signpost_dns_record *signpost_dns_answer_next(const struct signpost_dns_answer *a,
							   const struct signpost_dns_record *r)
{
	return signpost_dns_answer_record(a, r ? (size_t)(rr_of(r) - a->a->rr) + 1 : a->a->n_chain);
}

const struct signpost_dns_name *signpost_dns_record_owner(const struct signpost_dns_record *r)
{
	return library_name_show(rr_of(r)->owner);
}

uint16_t signpost_dns_record_type(const struct signpost_dns_record *r)
{
	return rr_of(r)->type;
}

uint32_t signpost_dns_record_ttl(const struct signpost_dns_record *r)
{
	return rr_of(r)->ttl_s;
}

const uint8_t *signpost_dns_record_rdata(const struct signpost_dns_record *r, size_t *n)
{
	*n = rr_of(r)->rdata.n;
	return (const uint8_t *)rr_of(r)->rdata.p;
}

/* As snprintf() does. */
static size_t put(const struct buf *text, char *to, size_t room)
{
	if (buf_err(text) != ERR_OK)
		return SIZE_MAX;
	size_t n = text->n < room ? text->n : room ? room - 1 : 0;
	if (n > 0)
		memcpy(to, text->p, n);
	if (room > 0)
		to[n] = '\0';
	return text->n;
}

size_t signpost_dns_record_text(const struct signpost_dns_record *r, char *to, size_t room)
{
	KEEP_ERRNO;
	CLEANUP(buf_free) struct buf text = BUF_MAX(TEXT_MAX);

	dns_text_rr(&text, rr_of(r));
	return put(&text, to, room);
}

size_t signpost_dns_record_rdata_text(const struct signpost_dns_record *r, char *to, size_t room)
{
	KEEP_ERRNO;
	CLEANUP(buf_free) struct buf text = BUF_MAX(TEXT_MAX);

	dns_text_rdata(&text, rr_of(r)->type, rr_of(r)->rdata);
	return put(&text, to, room);
}

bool signpost_dns_record_address(const struct signpost_dns_record *r,
				 struct signpost_dns_address *address)
{
	struct str rdata = rr_of(r)->rdata;
	uint16_t type = rr_of(r)->type;
	size_t n = type == DNS_TYPE_A ? 4 : type == DNS_TYPE_AAAA ? 16 : 0;

	if (n == 0 || rdata.n != n)
		return false;
	*address = (struct signpost_dns_address){ .family = n == 4 ? 4 : 6 };
	memcpy(address->octets, rdata.p, n);
	return true;
}
