/*
 * MAIL and RCPT in both directions.
 *
 * Parameters whose value is a flag stand in the table of extensions, those that
 * carry text in one here.  What is in neither, or not offered, is refused with
 * 555, as RFC 5321 section 4.1.1.11 has it, since a parameter that is passed over
 * in silence may have been a wish that mattered.
 */
#include "smtp/envelope.h"

#include "base/text.h"
#include "smtp/line.h"
#include "smtp/path.h"
#include "smtp/xtext.h"

#define FAULT(number, words) ((struct smtp_fault){ .code = (number), .text = STR(words) })
#define NO_FAULT FAULT(0, "")

enum command { MAIL, RCPT };

/* What is being read: mail of a MAIL, both of a RCPT. */
struct reading {
	enum command command;
	const struct smtp_offer *ours;
	struct buf *room; /* for an ORCPT */
	struct smtp_mail mail;
	struct smtp_rcpt rcpt;
	unsigned flags_seen, texts_seen; /* parameters, by their place in the tables */
};

static bool read_size(struct reading *r, struct str value)
{
	return smtp_line_size(value, &r->mail.size);
}

static bool read_envid(struct reading *r, struct str value)
{
	if (value.n == 0 || value.n > SMTP_ENVID_MAX || !smtp_xtext_ok(value))
		return false;
	r->mail.envid = value;
	return true;
}

/* RFC 4954 section 5: who gave the mail to whom gives it to us.  We take nobody's word for it. */
static bool read_auth(struct reading *r, struct str value)
{
	(void)r;
	return value.n > 0 && smtp_xtext_ok(value);
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
static bool read_notify(struct reading *r, struct str value)
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
			return false;
		all |= bit;
	}
	r->rcpt.notify = all;
	return true;
}

/*
 * It is for people to look at, so one that cannot be used is as good as none: mail
 * is not refused for it, nor for a second one.
 */
static bool read_orcpt(struct reading *r, struct str value)
{
	if (r->rcpt.orcpt.n > 0 || value.n > SMTP_ORCPT_MAX || !smtp_xtext_orcpt(r->room, value))
		return true;
	if (r->room->n <= SMTP_ORCPT_MAX)
		r->rcpt.orcpt = buf_str(r->room);
	else
		buf_clear(r->room);
	return true;
}

/*
 * Parameters with a text of their own.  An empty value is read where none was
 * given; false: it is a bad one.
 */
static const struct {
	enum command command;
	struct str key;
	enum smtp_extension extension;
	enum { STRICT, LENIENT } how; /* LENIENT: may be empty, and there twice */
	bool (*read)(struct reading *r, struct str value);
} texts[] = {
	{ MAIL, STR_INIT("SIZE"), SMTP_EXT_SIZE, STRICT, read_size },
	{ MAIL, STR_INIT("AUTH"), SMTP_EXT_AUTH, STRICT, read_auth },
	{ MAIL, STR_INIT("ENVID"), SMTP_EXT_DSN, STRICT, read_envid },
	{ RCPT, STR_INIT("NOTIFY"), SMTP_EXT_DSN, STRICT, read_notify },
	{ RCPT, STR_INIT("ORCPT"), SMTP_EXT_DSN, LENIENT, read_orcpt },
};

/* A command: its keyword, and what to say of a path that cannot be read. */
struct grammar {
	struct str keyword;
	struct smtp_fault no_keyword, bad_path;
};

static const struct grammar grammars[] = {
	[MAIL] = { STR_INIT("FROM"),
		   { .code = 501, .text = STR_INIT("5.5.4 Say MAIL FROM:<address>") },
		   { .code = 501, .text = STR_INIT("5.1.7 Bad sender address") } },
	[RCPT] = { STR_INIT("TO"),
		   { .code = 501, .text = STR_INIT("5.5.4 Say RCPT TO:<address>") },
		   { .code = 501, .text = STR_INIT("5.1.3 Bad recipient address") } },
};

/* An esmtp-param, taken apart. */
struct param {
	struct str key, value;
	bool has_value;
};

/* What was made of a parameter. */
enum found { FOUND, NOT_FOUND, NOT_OFFERED, BAD, TWICE };

static enum found read_text(struct reading *r, const struct param *p)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (texts[i].command != r->command || !str_eq_nocase(p->key, texts[i].key))
			continue;
		if (!smtp_offer_has(r->ours, texts[i].extension))
			return NOT_OFFERED;
		if (texts[i].how == STRICT && r->texts_seen & 1u << i)
			return TWICE;
		r->texts_seen |= 1u << i;
		if (texts[i].how == STRICT && p->has_value && p->value.n == 0)
			return BAD;
		return texts[i].read(r, p->value) ? FOUND : BAD;
	}
	return NOT_FOUND;
}

/* The value of row that p has; NULL: none. */
static const struct smtp_extension_value *value_of(const struct smtp_extension_row *row,
						   const struct param *p)
{
	for (size_t i = 0; i < SMTP_EXTENSION_VALUES; i++) {
		const struct smtp_extension_value *v = &row->value[i];
		if (v->text.p && p->has_value == (v->text.n > 0) &&
		    str_eq_nocase(p->value, v->text))
			return v;
	}
	return NULL;
}

/* Several extensions may share a parameter, each with values of its own. */
static enum found read_flag(struct reading *r, const struct param *p)
{
	enum found found = NOT_FOUND;
	unsigned rows = 0;

	for (unsigned x = 0; r->command == MAIL && x < SMTP_EXTENSIONS; x++) {
		const struct smtp_extension_row *row = smtp_extension(x);
		if (!row->param.n || !str_eq_nocase(p->key, row->param))
			continue;
		rows |= 1u << x;
		const struct smtp_extension_value *v = value_of(row, p);
		if (v)
			r->mail.flags |= v->flag;
		if (v || found == NOT_FOUND)
			found = !smtp_offer_has(r->ours, x) ? NOT_OFFERED : v ? FOUND : BAD;
	}
	if (r->flags_seen & rows)
		return TWICE;
	r->flags_seen |= rows;
	return found;
}

/* One esmtp-param.  Whatever is wrong with it, it is named. */
static struct smtp_fault read_param(struct reading *r, struct str word)
{
	struct param p = { .key = word, .value = word };
	struct smtp_fault f = NO_FAULT;

	p.has_value = str_cut(&p.value, '=', &p.key);
	if (!p.has_value)
		p.value = STR("");
	enum found found = read_text(r, &p);
	switch (found == NOT_FOUND ? read_flag(r, &p) : found) {
	case FOUND:
		return f;
	case NOT_FOUND:
	case NOT_OFFERED:
		f = FAULT(555, "5.5.4 Parameter unknown or not offered: ");
		break;
	case BAD:
		f = FAULT(501, "5.5.4 Bad value of parameter ");
		break;
	case TWICE:
		f = FAULT(501, "5.5.4 Given twice: parameter ");
		break;
	}
	f.param = p.key;
	return f;
}

/* keyword ":" path *( SP param ).  White space before the path is widespread, and is let pass. */
static struct smtp_fault read_args(struct reading *r, struct str args, struct str *address)
{
	const struct grammar *g = &grammars[r->command];
	struct str rest = args, key, word;

	if (!str_cut(&rest, ':', &key) || !str_eq_nocase(key, g->keyword))
		return g->no_keyword;
	rest = str_trim(rest);
	if (smtp_path_read(&rest, address) != ERR_OK || (rest.n > 0 && rest.p[0] != ' '))
		return g->bad_path;
	while (str_word(&rest, &word)) {
		struct smtp_fault f = read_param(r, word);
		if (f.code != 0)
			return f;
	}
	if (!text_is_ascii(*address) && !(r->mail.flags & SMTP_MAIL_UTF8))
		return FAULT(553, "5.6.7 Address needs SMTPUTF8");
	return NO_FAULT;
}

struct smtp_fault smtp_envelope_read_mail(struct str args, const struct smtp_offer *ours,
					  struct smtp_mail *out)
{
	struct reading r = { .command = MAIL, .ours = ours, .mail.envid = STR("") };
	struct smtp_mailbox m;
	struct smtp_fault f = read_args(&r, args, &r.mail.from);

	if (f.code != 0)
		return f;
	/* Only a recipient may be Postmaster without a domain: else nobody could be told. */
	if (r.mail.from.n > 0 &&
	    (smtp_path_mailbox(r.mail.from, &m) != ERR_OK || m.kind == SMTP_DOMAIN_NONE))
		return grammars[MAIL].bad_path;
	*out = r.mail;
	return NO_FAULT;
}

struct smtp_fault smtp_envelope_read_rcpt(struct str args, const struct smtp_offer *ours,
					  const struct smtp_mail *mail, struct buf *room,
					  struct smtp_rcpt *out)
{
	struct reading r = {
		.command = RCPT, .ours = ours, .room = room, .mail = *mail, .rcpt.orcpt = STR("")
	};

	buf_clear(room);
	struct smtp_fault f = read_args(&r, args, &r.rcpt.to);
	if (f.code != 0)
		return f;
	if (r.rcpt.to.n == 0)
		return grammars[RCPT].bad_path;
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

/* The flags that are set, of what is offered. */
static void write_flags(struct buf *out, unsigned flags, const struct smtp_offer *offer)
{
	for (unsigned x = 0; x < SMTP_EXTENSIONS; x++) {
		const struct smtp_extension_row *row = smtp_extension(x);
		for (size_t i = 0; smtp_offer_has(offer, x) && i < SMTP_EXTENSION_VALUES; i++) {
			if (!(flags & row->value[i].flag))
				continue;
			buf_addc(out, ' ');
			buf_add(out, row->param);
			buf_add(out, row->value[i].text.n ? STR("=") : STR(""));
			buf_add(out, row->value[i].text);
		}
	}
}

void smtp_envelope_write_mail(struct buf *out, const struct smtp_mail *mail,
			      const struct smtp_offer *offer)
{
	add_path(out, STR("MAIL FROM:"), mail->from);
	if (smtp_offer_has(offer, SMTP_EXT_SIZE) && mail->size > 0) {
		buf_add(out, STR(" SIZE="));
		buf_addu(out, mail->size);
	}
	write_flags(out, mail->flags, offer);
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
