#include "library/name_priv.h"

#include "base/unicode.h"
#include "library/door_priv.h"

#include <string.h>

enum { TEXT_MAX = 4096 };

_Static_assert(sizeof(struct signpost_dns_name) == sizeof(struct dns_name) &&
		       offsetof(struct signpost_dns_name, octets) ==
			       offsetof(struct dns_name, len) &&
		       offsetof(struct signpost_dns_name, wire) == offsetof(struct dns_name, wire),
	       "the header's name is ours");

const struct signpost_dns_name *library_name_show(const struct dns_name *name)
{
	return (const void *)name;
}

void library_name_give(struct signpost_dns_name *to, const struct dns_name *name)
{
	to->octets = name->len;
	memcpy(to->wire, name->wire, sizeof(to->wire));
}

/* ASCII is kept as it is, letters and escapes; IDNA is for what is not. */
enum err library_name_read(const char *text, struct dns_name *out)
{
	CLEANUP(buf_free) struct buf ascii = BUF_MAX(TEXT_MAX);
	struct str s = str_of(text);
	bool other = false;

	for (size_t i = 0; i < s.n; i++)
		other |= (unsigned char)s.p[i] >= 0x80;
	if (!other)
		return dns_name_from_text(s, out);
	enum err e = unicode_to_ascii(&ascii, s);
	return e == ERR_OK ? dns_name_from_text(buf_str(&ascii), out) : e;
}

enum err library_name_take(const struct signpost_dns_name *name, struct dns_name *out)
{
	return dns_name_from_wire((struct str){ (const char *)name->wire, name->octets }, out);
}

const char *library_name_reason(enum err e)
{
	switch (e) {
	case ERR_OK:
		return "";
	case ERR_SYNTAX:
		return "not a domain name";
	case ERR_LIMIT:
		return "longer than a domain name can be";
	case ERR_NOMEM:
	case ERR_IO:
		break;
	}
	return "out of memory";
}

enum signpost_dns_error signpost_dns_name_read(const char *text, struct signpost_dns_name *name)
{
	KEEP_ERRNO;
	struct dns_name out;

	enum err e = library_name_read(text, &out);
	if (e == ERR_OK)
		library_name_give(name, &out);
	return library_door_error(e);
}

/* No memory leaves "": a text that is not there rather than one that misleads. */
static char *write_name(const struct signpost_dns_name *name, char *to, bool unicode)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(TEXT_MAX), labels = BUF_MAX(TEXT_MAX);
	struct dns_name n;

	to[0] = '\0';
	if (library_name_take(name, &n) != ERR_OK)
		return to;
	dns_name_text(&text, &n);
	if (unicode)
		unicode_to_labels(&labels, buf_str(&text));
	const struct buf *from = unicode && labels.n < SIGNPOST_DNS_NAME_ROOM ? &labels : &text;
	if (buf_err(from) == ERR_OK)
		(void)str_copy(to, SIGNPOST_DNS_NAME_ROOM, buf_str(from));
	return to;
}

char *signpost_dns_name_text(const struct signpost_dns_name *name, char *to)
{
	KEEP_ERRNO;

	return write_name(name, to, false);
}

char *signpost_dns_name_unicode(const struct signpost_dns_name *name, char *to)
{
	KEEP_ERRNO;

	return write_name(name, to, true);
}

bool signpost_dns_name_equal(const struct signpost_dns_name *a, const struct signpost_dns_name *b)
{
	struct dns_name x, y;

	return library_name_take(a, &x) == ERR_OK && library_name_take(b, &y) == ERR_OK &&
	       dns_name_eq(&x, &y);
}
