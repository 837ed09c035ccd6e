/*
 * JSON (RFC 8259) as it is written: appended to a buf, comma by comma.
 *
 *	struct json j = json_to(&b);
 *	json_object(&j, NULL);                 {
 *	json_str(&j, "host", STR("mx"));        "host":"mx"
 *	json_int(&j, "delay_ms", 12);           ,"delay_ms":12
 *	json_object_end(&j);                   }
 *
 * Strings that are not UTF-8 have their bad octets replaced by U+FFFD, so that
 * what is written can always be read.  A key is a plain literal; NULL inside
 * an array.  Reading is the jansson library's.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/buf.h"

struct json {
	struct buf *out;
	unsigned depth;     /* open objects and arrays */
	unsigned char last; /* what was written last: decides the comma */
};

/* A writer without anything open yet; one value may follow. */
struct json json_to(struct buf *out);

void json_object(struct json *j, const char *key); /* { */
void json_object_end(struct json *j);
void json_array(struct json *j, const char *key); /* [ */
void json_array_end(struct json *j);
void json_str(struct json *j, const char *key, struct str value);
void json_int(struct json *j, const char *key, int64_t value);
void json_bool(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);

#endif
