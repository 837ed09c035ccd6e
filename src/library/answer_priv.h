/* An answer as the caller holds it. */
#ifndef LIBRARY_ANSWER_PRIV_H
#define LIBRARY_ANSWER_PRIV_H

#include "dns/answer.h"

#include <signpost/dns.h>

/*
 * Texts are written when one is first asked for, by the one thread that has the
 * answer then; those of a copy are written with it, since it is read anywhere.
 */
struct library_answer_texts {
	bool written;
	char server[96], channel[16], trust_reason[512], probe_reason[1024], extra[512], why[2048];
};

struct signpost_dns_answer {
	const struct dns_answer *a;
	struct dns_answer *own; /* a copy's: it is a */
	struct library_answer_texts *texts;
};

#endif
