/*
 * What is asked here first is our own honesty: strings and messages come from
 * our readers, which let nothing through that could break the dialogue, but a
 * line end in an address would be a command of its own, and that is too much to
 * leave to trust.
 */
#include "smtp/fit.h"

#include "smtp/dots.h"
#include "smtp/envelope.h"
#include "smtp/path.h"

#include <string.h>

static bool is_safe(struct str s, size_t max)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 127)
			return false;
	return s.n <= max;
}

static bool strings_are_safe(const struct smtp_transaction *tx)
{
	if (!is_safe(tx->mail.from, SMTP_PATH_MAX) || !is_safe(tx->mail.envid, SMTP_ENVID_MAX))
		return false;
	for (size_t i = 0; i < tx->n_rcpt; i++)
		if (!is_safe(tx->rcpt[i].to, SMTP_PATH_MAX) ||
		    !is_safe(tx->rcpt[i].orcpt, SMTP_ORCPT_MAX))
			return false;
	return true;
}

bool smtp_fit(const struct smtp_transaction *tx, const struct smtp_offer *offer,
	      struct smtp_result *misfit)
{
	const struct {
		bool holds;
		const char *enhanced;
		struct str text;
	} misfits[] = {
		{ !strings_are_safe(tx), "5.1.3", STR("an address or parameter cannot be sent") },
		{ !smtp_dots_clean(tx->message), "5.6.0",
		  STR("bare CR, bare LF or NUL in the message") },
		{ tx->mail.flags & SMTP_MAIL_UTF8 && !smtp_offer_has(offer, SMTP_EXT_SMTPUTF8),
		  "5.6.7", STR("the server does not offer SMTPUTF8") },
		{ tx->mail.flags & SMTP_MAIL_EIGHT_BIT && tx->eight_bit &&
			  !smtp_offer_has(offer, SMTP_EXT_8BITMIME),
		  "5.6.3", STR("the server does not offer 8BITMIME") },
		{ offer->size_max != 0 && tx->message.n > offer->size_max, "5.3.4",
		  STR("the message is larger than the server takes") },
	};

	for (size_t i = 0; i < sizeof(misfits) / sizeof(misfits[0]); i++) {
		if (!misfits[i].holds)
			continue;
		*misfit = (struct smtp_result){ .fate = SMTP_PERMANENT,
						.stage = SMTP_STAGE_MAIL,
						.text = misfits[i].text };
		memcpy(misfit->enhanced, misfits[i].enhanced, strlen(misfits[i].enhanced) + 1);
		return false;
	}
	return true;
}
