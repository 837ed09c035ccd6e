/*
 * An address without a domain can be in the queue (RFC 5321 section 4.1.1.3: Postmaster), so
 * nothing is refused: whoever meant something else is told why nothing is found.
 */
#include "cli/whom.h"

/* What stands in "<>"; the whole where nothing does. */
static struct str in_brackets(struct str s)
{
	struct str rest = s, before, inner;

	return str_cut(&rest, '<', &before) && str_cut(&rest, '>', &inner) ? inner : s;
}

void cli_whom_note(struct buf *out, struct str word)
{
	struct str inner = in_brackets(word), domain = inner, local;
	bool sign = str_cut(&domain, '@', &local);

	if (word.n == 0 || str_eq(word, STR("<>")) || str_eq_nocase(word, STR("postmaster")))
		return;
	if (sign && (str_eq(local, STR("*")) || str_has(domain, '*')))
		buf_addf(out, "%.*s: * is no wildcard here: write %s%.*s for all of one domain",
			 STR_ARG(word), str_has(domain, '*') ? "@DOMAIN" : "@",
			 STR_ARG(str_has(domain, '*') ? STR_NONE : domain));
	else if (sign && inner.n < word.n)
		buf_addf(out, "%.*s: write the address alone: %.*s", STR_ARG(word), STR_ARG(inner));
	else if (sign && domain.n == 0)
		buf_addf(out, "%.*s is no address: no domain stands behind the @", STR_ARG(word));
	else if (!sign && str_has(inner, '.'))
		buf_addf(out, "%.*s is no address: write @%.*s for all of that domain",
			 STR_ARG(word), STR_ARG(inner));
	else if (!sign)
		buf_addf(out, "%.*s is no address: write %.*s@DOMAIN, or @DOMAIN for all of one",
			 STR_ARG(word), STR_ARG(inner));
}
