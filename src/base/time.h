/*
 * Times as text.  Everywhere in Signpost a time is int64_t milliseconds:
 * monotonic unless its name says wall_, and wall time counts from 1970 UTC.
 */
#ifndef BASE_TIME_H
#define BASE_TIME_H

#include "base/buf.h"

#define TIME_TEXT_MAX 32

/* "2026-11-24T03:04:05.678Z" (RFC 3339, UTC, milliseconds).  Points into text. */
struct str time_rfc3339(int64_t wall_ms, char text[static TIME_TEXT_MAX]);

/* The same, where text holds that of before_ms: of one second only the milliseconds are written. */
struct str time_rfc3339_next(int64_t wall_ms, int64_t before_ms, char text[static TIME_TEXT_MAX]);

/* "2026-11-24". */
struct str time_date(int64_t wall_ms, char text[static TIME_TEXT_MAX]);

/* "Tue, 24 Nov 2026 03:04:05 +0000" (RFC 5322 section 3.3). */
struct str time_rfc5322(int64_t wall_ms, char text[static TIME_TEXT_MAX]);

/* RFC 3339 with any offset, fraction optional; or a date alone.  ERR_SYNTAX. */
enum err time_read(struct str s, int64_t *wall_ms) MUST_USE;

/* "30s", "5m", "4h", "5d", "250ms"; a number with a unit.  ERR_SYNTAX, ERR_LIMIT past 100 years. */
enum err time_read_span(struct str s, int64_t *ms) MUST_USE;

/* "4h", "1m30s": the largest units that say it exactly, at most two.  Points into text. */
struct str time_span(int64_t ms, char text[static TIME_TEXT_MAX]);

#endif
