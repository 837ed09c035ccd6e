/*
 * The walk over a message: from head to head, and from one line that may be a
 * boundary's to the next.
 *
 * It does not recurse: the multiparts that are open are a stack of boundaries, and
 * where one of them shows, those above it are over (RFC 2046 section 5.1.2).  What
 * cannot be a boundary's line before cannot become one by being encoded, as no line of
 * what is encoded begins with "-" but where one did.
 */
#include "message/sevenbit.h"

#include "base/hash.h"
#include "base/text.h"
#include "message/head.h"
#include "message/mime.h"
#include "message/octets.h"
#include "message/quoted.h"

#include <string.h>

#define NAMES_MAX 65536  /* octets of all boundaries that are open */
#define BASE64_OCTETS 57 /* that make a line of 76 */
#define READABLE 16      /* octets to encode that are few in any text */
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#define BUCKETS 64

/* An open multipart. */
struct level {
	size_t at, n;                /* its boundary, in .names */
	uint64_t hash;               /* of it */
	size_t below;                /* the next one in its bucket, and one; 0: none */
	enum message_mime_kind part; /* what a part without a type is */
};

struct walk {
	struct str in;
	size_t at; /* octets of it that are dealt with; a line begins there */
	struct buf *out;
	struct buf names;
	struct level level[MESSAGE_SEVENBIT_DEPTH];
	size_t bucket[BUCKETS]; /* the innermost level of that hash, and one; 0: none */
	size_t depth;
	enum message_sevenbit result;
};

/* What comes next: a message, a part of one, what stands between parts. */
enum next { WHOLE, PART, BETWEEN, NOTHING };

/* Where some text ends: before the line of a boundary, or with the message. */
struct stop {
	size_t end;   /* the text, without the line end that belongs to the boundary */
	size_t after; /* the line */
	size_t level; /* whose boundary it is */
	bool closes;  /* it is the last of its multipart */
	bool found;
};

static struct str name_of(const struct walk *w, size_t level)
{
	return str_head(str_skip(buf_str(&w->names), w->level[level].at), w->level[level].n);
}

/* No secret: names in one bucket cost a comparison of numbers each, and there are few. */
static uint64_t hash_of(struct str name)
{
	static const uint64_t seed[2] = { 1, 2 };

	return hash_octets(seed, name);
}

/* The innermost level of that boundary, and one; 0: none. */
static size_t find_level(const struct walk *w, struct str name)
{
	uint64_t hash = hash_of(name);
	size_t k = w->bucket[hash % BUCKETS];

	while (k > 0 && (w->level[k - 1].hash != hash || !str_eq(name_of(w, k - 1), name)))
		k = w->level[k - 1].below;
	return k;
}

/*
 * Whether the line at octet at is the boundary of an open multipart: "--" boundary ["--"] *WSP,
 * RFC 2046 section 5.1.1; the innermost counts.  No boundary ends in white space, so that a line
 * can be that of two names at most, and is looked for by them, however many are open.
 */
static bool stops(const struct walk *w, size_t at, struct stop *stop)
{
	struct str rest = str_skip(w->in, at), line = STR_NONE;

	if (w->depth == 0 || !str_starts(rest, STR("--")))
		return false;
	(void)str_line(&rest, &line);
	struct str name = str_skip(line, 2);
	while (name.n > 0 && str_has(STR(" \t\r\n"), name.p[name.n - 1]))
		name.n--;
	if (name.n > NAMES_MAX)
		return false;
	size_t same = find_level(w, name);
	size_t shorter = str_ends(name, STR("--")) ? find_level(w, str_head(name, name.n - 2)) : 0;
	if (same == 0 && shorter == 0)
		return false;
	stop->closes = shorter > same;
	stop->level = (stop->closes ? shorter : same) - 1;
	stop->after = w->in.n - rest.n;
	stop->found = true;
	return true;
}

/* The end of the text that begins at .at. */
static struct stop find_stop(const struct walk *w)
{
	struct stop stop = { .end = w->at };
	struct str rest = str_skip(w->in, w->at);
	const char *dashes;

	if (w->depth > 0 && stops(w, w->at, &stop))
		return stop;
	while (w->depth > 0 && rest.n > 0 && (dashes = memmem(rest.p, rest.n, "\r\n--", 4))) {
		stop.end = (size_t)(dashes - w->in.p);
		if (stops(w, stop.end + 2, &stop))
			return stop;
		rest = str_skip(w->in, stop.end + 4);
	}
	return (struct stop){ .end = w->in.n, .after = w->in.n };
}

static struct str text_up_to(const struct walk *w, const struct stop *stop)
{
	return str_skip(str_head(w->in, stop->end), w->at);
}

static void close_levels(struct walk *w, size_t depth)
{
	for (; w->depth > depth; w->depth--)
		w->bucket[w->level[w->depth - 1].hash % BUCKETS] = w->level[w->depth - 1].below;
}

/* Copy the boundary's line; what is above its level is over. */
static enum next pass_stop(struct walk *w, const struct stop *stop)
{
	buf_add(w->out, str_skip(str_head(w->in, stop->after), stop->end));
	w->at = stop->after;
	if (!stop->found)
		return NOTHING;
	close_levels(w, stop->level + !stop->closes);
	w->names.n = w->depth ? w->level[w->depth - 1].at + w->level[w->depth - 1].n : 0;
	return stop->closes ? BETWEEN : PART;
}

/* What stands before the first part and behind the last is for nobody (RFC 2046 section 5.1.1). */
static enum next between_parts(struct walk *w)
{
	struct stop stop = find_stop(w);
	struct str text = text_up_to(w, &stop);

	for (bool lines = message_octets_are_lines(text); text.n > 0; text = str_skip(text, 1)) {
		char c = text.p[0];
		bool bad = c & 0x80 || (!lines && (c == '\r' || c == '\n' || c == '\0'));
		buf_addc(w->out, bad ? '?' : c);
	}
	return pass_stop(w, &stop);
}

/* The head that begins at .at: to its empty line, or to a boundary's before that. */
static struct str head_at(const struct walk *w)
{
	struct str rest = str_skip(w->in, w->at), line;
	size_t end = w->at;
	struct stop ignored;

	while (!stops(w, end, &ignored) && str_line(&rest, &line)) {
		end = w->in.n - rest.n;
		if (line.n == 0)
			break;
	}
	return str_skip(str_head(w->in, end), w->at);
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

/* Whether a body so labelled may go as it is. */
static bool is_sevenbit(struct str text, enum message_mime_encoding encoding)
{
	return text_is_ascii(text) && message_octets_are_lines(text) &&
	       (encoding != MESSAGE_MIME_BINARY || !message_octets_have_long_line(text));
}

/* Quoted-printable for text, where it is the shorter of the two, or there is little of it. */
static enum message_mime_encoding choose(struct str text, enum message_mime_kind kind)
{
	size_t coded = 0;

	for (size_t i = 0; i < text.n; i++)
		coded += text.p[i] & 0x80 || text.p[i] == '=' || text.p[i] == '\0';
	return kind == MESSAGE_MIME_TEXT && coded <= text.n / 6 + READABLE ? MESSAGE_MIME_QUOTED
									   : MESSAGE_MIME_BASE64;
}

static void write_base64(struct buf *out, struct str text)
{
	while (text.n > 0) {
		text_base64(out, str_head(text, BASE64_OCTETS));
		text = str_skip(text, BASE64_OCTETS);
		buf_add(out, text.n ? STR("\r\n") : STR(""));
	}
}

/* What is no base64 counts for nothing in it (RFC 2045 section 6.8). */
static void mend_base64(struct buf *out, struct str text)
{
	for (bool lines = message_octets_are_lines(text); text.n > 0; text = str_skip(text, 1))
		if (!(text.p[0] & 0x80) && (lines || !str_has(STR("\r\n\0"), text.p[0])))
			buf_addc(out, text.p[0]);
}

/* The text of a leaf that stood under .encoding before, and stands under the label's now. */
static void write_text(struct walk *w, struct str text, const struct message_mime *m,
		       const struct label *l, bool last)
{
	size_t before = w->out->n;

	if (m->encoding == MESSAGE_MIME_QUOTED)
		message_quoted_mend(w->out, text);
	else if (m->encoding == MESSAGE_MIME_BASE64)
		mend_base64(w->out, text);
	else if (l->encoding == MESSAGE_MIME_QUOTED)
		message_quoted_write(w->out, text);
	else
		write_base64(w->out, text);
	if (!last || w->out->n == before || str_ends(buf_str(w->out), STR("\n")))
		return;
	/* A line end that is not the text's. */
	buf_add(w->out, l->encoding == MESSAGE_MIME_QUOTED ? STR("=\r\n") : STR("\r\n"));
}

static enum next fail(struct walk *w, enum message_sevenbit how)
{
	w->result = how;
	return NOTHING;
}

/* Identity by another name than it is now. */
static bool is_relabelled(const struct message_mime *m)
{
	return m->encoding == MESSAGE_MIME_8BIT || m->encoding == MESSAGE_MIME_BINARY;
}

/* A part without parts. */
static enum next leaf(struct walk *w, struct str head, const struct message_mime *m, bool whole)
{
	struct stop stop = find_stop(w);
	struct str text = text_up_to(w, &stop);
	struct label l = { .encoding = m->encoding };
	bool encoded = m->encoding == MESSAGE_MIME_QUOTED || m->encoding == MESSAGE_MIME_BASE64;

	if (is_sevenbit(text, m->encoding)) {
		l.encoding = MESSAGE_MIME_7BIT;
		l.says_encoding = is_relabelled(m) && m->kind != MESSAGE_MIME_SEALED;
		write_head(w->out, head, &l);
		buf_add(w->out, text);
		return pass_stop(w, &stop);
	}
	if (m->kind == MESSAGE_MIME_SEALED)
		return fail(w, MESSAGE_SEVENBIT_SEALED);
	if ((m->kind != MESSAGE_MIME_TEXT && m->kind != MESSAGE_MIME_OTHER && !encoded) ||
	    m->encoding == MESSAGE_MIME_UNKNOWN)
		return fail(w, MESSAGE_SEVENBIT_BROKEN);
	if (!encoded)
		l.encoding = choose(text, m->kind);
	l.says_encoding = !encoded;
	l.says_version = whole && !m->versioned;
	l.says_type = !m->typed && m->kind == MESSAGE_MIME_TEXT;
	write_head(w->out, head, &l);
	write_text(w, text, m, &l, !stop.found);
	return pass_stop(w, &stop);
}

/* The multipart with the boundary at the end of .names is open.  False: that cannot be. */
static bool open_level(struct walk *w, size_t names, const struct message_mime *m)
{
	if (w->depth == LENGTH(w->level) || w->names.n == names || buf_err(&w->names) != ERR_OK)
		return false;
	uint64_t hash = hash_of(str_skip(buf_str(&w->names), names));
	size_t *bucket = &w->bucket[hash % BUCKETS];
	w->level[w->depth++] = (struct level){
		.at = names,
		.n = w->names.n - names,
		.hash = hash,
		.below = *bucket,
		.part = m->kind == MESSAGE_MIME_DIGEST ? MESSAGE_MIME_MESSAGE : MESSAGE_MIME_TEXT,
	};
	*bucket = w->depth;
	return true;
}

/* A message, or a part of one: its head, and of its body what there is before other parts. */
static enum next part(struct walk *w, enum next what)
{
	bool whole = what == WHOLE;
	size_t names = w->names.n;
	struct str head = head_at(w);
	struct message_mime m = message_mime_read(
		head, w->depth && !whole ? w->level[w->depth - 1].part : MESSAGE_MIME_TEXT,
		&w->names);
	struct label l = { .encoding = MESSAGE_MIME_7BIT, .says_encoding = is_relabelled(&m) };
	bool multipart = m.kind == MESSAGE_MIME_MULTIPART || m.kind == MESSAGE_MIME_DIGEST;
	bool nested = m.kind == MESSAGE_MIME_MESSAGE && m.encoding != MESSAGE_MIME_QUOTED &&
		      m.encoding != MESSAGE_MIME_BASE64;

	w->at += head.n;
	if (!nested && !(multipart && open_level(w, names, &m))) {
		w->names.n = names;
		return leaf(w, head, &m, whole);
	}
	write_head(w->out, head, &l);
	return multipart ? BETWEEN : WHOLE;
}

bool message_sevenbit_is_eight(struct str message)
{
	return !text_is_ascii(str_skip(message, message_head_size(message)));
}

enum message_sevenbit message_sevenbit_write(struct buf *out, struct str message)
{
	struct walk w = { .in = message, .out = out, .names = BUF_MAX(NAMES_MAX) };
	enum next next = WHOLE;

	while (next != NOTHING)
		next = next == BETWEEN ? between_parts(&w) : part(&w, next);
	buf_free(&w.names);
	return w.result;
}
