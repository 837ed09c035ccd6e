/*
 * Lines of text, parts of which have a tone: what is shown of statuses and outcomes, before it
 * is known how wide the terminal is, and whether it has colours.
 *
 *	struct term_text t = TERM_TEXT(limit);
 *	term_text_add(&t, TERM_STRONG, name);
 *	dns_name_text(&t.text, other);        what has no tone is written to .text itself
 *	term_text_word(&t, dns_status_text(status));
 *	term_wrap_text(&out, &t, &style);
 *
 * Foreign text is escaped before it is added, as everywhere; term_glyph_at() is behind that.
 */
#ifndef TERM_TEXT_H
#define TERM_TEXT_H

#include "base/buf.h"
#include "term/style.h"

enum term_tone {
	TERM_PLAIN,
	TERM_GOOD,   /* green */
	TERM_FAIR,   /* yellow */
	TERM_BAD,    /* red */
	TERM_ODD,    /* magenta */
	TERM_STRONG, /* bold */
};

/* From .at on the text has that tone; or: what does not fit in the line goes on under .at. */
struct term_mark {
	size_t at;
	enum term_mark_kind { TERM_MARK_TONE, TERM_MARK_HANG } kind;
	enum term_tone tone;
};

struct term_text {
	struct buf text; /* its .err is that of the whole */
	struct term_mark *mark;
	size_t n_mark;
};

#define TERM_TEXT(limit) ((struct term_text){ .text = BUF_MAX(limit) })

void term_text_clear(struct term_text *t);
void term_text_free(struct term_text *t); /* also the CLEANUP() handler */

void term_text_add(struct term_text *t, enum term_tone tone, struct str words);

/* A word of ours in its own tone: "secure", "bounced", "DNSSEC"; plain where it has none. */
void term_text_word(struct term_text *t, struct str word);
enum term_tone term_text_tone(struct str word);

/* What of this line does not fit goes on under what is added next. */
void term_text_hang(struct term_text *t);

/* Append the lines of other, each behind so many spaces. */
void term_text_indent(struct term_text *t, const struct term_text *other, size_t spaces);

#endif
