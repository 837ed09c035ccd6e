/*
 * Messages in hexadecimal from standard input, a line each; for each a line of
 * JSON with what was read, or null where it was refused.
 */
#include "base/text.h"
#include "dns/rdata.h"
#include "dns/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_hex(struct buf *out, const char *key, struct str octets, bool there)
{
	buf_addf(out, ", \"%s\": ", key);
	if (!there) {
		buf_add(out, STR("null"));
		return;
	}
	buf_addc(out, '"');
	text_hex(out, octets);
	buf_addc(out, '"');
}

/* Text is printable ASCII. */
static void add_text(struct buf *out, uint16_t type, struct str rdata)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(1 << 20);

	dns_text_rdata(&text, type, rdata);
	buf_add(out, STR(", \"text\": \""));
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"' || text.p[i] == '\\')
			buf_addc(out, '\\');
		buf_addc(out, text.p[i]);
	}
	buf_addc(out, '"');
}

static void add_record(struct buf *out, const struct dns_message *m, const struct dns_record *rr)
{
	static uint8_t octets[DNS_RDATA_ROOM(UINT16_MAX)];
	struct dns_name owner = { 0 };
	size_t n = 0;

	buf_addf(out, "{\"type\": %u, \"class\": %u, \"ttl\": %u", rr->type, rr->class, rr->ttl_s);
	bool named = dns_message_owner(m, rr, &owner) == ERR_OK;
	add_hex(out, "owner", dns_name_wire(&owner), named);
	bool read = dns_rdata_read(m, rr, octets, &n) == ERR_OK;
	struct str rdata = { (const char *)octets, n };
	add_hex(out, "rdata", rdata, read);
	if (read)
		add_text(out, rr->type, rdata);
	buf_addc(out, '}');
}

static void add_section(struct buf *out, const struct dns_message *m, enum dns_section section)
{
	static const char *const keys[] = { "answer", "authority", "additional" };
	struct dns_walk w = dns_message_walk(m, section);
	struct dns_record rr;
	const char *between = "";

	buf_addf(out, ", \"%s\": [", keys[section]);
	while (dns_message_next(&w, &rr)) {
		buf_add(out, str_of(between));
		add_record(out, m, &rr);
		between = ", ";
	}
	buf_addc(out, ']');
}

static void show(struct buf *out, struct str octets)
{
	struct dns_message m;

	if (dns_message_read(octets, &m) != ERR_OK) {
		buf_add(out, STR("null"));
		return;
	}
	buf_addf(out, "{\"id\": %u, \"flags\": %u, \"rcode\": %u, \"type\": %u, \"class\": %u",
		 m.id, m.flags, m.rcode, m.type, m.class);
	add_hex(out, "name", dns_name_wire(&m.name), true);
	for (int s = 0; s < 3; s++)
		add_section(out, &m, (enum dns_section)s);
	buf_addc(out, '}');
}

int main(void)
{
	CLEANUP(buf_free) struct buf octets = BUF_MAX(65535), out = BUF_MAX(1 << 26);
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	while ((n = getline(&line, &room, stdin)) >= 0) {
		buf_clear(&octets);
		buf_clear(&out);
		if (text_unhex(&octets, str_trim((struct str){ line, (size_t)n })) != ERR_OK)
			return 2;
		/* Of its own size, so that a sanitizer sees an octet too many. */
		char *exact = malloc(octets.n + 1);
		if (!exact)
			return 2;
		if (octets.n > 0)
			memcpy(exact, octets.p, octets.n);
		show(&out, (struct str){ exact, octets.n });
		free(exact);
		printf("%.*s\n", STR_ARG(buf_str(&out)));
	}
	free(line);
	return buf_err(&out) == ERR_OK ? 0 : 2;
}
