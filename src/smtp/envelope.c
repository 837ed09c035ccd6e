/*
 * MAIL and RCPT in both directions.
 *
 * A command has one table of the parameters that it knows; what is in none is
 * refused with 555, as RFC 5321 section 4.1.1.11 has it, since a parameter that
 * is passed over in silence may have been a wish that mattered.
 */
#include "smtp/envelope.h"

#include "smtp/path.h"
#include "smtp/xtext.h"

#define FAULT(number, words) ((struct smtp_fault){ (number), STR(words) })
#define NO_FAULT FAULT(0, "")
#define BAD_VALUE FAULT(501, "5.5.4 Bad value of a parameter")
#define UNKNOWN FAULT(555, "5.5.4 Parameter unknown or not offered")

/* What is being read: mail of a MAIL, both of a RCPT. */
struct reading {
	struct smtp_mail mail;
	struct smtp_rcpt rcpt;
};

/* A parameter, and who reads its value; that is empty where none was given. */
struct param {
	struct str key;
	struct smtp_fault (*read)(struct reading *r, struct str value);
};

static struct smtp_fault read_size(struct reading *r, struct str value)
{
	/* size-value = 1*20DIGIT; what does not fit 64 bits fits no limit either */
	if (value.n == 0 || value.n > 20)
		return BAD_VALUE;
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] < '0' || value.p[i] > '9')
			return BAD_VALUE;
	if (!str_u64(value, &r->mail.size))
		r->mail.size = UINT64_MAX;
	return NO_FAULT;
}

static struct smtp_fault read_body(struct reading *r, struct str value)
{
	if (str_eq_nocase(value, STR("BINARYMIME")))
		return UNKNOWN;
	if (str_eq_nocase(value, STR("8BITMIME")))
		r->mail.flags |= SMTP_MAIL_EIGHT_BIT;
	else if (!str_eq_nocase(value, STR("7BIT")))
		return BAD_VALUE;
	return NO_FAULT;
}

static struct smtp_fault read_utf8(struct reading *r, struct str value)
{
	r->mail.flags |= SMTP_MAIL_UTF8;
	return value.n == 0 ? NO_FAULT : BAD_VALUE;
}

static struct smtp_fault read_ret(struct reading *r, struct str value)
{
	if (str_eq_nocase(value, STR("FULL")))
		r->mail.flags |= SMTP_MAIL_RET_FULL;
	else if (str_eq_nocase(value, STR("HDRS")))
		r->mail.flags |= SMTP_MAIL_RET_HDRS;
	else
		return BAD_VALUE;
	return NO_FAULT;
}

static struct smtp_fault read_envid(struct reading *r, struct str value)
{
	if (value.n == 0 || value.n > SMTP_ENVID_MAX || !smtp_xtext_ok(value))
		return BAD_VALUE;
	r->mail.envid = value;
	return NO_FAULT;
}

static const struct {
	struct str word;
	unsigned bit;
} notify_words[] = {
	{ STR_INIT("NEVER"), SMTP_NOTIFY_NEVER },
	{ STR_INIT("SUCCESS"), SMTP_NOTIFY_SUCCESS },
	{ STR_INIT("FAILURE"), SMTP_NOTIFY_FAILURE },
	{ STR_INIT("DELAY"), SMTP_NOTIFY_DELAY },
};

#define N_NOTIFY (sizeof(notify_words) / sizeof(notify_words[0]))

/* notify-list-element *( "," notify-list-element ), or NEVER alone */
static struct smtp_fault read_notify(struct reading *r, struct str value)
{
	struct str word;
	unsigned all = 0;
	bool more = true;

	while (more) {
		unsigned bit = 0;
		more = str_cut(&value, ',', &word);
		for (size_t i = 0; i < N_NOTIFY; i++)
			if (str_eq_nocase(more ? word : value, notify_words[i].word))
				bit = notify_words[i].bit;
		if (bit == 0 || (all & SMTP_NOTIFY_NEVER) || (all && bit == SMTP_NOTIFY_NEVER))
			return BAD_VALUE;
		all |= bit;
	}
	r->rcpt.notify = all;
	return NO_FAULT;
}

/* original-recipient-address = addr-type ";" xtext, or one of RFC 6533 section 3 */
static struct smtp_fault read_orcpt(struct reading *r, struct str value)
{
	struct str text = value, type;

	if (value.n > SMTP_ORCPT_MAX || !str_cut(&text, ';', &type) || type.n == 0)
		return BAD_VALUE;
	for (size_t i = 0; i < type.n; i++)
		if (type.p[i] < '!' || type.p[i] > '~' ||
		    str_has(STR("()<>@,:\\\".[]+="), type.p[i]))
			return BAD_VALUE;
	if (!smtp_xtext_ok(text) &&
	    !(str_eq_nocase(type, STR("utf-8")) && smtp_xtext_utf8_ok(text)))
		return BAD_VALUE;
	r->rcpt.orcpt = value;
	return NO_FAULT;
}

static const struct param mail_params[] = {
	{ STR_INIT("SIZE"), read_size },     { STR_INIT("BODY"), read_body },
	{ STR_INIT("RET"), read_ret },       { STR_INIT("ENVID"), read_envid },
	{ STR_INIT("SMTPUTF8"), read_utf8 },
};

static const struct param rcpt_params[] = {
	{ STR_INIT("NOTIFY"), read_notify },
	{ STR_INIT("ORCPT"), read_orcpt },
};

/* A command: its keyword, its parameters, and what to say of a path that cannot be read. */
struct grammar {
	struct str keyword;
	const struct param *params;
	size_t n_params;
	struct smtp_fault no_keyword, bad_path;
};

static const struct grammar mail_grammar = {
	STR_INIT("FROM"),
	mail_params,
	sizeof(mail_params) / sizeof(mail_params[0]),
	{ 501, STR_INIT("5.5.4 Say MAIL FROM:<address>") },
	{ 501, STR_INIT("5.1.7 Bad sender address") },
};

static const struct grammar rcpt_grammar = {
	STR_INIT("TO"),
	rcpt_params,
	sizeof(rcpt_params) / sizeof(rcpt_params[0]),
	{ 501, STR_INIT("5.5.4 Say RCPT TO:<address>") },
	{ 501, STR_INIT("5.1.3 Bad recipient address") },
};

/* One esmtp-param; *seen has a bit for each that came before. */
static struct smtp_fault read_param(const struct grammar *g, struct str word, unsigned *seen,
				    struct reading *r)
{
	struct str value = word, key;
	bool has_value = str_cut(&value, '=', &key);

	if (!has_value) {
		key = word;
		value.n = 0;
	}
	for (size_t i = 0; i < g->n_params; i++) {
		if (!str_eq_nocase(key, g->params[i].key))
			continue;
		if ((*seen & 1u << i) || (has_value && value.n == 0))
			return BAD_VALUE;
		*seen |= 1u << i;
		return g->params[i].read(r, value);
	}
	return UNKNOWN;
}

static bool is_ascii(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	return true;
}

/* keyword ":" path *( SP param ).  White space before the path is widespread, and is let pass. */
static struct smtp_fault read_args(const struct grammar *g, struct str args, struct reading *r,
				   struct str *address)
{
	struct str rest = args, key, word;
	unsigned seen = 0;

	if (!str_cut(&rest, ':', &key) || !str_eq_nocase(key, g->keyword))
		return g->no_keyword;
	rest = str_trim(rest);
	if (smtp_path_read(&rest, address) != ERR_OK || (rest.n > 0 && rest.p[0] != ' '))
		return g->bad_path;
	while (str_word(&rest, &word)) {
		struct smtp_fault f = read_param(g, word, &seen, r);
		if (f.code != 0)
			return f;
	}
	if (!is_ascii(args) && !(r->mail.flags & SMTP_MAIL_UTF8))
		return FAULT(553, "5.6.7 Address needs SMTPUTF8");
	return NO_FAULT;
}

struct smtp_fault smtp_envelope_read_mail(struct str args, struct smtp_mail *out)
{
	struct reading r = { .mail.envid = STR("") };
	struct smtp_mailbox m;
	struct smtp_fault f = read_args(&mail_grammar, args, &r, &r.mail.from);

	if (f.code != 0)
		return f;
	/* Only a recipient may be Postmaster without a domain: nobody could be told of a failure. */
	if (r.mail.from.n > 0 &&
	    (smtp_path_mailbox(r.mail.from, &m) != ERR_OK || m.kind == SMTP_DOMAIN_NONE))
		return mail_grammar.bad_path;
	*out = r.mail;
	return NO_FAULT;
}

struct smtp_fault smtp_envelope_read_rcpt(struct str args, const struct smtp_mail *mail,
					  struct smtp_rcpt *out)
{
	struct reading r = { .mail = *mail, .rcpt.orcpt = STR("") };
	struct smtp_fault f = read_args(&rcpt_grammar, args, &r, &r.rcpt.to);

	if (f.code != 0)
		return f;
	if (r.rcpt.to.n == 0)
		return rcpt_grammar.bad_path;
	*out = r.rcpt;
	return NO_FAULT;
}

static void add_path(struct buf *out, struct str command, struct str address)
{
	buf_add(out, command);
	buf_addc(out, '<');
	buf_add(out, address);
	buf_addc(out, '>');
}

void smtp_envelope_write_mail(struct buf *out, const struct smtp_mail *mail,
			      const struct smtp_offer *offer)
{
	add_path(out, STR("MAIL FROM:"), mail->from);
	if (smtp_offer_has(offer, SMTP_EXT_SIZE) && mail->size > 0) {
		buf_add(out, STR(" SIZE="));
		buf_addu(out, mail->size);
	}
	if (smtp_offer_has(offer, SMTP_EXT_8BITMIME) && mail->flags & SMTP_MAIL_EIGHT_BIT)
		buf_add(out, STR(" BODY=8BITMIME"));
	if (smtp_offer_has(offer, SMTP_EXT_SMTPUTF8) && mail->flags & SMTP_MAIL_UTF8)
		buf_add(out, STR(" SMTPUTF8"));
	if (smtp_offer_has(offer, SMTP_EXT_DSN) && mail->flags & SMTP_MAIL_RET_FULL)
		buf_add(out, STR(" RET=FULL"));
	if (smtp_offer_has(offer, SMTP_EXT_DSN) && mail->flags & SMTP_MAIL_RET_HDRS)
		buf_add(out, STR(" RET=HDRS"));
	if (smtp_offer_has(offer, SMTP_EXT_DSN) && mail->envid.n > 0) {
		buf_add(out, STR(" ENVID="));
		buf_add(out, mail->envid);
	}
}

void smtp_envelope_write_rcpt(struct buf *out, const struct smtp_rcpt *rcpt,
			      const struct smtp_offer *offer)
{
	struct str before = STR(" NOTIFY=");

	add_path(out, STR("RCPT TO:"), rcpt->to);
	if (!smtp_offer_has(offer, SMTP_EXT_DSN))
		return;
	for (size_t i = 0; i < N_NOTIFY; i++) {
		if (!(rcpt->notify & notify_words[i].bit))
			continue;
		buf_add(out, before);
		buf_add(out, notify_words[i].word);
		before = STR(",");
	}
	if (rcpt->orcpt.n > 0) {
		buf_add(out, STR(" ORCPT="));
		buf_add(out, rcpt->orcpt);
	}
}
