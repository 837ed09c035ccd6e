/*
 * The walk over a message: from head to head, and from one line that may be a
 * boundary's to the next.
 *
 * It does not recurse: the multiparts that are open are a stack of boundaries, and
 * where one of them shows, those above it are over (RFC 2046 section 5.1.2).
 *
 * What may be the line of a boundary is held until it has ended, and so is the line end before it;
 * all other text goes by as it came, and is not copied.
 */
#include "message/parts.h"

#include "base/hash.h"
#include "message/head.h"

#include <string.h>

#define NAMES_MAX 65536    /* octets of all boundaries that are open */
#define NAME_MOST 4000     /* octets of one; RFC 2046 allows 70 */
#define BOUNDARY_MOST 4096 /* octets of a line that is longer than any boundary's */
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const struct str dashes = STR_INIT("\r\n--"); /* what a boundary's line begins with */

/* A boundary's line. */
struct stop {
	size_t level; /* whose it is */
	bool closes;  /* it is the last of its multipart */
};

void message_parts_init(struct message_parts *p, size_t head_max)
{
	*p = (struct message_parts){ .begins = true,
				     .held = BUF_MAX(head_max + BOUNDARY_MOST + dashes.n),
				     .names = BUF_MAX(NAMES_MAX) };
}

void message_parts_clear(struct message_parts *p)
{
	buf_free(&p->held);
	buf_free(&p->names);
}

void message_parts_over(struct message_parts *p)
{
	p->over = true;
}

static struct str name_of(const struct message_parts *p, size_t level)
{
	return str_head(str_skip(buf_str(&p->names), p->level[level].at), p->level[level].n);
}

/* No secret: names in one bucket cost a comparison of numbers each, and there are few. */
static uint64_t hash_of(struct str name)
{
	static const uint64_t seed[2] = { 1, 2 };

	return hash_octets(seed, name);
}

/* The innermost level of that boundary, and one; 0: none. */
static size_t find_level(const struct message_parts *p, struct str name)
{
	uint64_t hash = hash_of(name);
	size_t k = p->bucket[hash % LENGTH(p->bucket)];

	while (k > 0 && (p->level[k - 1].hash != hash || !str_eq(name_of(p, k - 1), name)))
		k = p->level[k - 1].below;
	return k;
}

/*
 * Whether line is the boundary of an open multipart: "--" boundary ["--"] *WSP,
 * RFC 2046 section 5.1.1; the innermost counts.  No boundary ends in white space, so that a line
 * can be that of two names at most, and is looked for by them, however many are open.
 */
static bool stops(const struct message_parts *p, struct str line, struct stop *stop)
{
	struct str name = str_skip(line, 2);

	if (p->depth == 0 || !str_starts(line, STR("--")) || line.n >= BOUNDARY_MOST)
		return false;
	while (name.n > 0 && str_has(STR(" \t\r\n"), name.p[name.n - 1]))
		name.n--;
	size_t same = find_level(p, name);
	size_t shorter = str_ends(name, STR("--")) ? find_level(p, str_head(name, name.n - 2)) : 0;
	if (same == 0 && shorter == 0)
		return false;
	stop->closes = shorter > same;
	stop->level = (stop->closes ? shorter : same) - 1;
	return true;
}

/* The multipart with the boundary at the end of .names is open.  False: that cannot be. */
static bool open_level(struct message_parts *p, size_t names)
{
	struct str name = str_skip(buf_str(&p->names), names);

	if (p->depth == LENGTH(p->level) || name.n == 0 || name.n > NAME_MOST ||
	    buf_err(&p->names) != ERR_OK)
		return false;
	uint64_t hash = hash_of(name);
	size_t *bucket = &p->bucket[hash % LENGTH(p->bucket)];
	p->level[p->depth++] = (struct message_parts_level){
		.at = names,
		.n = name.n,
		.hash = hash,
		.below = *bucket,
		.part = p->mime.kind == MESSAGE_MIME_DIGEST ? MESSAGE_MIME_MESSAGE
							    : MESSAGE_MIME_TEXT,
	};
	*bucket = p->depth;
	return true;
}

static void close_levels(struct message_parts *p, size_t depth)
{
	for (; p->depth > depth; p->depth--)
		p->bucket[p->level[p->depth - 1].hash % LENGTH(p->bucket)] =
			p->level[p->depth - 1].below;
	p->names.n = p->depth ? p->level[p->depth - 1].at + p->level[p->depth - 1].n : 0;
}

static enum message_parts_kind fail(struct message_parts *p, enum err e)
{
	p->err = e;
	return MESSAGE_PARTS_FAILED;
}

/* The first n octets of what is held. */
static enum message_parts_kind give(struct message_parts *p, size_t n, struct str *out,
				    enum message_parts_kind kind)
{
	*out = str_head(buf_str(&p->held), n);
	p->given = n;
	return kind;
}

/* More of the line that is at the end of what is held, most octets at most. */
static void add_line(struct message_parts *p, struct str *in, size_t most)
{
	const char *lf = in->n ? memchr(in->p, '\n', in->n) : NULL;
	struct str some = str_head(*in, lf ? (size_t)(lf - in->p) + 1 : in->n);

	some = str_head(some, most);
	buf_add(&p->held, some);
	*in = str_skip(*in, some.n);
}

static bool is_read(const struct message_parts *p, struct str in)
{
	return p->over && in.n == 0;
}

/* A text begins, or what stands between parts: a boundary's line may come at once. */
static void begin_text(struct message_parts *p)
{
	p->match = p->ahead ? dashes.n : p->depth ? 2 : 0;
}

/* All of a head is there: what it says decides what follows. */
static enum message_parts_kind end_head(struct message_parts *p, struct str *out)
{
	size_t n = p->line, names = p->names.n;
	enum message_mime_kind kind =
		p->depth && !p->begins ? p->level[p->depth - 1].part : MESSAGE_MIME_TEXT;

	p->mime = message_mime_read(str_head(buf_str(&p->held), n), kind, &p->names);
	if (buf_err(&p->names) == ERR_NOMEM)
		return fail(p, ERR_NOMEM);
	bool nested = p->mime.kind == MESSAGE_MIME_MESSAGE &&
		      p->mime.encoding != MESSAGE_MIME_QUOTED &&
		      p->mime.encoding != MESSAGE_MIME_BASE64;
	bool parts =
		(p->mime.kind == MESSAGE_MIME_MULTIPART || p->mime.kind == MESSAGE_MIME_DIGEST) &&
		open_level(p, names);
	if (!parts)
		p->names.n = names;
	p->at = nested  ? MESSAGE_PARTS_AT_HEAD
		: parts ? MESSAGE_PARTS_AT_BETWEEN
			: MESSAGE_PARTS_AT_TEXT;
	p->leaf = p->at == MESSAGE_PARTS_AT_TEXT;
	p->whole = p->begins;
	p->begins = nested;
	p->preamble = parts;
	p->partless = false;
	p->inner = true;
	p->line = 0;
	begin_text(p);
	return give(p, n, out, MESSAGE_PARTS_HEAD);
}

/* More of the line that a head goes on with.  False: too little of it is there to say anything. */
static bool hold_line(struct message_parts *p, struct str *in, size_t most, struct str *line)
{
	*line = str_skip(buf_str(&p->held), p->line);
	if (line->n < most && !str_ends(*line, STR("\n")))
		add_line(p, in, most - line->n);
	*line = str_skip(buf_str(&p->held), p->line);
	return str_ends(*line, STR("\n")) || line->n >= most || is_read(p, *in);
}

static bool is_empty(struct str line)
{
	return line.n == 0 || str_eq(line, STR("\n")) || str_eq(line, STR("\r\n"));
}

/*
 * Whether a line belongs to the head that it would go on: in that of the whole message all do that
 * come before the empty one; a part's ends at the first that is no field, as readers have it.
 * What they pass over there is passed over: white space before any field, no name before a
 * colon, a mailbox's "From " at the start.
 */
static bool goes_on(const struct message_parts *p, struct str line)
{
	if (!p->inner || is_empty(line) || str_eq(line, STR("\r")))
		return true;
	return str_has(STR(" \t:"), line.p[0]) ||
	       (p->line == 0 && str_starts(line, STR("From "))) ||
	       message_head_is_field(str_head(line, BOUNDARY_MOST));
}

/* A head ends with its empty line, or before a line that is none of it: a boundary's, or text. */
static enum message_parts_kind take_head(struct message_parts *p, struct str *in, struct str *out)
{
	struct stop ignored;
	struct str line;

	while (!p->ahead) {
		bool told = hold_line(p, in, BOUNDARY_MOST, &line);
		p->ahead = told && (stops(p, line, &ignored) || !goes_on(p, line));
		told = told && (p->ahead || hold_line(p, in, SIZE_MAX, &line));
		if (buf_err(&p->held) != ERR_OK)
			return fail(p, buf_err(&p->held));
		if (!told)
			return MESSAGE_PARTS_MORE;
		if (p->ahead)
			break;
		p->line = p->held.n;
		if (is_empty(line))
			break;
	}
	return end_head(p, out);
}

/* A boundary's line is what is held: what is above its level is over. */
static enum message_parts_kind pass(struct message_parts *p, const struct stop *stop,
				    struct str *out)
{
	bool opens = stop->level + 1 == p->depth && !stop->closes;

	p->partless |= p->preamble && !opens;
	p->preamble = false;
	close_levels(p, stop->level + !stop->closes);
	p->ahead = false;
	p->line = 0;
	p->at = stop->closes ? MESSAGE_PARTS_AT_BETWEEN : MESSAGE_PARTS_AT_HEAD;
	begin_text(p);
	return give(p, p->held.n, out, MESSAGE_PARTS_BOUNDARY);
}

/* What is held begins as a boundary's line does. */
static enum message_parts_kind take_line(struct message_parts *p, struct str *in, struct str *out,
					 enum message_parts_kind kind)
{
	size_t before = str_starts(buf_str(&p->held), STR("\r\n")) ? 2 : 0;
	struct stop stop;

	if (!str_ends(buf_str(&p->held), STR("\n")))
		add_line(p, in, before + BOUNDARY_MOST - p->held.n);
	if (buf_err(&p->held) != ERR_OK)
		return fail(p, buf_err(&p->held));
	struct str line = str_skip(buf_str(&p->held), before);
	if (!str_ends(line, STR("\n")) && line.n < BOUNDARY_MOST && !is_read(p, *in))
		return MESSAGE_PARTS_MORE;
	if (stops(p, line, &stop))
		return pass(p, &stop, out);
	/* It is none; its end may be that before one. */
	p->ahead = false;
	p->match = str_ends(line, STR("\r\n")) ? 2 : str_ends(line, STR("\r"));
	return give(p, p->held.n - p->match, out, kind);
}

/* How many octets of in come before what is, or may prove to be, the start of a boundary's line. */
static size_t plain(const struct message_parts *p, struct str in)
{
	const char *at = p->depth ? memmem(in.p, in.n, dashes.p, dashes.n) : NULL;

	if (at)
		return (size_t)(at - in.p);
	for (size_t k = dashes.n - 1; p->depth && k > 0; k--)
		if (str_ends(in, str_head(dashes, k)))
			return in.n - k;
	return in.n;
}

/* What is held is none of a boundary. */
static enum message_parts_kind let_go(struct message_parts *p, struct str *out,
				      enum message_parts_kind kind)
{
	p->match = 0;
	return give(p, p->held.n, out, kind);
}

static enum message_parts_kind take_text(struct message_parts *p, struct str *in, struct str *out,
					 enum message_parts_kind kind)
{
	while (p->match < dashes.n && in->n > 0) {
		size_t n = p->match == 0 ? plain(p, *in) : 0;
		if (n > 0) {
			*out = str_head(*in, n);
			*in = str_skip(*in, n);
			return kind;
		}
		if (in->p[0] != dashes.p[p->match]) {
			if (p->held.n > 0)
				return let_go(p, out, kind);
			p->match = 0;
			continue;
		}
		buf_addc(&p->held, in->p[0]);
		*in = str_skip(*in, 1);
		p->match++;
	}
	if (p->match == dashes.n)
		return take_line(p, in, out, kind);
	if (!p->over)
		return MESSAGE_PARTS_MORE;
	if (p->held.n > 0)
		return let_go(p, out, kind);
	p->partless |= p->preamble;
	return MESSAGE_PARTS_END;
}

enum message_parts_kind message_parts_next(struct message_parts *p, struct str *in, struct str *out)
{
	*out = STR_NONE;
	if (p->err != ERR_OK)
		return MESSAGE_PARTS_FAILED;
	buf_drop(&p->held, p->given);
	p->given = 0;
	if (p->at == MESSAGE_PARTS_AT_HEAD)
		return take_head(p, in, out);
	return take_text(p, in, out,
			 p->at == MESSAGE_PARTS_AT_TEXT ? MESSAGE_PARTS_TEXT
							: MESSAGE_PARTS_BETWEEN);
}
