/*
 * Twice over the parts: how a text is to be written stands in its head, and is known once all of
 * the text was seen.  What was decided is kept as an octet for each text, in their order.
 */
#include "message/sevenbit.h"

#include "base/text.h"
#include "message/coder.h"
#include "message/head.h"
#include "message/octets.h"

#include <stdlib.h>

#define LEAVES_MAX 65536 /* texts of a message; what has more is no mail of people */
#define READABLE 16      /* octets to encode that are few in any text */
#define PLAIN 128        /* beside the way of a text: it is ASCII */

struct message_sevenbit_work {
	struct message_parts parts;
	size_t head_max;
	enum message_sevenbit result;
	struct buf ways; /* of each leaf, an octet: enum message_coder_way, PLAIN */
	size_t leaf;     /* of those that were begun */
	bool in_leaf;
	/* Of what is looked at, a leaf or what stands between parts: */
	struct message_octets octets;
	uint64_t n, coded; /* of a leaf: octets, and those that quoted-printable has to encode */
	/* Of the text that is written: */
	bool is_open; /* the head right before its own has no empty line */
	struct message_coder coder;
	enum message_mime_encoding encoding;
};

struct message_sevenbit_work *message_sevenbit_new(size_t head_max)
{
	struct message_sevenbit_work *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->head_max = head_max;
	w->ways = BUF_MAX(LEAVES_MAX);
	message_parts_init(&w->parts, head_max);
	return w;
}

void message_sevenbit_free(struct message_sevenbit_work **wp)
{
	struct message_sevenbit_work *w = *wp;

	*wp = NULL;
	if (!w)
		return;
	message_parts_clear(&w->parts);
	buf_free(&w->ways);
	free(w);
}

/* What has to be said of a body in its head. */
struct label {
	enum message_mime_encoding encoding;
	bool says_encoding; /* which is another than the head says */
	bool says_version;
	bool says_type;
};

static void add_labels(struct buf *out, const struct label *l, bool says_encoding)
{
	if (l->says_version)
		buf_add(out, STR("MIME-Version: 1.0\r\n"));
	if (l->says_type)
		buf_add(out, STR("Content-Type: text/plain; charset=unknown-8bit\r\n"));
	if (says_encoding) {
		buf_add(out, STR("Content-Transfer-Encoding: "));
		buf_add(out, message_mime_encoding_text(l->encoding));
		buf_add(out, STR("\r\n"));
	}
}

/* Octets of the empty line that a head, or the end of one, ends with. */
static size_t empty_line(struct str head)
{
	if (str_eq(head, STR("\r\n")) || str_ends(head, STR("\n\r\n")))
		return 2;
	return str_eq(head, STR("\n")) || str_ends(head, STR("\n\n"));
}

/* Write a head; another encoding stands where it stood, other new fields at its end. */
static void write_head(struct buf *out, struct str head, const struct label *l)
{
	struct str rest = head, done = head;
	struct message_field f;
	bool said = !l->says_encoding;

	while (l->says_encoding && message_head_next(&rest, &f)) {
		if (!str_eq_nocase(f.name, STR("Content-Transfer-Encoding")))
			continue;
		buf_add(out, str_head(done, (size_t)(f.name.p - done.p)));
		if (!said)
			add_labels(out, &(struct label){ .encoding = l->encoding }, true);
		said = true;
		done = rest;
	}
	size_t empty = empty_line(done);
	buf_add(out, str_head(done, done.n - empty));
	add_labels(out, l, !said);
	buf_add(out, str_skip(done, done.n - empty));
}

/* Quoted-printable for text, where it is the shorter of the two, or there is little of it. */
static enum message_coder_way choose(const struct message_sevenbit_work *w)
{
	return w->parts.mime.kind == MESSAGE_MIME_TEXT && w->coded <= w->n / 6 + READABLE
		       ? MESSAGE_CODER_QUOTED
		       : MESSAGE_CODER_BASE64;
}

/* Whether a body so labelled may go as it is. */
static bool is_sevenbit(const struct message_octets *o, enum message_mime_encoding encoding)
{
	return !o->eight && message_octets_added_lines(o) &&
	       (encoding != MESSAGE_MIME_BINARY || !o->is_long);
}

/*
 * What may go but for a line that is longer than DATA has them (RFC 5321 section 4.5.3.1.6): where
 * it may be encoded it is, and else that is no reason to return it.
 */
static bool is_better_encoded(const struct message_sevenbit_work *w)
{
	const struct message_mime *m = &w->parts.mime;

	return w->octets.is_long && m->encoding < MESSAGE_MIME_QUOTED &&
	       (m->kind == MESSAGE_MIME_TEXT || m->kind == MESSAGE_MIME_OTHER);
}

/* How the leaf that was looked at is to be written.  False: .result says why it cannot be. */
static bool decide(struct message_sevenbit_work *w, enum message_coder_way *way)
{
	const struct message_mime *m = &w->parts.mime;

	*way = MESSAGE_CODER_AS_IT_IS;
	if (is_sevenbit(&w->octets, m->encoding)) {
		if (is_better_encoded(w))
			*way = choose(w);
		return true;
	}
	if (m->kind == MESSAGE_MIME_SEALED)
		w->result = MESSAGE_SEVENBIT_SEALED;
	else if (m->encoding == MESSAGE_MIME_QUOTED)
		*way = MESSAGE_CODER_MEND_QUOTED;
	else if (m->encoding == MESSAGE_MIME_BASE64)
		*way = MESSAGE_CODER_MEND_BASE64;
	else if (m->encoding == MESSAGE_MIME_UNKNOWN ||
		 (m->kind != MESSAGE_MIME_TEXT && m->kind != MESSAGE_MIME_OTHER))
		w->result = MESSAGE_SEVENBIT_BROKEN;
	else
		*way = choose(w);
	return w->result == MESSAGE_SEVENBIT_DONE;
}

static void begin_leaf(struct message_sevenbit_work *w)
{
	w->in_leaf = w->parts.leaf;
	w->octets = (struct message_octets){ .eight = false };
	w->n = w->coded = 0;
}

/* What cannot be written is so however the text goes on, once an octet of it is 8-bit. */
static void look_at(struct message_sevenbit_work *w, struct str text)
{
	enum message_coder_way way;

	message_octets_add(&w->octets, text);
	w->n += text.n;
	for (size_t i = 0; i < text.n; i++)
		w->coded += text.p[i] & 0x80 || text.p[i] == '=' || text.p[i] == '\0';
	if (w->in_leaf && w->octets.eight)
		(void)decide(w, &way);
}

/*
 * What stands between parts is for nobody (RFC 2046 section 5.1.1), and may be marked; but where
 * no part was found it is all that there is to read.
 */
static bool is_lost(const struct message_sevenbit_work *w)
{
	return !w->in_leaf && w->parts.partless && !is_sevenbit(&w->octets, MESSAGE_MIME_7BIT);
}

/* At a boundary's line, or the end. */
static void end_text(struct message_sevenbit_work *w)
{
	enum message_coder_way way;

	if (w->in_leaf && decide(w, &way))
		buf_addc(&w->ways, (char)(way | (w->octets.eight ? 0 : PLAIN)));
	if (buf_err(&w->ways) == ERR_LIMIT || is_lost(w))
		w->result = MESSAGE_SEVENBIT_BROKEN;
	w->in_leaf = false;
	w->octets = (struct message_octets){ .eight = false };
}

static void see(struct message_sevenbit_work *w, enum message_parts_kind kind, struct str some)
{
	switch (kind) {
	case MESSAGE_PARTS_HEAD:
		begin_leaf(w);
		return;
	case MESSAGE_PARTS_TEXT:
		look_at(w, some);
		return;
	case MESSAGE_PARTS_BOUNDARY:
	case MESSAGE_PARTS_END:
		end_text(w);
		return;
	case MESSAGE_PARTS_BETWEEN:
		message_octets_add(&w->octets, some);
		return;
	case MESSAGE_PARTS_MORE:
	case MESSAGE_PARTS_FAILED:
		return;
	}
}

void message_sevenbit_look(struct message_sevenbit_work *w, struct str piece)
{
	enum message_parts_kind kind = MESSAGE_PARTS_HEAD;
	struct str some;

	while (kind < MESSAGE_PARTS_MORE && w->result == MESSAGE_SEVENBIT_DONE) {
		kind = message_parts_next(&w->parts, &piece, &some);
		see(w, kind, some);
	}
}

bool message_sevenbit_decided(const struct message_sevenbit_work *w)
{
	return w->result != MESSAGE_SEVENBIT_DONE || w->parts.err != ERR_OK;
}

enum err message_sevenbit_judge(struct message_sevenbit_work *w, enum message_sevenbit *result)
{
	message_parts_over(&w->parts);
	message_sevenbit_look(w, STR_NONE);
	if (w->parts.err == ERR_NOMEM || buf_err(&w->ways) == ERR_NOMEM)
		return ERR_NOMEM;
	if (w->parts.err == ERR_LIMIT)
		w->result = MESSAGE_SEVENBIT_BROKEN;
	*result = w->result;
	message_parts_clear(&w->parts);
	message_parts_init(&w->parts, w->head_max);
	message_coder_begin(&w->coder, MESSAGE_CODER_AS_IT_IS);
	return ERR_OK;
}

/* Identity by another name than it is now. */
static bool is_relabelled(const struct message_mime *m)
{
	return m->encoding == MESSAGE_MIME_8BIT || m->encoding == MESSAGE_MIME_BINARY;
}

static struct label label_of(const struct message_parts *p, enum message_coder_way way, bool plain)
{
	const struct message_mime *m = &p->mime;
	struct label l = { .encoding = m->encoding };

	if (way == MESSAGE_CODER_AS_IT_IS) {
		l.encoding = MESSAGE_MIME_7BIT;
		l.says_encoding = is_relabelled(m) && m->kind != MESSAGE_MIME_SEALED;
		return l;
	}
	l.says_encoding = way == MESSAGE_CODER_QUOTED || way == MESSAGE_CODER_BASE64;
	if (l.says_encoding)
		l.encoding =
			way == MESSAGE_CODER_QUOTED ? MESSAGE_MIME_QUOTED : MESSAGE_MIME_BASE64;
	l.says_version = p->whole && !m->versioned;
	l.says_type = !m->typed && m->kind == MESSAGE_MIME_TEXT && !plain;
	return l;
}

static void begin_text(struct message_sevenbit_work *w, struct buf *out, struct str head)
{
	struct str ways = buf_str(&w->ways);
	unsigned char said = 0;

	w->in_leaf = w->parts.leaf;
	if (w->in_leaf && w->leaf < ways.n)
		said = (unsigned char)ways.p[w->leaf++];
	const enum message_coder_way way = said & ~PLAIN;
	const struct label l = label_of(&w->parts, way, said & PLAIN);
	w->encoding = l.encoding;
	/* Where text came without an empty line, it could be taken for a field, written anew. */
	bool anew = way != MESSAGE_CODER_AS_IT_IS, ended = empty_line(head) > 0;
	if (anew && w->is_open)
		buf_add(out, STR("\r\n"));
	write_head(out, head, &l);
	if (anew && !ended)
		buf_add(out, STR("\r\n"));
	w->is_open = !ended && !w->in_leaf;
	message_coder_begin(&w->coder, w->in_leaf ? way : MESSAGE_CODER_MARK);
}

/* What was encoded, and is the end of the message, gets a line end that is not the text's. */
static void end_line(const struct message_sevenbit_work *w, struct buf *out)
{
	if (w->in_leaf && w->coder.way != MESSAGE_CODER_AS_IT_IS && w->coder.wrote &&
	    !w->coder.line_end)
		buf_add(out, w->encoding == MESSAGE_MIME_QUOTED ? STR("=\r\n") : STR("\r\n"));
}

static void write_some(struct message_sevenbit_work *w, struct buf *out,
		       enum message_parts_kind kind, struct str some)
{
	switch (kind) {
	case MESSAGE_PARTS_HEAD:
		begin_text(w, out, some);
		return;
	case MESSAGE_PARTS_TEXT:
	case MESSAGE_PARTS_BETWEEN:
		message_coder_add(&w->coder, out, some);
		return;
	case MESSAGE_PARTS_BOUNDARY:
		message_coder_end(&w->coder, out);
		buf_add(out, some);
		w->in_leaf = w->is_open = false;
		message_coder_begin(&w->coder, MESSAGE_CODER_MARK);
		return;
	case MESSAGE_PARTS_END:
		message_coder_end(&w->coder, out);
		end_line(w, out);
		return;
	case MESSAGE_PARTS_MORE:
	case MESSAGE_PARTS_FAILED:
		return;
	}
}

void message_sevenbit_add(struct message_sevenbit_work *w, struct buf *out, struct str piece)
{
	enum message_parts_kind kind = MESSAGE_PARTS_HEAD;
	struct str some;

	while (kind < MESSAGE_PARTS_MORE) {
		kind = message_parts_next(&w->parts, &piece, &some);
		write_some(w, out, kind, some);
	}
	if (kind == MESSAGE_PARTS_FAILED)
		out->err = w->parts.err;
}

void message_sevenbit_end(struct message_sevenbit_work *w, struct buf *out)
{
	message_parts_over(&w->parts);
	message_sevenbit_add(w, out, STR_NONE);
}

bool message_sevenbit_is_eight(struct str message)
{
	return !text_is_ascii(str_skip(message, message_head_size(message)));
}

enum message_sevenbit message_sevenbit_write(struct buf *out, struct str message)
{
	CLEANUP(message_sevenbit_free)
	struct message_sevenbit_work *w = message_sevenbit_new(message.n);
	enum message_sevenbit result = MESSAGE_SEVENBIT_BROKEN;
	enum err e = w ? ERR_OK : ERR_NOMEM;

	if (e == ERR_OK) {
		message_sevenbit_look(w, message);
		e = message_sevenbit_judge(w, &result);
	}
	if (e == ERR_OK && result == MESSAGE_SEVENBIT_DONE) {
		message_sevenbit_add(w, out, message);
		message_sevenbit_end(w, out);
	}
	if (e != ERR_OK)
		out->err = e;
	return result;
}
