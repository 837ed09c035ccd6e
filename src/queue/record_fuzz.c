/*
 * queue_record_read() on any octets.  Seeds: src/queue/corpus/record/.
 *
 * An envelope has one form: what was accepted, written again, is the same octets.
 */
#include "queue/record_priv.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	CLEANUP(arena_clear) struct arena a = ARENA_MAX((size_t)1 << 24);
	CLEANUP(buf_free) struct buf again = BUF_MAX(n);
	struct str octets = { (const char *)data, n };
	struct queue_message m = { 0 };

	if (queue_record_read(octets, &a, &m) != ERR_OK)
		return 0;
	queue_record_write(&again, &m);
	if (buf_err(&again) != ERR_OK || !str_eq(buf_str(&again), octets))
		abort();
	return 0;
}
