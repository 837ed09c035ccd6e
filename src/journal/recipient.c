#include "journal/recipient.h"

#include "base/unicode.h"

/* What stands behind the last "@", cut off; empty where there is none. */
static struct str cut_domain(struct str *address)
{
	size_t at = address->n;

	while (at > 0 && address->p[at - 1] != '@')
		at--;
	struct str domain = at > 0 ? str_skip(*address, at) : STR_NONE;
	*address = str_head(*address, address->n - domain.n);
	return domain;
}

bool journal_recipient_is(struct str address, struct str wanted)
{
	if (address.n == 0 || wanted.n == 0)
		return false;
	struct str domain = cut_domain(&address), same = cut_domain(&wanted);
	return unicode_same_domain(domain, same) &&
	       (str_eq(wanted, STR("@")) ? address.n > 0 : str_eq_nocase(address, wanted));
}
