/*
 * What the lines of session logs say: whose they are, where a block of them ends, which message and
 * recipients they name.  Pure.
 *
 * A block is a run of lines of one session; lines that are none of ours are a run of their own.
 */
#ifndef JOURNAL_SESSION_H
#define JOURNAL_SESSION_H

#include "journal/journal.h"
#include "journal/needle.h"
#include "journal/tail.h"

#define JOURNAL_STAMP 24 /* characters of a line's time */

/* What a line says; empty where it is no line of ours. */
struct str journal_session_text(struct str line);

/*
 * The octets of the first block in s; 0 when more must be read to tell.  Lines
 * without an end do not count.
 */
size_t journal_session_block(struct str s, bool at_end, enum journal_ending ending);

/*
 * Where in s the last block begins that may go on behind it, or s.n: what stands before are whole
 * blocks.
 */
size_t journal_session_last(struct str s);

/* Whether what a line says has a message's ID as a word, any case; the dialogue names none. */
bool journal_session_has(struct str text, const struct journal_needle *id);

/* Whether an octet belongs to a word. */
bool journal_session_word(char c);

/*
 * The recipient that a line names; empty where it names none.  Commands come from the client,
 * us on the way out: a host's reply that looks like one names nobody.
 */
struct str journal_session_recipient(enum journal_way way, struct str text);

/* The time of the last line of ours: when the session ended. */
struct str journal_session_end(struct str block);

#endif
