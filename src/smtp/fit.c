/*
 * What is asked here first is our own honesty: strings and messages come from
 * our readers, which let nothing through that could break the dialogue, but a
 * line end in an address would be a command of its own, and that is too much to
 * leave to trust.
 */
#include "smtp/fit.h"

#include "base/text.h"
#include "message/head.h"
#include "message/sevenbit.h"
#include "smtp/dots.h"
#include "smtp/envelope.h"
#include "smtp/path.h"
#include "smtp/text.h"

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

static bool envelope_is_ascii(const struct smtp_transaction *tx)
{
	bool ascii = text_is_ascii(tx->mail.from);

	for (size_t i = 0; i < tx->n_rcpt; i++)
		ascii = ascii && text_is_ascii(tx->rcpt[i].to) && text_is_ascii(tx->rcpt[i].orcpt);
	return ascii;
}

/* What a message has is read from it, or, where it is elsewhere, was found as it came. */
static bool has(const struct smtp_transaction *tx, unsigned what)
{
	return tx->elsewhere.has & what;
}

static bool is_ascii(const struct smtp_transaction *tx)
{
	return tx->elsewhere.octets ? !has(tx, SMTP_TEXT_HEAD_EIGHT | SMTP_TEXT_BODY_EIGHT)
				    : text_is_ascii(tx->message);
}

static bool head_is_ascii(const struct smtp_transaction *tx)
{
	return tx->elsewhere.octets
		       ? !has(tx, SMTP_TEXT_HEAD_EIGHT)
		       : text_is_ascii(str_head(tx->message, message_head_size(tx->message)));
}

/* Also of one that is ASCII. */
static bool head_is_utf8(const struct smtp_transaction *tx)
{
	return tx->elsewhere.octets
		       ? !has(tx, SMTP_TEXT_HEAD_EIGHT) || has(tx, SMTP_TEXT_HEAD_UTF8)
		       : text_is_utf8(str_head(tx->message, message_head_size(tx->message)));
}

static bool body_is_eight(const struct smtp_transaction *tx)
{
	return tx->elsewhere.octets ? has(tx, SMTP_TEXT_BODY_EIGHT)
				    : message_sevenbit_is_eight(tx->message);
}

static bool is_clean(const struct smtp_transaction *tx)
{
	return tx->elsewhere.octets ? !has(tx, SMTP_TEXT_BARE) : smtp_dots_clean(tx->message);
}

uint64_t smtp_fit_size(const struct smtp_transaction *tx)
{
	return tx->elsewhere.octets ? tx->elsewhere.octets : tx->message.n;
}

/* What is no must is asked for within TLS alone. */
static unsigned like_tls(unsigned flags, enum smtp_channel channel)
{
	flags &= ~(SMTP_MAIL_LIKES_TLS | SMTP_MAIL_REQUIRETLS);
	return channel == SMTP_CHANNEL_CLEAR ? flags : flags | SMTP_MAIL_REQUIRETLS;
}

unsigned smtp_fit_flags(const struct smtp_transaction *tx)
{
	unsigned flags = tx->mail.flags & ~SMTP_MAIL_EIGHT_BIT;
	bool ascii = is_ascii(tx);

	if (tx->body == SMTP_BODY_CONVERTED)
		flags &= ~SMTP_MAIL_BINARY;
	if (flags & SMTP_MAIL_LIKES_TLS)
		flags = like_tls(flags, tx->channel);
	if (!(flags & SMTP_MAIL_BINARY) && !ascii)
		flags |= SMTP_MAIL_EIGHT_BIT;
	if ((flags & SMTP_MAIL_UTF8) && envelope_is_ascii(tx) && (ascii || head_is_ascii(tx)))
		flags &= ~SMTP_MAIL_UTF8;
	return flags;
}

unsigned smtp_fit_says(const struct smtp_transaction *tx, unsigned flags,
		       const struct smtp_offer *offer)
{
	bool perhaps = flags & (SMTP_MAIL_EIGHT_BIT | SMTP_MAIL_BINARY); /* else all is ASCII */
	bool says = perhaps && smtp_offer_has(offer, SMTP_EXT_SMTPUTF8) &&
		    !(flags & SMTP_MAIL_UTF8) && !head_is_ascii(tx) && head_is_utf8(tx);

	return says ? flags | SMTP_MAIL_UTF8 : flags;
}

static struct smtp_result refusal(const char *enhanced, struct str text)
{
	struct smtp_result r = { .fate = enhanced[0] == '4' ? SMTP_TEMPORARY : SMTP_PERMANENT,
				 .stage = SMTP_STAGE_MAIL,
				 .text = text };

	memcpy(r.enhanced, enhanced, strlen(enhanced) + 1);
	return r;
}

/* The flags of what needs an extension: eight bits in a header alone do not. */
static unsigned needs(const struct smtp_transaction *tx, unsigned flags)
{
	if (flags & SMTP_MAIL_EIGHT_BIT && (tx->body == SMTP_BODY_CONVERTED || !body_is_eight(tx)))
		flags &= ~SMTP_MAIL_EIGHT_BIT;
	if (tx->mail.flags & SMTP_MAIL_LIKES_TLS)
		flags &= ~SMTP_MAIL_REQUIRETLS;
	return flags;
}

/* In clear anybody may have put it there (RFC 8689 section 2). */
static struct smtp_offer believed(const struct smtp_transaction *tx, const struct smtp_offer *offer)
{
	struct smtp_offer o = *offer;

	if (tx->channel == SMTP_CHANNEL_CLEAR)
		o.has &= ~(1u << SMTP_EXT_REQUIRETLS);
	return o;
}

/* The first extension that is needed and not offered; NULL: none. */
static const struct smtp_extension_row *lacking(unsigned need, const struct smtp_offer *offer)
{
	for (unsigned x = 0; x < SMTP_EXTENSIONS; x++)
		if (!smtp_offer_has(offer, x) && smtp_extension(x)->needed_by & need)
			return smtp_extension(x);
	return NULL;
}

static const struct str unconverted[] = {
	[SMTP_BODY_SEALED] =
		STR_INIT("the server takes 7-bit mail alone, and what is signed or encrypted in "
			 "the message cannot be made so"),
	[SMTP_BODY_BROKEN] =
		STR_INIT("the server takes 7-bit mail alone, and the MIME structure of the "
			 "message is broken, so that it cannot be made so"),
};

#define ENCODED (SMTP_MAIL_EIGHT_BIT | SMTP_MAIL_BINARY) /* what a conversion does away with */

/* Of what it needs, something is missing, which another server may have. */
static bool lacks(const struct smtp_transaction *tx, unsigned flags, const struct smtp_offer *offer,
		  struct smtp_result *misfit)
{
	const struct smtp_extension_row *row = lacking(needs(tx, flags), offer);
	bool tried = tx->body == SMTP_BODY_SEALED || tx->body == SMTP_BODY_BROKEN;

	if (row)
		*misfit =
			refusal(row->lack, tried && row->needed_by & ENCODED ? unconverted[tx->body]
									     : row->missing);
	else if (offer->size_max != 0 && smtp_fit_size(tx) > offer->size_max)
		*misfit = refusal("5.3.4", STR("the message is larger than the server takes"));
	else
		return false;
	misfit->misfit = true;
	return true;
}

bool smtp_fit_converts(const struct smtp_transaction *tx, const struct smtp_offer *offer)
{
	unsigned most = (tx->mail.flags | SMTP_MAIL_EIGHT_BIT) & ENCODED; /* whatever is in it */

	return tx->body == SMTP_BODY_AS_IT_CAME && lacking(most, offer) &&
	       lacking(needs(tx, smtp_fit_flags(tx)) & ENCODED, offer);
}

bool smtp_fit(const struct smtp_transaction *tx, unsigned flags, const struct smtp_offer *offer,
	      struct smtp_result *misfit)
{
	if (!strings_are_safe(tx)) {
		*misfit = refusal("5.1.3", STR("an address or parameter cannot be sent"));
		return false;
	}
	if (!(flags & SMTP_MAIL_BINARY) && !is_clean(tx)) {
		*misfit = refusal("5.6.0", STR("bare CR, bare LF or NUL in the message"));
		return false;
	}
	const struct smtp_offer there = believed(tx, offer);
	if (lacks(tx, flags, &there, misfit))
		return false;
	if (needs(tx, flags) & SMTP_MAIL_REQUIRETLS && tx->channel != SMTP_CHANNEL_AUTHENTICATED) {
		*misfit = refusal("4.7.5", STR("the server is not authenticated, as REQUIRETLS "
					       "demands"));
		return false;
	}
	return true;
}
