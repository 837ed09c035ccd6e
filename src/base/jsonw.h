/*
 * JSON (RFC 8259) as it is written: appended to a buf, comma by comma.
 *
 *	struct jsonw j = jsonw_to(&b);
 *	jsonw_object(&j, NULL);                 {
 *	jsonw_str(&j, "host", STR("mx"));        "host":"mx"
 *	jsonw_int(&j, "delay_ms", 12);           ,"delay_ms":12
 *	jsonw_object_end(&j);                   }
 *
 * Strings that are not UTF-8 have their bad octets replaced by U+FFFD, and so has NUL,
 * which many a reader refuses (jansson is one), or takes for the end: what is
 * written can always be read.  A key is a plain literal; NULL inside
 * an array.  Reading is the jansson library's.
 */
#ifndef BASE_JSONW_H
#define BASE_JSONW_H

#include "base/buf.h"

struct jsonw {
	struct buf *out;
	unsigned depth;     /* open objects and arrays */
	unsigned char last; /* what was written last: decides the comma */
};

/* A writer without anything open yet; one value may follow. */
struct jsonw jsonw_to(struct buf *out);

void jsonw_object(struct jsonw *j, const char *key); /* { */
void jsonw_object_end(struct jsonw *j);
void jsonw_array(struct jsonw *j, const char *key); /* [ */
void jsonw_array_end(struct jsonw *j);
void jsonw_str(struct jsonw *j, const char *key, struct str value);
void jsonw_base64(struct jsonw *j, const char *key, struct str octets);

/* A value that is JSON already. */
void jsonw_raw(struct jsonw *j, const char *key, struct str json);

/* A string in pieces: what is appended to out between the two needs no escape, as base64. */
void jsonw_text(struct jsonw *j, const char *key);
void jsonw_text_end(struct jsonw *j);

void jsonw_int(struct jsonw *j, const char *key, int64_t value);
void jsonw_bool(struct jsonw *j, const char *key, bool value);
void jsonw_null(struct jsonw *j, const char *key);

#endif
