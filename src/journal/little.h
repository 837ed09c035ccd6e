/* Numbers as compressed files have them: the least octet first. */
#ifndef JOURNAL_LITTLE_H
#define JOURNAL_LITTLE_H

#include "base/buf.h"

#include <endian.h>
#include <string.h>

static inline void journal_little_add32(struct buf *b, uint32_t v)
{
	v = htole32(v);
	buf_add(b, (struct str){ (const char *)&v, sizeof(v) });
}

static inline void journal_little_add64(struct buf *b, uint64_t v)
{
	v = htole64(v);
	buf_add(b, (struct str){ (const char *)&v, sizeof(v) });
}

/* There are so many octets at p. */
static inline uint32_t journal_little_32(const char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

static inline uint64_t journal_little_64(const char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

#endif
