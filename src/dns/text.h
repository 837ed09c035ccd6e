/*
 * Records in presentation form (RFC 1035 section 5.1, RFC 4343 section 2.1,
 * RFC 3597 section 5), and back.
 */
#ifndef DNS_TEXT_H
#define DNS_TEXT_H

#include "base/buf.h"
#include "dns/answer.h"

/* "owner TTL TYPE rdata", single spaces, class left out: it is IN. */
void dns_text_rr(struct buf *out, const struct dns_rr *rr);

/* The rdata alone: "10 mx.example.". */
void dns_text_rdata(struct buf *out, uint16_t type, struct str rdata);

/*
 * The rdata of a record of that type from presentation form, appended to out:
 * what dns_text_rdata() writes, words and quoted strings with blanks between,
 * hexadecimal in any number of words, and "\# n hex" for each type.  Names
 * are absolute with and without their dot.  Comments and parentheses, which
 * belong to zone files, are not read.
 *
 * ERR_SYNTAX; ERR_LIMIT, ERR_NOMEM from names and out.  out is as before then.
 */
enum err dns_text_read_rdata(uint16_t type, struct str text, struct buf *out) MUST_USE;

#endif
