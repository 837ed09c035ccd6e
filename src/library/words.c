/* Numbers as words: what the header's enums, types and codes are called. */
#include "base/ip.h"
#include "dns/text.h"
#include "library/door_priv.h"
#include "library/words_priv.h"

#include <stdio.h>
#include <string.h>

const char *signpost_dns_version(void)
{
	return SIGNPOST_VERSION;
}

const char *signpost_dns_error_text(enum signpost_dns_error error)
{
	switch (error) {
	case SIGNPOST_DNS_OK:
		return "all is well";
	case SIGNPOST_DNS_ERR_SYNTAX:
		return "not of the form it must have";
	case SIGNPOST_DNS_ERR_LIMIT:
		return "more than there may be";
	case SIGNPOST_DNS_ERR_MEMORY:
		return "out of memory";
	case SIGNPOST_DNS_ERR_SYSTEM:
		return "the system refused";
	case SIGNPOST_DNS_ERR_MISUSE:
		return "not a call to make here";
	case SIGNPOST_DNS_ERR_UNSUPPORTED:
		return "not supported by this library";
	}
	return "unknown error";
}

const char *signpost_dns_status_text(enum signpost_dns_status status)
{
	switch (status) {
	case SIGNPOST_DNS_SECURE:
		return "secure";
	case SIGNPOST_DNS_INSECURE:
		return "insecure";
	case SIGNPOST_DNS_BOGUS:
		return "bogus";
	case SIGNPOST_DNS_INDETERMINATE:
		break;
	}
	return "indeterminate";
}

const char *signpost_dns_outcome_text(enum signpost_dns_outcome outcome)
{
	switch (outcome) {
	case SIGNPOST_DNS_DATA:
		return "data";
	case SIGNPOST_DNS_NODATA:
		return "nodata";
	case SIGNPOST_DNS_NO_NAME:
		return "no name";
	case SIGNPOST_DNS_FAILED:
		return "failed";
	case SIGNPOST_DNS_LOOP:
		return "loop";
	case SIGNPOST_DNS_NO_ANSWER:
		break;
	}
	return "no answer";
}

enum signpost_dns_status library_words_status(enum dns_status status)
{
	switch (status) {
	case DNS_SECURE:
		return SIGNPOST_DNS_SECURE;
	case DNS_INSECURE:
		return SIGNPOST_DNS_INSECURE;
	case DNS_BOGUS:
		return SIGNPOST_DNS_BOGUS;
	case DNS_INDETERMINATE:
		break;
	}
	return SIGNPOST_DNS_INDETERMINATE;
}

enum signpost_dns_outcome library_words_outcome(enum dns_outcome outcome)
{
	switch (outcome) {
	case DNS_DATA:
		return SIGNPOST_DNS_DATA;
	case DNS_NODATA:
		return SIGNPOST_DNS_NODATA;
	case DNS_NO_NAME:
		return SIGNPOST_DNS_NO_NAME;
	case DNS_FAILED:
		return SIGNPOST_DNS_FAILED;
	case DNS_LOOP:
		return SIGNPOST_DNS_LOOP;
	case DNS_NO_ANSWER:
		break;
	}
	return SIGNPOST_DNS_NO_ANSWER;
}

enum signpost_dns_trusted library_words_trusted(enum dns_trust trust)
{
	switch (trust) {
	case DNS_TRUST_STATED:
		return SIGNPOST_DNS_TRUSTED_STATED;
	case DNS_TRUST_LOOPBACK:
		return SIGNPOST_DNS_TRUSTED_LOOPBACK;
	case DNS_TRUST_TLS:
		return SIGNPOST_DNS_TRUSTED_TLS;
	case DNS_TRUST_TSIG:
		return SIGNPOST_DNS_TRUSTED_TSIG;
	case DNS_TRUST_EMBEDDED:
		return SIGNPOST_DNS_TRUSTED_EMBEDDED;
	case DNS_TRUST_NONE:
		break;
	}
	return SIGNPOST_DNS_TRUSTED_NOT;
}

enum signpost_dns_probe library_words_probe(enum dns_probe probe)
{
	switch (probe) {
	case DNS_PROBE_VALIDATES:
		return SIGNPOST_DNS_PROBE_VALIDATES;
	case DNS_PROBE_FAILS:
	case DNS_PROBE_UNANSWERED:
		return SIGNPOST_DNS_PROBE_FAILS;
	case DNS_PROBE_UNKNOWN:
		break;
	}
	return SIGNPOST_DNS_PROBE_UNKNOWN;
}

char *signpost_dns_type_text(uint16_t type, char *to)
{
	char text[DNS_TYPE_TEXT_MAX];

	(void)str_copy(to, SIGNPOST_DNS_TYPE_ROOM, dns_type_text(type, text));
	return to;
}

bool signpost_dns_type_read(const char *text, uint16_t *type)
{
	return dns_type_read(str_of(text), type);
}

char *signpost_dns_rcode_text(unsigned rcode, char *to)
{
	char text[DNS_TYPE_TEXT_MAX];

	(void)str_copy(to, SIGNPOST_DNS_TYPE_ROOM, dns_rcode_text(rcode, text));
	return to;
}

/* The table is of literals: each ends with a NUL. */
const char *signpost_dns_error_code_text(uint16_t code)
{
	struct str text = dns_ede_text(code);

	return text.n ? text.p : "";
}

char *signpost_dns_address_text(const struct signpost_dns_address *address, char *to)
{
	KEEP_ERRNO;
	struct ip ip = { .family = address->family };
	char text[IP_TEXT_MAX];

	memcpy(ip.octets, address->octets, sizeof(ip.octets));
	(void)str_copy(to, SIGNPOST_DNS_ADDRESS_ROOM,
		       ip.family == 4 || ip.family == 6 ? ip_text(&ip, text) : STR(""));
	return to;
}

static void add_label(struct signpost_dns_name *name, const char *text)
{
	size_t n = strlen(text);

	name->wire[name->octets++] = (uint8_t)n;
	memcpy(name->wire + name->octets, text, n);
	name->octets = (uint8_t)(name->octets + n);
}

/* RFC 1035 section 3.5, RFC 3596 section 2.5. */
struct signpost_dns_name signpost_dns_address_name(const struct signpost_dns_address *address)
{
	struct signpost_dns_name name = { 0 };
	size_t n = address->family == 4 ? 4 : address->family == 6 ? 16 : 0;
	char label[4];

	for (size_t i = n; i-- > 0;) {
		unsigned octet = address->octets[i];
		if (n == 4) {
			(void)snprintf(label, sizeof(label), "%u", octet);
			add_label(&name, label);
			continue;
		}
		(void)snprintf(label, sizeof(label), "%x", octet & 15);
		add_label(&name, label);
		(void)snprintf(label, sizeof(label), "%x", octet >> 4);
		add_label(&name, label);
	}
	if (n == 0)
		return name;
	add_label(&name, n == 4 ? "in-addr" : "ip6");
	add_label(&name, "arpa");
	name.wire[name.octets++] = 0;
	return name;
}
