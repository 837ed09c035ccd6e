/*
 * Names that stand in mail every day, and are near another of them, are all here, so that none
 * is taken for a slip: Organisation, Keyword.
 */
#include "criteria/header.h"

#include "base/near.h"

#define NAME_MIN 4

static const struct str names[] = {
	STR_INIT("Envelope-To"),
	STR_INIT("Envelope-From"),
	STR_INIT("From"),
	STR_INIT("Sender"),
	STR_INIT("Reply-To"),
	STR_INIT("To"),
	STR_INIT("Cc"),
	STR_INIT("Bcc"),
	STR_INIT("Subject"),
	STR_INIT("Date"),
	STR_INIT("Message-ID"),
	STR_INIT("In-Reply-To"),
	STR_INIT("References"),
	STR_INIT("Comments"),
	STR_INIT("Comment"),
	STR_INIT("Keywords"),
	STR_INIT("Keyword"),
	STR_INIT("Resent-From"),
	STR_INIT("Resent-Sender"),
	STR_INIT("Resent-To"),
	STR_INIT("Resent-Cc"),
	STR_INIT("Resent-Bcc"),
	STR_INIT("Resent-Date"),
	STR_INIT("Received"),
	STR_INIT("Return-Path"),
	STR_INIT("Delivered-To"),
	STR_INIT("Errors-To"),
	STR_INIT("Importance"),
	STR_INIT("Priority"),
	STR_INIT("X-Priority"),
	STR_INIT("Precedence"),
	STR_INIT("Sensitivity"),
	STR_INIT("Auto-Submitted"),
	STR_INIT("Organization"),
	STR_INIT("Organisation"),
	STR_INIT("User-Agent"),
	STR_INIT("X-Mailer"),
	STR_INIT("X-Spam-Flag"),
	STR_INIT("X-Spam-Status"),
	STR_INIT("X-Spam-Score"),
	STR_INIT("X-Spam-Level"),
	STR_INIT("MIME-Version"),
	STR_INIT("Content-Type"),
	STR_INIT("Content-Language"),
	STR_INIT("List-Id"),
	STR_INIT("List-Post"),
	STR_INIT("List-Unsubscribe"),
	STR_INIT("Disposition-Notification-To"),
	STR_INIT("TLS-Required"),
};

/* What others call the envelope, or all mail; a field of that name no mail has. */
static const struct {
	struct str name, ours;
} envelope[] = {
	{ STR_INIT("Recipient"), STR_INIT("Envelope-To") },
	{ STR_INIT("Recipients"), STR_INIT("Envelope-To") },
	{ STR_INIT("Rcpt-To"), STR_INIT("Envelope-To") },
	{ STR_INIT("Envelope-Recipient"), STR_INIT("Envelope-To") },
	{ STR_INIT("Envelope-Recipients"), STR_INIT("Envelope-To") },
	{ STR_INIT("Envelope-Rcpt"), STR_INIT("Envelope-To") },
	{ STR_INIT("Envelope-Sender"), STR_INIT("Envelope-From") },
	{ STR_INIT("Mail-From"), STR_INIT("Envelope-From") },
	{ STR_INIT("All"), STR_INIT("To") },
	{ STR_INIT("Any"), STR_INIT("To") },
};

/*
 * A name written as two words, or behind a word of other languages of rules; "": the second is it.
 * "Not" is none of these: the line without it asks for the opposite.
 */
static const struct {
	struct str first, second, ours;
} pairs[] = {
	{ STR_INIT("Envelope"), STR_INIT("To"), STR_INIT("Envelope-To") },
	{ STR_INIT("Envelope"), STR_INIT("From"), STR_INIT("Envelope-From") },
	{ STR_INIT("Rcpt"), STR_INIT("To"), STR_INIT("Envelope-To") },
	{ STR_INIT("Mail"), STR_INIT("From"), STR_INIT("Envelope-From") },
	{ STR_INIT("Reply"), STR_INIT("To"), STR_INIT("Reply-To") },
	{ STR_INIT("Header"), STR_INIT(""), STR_INIT("") },
	{ STR_INIT("If"), STR_INIT(""), STR_INIT("") },
};

static bool is_known(struct str name)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (str_eq_nocase(names[i], name))
			return true;
	return false;
}

struct str criteria_header_of_two(struct str name, struct str *value)
{
	struct str rest = *value, word, second, of_word;

	if (!str_word(&rest, &word))
		return STR_NONE;
	of_word = word;
	if (str_cut(&of_word, ':', &second)) /* "TO:<a@b.example>" */
		rest = of_word.n ? str_skip(*value, (size_t)(of_word.p - value->p)) : rest;
	else
		second = word;
	rest = str_trim(rest);
	if (str_starts(rest, STR("<")) && str_ends(rest, STR(">")))
		rest = str_skip(str_head(rest, rest.n - 1), 1);
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (!str_eq_nocase(pairs[i].first, name) || rest.n == 0 ||
		    (pairs[i].ours.n ? !str_eq_nocase(pairs[i].second, second) : !is_known(second)))
			continue;
		*value = rest;
		return pairs[i].ours.n ? pairs[i].ours : second;
	}
	return STR_NONE;
}

struct str criteria_header_meant(struct str name)
{
	struct near near = { .word = name };

	for (size_t i = 0; i < sizeof(envelope) / sizeof(envelope[0]); i++)
		if (str_eq_nocase(envelope[i].name, name))
			return envelope[i].ours;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (str_eq_nocase(names[i], name))
			return STR_NONE;
		if (names[i].n >= NAME_MIN)
			near_offer(&near, names[i]);
	}
	return name.n >= NAME_MIN ? near.meant : STR_NONE;
}
