/*
 * The daemon's own log: one line an event on standard error.
 *
 *	log_event(LOG_ERR, "bind", "address=%s error=%s", ...);
 *	2026-11-24T03:04:05.678Z error bind address=... error=...
 *
 * Under journald (JOURNAL_STREAM) the line begins with its level as "<3>" and
 * has no time.  Whatever is not printable is escaped, so an event is one line
 * whatever a peer sent.  Any thread.
 */
#ifndef LOG_LOG_H
#define LOG_LOG_H

/* The levels of syslog(3), with their numbers. */
enum log_level { LOG_ERR = 3, LOG_WARNING = 4, LOG_NOTICE = 5, LOG_INFO = 6, LOG_DEBUG = 7 };

/* Show events up to this level; at first LOG_INFO. */
void log_level(enum log_level level);

void log_event(enum log_level level, const char *event, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
