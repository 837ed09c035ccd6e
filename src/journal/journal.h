/*
 * The session log and the delivery records (SPEC section 8).
 *
 * A session is built as a block in memory and written by one write() to a file
 * opened for appending, so that blocks of several threads never mix.  Each
 * thread has a journal of its own over the same files.
 */
#ifndef JOURNAL_JOURNAL_H
#define JOURNAL_JOURNAL_H

#include "base/buf.h"

struct journal;

/*
 * dir: where the files are; made where missing (0750).  *why: one line on
 * failure, also where nothing may be written there.  ERR_IO, ERR_NOMEM.
 */
enum err journal_open(const char *dir, struct journal **out, struct buf *why) MUST_USE;

/* Close and set to NULL.  Also the CLEANUP() handler; NULL is fine. */
void journal_close(struct journal **j);

/*
 * Open the directory and the files anew, and make the directory where it is missing: SIGHUP.
 * ERR_IO: not all could be, as journal_amiss() says.  Each write tries it again then, and what was
 * open before goes on to be used, as long as it has a name.
 */
enum err journal_reopen(struct journal *j, int64_t now_wall_ms) MUST_USE;

/*
 * What the last write, or journal_reopen(), could not open, be it that it went well by what was
 * open before: "log file PATH: WHY"; "": nothing.
 */
const char *journal_amiss(const struct journal *j);

/*
 * Around what takes a name of a file away, or gives it to another: nobody appends to any file
 * meanwhile, and whoever does next opens its file anew.  Legal from any thread; not nested.
 */
void journal_hold(void);
void journal_release(void);

/* Which sessions: those to mail hosts (smtp-out), or those of clients (smtp-in). */
enum journal_way { JOURNAL_OUT, JOURNAL_IN, JOURNAL_WAYS };

/* The kinds of files: sessions by their way, and delivery records. */
enum journal_kind {
	JOURNAL_KIND_OUT = JOURNAL_OUT,
	JOURNAL_KIND_IN = JOURNAL_IN,
	JOURNAL_KIND_RECORDS,
	JOURNAL_KINDS
};

/*
 * Whether the file of that kind that is open, if any is, is to be opened anew, as the last write or
 * journal_reopen() could not.
 */
bool journal_is_stale(const struct journal *j, enum journal_kind kind);

/*
 * Whether a line shows authenticated data; or has room in a block in which others have none; or
 * what the administrator wrote, as he wrote it.
 */
enum journal_mark { JOURNAL_PLAIN, JOURNAL_DNSSEC, JOURNAL_NOTABLE, JOURNAL_OWN };

#define JOURNAL_BLOCK_MAX (1u << 20) /* octets of one block */
#define JOURNAL_TEXT_MAX 8192        /* octets of one line's text; what is beyond is counted */

/*
 * Octets of a block of JOURNAL_IN, which grows for as long as its client stays: of its
 * lines; with those that are JOURNAL_NOTABLE it may be twice as large.
 */
#define JOURNAL_IN_MAX (32u << 10)

/*
 * One session's lines.  The mark is put, and its forgery prevented, here alone:
 * a JOURNAL_DNSSEC line gets " DNSSEC" at its end; a plain line whose text ends
 * with the word, blanks aside, has the word's last letter written as \x43.
 *
 * A block that would grow past its maximum says so in one line, and takes no
 * more lines but those that are JOURNAL_NOTABLE, up to a maximum of their own,
 * and "outcome: ...", before that one how many were left out.
 */
struct journal_block {
	enum journal_way way;
	struct buf lines;
	char session[24];
	char head[64]; /* "TIME [SESSION] " of the last line, */
	size_t head_n;
	int64_t head_wall_ms;
	uint64_t left_out; /* lines */
	size_t most;       /* of JOURNAL_IN: JOURNAL_IN_MAX, or what its owner sets */
};

/* session: a name unique among sessions, letters and digits; anything else in it is left out. */
void journal_block_init(struct journal_block *b, enum journal_way way, struct str session);
void journal_block_clear(struct journal_block *b);

/*
 * Add a line.  text is one line; whatever in it is not printable is escaped as
 * text_escape() does, so that a peer's text can be passed as it is; of JOURNAL_OWN
 * as text_escape_own() does.  A line that begins with "outcome: " is never marked.
 */
void journal_line(struct journal_block *b, int64_t wall_ms, enum journal_mark mark,
		  struct str text);
void journal_linef(struct journal_block *b, int64_t wall_ms, enum journal_mark mark,
		   const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/*
 * Append the block to smtp-out-DATE.log or smtp-in-DATE.log, DATE that of now in UTC: whole, or not
 * at all (ERR_IO, and errno says how).  ERR_NOMEM: memory ran out while it was
 * built; the lines that were whole are written.
 */
enum err journal_write(struct journal *j, int64_t now_wall_ms, struct journal_block *b) MUST_USE;

/* One recipient's outcome in one attempt: a line of deliveries-DATE.jsonl. */
struct journal_delivery {
	int64_t wall_ms;
	struct str session, message, from, to, domain;
	struct str service;                   /* "off", "requested", "required" */
	struct str criterion;                 /* the line as written, or empty */
	struct str mx_status, address_status; /* the four words, or "none" */
	struct str host, address;             /* "" where none was reached */
	struct str tls;                       /* "" or "TLSv1.3" */
	struct str dane;                      /* "none", "dane-ee", "dane-ta" */
	struct str outcome;                   /* "delivered", "deferred", "bounced" */
	struct str status;                    /* "2.0.0" */
	struct str reply;
	int64_t delay_ms;      /* since arrival */
	int64_t dns_ms;        /* spent on DNS */
	struct str observe;    /* what SECURE would have done, "bounced 5.7.4"; "": no OBSERVE */
	struct str exempt;     /* the domain of an exemption, as configured; "": none */
	struct str was_secure; /* until when the domain was, which is not any more (RFC 3339); "" */
	struct str user;       /* who had logged in to hand it in, or empty */
	struct str headers; /* fields that are kept, a JSON array; empty: the member is left out */
	/* The line with OBSERVE, where another is the criterion; empty: the member is left out. */
	struct str observed;
};

/* ERR_IO, as journal_write(); ERR_NOMEM; ERR_LIMIT: a record of more than 256 KiB. */
enum err journal_delivery(struct journal *j, const struct journal_delivery *d) MUST_USE;

#endif
