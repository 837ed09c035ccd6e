/*
 * The criteria file (SPEC section 2): which messages get the DNSSEC service.
 *
 * Parsed whole or not at all; then immutable, so that threads may share it.
 *
 * What SPEC leaves open is settled so:
 *
 *	quotes	may stand anywhere in a value, as in a shell: *"top secret"*
 *	escapes	'*' and '?' are wildcards in quotes too, unless escaped with a '\'
 *	spaces	white space in an unquoted value stands for any run of it, since
 *		relays fold fields anew; in quotes or escaped, for exactly itself;
 *		but that of a fold is one space as well
 *	case	modifiers are capitals; "secure" at the end is refused, unless in quotes
 *	text	lines may end in CR LF, and a byte order mark is passed over; what is
 *		not UTF-8, and control characters, are refused
 */
#ifndef CRITERIA_CRITERIA_H
#define CRITERIA_CRITERIA_H

#include "base/buf.h"
#include "criteria/criterion.h"

struct criteria;

/*
 * Read a whole file.  name is how messages call it.  On ERR_SYNTAX *why holds
 * one line for each bad line, "FILE:LINE: what is wrong and what to write
 * instead", joined by '\n' as far as *why has room, and nothing is made.
 * ERR_LIMIT (a file of more than 16 MiB) has one line of this kind too; ERR_NOMEM.
 */
enum err criteria_parse(struct str file, struct str name, struct criteria **out, struct buf *why)
	MUST_USE;
void criteria_free(struct criteria **c);

size_t criteria_count(const struct criteria *c);
const struct criterion *criteria_at(const struct criteria *c, size_t i);

/* The file's name as given: for `dnssec.criteria:2`. */
struct str criteria_name(const struct criteria *c);

/*
 * One message's match.  The head is read once; then each recipient is judged.
 *
 *	struct criteria_match *m = criteria_match_new(c, message, from, rcpts, n);
 *	const struct criterion *k = criteria_match_rcpt(m, rcpt);   NULL: service off
 *	enum err e = criteria_match_err(m);                         once, at the end
 */
struct criteria_match;

/*
 * message: the whole message or its head.  from: envelope sender, empty for
 * the null sender.  rcpts: all envelope recipients, which stand for To where
 * the message has no To field.  All borrowed for the call alone, but c must
 * outlive the match.  NULL: out of memory.
 *
 * An address is looked at as it stands and with its domain in A-label and in U-label
 * form.  Where there is neither a To field nor a recipient, To is the empty
 * string, so that `To *` is every message.
 */
struct criteria_match *criteria_match_new(const struct criteria *c, struct str message,
					  struct str from, const struct str *rcpts, size_t n)
	MUST_USE;
void criteria_match_free(struct criteria_match **m);

/*
 * The criterion that decides for this recipient: the strongest that matches the
 * message or, as Envelope-To, the recipient; among equals the first.  NULL: none.
 */
const struct criterion *criteria_match_rcpt(const struct criteria_match *m, struct str rcpt);

/*
 * The first OBSERVE that matches this recipient, whichever criterion decides.  NULL: none,
 * or one with SECURE decides, so that there is nothing to try.
 */
const struct criterion *criteria_match_observed(const struct criteria_match *m, struct str rcpt);

/*
 * ERR_NOMEM: memory was short while some recipient was judged, and what was said of him may be
 * less than what the criteria ask for.  The first failure stays.
 */
enum err criteria_match_err(const struct criteria_match *m) MUST_USE;

/*
 * The charsets of encoded words that the match needed and could not decode, a space between
 * their names; the first of them where they are many.  Lives as long as the match.
 */
struct str criteria_match_undecoded(const struct criteria_match *m);

/* Whether criterion i matches this recipient of the message: for `explain`, which lists all. */
bool criteria_match_has(const struct criteria_match *m, size_t i, struct str rcpt);

#endif
