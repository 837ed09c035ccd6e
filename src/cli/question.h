/*
 * What the words of a command line ask the DNS: pure.
 */
#ifndef CLI_QUESTION_H
#define CLI_QUESTION_H

#include "base/buf.h"
#include "base/ip.h"
#include "dns/name.h"

enum { CLI_QUESTION_TYPES_MAX = 64 };

struct cli_question {
	struct dns_name name;
	uint16_t type[CLI_QUESTION_TYPES_MAX];
	size_t n; /* of types, at least one */
};

/*
 * Name and types in any order.  The name is the first word that is no type, or the
 * first of all where every word is one.  Without types they are MX, A and AAAA.  Of an
 * address (also in brackets) it is its reverse name, for PTR unless types are given
 * (RFC 1035 section 3.5, RFC 3596 section 2.5); of a mail address its domain, and *note
 * says so.  ERR_SYNTAX: *note says what is wrong, and what to write; ERR_NOMEM.
 */
enum err cli_question_read(const char *const *word, size_t n, struct cli_question *out,
			   struct buf *note) MUST_USE;

/*
 * Whether word i names a server as dig has it, "@192.0.2.1": it begins with "@", and is an address
 * or has another name beside it.  Else "@bank.example" is the domain of mail.
 */
bool cli_question_is_server(const char *const *word, size_t n, size_t i);

/*
 * Whether a word may be the domain of a route, as it stands behind the "@" of an address: a name,
 * or an address literal in brackets.  What is neither may not: empty, a mail address, a URL, an
 * address.  ERR_SYNTAX: *why says what it is, and what to write.
 */
enum err cli_question_domain(const char *word, struct buf *why) MUST_USE;

/* Whether a word is an address, also as it stands in that of mail: [192.0.2.1]. */
bool cli_question_is_address(struct str word);

/* The name of an address, for PTR: RFC 1035 section 3.5, RFC 3596 section 2.5. */
enum err cli_question_reverse(const struct ip *ip, struct dns_name *out) MUST_USE;

#endif
