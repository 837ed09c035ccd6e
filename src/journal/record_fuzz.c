/*
 * journal_record_read() on any octets.  Seeds: src/journal/corpus/record/.
 *
 * What must hold: whatever jansson reads as an object with a time, without a name that comes twice,
 * is read here, too, with the same strings; what is read lies in the line or in the room.
 */
#include "journal/record.h"

#include <jansson.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void same(const json_t *object, const char *name, struct str got)
{
	const json_t *value = json_object_get(object, name);
	struct str want = json_is_string(value) ? (struct str){ json_string_value(value),
								json_string_length(value) }
						: STR("");

	if (!str_eq(got, want))
		abort();
}

static void headers(struct journal_record *r)
{
	struct buf room = BUF_MAX(1 << 20);
	struct str field;

	while (journal_record_header(&r->headers, &room, &field))
		;
	buf_free(&room);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str line = { (const char *)data, n };
	struct buf room = BUF_MAX(1 << 20);
	struct journal_record r;
	enum err e = journal_record_read(line, &room, &r);
	json_t *object = json_loadb(line.p, n, JSON_REJECT_DUPLICATES, NULL);
	const json_t *time = json_object_get(object, "time");

	if (json_is_string(time) && json_string_length(time) > 0) {
		if (e != ERR_OK)
			abort();
		same(object, "time", r.time);
		same(object, "to", r.to);
		same(object, "criterion", r.criterion);
		same(object, "user", r.user);
	}
	if (e == ERR_OK)
		headers(&r);
	json_decref(object);
	buf_free(&room);
	return 0;
}
