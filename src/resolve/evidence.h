/*
 * Whether an answer that is not authenticated says something about its zone, or
 * only about the resolver that gave it.  Pure: what came goes in, what to do next
 * comes out.
 *
 * AD that is clear may mean that a zone is not signed, or that nobody looked.  A
 * server that validated a minute ago may have been restarted without its
 * validator since, and behind one address may stand two, of which one does not
 * validate.  So the answer alone proves nothing, nor does what was known of the
 * server before it.  What does is this, each step begun when the one before it
 * is over, and all of it with the very server that gave the answer:
 *
 *	1. The probe: it authenticates a name that is known to be signed.
 *	2. The question once more, past the cache, RESOLVE_EVIDENCE_ROUNDS times in
 *	   a row.  Each time it is not authenticated.
 *	3. The probe again.
 *
 * Step 1 is what SPEC section 3 asks for, with one repetition.  Step 3 tells when
 * the server stopped to validate between 1 and 2, for which it would have to begin
 * again before 3.  The repetitions are for a pool: where two servers are asked in
 * turn the second is authenticated; where each question falls to one or the
 * other by chance, an answer of the plain one passes for evidence once in
 * 2^(ROUNDS + 2) times.
 */
#ifndef RESOLVE_EVIDENCE_H
#define RESOLVE_EVIDENCE_H

#include "dns/answer.h"

enum { RESOLVE_EVIDENCE_ROUNDS = 3 };

/*
 *	NONE	there is nothing to prove: the answer at hand is used as it is
 *	BEFORE	an answer was not authenticated; wanted: a probe begun after it
 *	AGAIN	the server validates; wanted: the question, asked of it once more
 *	AFTER	all was as before; wanted: a probe begun after the last answer
 *	PROVED	the last answer is not authenticated, and that is its zone's doing
 *	DOUBTED	it may be the server's: nothing follows from the answer
 */
enum resolve_evidence_state {
	RESOLVE_EVIDENCE_NONE,
	RESOLVE_EVIDENCE_BEFORE,
	RESOLVE_EVIDENCE_AGAIN,
	RESOLVE_EVIDENCE_AFTER,
	RESOLVE_EVIDENCE_PROVED,
	RESOLVE_EVIDENCE_DOUBTED,
};

/* All zeros: NONE. */
struct resolve_evidence {
	enum resolve_evidence_state state;
	unsigned rounds; /* of the question that are over */
};

/*
 * An answer came: the first one (NONE), or what was wanted (AGAIN).  True where
 * it is the one at hand from now on: the answer before it is of no use any more.
 * An answer that is authenticated, or bogus, ends it with NONE: that says what the
 * zone is.  Any other failure leaves what there was, DOUBTED.
 */
bool resolve_evidence_answer(struct resolve_evidence *e, const struct dns_answer *a);

/* The probe that was wanted (BEFORE, AFTER) is answered. */
void resolve_evidence_probe(struct resolve_evidence *e, enum dns_probe found);

#endif
