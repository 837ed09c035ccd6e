/*
 * How far a long work is, on standard error where that is a terminal: after a second, in one
 * line that is gone before anything else is written.  There is none where standard output is a
 * pipe: a pager that reads it has the same terminal.
 *
 *	cli_progress_begin("reading %s", directory);
 *	... cli_progress_say("%zu of %zu", i, n); ...
 *	cli_progress_end();
 *
 * There is one terminal, and so one of these.  It has a thread of its own, as what takes long may
 * be in the middle of a library; nothing happens there but that a line is written.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

/*
 * Something begins: its time counts from here, unless it is a part of what is under way.  Words
 * are escaped here.
 */
void cli_progress_begin(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* The same goes on, and is called otherwise. */
void cli_progress_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* As often as it began; all of it at once, also where there is nothing. */
void cli_progress_end(void);
void cli_progress_stop(void);

/* The line is wanted for something else: it is empty now. */
void cli_progress_hide(void);

/* The same, and it stays away until it may come back. */
void cli_progress_pause(void);
void cli_progress_resume(void);

#endif
