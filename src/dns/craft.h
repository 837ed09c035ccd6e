/*
 * Messages for tests: written from lines of text, well formed or not.
 *
 *	struct craft c;
 *	craft_begin(&c, id, DNS_FLAG_QR, "a.", DNS_TYPE_A);
 *	craft_lines(&c, DNS_SECTION_ANSWER, "a. 60 CNAME b.\nb. 60 A 192.0.2.1");
 *	... craft_str(&c) ...
 *
 * Sections are filled in order.  The owner "@" is a pointer to the question.
 * Anything that a test gets wrong ends the program.
 */
#ifndef DNS_CRAFT_H
#define DNS_CRAFT_H

#include "base/ip.h"
#include "base/text.h"
#include "dns/message.h"
#include "dns/type.h"

#include <stdlib.h>
#include <string.h>

struct craft {
	uint8_t p[65535];
	size_t n;
};

static inline struct str craft_str(const struct craft *c)
{
	return (struct str){ (const char *)c->p, c->n };
}

static inline void craft_add(struct craft *c, struct str s)
{
	if (s.n > sizeof(c->p) - c->n)
		abort();
	if (s.n > 0)
		memcpy(c->p + c->n, s.p, s.n);
	c->n += s.n;
}

static inline void craft_u8(struct craft *c, unsigned v)
{
	char octet = (char)v;

	craft_add(c, (struct str){ &octet, 1 });
}

static inline void craft_u16(struct craft *c, unsigned v)
{
	craft_u8(c, v >> 8);
	craft_u8(c, v);
}

static inline void craft_u32(struct craft *c, uint32_t v)
{
	craft_u16(c, v >> 16);
	craft_u16(c, v);
}

static inline struct dns_name craft_name_of(const char *text)
{
	struct dns_name name;

	if (dns_name_from_text(str_of(text), &name) != ERR_OK)
		abort();
	return name;
}

static inline void craft_name(struct craft *c, struct str text)
{
	struct dns_name name;

	if (str_eq(text, STR("@"))) {
		craft_u16(c, 0xc00c);
		return;
	}
	if (dns_name_from_text(text, &name) != ERR_OK)
		abort();
	craft_add(c, dns_name_wire(&name));
}

/* Header and question; the counts of records are zero. */
static inline void craft_begin(struct craft *c, uint16_t id, unsigned flags, const char *name,
			       uint16_t type)
{
	c->n = 0;
	craft_u16(c, id);
	craft_u16(c, flags);
	craft_u16(c, 1);
	craft_u32(c, 0);
	craft_u16(c, 0);
	craft_name(c, str_of(name));
	craft_u16(c, type);
	craft_u16(c, DNS_CLASS_IN);
}

/* Header and question in answer to what was asked, letters as they were; flags are all of them. */
static inline void craft_reply(struct craft *c, uint16_t id, unsigned flags,
			       const struct dns_name *name, uint16_t type)
{
	c->n = 0;
	craft_u16(c, id);
	craft_u16(c, flags);
	craft_u16(c, 1);
	craft_u32(c, 0);
	craft_u16(c, 0);
	craft_add(c, dns_name_wire(name));
	craft_u16(c, type);
	craft_u16(c, DNS_CLASS_IN);
}

static inline void craft_count(struct craft *c, enum dns_section section)
{
	uint8_t *at = c->p + 6 + 2 * (size_t)section;

	if (++at[1] == 0)
		at[0]++;
}

/* What follows a record's owner up to its rdata, whose length craft_close() fills in. */
static inline size_t craft_fixed(struct craft *c, enum dns_section section, uint16_t type,
				 uint32_t ttl_s)
{
	craft_count(c, section);
	craft_u16(c, type);
	craft_u16(c, DNS_CLASS_IN);
	craft_u32(c, ttl_s);
	craft_u16(c, 0);
	return c->n;
}

static inline size_t craft_open(struct craft *c, enum dns_section section, struct str owner,
				uint16_t type, uint32_t ttl_s)
{
	craft_name(c, owner);
	return craft_fixed(c, section, type, ttl_s);
}

static inline void craft_close(struct craft *c, size_t rdata)
{
	c->p[rdata - 2] = (uint8_t)((c->n - rdata) >> 8);
	c->p[rdata - 1] = (uint8_t)(c->n - rdata);
}

static inline struct str craft_word(struct str *s)
{
	struct str word;

	if (!str_word(s, &word))
		abort();
	return word;
}

static inline uint32_t craft_number(struct str *s)
{
	uint32_t v;

	if (!str_u32(craft_word(s), &v))
		abort();
	return v;
}

static inline void craft_hex(struct craft *c, struct str *s)
{
	struct buf octets = BUF_MAX(65535);

	if (s->n > 0 && text_unhex(&octets, craft_word(s)) != ERR_OK)
		abort();
	craft_add(c, buf_str(&octets));
	buf_free(&octets);
}

/* An SOA is "SOA minimum", a TXT one word; types not known here are in hex. */
static inline void craft_rdata(struct craft *c, uint16_t type, struct str *s)
{
	struct ip ip;

	switch (type) {
	case DNS_TYPE_A:
	case DNS_TYPE_AAAA:
		if (ip_read(craft_word(s), &ip) != ERR_OK)
			abort();
		craft_add(c, (struct str){ (const char *)ip.octets, ip.family == 4 ? 4 : 16 });
		break;
	case DNS_TYPE_MX:
		craft_u16(c, craft_number(s));
		craft_name(c, craft_word(s));
		break;
	case DNS_TYPE_CNAME:
	case DNS_TYPE_DNAME:
	case DNS_TYPE_NS:
	case DNS_TYPE_PTR:
		craft_name(c, craft_word(s));
		break;
	case DNS_TYPE_SOA:
		craft_name(c, STR("ns.example."));
		craft_name(c, STR("hostmaster.example."));
		for (int i = 0; i < 4; i++)
			craft_u32(c, 1);
		craft_u32(c, craft_number(s));
		break;
	case DNS_TYPE_TXT: {
		struct str text = craft_word(s);
		craft_u8(c, (unsigned)text.n);
		craft_add(c, text);
		break;
	}
	default:
		craft_hex(c, s);
	}
}

/* One record: "owner TTL TYPE rdata"; where the type is written TYPE1, rdata is in hex. */
static inline void craft_line(struct craft *c, enum dns_section section, struct str line)
{
	struct str owner = craft_word(&line);
	uint32_t ttl_s = craft_number(&line);
	uint16_t type;

	struct str word = craft_word(&line);
	if (!dns_type_read(word, &type))
		abort();
	size_t rdata = craft_open(c, section, owner, type, ttl_s);
	if (str_starts(word, STR("TYPE")))
		craft_hex(c, &line);
	else
		craft_rdata(c, type, &line);
	craft_close(c, rdata);
}

static inline void craft_lines(struct craft *c, enum dns_section section, const char *lines)
{
	struct str all = str_of(lines), line;

	while (str_line(&all, &line))
		craft_line(c, section, line);
}

/* An OPT record with one option of that code; n_option < 0: with none. */
static inline void craft_opt(struct craft *c, uint32_t ttl_s, int option, struct str data)
{
	size_t rdata = craft_open(c, DNS_SECTION_ADDITIONAL, STR("."), DNS_TYPE_OPT, ttl_s);

	c->p[rdata - 8] = DNS_UDP_OCTETS >> 8;
	c->p[rdata - 7] = (uint8_t)(DNS_UDP_OCTETS & 0xff);
	if (option >= 0) {
		craft_u16(c, (unsigned)option);
		craft_u16(c, (unsigned)data.n);
		craft_add(c, data);
	}
	craft_close(c, rdata);
}

/* An OPT record with an extended error, RFC 8914. */
static inline void craft_ede(struct craft *c, unsigned code, const char *text)
{
	char data[256] = { (char)(code >> 8), (char)code };
	size_t n = strlen(text);

	if (n > sizeof(data) - 2)
		abort();
	memcpy(data + 2, text, n);
	craft_opt(c, 0, 15, (struct str){ data, n + 2 });
}

#endif
