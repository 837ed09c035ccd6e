/*
 * Session logs, read back.
 *
 * A file is read from the front through a window.  A block ends where a line
 * of another session begins.  The last block has no such end: it counts as
 * whole once its outcome is there, or once a later file has begun.  Until then
 * nothing of it is kept: the writer may yet cut off what it could not write
 * whole, so that the window is read again at the next call.
 *
 * At midnight one thread may open the new file while another still writes to
 * the old one; therefore the old one is looked at for as long as the new one is
 * read.
 */
#include "journal/reader.h"

#include "base/text.h"
#include "base/time.h"
#include "base/unicode.h"
#include "os/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".log"

static const struct str prefix[JOURNAL_WAYS] = { STR_INIT("smtp-out-"), STR_INIT("smtp-in-") };

enum {
	DATE = 10,  /* characters of "2026-11-24" */
	STAMP = 24, /* of a line's time */
	CHUNK = 65536,
	WINDOW_MAX = 4 << 20, /* a larger block, which we never write, comes in pieces */
};

/* A file that is being read. */
struct tail {
	int fd; /* -1: none */
	char date[DATE + 1];
	ino_t inode;
	off_t at; /* where in the file the window begins */
	struct buf window;
	size_t used; /* of the window: octets that were given out */
};

struct journal_reader {
	int dir;
	enum journal_way way;
	struct tail now, before;
	char since_date[DATE + 1]; /* "": all */
	char since[STAMP + 1];
	struct buf message, to; /* escaped as they are in the log */
	bool dnssec;
};

static void tail_close(struct tail *t)
{
	os_fd_close(&t->fd);
	buf_free(&t->window);
	*t = (struct tail){ .fd = -1, .window = BUF_MAX(WINDOW_MAX) };
}

static struct journal_reader *reader_new(const struct journal_filter *filter)
{
	struct journal_reader *r = calloc(1, sizeof(*r));
	char text[TIME_TEXT_MAX];

	if (!r)
		return NULL;
	r->dir = r->now.fd = r->before.fd = -1;
	tail_close(&r->now);
	tail_close(&r->before);
	r->message = r->to = BUF_MAX(CHUNK);
	text_escape(&r->message, filter->message);
	text_escape(&r->to, filter->to);
	r->dnssec = filter->dnssec;
	r->way = filter->way;
	if (filter->since_wall_ms) {
		memcpy(r->since, time_rfc3339(filter->since_wall_ms, text).p, STAMP);
		memcpy(r->since_date, r->since, DATE);
	}
	if (buf_err(&r->message) != ERR_OK || buf_err(&r->to) != ERR_OK)
		journal_reader_close(&r);
	return r;
}

enum err journal_reader_open(const char *dir, const struct journal_filter *filter,
			     struct journal_reader **out)
{
	struct journal_reader *r = reader_new(filter);

	if (!r)
		return ERR_NOMEM;
	r->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->dir < 0) {
		journal_reader_close(&r);
		return ERR_IO;
	}
	*out = r;
	return ERR_OK;
}

void journal_reader_close(struct journal_reader **r)
{
	if (!*r)
		return;
	os_fd_close(&(*r)->dir);
	tail_close(&(*r)->now);
	tail_close(&(*r)->before);
	buf_free(&(*r)->message);
	buf_free(&(*r)->to);
	free(*r);
	*r = NULL;
}

/* The date in the name of a session log; empty when it is another file. */
static struct str date_of(enum journal_way way, struct str name)
{
	const struct str first = prefix[way];

	if (name.n != first.n + DATE + STR(SUFFIX).n || !str_starts(name, first) ||
	    !str_ends(name, STR(SUFFIX)))
		return STR_NONE;
	return str_head(str_skip(name, first.n), DATE);
}

static void file_name(const struct journal_reader *r, const char *date, char name[static 64])
{
	struct buf b = { .p = name, .cap = 64, .max = 64 };

	buf_add(&b, prefix[r->way]);
	buf_add(&b, str_of(date));
	buf_add(&b, STR(SUFFIX "\0"));
}

static bool is_file(int dir, const char *name)
{
	struct stat st;

	return fstatat(dir, name, &st, 0) == 0 && S_ISREG(st.st_mode);
}

enum bound { AFTER, FROM };

/* The earliest date after the given one, or from it on; "" in found when there is none. */
static enum err find_date(const struct journal_reader *r, const char *date, enum bound bound,
			  char found[static DATE + 1])
{
	int fd = openat(r->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d) {
		os_fd_close(&fd);
		return ERR_IO;
	}
	found[0] = '\0';
	for (struct dirent *e; (e = readdir(d)) != NULL;) {
		struct str one = date_of(r->way, str_of(e->d_name));
		int order = str_cmp(one, str_of(date));
		if (one.n == 0 || order < 0 || (order == 0 && bound == AFTER))
			continue;
		if (found[0] && str_cmp(one, str_of(found)) >= 0)
			continue;
		if (!is_file(fd, e->d_name))
			continue;
		memcpy(found, one.p, DATE);
		found[DATE] = '\0';
	}
	(void)closedir(d);
	return ERR_OK;
}

/* Begin to read the file of a date, after the one that is read now. */
static enum err advance(struct journal_reader *r, const char *date)
{
	char name[64];
	struct stat st;

	file_name(r, date, name);
	int fd = openat(r->dir, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? ERR_OK : ERR_IO;
	if (fstat(fd, &st) < 0) {
		os_fd_close(&fd);
		return ERR_IO;
	}
	tail_close(&r->before);
	r->before = r->now;
	r->now = (struct tail){ .fd = fd, .inode = st.st_ino, .window = BUF_MAX(WINDOW_MAX) };
	memcpy(r->now.date, date, DATE);
	return ERR_OK;
}

/* The session that a line is of; empty where it is no line of ours. */
static struct str session_of(struct str line)
{
	struct str rest = str_skip(line, STAMP), session;

	if (!str_starts(rest, STR(" [")))
		return STR_NONE;
	rest = str_skip(rest, 2);
	return str_cut(&rest, ']', &session) ? session : STR_NONE;
}

/* What a line says; empty where it is no line of ours. */
static struct str text_of(struct str line)
{
	struct str session = session_of(line);

	return session.n ? str_skip(line, STAMP + 2 + session.n + 2) : STR_NONE;
}

enum ending {
	BY_OUTCOME, /* the last block is whole when its outcome is there */
	BY_FILE,    /* nothing comes any more: the last block is what there is */
};

/*
 * The octets of the first block in s; 0 when more must be read to tell.  Lines
 * without an end do not count.
 */
static size_t block_in(struct str s, bool at_end, enum ending ending)
{
	struct str rest = s, line, first = STR_NONE;
	bool outcome = false;

	while (memchr(rest.n ? rest.p : "", '\n', rest.n) && str_line(&rest, &line)) {
		struct str session = session_of(line);
		if (!first.p)
			first = session.n ? session : STR("");
		else if (!str_eq(session, first))
			return (size_t)(line.p - s.p);
		outcome |= str_starts(text_of(line), STR("outcome: "));
	}
	size_t whole = s.n - rest.n;
	if (s.n >= WINDOW_MAX - CHUNK)
		return whole ? whole : s.n;
	if (at_end && ending == BY_FILE)
		return s.n;
	return at_end && outcome && rest.n == 0 ? whole : 0;
}

/* More of the file into the window.  *got: octets, 0 at the end. */
static enum err fill(struct tail *t, size_t *got)
{
	buf_drop(&t->window, t->used);
	t->at += (off_t)t->used;
	t->used = 0;
	if (!buf_room(&t->window, CHUNK))
		return buf_err(&t->window) == ERR_LIMIT ? ERR_IO : ERR_NOMEM;
	ssize_t n = pread(t->fd, t->window.p + t->window.n, CHUNK, t->at + (off_t)t->window.n);
	if (n < 0)
		return ERR_IO;
	t->window.n += (size_t)n;
	*got = (size_t)n;
	return ERR_OK;
}

/* The next block of one file; empty when there is none for now. */
static enum err tail_next(struct tail *t, enum ending ending, struct str *block)
{
	bool at_end = false;

	*block = STR_NONE;
	if (t->fd < 0)
		return ERR_OK;
	for (;;) {
		struct str s = str_skip(buf_str(&t->window), t->used);
		size_t n = block_in(s, at_end, ending), got;
		if (n) {
			t->used += n;
			*block = str_head(s, n);
			return ERR_OK;
		}
		if (at_end)
			break;
		enum err e = fill(t, &got);
		if (e != ERR_OK)
			return e;
		at_end = got == 0;
	}
	t->window.n = 0;
	return ERR_OK;
}

static bool word_octet(char c)
{
	return str_has(STR("abcdefghijklmnopqrstuvwxyz0123456789_-"), (char)str_fold(c)) ||
	       (unsigned char)c >= 0x80;
}

/* Where the needle begins in s, any case; s.n when it is not there. */
static size_t find(struct str s, struct str needle, size_t from)
{
	for (size_t i = from; i + needle.n <= s.n; i++)
		if (str_eq_nocase((struct str){ s.p + i, needle.n }, needle))
			return i;
	return s.n;
}

/* Whether the last octet of s belongs to the word that follows. */
static bool runs_into(struct str s)
{
	return s.n && word_octet(s.p[s.n - 1]);
}

/* Whether s begins with more of the word before it; a full stop may end a sentence. */
static bool runs_on(struct str s)
{
	if (s.n > 1 && s.p[0] == '.')
		return word_octet(s.p[1]);
	return s.n && (word_octet(s.p[0]) || s.p[0] == '@');
}

static bool has_message(enum journal_way way, struct str text, struct str id)
{
	(void)way;
	if (str_starts(text, STR("<-- ")) || str_starts(text, STR("--> ")))
		return false;
	for (size_t at = find(text, id, 0); at < text.n; at = find(text, id, at + 1))
		if (!runs_into(str_head(text, at)) && !runs_on(str_skip(text, at + id.n)))
			return true;
	return false;
}

/* How much of s, a path as the log has it, stands before the bracket that ends it. */
static size_t path_size(struct str s)
{
	bool quoted = false;
	size_t i = 0;

	for (; i < s.n && (quoted || s.p[i] != '>'); i++) {
		if (s.p[i] == '"')
			quoted = !quoted;
		else if (s.p[i] == '\\' && quoted) /* "\\\\" in the log: a quoted pair begins */
			i += i + 2 < s.n && s.p[i + 2] == '\\' ? 3 : 2;
	}
	return i < s.n ? i : 0;
}

/*
 * The recipient that a line names; empty where it names none.  Commands come from the client,
 * us on the way out: a host's reply that looks like one names nobody.
 */
static struct str recipient_of(enum journal_way way, struct str text)
{
	static const struct str command[JOURNAL_WAYS] = { STR_INIT("--> RCPT TO:"),
							  STR_INIT("<-- RCPT TO:") };
	const struct str before[] = { STR("recipient "), command[way] };
	struct str route;

	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
		struct str to = str_trim(str_skip(text, before[i].n));
		if (!str_starts_nocase(text, before[i]) || !str_starts(to, STR("<")))
			continue;
		to = str_head(str_skip(to, 1), path_size(str_skip(to, 1)));
		if (str_starts(to, STR("@")))
			(void)str_cut(&to, ':', &route); /* RFC 5321 appendix C */
		return to;
	}
	return STR_NONE;
}

/* What stands behind the last "@", cut off; empty where there is none. */
static struct str cut_domain(struct str *address)
{
	size_t at = address->n;

	while (at > 0 && address->p[at - 1] != '@')
		at--;
	struct str domain = at > 0 ? str_skip(*address, at) : STR_NONE;
	*address = str_head(*address, address->n - domain.n);
	return domain;
}

/* The whole address, or its domain. */
static bool has_recipient(enum journal_way way, struct str text, struct str to)
{
	struct str one = recipient_of(way, text);

	if (one.n == 0 || to.n == 0)
		return false;
	struct str domain = cut_domain(&one), wanted = cut_domain(&to);
	return unicode_same_domain(domain, wanted) &&
	       (str_eq(to, STR("@")) ? one.n > 0 : str_eq_nocase(one, to));
}

static bool any_line(enum journal_way way, struct str block,
		     bool (*has)(enum journal_way way, struct str text, struct str what),
		     struct str what)
{
	struct str line;

	while (str_line(&block, &line))
		if (has(way, text_of(line), what))
			return true;
	return false;
}

/* The time of the last line of ours: when the session ended. */
static struct str ended(struct str block)
{
	struct str line, time = STR_NONE;

	while (str_line(&block, &line))
		if (session_of(line).n)
			time = str_head(line, STAMP);
	return time;
}

static bool passes(const struct journal_reader *r, struct str block)
{
	struct str rest = block, first = STR_NONE;

	if (r->dnssec &&
	    (!str_line(&rest, &first) || !str_starts(text_of(first), STR("DNSSEC service "))))
		return false;
	if (r->message.n && !any_line(r->way, block, has_message, buf_str(&r->message)))
		return false;
	if (r->to.n && !any_line(r->way, block, has_recipient, buf_str(&r->to)))
		return false;
	return !r->since[0] || str_cmp(ended(block), str_of(r->since)) >= 0;
}

/* Whether another file stands in the place of the one that is read now. */
static bool replaced(const struct journal_reader *r)
{
	char name[64];
	struct stat st;

	if (r->now.fd < 0)
		return false;
	file_name(r, r->now.date, name);
	return fstatat(r->dir, name, &st, 0) == 0 &&
	       (st.st_ino != r->now.inode || st.st_size < r->now.at);
}

/* The file after the one that is read now; "" in date when there is none yet. */
static enum err successor(const struct journal_reader *r, char date[static DATE + 1])
{
	if (r->now.fd < 0)
		return find_date(r, r->since_date, FROM, date);
	if (replaced(r)) {
		memcpy(date, r->now.date, DATE + 1);
		return ERR_OK;
	}
	return find_date(r, r->now.date, AFTER, date);
}

/* The next block of any file. */
static enum err next_block(struct journal_reader *r, struct str *block)
{
	char date[DATE + 1];

	for (;;) {
		enum err e = tail_next(&r->before, BY_OUTCOME, block);
		if (e != ERR_OK || block->n)
			return e;
		e = tail_next(&r->now, BY_OUTCOME, block);
		if (e != ERR_OK || block->n)
			return e;
		e = successor(r, date);
		if (e != ERR_OK || !date[0])
			return e;
		/* What came in between, and then what is left. */
		e = tail_next(&r->now, BY_OUTCOME, block);
		if (e == ERR_OK && !block->n)
			e = tail_next(&r->now, BY_FILE, block);
		if (e != ERR_OK || block->n)
			return e;
		e = advance(r, date);
		if (e != ERR_OK)
			return e;
	}
}

enum err journal_reader_next(struct journal_reader *r, struct str *block)
{
	struct str one;
	enum err e;

	do {
		e = next_block(r, &one);
	} while (e == ERR_OK && one.n && !passes(r, one));
	if (e == ERR_OK)
		*block = one;
	return e;
}
