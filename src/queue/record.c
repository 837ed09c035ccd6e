#include "queue/record_priv.h"

#include "base/rd.h"

#define NUMBER_MAX 5 /* octets */
#define RCPT_MIN 3   /* octets: two empty strings and a number */

static void write_number(struct buf *out, uint32_t n)
{
	char octets[NUMBER_MAX];
	size_t len = 0;

	for (; n > 0x7f; n >>= 7)
		octets[len++] = (char)(n | 0x80);
	octets[len++] = (char)n;
	buf_add(out, (struct str){ octets, len });
}

static void write_string(struct buf *out, struct str s)
{
	if (s.n > UINT32_MAX) {
		out->err = ERR_LIMIT;
		return;
	}
	write_number(out, (uint32_t)s.n);
	buf_add(out, s);
}

void queue_record_write(struct buf *out, const struct queue_message *m)
{
	write_string(out, m->from);
	write_string(out, m->envid);
	write_number(out, (uint32_t)m->n_rcpt);
	for (size_t i = 0; i < m->n_rcpt; i++) {
		write_string(out, m->rcpt[i].to);
		write_string(out, m->rcpt[i].orcpt);
		write_number(out, m->rcpt[i].notify);
	}
	if (m->user.n > 0)
		write_string(out, m->user);
}

static uint32_t read_number(struct rd *r)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < NUMBER_MAX; i++) {
		uint8_t octet = rd_u8(r);
		n |= (uint64_t)(octet & 0x7f) << 7 * i;
		if (octet & 0x80)
			continue;
		if (n > UINT32_MAX || (i > 0 && octet == 0))
			break;
		return (uint32_t)n;
	}
	r->bad = true;
	return 0;
}

static struct str read_string(struct rd *r)
{
	uint32_t n = read_number(r);
	const uint8_t *p = rd_take(r, n);

	return p ? (struct str){ (const char *)p, n } : STR_NONE;
}

enum err queue_record_read(struct str octets, struct arena *a, struct queue_message *out)
{
	struct rd r = rd_over(octets.p, octets.n);
	struct str from = read_string(&r);
	struct str envid = read_string(&r);
	uint32_t n = read_number(&r);

	/* Before memory is taken for them: so many cannot be there. */
	if (!rd_ok(&r) || n > rd_left(&r) / RCPT_MIN)
		return ERR_SYNTAX;
	struct schedule_rcpt *rcpt = arena_alloc(a, n * sizeof(*rcpt));
	if (!rcpt)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < n; i++) {
		rcpt[i].to = read_string(&r);
		rcpt[i].orcpt = read_string(&r);
		rcpt[i].notify = read_number(&r);
	}
	bool more = rd_left(&r) > 0;
	struct str user = more ? read_string(&r) : STR_NONE;
	if (!rd_ok(&r) || rd_left(&r) != 0 || (more && user.n == 0))
		return ERR_SYNTAX;
	out->from = from;
	out->user = user;
	out->envid = envid;
	out->rcpt = rcpt;
	out->n_rcpt = n;
	return ERR_OK;
}
