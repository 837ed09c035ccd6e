#include "resolve/evidence.h"

static bool once_more(struct resolve_evidence *e, const struct dns_answer *a)
{
	switch (a->status) {
	case DNS_INSECURE:
		if (++e->rounds == RESOLVE_EVIDENCE_ROUNDS)
			e->state = RESOLVE_EVIDENCE_AFTER;
		return true;
	case DNS_SECURE:
	case DNS_BOGUS:
		e->state = RESOLVE_EVIDENCE_NONE;
		return true;
	case DNS_INDETERMINATE:
		break;
	}
	e->state = RESOLVE_EVIDENCE_DOUBTED;
	return false;
}

bool resolve_evidence_answer(struct resolve_evidence *e, const struct dns_answer *a)
{
	if (e->state == RESOLVE_EVIDENCE_AGAIN)
		return once_more(e, a);
	*e = (struct resolve_evidence){ .state = a->status == DNS_INSECURE
							 ? RESOLVE_EVIDENCE_BEFORE
							 : RESOLVE_EVIDENCE_NONE };
	return true;
}

void resolve_evidence_probe(struct resolve_evidence *e, enum dns_probe found)
{
	if (found != DNS_PROBE_VALIDATES)
		e->state = RESOLVE_EVIDENCE_DOUBTED;
	else
		e->state = e->state == RESOLVE_EVIDENCE_BEFORE ? RESOLVE_EVIDENCE_AGAIN
							       : RESOLVE_EVIDENCE_PROVED;
}
