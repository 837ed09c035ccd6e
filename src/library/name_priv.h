/* Names at the door: text of the caller's into what the wire has. */
#ifndef LIBRARY_NAME_PRIV_H
#define LIBRARY_NAME_PRIV_H

#include "dns/name.h"

#include <signpost/dns.h>

/* As signpost_dns_name_read().  ERR_SYNTAX, ERR_LIMIT, ERR_NOMEM. */
enum err library_name_read(const char *text, struct dns_name *out) MUST_USE;

/* The caller's own octets, looked through.  ERR_SYNTAX. */
enum err library_name_take(const struct signpost_dns_name *name, struct dns_name *out) MUST_USE;

/* Why a name was not taken, in words; a constant. */
const char *library_name_reason(enum err e);

/* A name of ours as the header's: it is of the same form. */
const struct signpost_dns_name *library_name_show(const struct dns_name *name);
void library_name_give(struct signpost_dns_name *to, const struct dns_name *name);

#endif
