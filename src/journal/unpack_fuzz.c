/*
 * A compressed file of any octets.  Seeds: src/journal/corpus/unpack/.
 *
 * What must hold: it is read to its end; what the index leaves in is in the whole text, in order;
 * and frame by frame the text is that which comes from the front.  The first octet chooses whether
 * the rest is a file, or the octets of an index, of which no checksum keeps the fuzzer away.
 */
#include "journal/unpack.h"

#include "journal/index.h"
#include "journal/seek.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define MUST(what)                                                                                 \
	do {                                                                                       \
		if (!(what))                                                                       \
			abort();                                                                   \
	} while (0)

#define TEXT_MAX (64u << 20)

static struct journal_unpack *open_octets(const uint8_t *data, size_t n)
{
	struct journal_unpack *u = NULL;
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	MUST(fd >= 0 && write(fd, data, n) == (ssize_t)n);
	MUST(journal_unpack_new(fd, &u) == ERR_OK);
	return u;
}

/* What can be read of it; a text beyond all bounds is given up. */
static void drain(struct journal_unpack *u, struct buf *out)
{
	size_t got;

	while (!journal_unpack_over(u) && out->n < TEXT_MAX / 2)
		if (journal_unpack_read(u, out, &got) != ERR_OK)
			return;
}

static void check_frames(struct journal_unpack *u, struct str whole)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(TEXT_MAX);
	size_t end = 0;

	for (size_t i = 0; i < journal_unpack_frames(u) && end < TEXT_MAX / 4; i++) {
		buf_clear(&text);
		if (journal_unpack_frame(u, i, &text) != ERR_OK)
			continue;
		MUST(str_eq(buf_str(&text), str_head(str_skip(whole, end), text.n)));
		end += text.n;
	}
}

static void check_file(const uint8_t *data, size_t n)
{
	CLEANUP(buf_free) struct buf whole = BUF_MAX(TEXT_MAX), part = BUF_MAX(TEXT_MAX);
	const struct journal_index_want want = { .key = { 7 }, .n_key = 1, .since_ms = 1 };
	struct journal_unpack *u = open_octets(data, n);

	drain(u, &whole);
	check_frames(u, buf_str(&whole));
	journal_unpack_free(&u);
	u = open_octets(data, n);
	MUST(journal_unpack_narrow(u, &want) == ERR_OK);
	drain(u, &part);
	MUST(part.n <= whole.n);
	journal_unpack_free(&u);
}

static void check_index(struct str octets)
{
	const struct journal_index_want any = { 0 }, key = { .key = { 7 }, .n_key = 1 },
					late = { .since_ms = UINT64_MAX };
	struct journal_index ix;

	if (journal_index_read(octets, &ix) != ERR_OK)
		return;
	for (uint32_t i = 0; i < ix.n_frame; i++) {
		MUST(journal_index_has(&ix, i, &any));
		(void)journal_index_has(&ix, i, &key);
		(void)journal_index_has(&ix, i, &late);
	}
	MUST(journal_index_has(&ix, ix.n_frame, &key));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n == 0)
		return 0;
	if (data[0] == 'x')
		check_index((struct str){ (const char *)data + 1, n - 1 });
	else
		check_file(data + 1, n - 1);
	return 0;
}
