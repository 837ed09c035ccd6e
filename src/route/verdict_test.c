#include "route/verdict.h"

#include "route/rows_priv.h"

/* SPEC section 3, the table, from above. */
static const struct row table[] = {
	{ "MX and an address secure", MX "m. A secure 192.0.2.1", "deliver " A1, "deliver " A1 "*",
	  "deliver " A1 "*" },
	{ "MX not secure", "d. MX insecure 10 m.\nm. A secure 192.0.2.1", "deliver " A1,
	  "deliver " A1, "bounce 5.7.4" },
	{ "MX not secure, by an alias", "d. MX insecure via e. 10 m.\nm. A secure 192.0.2.1",
	  "deliver " A1, "deliver " A1, "bounce 5.7.4" },
	{ "MX secure, by an alias", "d. MX secure via e. 10 m.\nm. A secure via o. 192.0.2.1",
	  "deliver " A1, "deliver " A1 "*", "deliver " A1 "*" },
	{ "MX secure, one host is not", MX2 "m. A insecure 192.0.2.1\nn. A secure 192.0.2.2",
	  "deliver " A1 " " A2, "deliver " A1 " " A2 "*", "deliver " A2 "*" },
	{ "MX secure, one address is not", MX "m. A insecure 192.0.2.1\nm. AAAA secure 2001:db8::1",
	  "deliver " AAAA1 " " A1, "deliver " AAAA1 "* " A1, "deliver " AAAA1 "*" },
	{ "an address twice, both secure", MX "m. A secure 192.0.2.1\nm. AAAA secure 192.0.2.1",
	  "deliver " A1, "deliver " A1 "*", "deliver " A1 "*" },
	{ "an address twice, A secure", MX "m. A secure 192.0.2.1\nm. AAAA insecure 192.0.2.1",
	  "deliver " A1, "deliver " A1 "*", "deliver " A1 "*" },
	{ "an address twice, AAAA secure", MX "m. A insecure 192.0.2.1\nm. AAAA secure 192.0.2.1",
	  "deliver " A1, "deliver " A1 "*", "deliver " A1 "*" },
	{ "an address twice, neither secure",
	  MX "m. A insecure 192.0.2.1\nm. AAAA insecure 192.0.2.1", "deliver " A1, "deliver " A1,
	  "bounce 5.7.4" },
	{ "an address twice, A by who lies",
	  MX "m. A lying 192.0.2.1\nm. AAAA secure 192.0.2.1; 192.0.2.2", "deliver " A1 " " A2,
	  "deliver " A1 "* " A2 "*", "deliver " A1 "* " A2 "*" },
	{ "addresses twice, where they first stand",
	  MX "m. A insecure 192.0.2.1; 192.0.2.2\nm. AAAA secure 2001:db8::1; 192.0.2.2; 192.0.2.1",
	  "deliver " AAAA1 " " A1 " " A2, "deliver " AAAA1 "* " A1 "* " A2 "*",
	  "deliver " AAAA1 "* " A2 "* " A1 "*" },
	{ "an address of two hosts", MX2 "m. A secure 192.0.2.1\nn. AAAA secure 192.0.2.1",
	  "deliver " A1 " " A1, "deliver " A1 "* " A1 "*", "deliver " A1 "* " A1 "*" },
	{ "MX secure, no address secure",
	  MX "m. A insecure 192.0.2.1\nm. AAAA insecure 2001:db8::1", "deliver " AAAA1 " " A1,
	  "deliver " AAAA1 " " A1, "bounce 5.7.4" },
	{ "no MX", "d. MX secure nodata\nd. A secure 192.0.2.1", "deliver " A1, "deliver " A1 "*",
	  "deliver " A1 "*" },
	{ "no MX, NODATA not secure", "d. MX insecure nodata\nd. A secure 192.0.2.1", "deliver " A1,
	  "deliver " A1, "bounce 5.7.4" },
	{ "no MX, address not secure", "d. MX secure nodata\nd. A insecure 192.0.2.1",
	  "deliver " A1, "deliver " A1, "bounce 5.7.4" },
	{ "null MX", "d. MX secure 0 .", "bounce 5.1.10", "bounce 5.1.10", "bounce 5.1.10" },
	{ "null MX, not secure", "d. MX insecure 0 .", "bounce 5.1.10", "bounce 5.1.10",
	  "bounce 5.7.4" },
	{ "NXDOMAIN", "d. MX secure nxdomain", "bounce 5.1.2", "bounce 5.1.2", "bounce 5.1.2" },
	{ "NXDOMAIN, not secure", "d. MX insecure nxdomain", "bounce 5.1.2", "bounce 5.1.2",
	  "bounce 5.7.4" },
	{ "bogus", "d. MX bogus", "defer 4.7.5 5.7.5", "defer 4.7.5 5.7.5", "defer 4.7.5 5.7.5" },
	{ "SERVFAIL", "d. MX servfail", "defer 4.4.3 5.4.7", "defer 4.4.3 5.4.7",
	  "defer 4.4.3 5.4.7" },
	{ "SERVFAIL, its records are not used", "d. MX servfail 10 m.\nm. A secure 192.0.2.1",
	  "defer 4.4.3 5.4.7", "defer 4.4.3 5.4.7", "defer 4.4.3 5.4.7" },
	{ "REFUSED", "d. MX refused", "defer 4.4.3 5.4.7", "defer 4.4.3 5.4.7",
	  "defer 4.4.3 5.4.7" },
	{ "timeout, no server", "d. MX timeout", "defer 4.4.3 5.4.7", "defer 4.4.3 5.4.7",
	  "defer 4.4.3 5.4.7" },
	{ "an alias that leads nowhere", "d. MX secure open via e. nodata\nd. A secure 192.0.2.1",
	  "defer 4.4.3 5.4.7", "defer 4.4.3 5.4.7", "defer 4.4.3 5.4.7" },
	{ "a loop of aliases", "d. MX loop", "defer 4.4.3 5.4.7", "defer 4.4.3 5.4.7",
	  "defer 4.4.3 5.4.7" },
	{ "malformed", "d. MX secure malformed", "defer 4.4.3 5.4.7", "defer 4.4.3 5.4.7",
	  "defer 4.4.3 5.4.7" },
	{ "channel not trusted", "d. MX untrusted 10 m.\nm. A untrusted 192.0.2.1", "deliver " A1,
	  "deliver " A1, "defer 4.3.5 5.4.7" },
	{ "the resolver does not validate", "d. MX fails 10 m.\nm. A fails 192.0.2.1",
	  "deliver " A1, "deliver " A1, "defer 4.3.5 5.4.7" },
};

/* For required the last two rows go before all others. */
static const struct row first[] = {
	{ "untrusted, NXDOMAIN", "d. MX untrusted nxdomain", "bounce 5.1.2", "bounce 5.1.2",
	  "defer 4.3.5 5.4.7" },
	{ "untrusted, null MX", "d. MX untrusted 0 .", "bounce 5.1.10", "bounce 5.1.10",
	  "defer 4.3.5 5.4.7" },
	{ "untrusted, SERVFAIL", "d. MX untrusted servfail", "defer 4.4.3 5.4.7",
	  "defer 4.4.3 5.4.7", "defer 4.3.5 5.4.7" },
	{ "untrusted, bogus", "d. MX untrusted bogus", "defer 4.7.5 5.7.5", "defer 4.7.5 5.7.5",
	  "defer 4.3.5 5.4.7" },
	{ "untrusted, a loop", "d. MX untrusted loop", "defer 4.4.3 5.4.7", "defer 4.4.3 5.4.7",
	  "defer 4.3.5 5.4.7" },
	{ "untrusted, REFUSED", "d. MX untrusted refused", "defer 4.4.3 5.4.7", "defer 4.4.3 5.4.7",
	  "defer 4.3.5 5.4.7" },
	{ "no answer, by servers that are all untrusted", "d. MX untrusted timeout",
	  "defer 4.4.3 5.4.7", "defer 4.4.3 5.4.7", "defer 4.3.5 5.4.7" },
	{ "no answer, by servers that are all found not to validate", "d. MX fails timeout",
	  "defer 4.4.3 5.4.7", "defer 4.4.3 5.4.7", "defer 4.3.5 5.4.7" },
	{ "no answer, and one that could have given it is trusted", "d. MX unprobed timeout",
	  "defer 4.4.3 5.4.7", "defer 4.4.3 5.4.7", "defer 4.4.3 5.4.7" },
	{ "no address, by servers that are all untrusted",
	  MX "m. A untrusted timeout\nm. AAAA untrusted timeout", "defer 4.4.3 5.4.7",
	  "defer 4.4.3 5.4.7", "defer 4.3.5 5.4.7" },
	{ "fails, SERVFAIL", "d. MX fails servfail", "defer 4.4.3 5.4.7", "defer 4.4.3 5.4.7",
	  "defer 4.3.5 5.4.7" },
	{ "fails, NXDOMAIN", "d. MX fails nxdomain", "bounce 5.1.2", "bounce 5.1.2",
	  "defer 4.3.5 5.4.7" },
	{ "fails, NODATA", "d. MX fails nodata\nd. A fails 192.0.2.1", "deliver " A1, "deliver " A1,
	  "defer 4.3.5 5.4.7" },
	{ "fails, bogus", "d. MX fails bogus", "defer 4.7.5 5.7.5", "defer 4.7.5 5.7.5",
	  "defer 4.3.5 5.4.7" },
	{ "unprobed, insecure", "d. MX unprobed 10 m.\nm. A unprobed 192.0.2.1", "deliver " A1,
	  "deliver " A1, "defer 4.3.5 5.4.7" },
	{ "insecure, not proved", "d. MX unproved 10 m.\nm. A secure 192.0.2.1", "deliver " A1,
	  "deliver " A1, "defer 4.3.5 5.4.7" },
	{ "NXDOMAIN, not proved", "d. MX unproved nxdomain", "bounce 5.1.2", "bounce 5.1.2",
	  "defer 4.3.5 5.4.7" },
	{ "an address insecure, not proved", MX "m. A unproved 192.0.2.1\nm. AAAA secure nodata",
	  "deliver " A1, "deliver " A1, "defer 4.3.5 5.4.7" },
	{ "unprobed, SERVFAIL", "d. MX unprobed servfail", "defer 4.4.3 5.4.7", "defer 4.4.3 5.4.7",
	  "defer 4.4.3 5.4.7" },
	{ "unprobed, bogus", "d. MX unprobed bogus", "defer 4.7.5 5.7.5", "defer 4.7.5 5.7.5",
	  "defer 4.7.5 5.7.5" },
	{ "AD was not asked for", "d. MX unasked 10 m.\nm. A unasked 192.0.2.1", "deliver " A1,
	  "deliver " A1, "defer 4.3.5 5.4.7" },
	{ "the server did not check", "d. MX unchecked 10 m.\nm. A unchecked 192.0.2.1",
	  "deliver " A1, "deliver " A1, "defer 4.3.5 5.4.7" },
	{ "the server did not check, NXDOMAIN", "d. MX unchecked nxdomain", "bounce 5.1.2",
	  "bounce 5.1.2", "defer 4.3.5 5.4.7" },
	{ "an address by an untrusted channel", MX "m. A untrusted 192.0.2.1", "deliver " A1,
	  "deliver " A1, "defer 4.3.5 5.4.7" },
	{ "an address by one that does not validate", MX "m. A fails 192.0.2.1", "deliver " A1,
	  "deliver " A1, "defer 4.3.5 5.4.7" },
	{ "secure, says one that does not validate", "d. MX lying 10 m.\nm. A lying 192.0.2.1",
	  "deliver " A1, "deliver " A1 "*", "defer 4.3.5 5.4.7" },
	{ "an address secure, says one that does not validate", MX "m. A lying 192.0.2.1",
	  "deliver " A1, "deliver " A1 "*", "defer 4.3.5 5.4.7" },
	{ "a denial by an untrusted channel", MX "m. A secure nodata\nm. AAAA untrusted nodata",
	  "bounce 5.4.4", "bounce 5.4.4", "defer 4.3.5 5.4.7" },
	{ "a fault of ours before bogus", MX2 "m. A bogus\nn. A untrusted 192.0.2.1", "deliver " A1,
	  "deliver " A1, "defer 4.3.5 5.4.7" },
	{ "a secure address stands beside an untrusted one",
	  MX "m. A untrusted 192.0.2.1\nm. AAAA secure 2001:db8::1", "deliver " AAAA1 " " A1,
	  "deliver " AAAA1 "* " A1, "deliver " AAAA1 "*" },
};

/* Families and hosts are judged apart; what is not known defers. */
static const struct row apart[] = {
	{ "A secure, AAAA SERVFAIL", MX "m. A secure 192.0.2.1\nm. AAAA servfail", "deliver " A1,
	  "deliver " A1 "*", "deliver " A1 "*" },
	{ "A secure, AAAA bogus", MX "m. A secure 192.0.2.1\nm. AAAA bogus", "deliver " A1,
	  "deliver " A1 "*", "deliver " A1 "*" },
	{ "A insecure, AAAA SERVFAIL", MX "m. A insecure 192.0.2.1\nm. AAAA servfail",
	  "deliver " A1, "deliver " A1, "defer 4.4.3 5.4.7" },
	{ "A insecure, AAAA bogus", MX "m. A insecure 192.0.2.1\nm. AAAA bogus", "deliver " A1,
	  "deliver " A1, "defer 4.7.5 5.7.5" },
	{ "A insecure, AAAA timeout", MX "m. A insecure 192.0.2.1\nm. AAAA timeout", "deliver " A1,
	  "deliver " A1, "defer 4.4.3 5.4.7" },
	{ "A insecure, AAAA denied", MX "m. A insecure 192.0.2.1\nm. AAAA secure nodata",
	  "deliver " A1, "deliver " A1, "bounce 5.7.4" },
	{ "A denied, AAAA SERVFAIL", MX "m. A secure nodata\nm. AAAA servfail", "defer 4.4.3 5.4.7",
	  "defer 4.4.3 5.4.7", "defer 4.4.3 5.4.7" },
	{ "A denied, AAAA bogus", MX "m. A secure nodata\nm. AAAA bogus", "defer 4.7.5 5.7.5",
	  "defer 4.7.5 5.7.5", "defer 4.7.5 5.7.5" },
	{ "both denied", MX "m. A secure nodata\nm. AAAA secure nodata", "bounce 5.4.4",
	  "bounce 5.4.4", "bounce 5.4.4" },
	{ "no such host", MX "m. A secure nxdomain\nm. AAAA secure nxdomain", "bounce 5.4.4",
	  "bounce 5.4.4", "bounce 5.4.4" },
	{ "both denied, one not secure", MX "m. A secure nodata\nm. AAAA insecure nodata",
	  "bounce 5.4.4", "bounce 5.4.4", "bounce 5.7.4" },
	{ "no such host, not secure", MX "m. A insecure nxdomain\nm. AAAA insecure nxdomain",
	  "bounce 5.4.4", "bounce 5.4.4", "bounce 5.7.4" },
	{ "no MX, no address", "d. MX secure nodata", "bounce 5.4.4", "bounce 5.4.4",
	  "bounce 5.4.4" },
	{ "address malformed", MX "m. A secure malformed\nm. AAAA secure nodata",
	  "defer 4.4.3 5.4.7", "defer 4.4.3 5.4.7", "defer 4.4.3 5.4.7" },
	{ "one host insecure, one SERVFAIL",
	  MX2 "m. A insecure 192.0.2.1\nn. A servfail\nn. AAAA servfail", "deliver " A1,
	  "deliver " A1, "defer 4.4.3 5.4.7" },
	{ "one host insecure, one denied", MX2 "m. A insecure 192.0.2.1", "deliver " A1,
	  "deliver " A1, "bounce 5.7.4" },
	{ "one host denied, one bogus", MX2 "n. A bogus", "defer 4.7.5 5.7.5", "defer 4.7.5 5.7.5",
	  "defer 4.7.5 5.7.5" },
	{ "one host SERVFAIL, one secure", MX2 "m. A servfail\nn. A secure 192.0.2.2",
	  "deliver " A2, "deliver " A2 "*", "deliver " A2 "*" },
	{ "two hosts, two families",
	  MX2 "m. A secure 192.0.2.1\nm. AAAA secure 2001:db8::1\nn. A insecure 192.0.2.2\n"
	      "n. AAAA secure 2001:db8::2",
	  "deliver " AAAA1 " " A1 " " AAAA2 " " A2, "deliver " AAAA1 "* " A1 "* " AAAA2 "* " A2,
	  "deliver " AAAA1 "* " A1 "* " AAAA2 "*" },
};

/* RFC 5321 section 5.1: hosts at our own preference and beyond are dropped. */
static const struct row self[] = {
	{ "our name is the only host", "d. MX secure 10 me.", "bounce 5.4.6", "bounce 5.4.6",
	  "bounce 5.4.6" },
	{ "our name, MX not secure", "d. MX insecure 10 me.", "bounce 5.4.6", "bounce 5.4.6",
	  "bounce 5.7.4" },
	{ "our name is the best host", "d. MX secure 10 ME.; 20 m.\nm. A secure 192.0.2.1",
	  "bounce 5.4.6", "bounce 5.4.6", "bounce 5.4.6" },
	{ "our name is second",
	  "d. MX secure 20 me.; 10 m.; 20 n.\nm. A secure 192.0.2.1\n"
	  "n. A secure 192.0.2.2",
	  "deliver " A1, "deliver " A1 "*", "deliver " A1 "*" },
	{ "our address is the only host", MX "m. A secure 127.0.0.1", "bounce 5.4.6",
	  "bounce 5.4.6", "bounce 5.4.6" },
	{ "our address is second", MX2 "m. A secure 192.0.2.1\nn. AAAA secure ::1", "deliver " A1,
	  "deliver " A1 "*", "deliver " A1 "*" },
	{ "our address among equals",
	  "d. MX secure 10 m.; 20 n.; 20 o.\nm. A secure 192.0.2.1\nn. A secure 127.0.0.1\n"
	  "o. A secure 192.0.2.2",
	  "deliver " A1, "deliver " A1 "*", "deliver " A1 "*" },
	{ "an unsigned address of ours cuts nothing off",
	  MX2 "m. A insecure 127.0.0.1\nn. A secure 192.0.2.2", "bounce 5.4.6", "bounce 5.4.6",
	  "deliver " A2 "*" },
	{ "nothing is left but the insecure", MX2 "m. A insecure 192.0.2.1\nn. A secure 127.0.0.1",
	  "deliver " A1, "deliver " A1, "bounce 5.7.4" },
	{ "no MX, and we are the domain's address", "d. MX secure nodata\nd. A secure 127.0.0.1",
	  "bounce 5.4.6", "bounce 5.4.6", "bounce 5.4.6" },
};

/* Routes that do not begin with MX. */
static void check_kinds(void)
{
	static const struct {
		enum route_kind kind;
		struct row row;
	} kinds[] = {
		{ ROUTE_HOST,
		  { "host, secure", "d. A secure 192.0.2.1", "deliver 192.0.2.1:2525",
		    "deliver 192.0.2.1:2525*", "deliver 192.0.2.1:2525*" } },
		{ ROUTE_HOST,
		  { "host, not secure", "d. A insecure 192.0.2.1", "deliver 192.0.2.1:2525",
		    "deliver 192.0.2.1:2525", "bounce 5.7.4" } },
		{ ROUTE_HOST,
		  { "host, not known", "d. A servfail", "defer 4.4.3 5.4.7", "defer 4.4.3 5.4.7",
		    "defer 4.4.3 5.4.7" } },
		{ ROUTE_HOST,
		  { "host, untrusted", "d. A untrusted 192.0.2.1", "deliver 192.0.2.1:2525",
		    "deliver 192.0.2.1:2525", "defer 4.3.5 5.4.7" } },
		{ ROUTE_HOST,
		  { "host, denied", "d. A secure nxdomain", "bounce 5.4.4", "bounce 5.4.4",
		    "bounce 5.4.4" } },
		{ ROUTE_STATIC,
		  { "static", "", "deliver 192.0.2.9:2525", "deliver 192.0.2.9:2525",
		    "deliver 192.0.2.9:2525" } },
		{ ROUTE_LITERAL,
		  { "literal", "", "deliver 192.0.2.9:2525", "deliver 192.0.2.9:2525",
		    "bounce 5.7.4" } },
	};
	static const struct row loop = { "to ourselves", "", "bounce 5.4.6", "bounce 5.4.6",
					 "bounce 5.4.6" };
	static const struct row nameless = { "no domain name", "", "bounce 5.1.2", "bounce 5.1.2",
					     "bounce 5.1.2" };

	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		struct route_conf conf = conf_for(kinds[i].kind);
		check_row(&conf, &kinds[i].row);
	}
	struct route_conf conf = conf_for(ROUTE_STATIC);
	conf.via = self_at[1];
	check_row(&conf, &loop);
	conf = conf_for(ROUTE_DOMAIN);
	conf.domain.len = 0;
	check_row(&conf, &nameless);
}

/* What people read, and what the record says. */
static const struct {
	const char *label, *script;
	enum route_service service;
	const char *mx, *address; /* "none" where not asked */
	const char *culprit;      /* "MX" or "A" or "AAAA"; "" for none */
	const char *text[4];      /* pieces of the text */
	const char *note;         /* a piece of the note; "" for an empty one */
} words[] = {
	{ "insecure MX",
	  "d. MX insecure 10 m.",
	  ROUTE_REQUIRED,
	  "insecure",
	  "secure",
	  "MX",
	  { "MX of d.", "not authenticated", "127.0.0.1:53 (udp)", "AD clear" },
	  "" },
	{ "marked by one that does not validate",
	  "d. MX lying aa 10 m.\nm. A lying 192.0.2.1",
	  ROUTE_REQUESTED,
	  "secure",
	  "secure",
	  "",
	  { NULL },
	  "marked, though the resolver 127.0.0.1:53 (udp) is found not to validate: com. NS was" },
	{ "insecure MX from an authoritative server",
	  "d. MX insecure aa 10 m.",
	  ROUTE_REQUIRED,
	  "insecure",
	  "secure",
	  "MX",
	  { "authoritative server (AA)" },
	  "" },
	{ "insecure alias",
	  "d. MX insecure via e. 10 m.",
	  ROUTE_REQUIRED,
	  "insecure",
	  "secure",
	  "MX",
	  { "MX of d., an alias of e.," },
	  "" },
	{ "insecure NODATA",
	  "d. MX insecure nodata",
	  ROUTE_REQUIRED,
	  "insecure",
	  "secure",
	  "MX",
	  { "that d. has no MX is not authenticated" },
	  "" },
	{ "insecure NXDOMAIN",
	  "d. MX insecure nxdomain",
	  ROUTE_REQUIRED,
	  "insecure",
	  "none",
	  "MX",
	  { "that d. does not exist (asked for MX of d.) is not authenticated" },
	  "" },
	{ "insecure address",
	  MX "m. A insecure 192.0.2.1",
	  ROUTE_REQUIRED,
	  "secure",
	  "insecure",
	  "A",
	  { "A of m.", "127.0.0.1:53" },
	  "" },
	{ "the heaviest is told",
	  MX "m. A insecure 192.0.2.1\nm. AAAA servfail",
	  ROUTE_REQUIRED,
	  "secure",
	  "indeterminate",
	  "AAAA",
	  { "AAAA of m.", "answered SERVFAIL" },
	  "" },
	{ "bogus",
	  "d. MX bogus",
	  ROUTE_REQUIRED,
	  "bogus",
	  "none",
	  "MX",
	  { "MX of d.", "SERVFAIL", "extended error 6 (DNSSEC Bogus)", "signature\\x0aexpired" },
	  "" },
	{ "bogus, off",
	  "d. MX bogus",
	  ROUTE_OFF,
	  "bogus",
	  "none",
	  "MX",
	  { "MX of d.", "SERVFAIL", "extended error 6" },
	  "" },
	{ "no answer",
	  "d. MX timeout",
	  ROUTE_REQUESTED,
	  "indeterminate",
	  "none",
	  "MX",
	  { "MX of d.", "timed out" },
	  "" },
	{ "untrusted and silent, required",
	  "d. MX untrusted timeout",
	  ROUTE_REQUIRED,
	  "indeterminate",
	  "none",
	  "MX",
	  { "MX of d.", "no DNS server gave an answer (timed out)",
	    "is not trusted: not loopback" },
	  "" },
	{ "fails and silent, required",
	  "d. MX fails timeout",
	  ROUTE_REQUIRED,
	  "indeterminate",
	  "none",
	  "MX",
	  { "MX of d.", "timed out", "could have is found not to validate: com. NS" },
	  "" },
	{ "untrusted, required",
	  "d. MX untrusted 10 m.",
	  ROUTE_REQUIRED,
	  "indeterminate",
	  "secure",
	  "MX",
	  { "MX of d.", "192.0.2.53:53 (udp)", "not trusted", "not loopback" },
	  "" },
	{ "fails, required",
	  "d. MX fails 10 m.",
	  ROUTE_REQUIRED,
	  "insecure",
	  "secure",
	  "MX",
	  { "MX of d.", "127.0.0.1:53 (udp)", "not to validate", "com. NS" },
	  "" },
	{ "null MX",
	  "d. MX secure 0 .",
	  ROUTE_OFF,
	  "indeterminate",
	  "none",
	  "MX",
	  { "RFC 7505" },
	  "" },
	{ "no such domain",
	  "d. MX secure via e. nxdomain",
	  ROUTE_OFF,
	  "indeterminate",
	  "none",
	  "MX",
	  { "d. is an alias of e., which does not exist" },
	  "" },
	{ "no address", MX, ROUTE_REQUIRED, "secure", "secure", "A", { "no mail host of d." }, "" },
	{ "no MX, no address",
	  "",
	  ROUTE_REQUIRED,
	  "secure",
	  "secure",
	  "A",
	  { "d. has neither a mail host (MX) nor an address" },
	  "" },
	{ "loop", "d. MX 1 me.", ROUTE_OFF, "indeterminate", "none", "MX", { "would loop" }, "" },
	{ "aliases that loop",
	  "d. MX loop",
	  ROUTE_OFF,
	  "indeterminate",
	  "none",
	  "MX",
	  { "the chain of aliases loops or is too long" },
	  "" },
	{ "the server did not check",
	  "d. MX unchecked 10 m.",
	  ROUTE_REQUIRED,
	  "indeterminate",
	  "secure",
	  "MX",
	  { "127.0.0.1:53 (udp)", "it did not check this answer (CD), though it was asked to" },
	  "" },
	{ "all marked",
	  MX "m. A 192.0.2.1",
	  ROUTE_REQUESTED,
	  "secure",
	  "secure",
	  "",
	  { NULL },
	  "" },
	{ "off needs no mark",
	  MX "m. A 192.0.2.1",
	  ROUTE_OFF,
	  "indeterminate",
	  "indeterminate",
	  "",
	  { NULL },
	  "" },
	{ "MX without a mark",
	  "d. MX insecure 10 m.\nm. A 192.0.2.1",
	  ROUTE_REQUESTED,
	  "insecure",
	  "secure",
	  "",
	  { NULL },
	  "MX of d." },
	{ "an address twice without a mark, by the stronger answer",
	  "d. MX insecure 10 m.\nm. A 192.0.2.1\nm. AAAA insecure 192.0.2.1",
	  ROUTE_REQUESTED,
	  "insecure",
	  "secure",
	  "",
	  { NULL },
	  "MX of d." },
	{ "an address without a mark",
	  MX "m. A insecure 192.0.2.1\nm. AAAA 2001:db8::1",
	  ROUTE_REQUESTED,
	  "secure",
	  "insecure",
	  "",
	  { NULL },
	  ": A of m." },
	{ "an IPv6 address without a mark",
	  MX "m. A 192.0.2.1\nm. AAAA insecure 2001:db8::1",
	  ROUTE_REQUESTED,
	  "secure",
	  "insecure",
	  "",
	  { NULL },
	  ": AAAA of m." },
	{ "untrusted, requested",
	  "d. MX untrusted 10 m.\nm. A untrusted 192.0.2.1",
	  ROUTE_REQUESTED,
	  "indeterminate",
	  "indeterminate",
	  "",
	  { NULL },
	  "not trusted: not loopback" },
	{ "fails, requested",
	  "d. MX fails 10 m.\nm. A fails 192.0.2.1",
	  ROUTE_REQUESTED,
	  "insecure",
	  "insecure",
	  "",
	  { NULL },
	  "found not to validate: com. NS" },
	{ "the addresses to dial alone",
	  MX "m. A 192.0.2.1\nm. AAAA bogus",
	  ROUTE_REQUIRED,
	  "secure",
	  "secure",
	  "",
	  { NULL },
	  "" },
};

static int times(struct str s, struct str piece)
{
	int n = 0;

	for (; s.n > 0; s = str_skip(s, 1))
		n += str_starts(s, piece);
	return n;
}

static struct str status_or_none(bool asked, enum dns_status status)
{
	return asked ? dns_status_text(status) : STR("none");
}

static void check_words(void)
{
	static struct route_verdict v;
	struct route_conf conf = conf_for(ROUTE_DOMAIN);

	for (size_t i = 0; i < COUNT_OF(words); i++) {
		const char *label = words[i].label;
		struct route *r = craft_route(&conf, str_of(words[i].script));
		char type[DNS_TYPE_TEXT_MAX];

		CHECK_INT(
			label,
			route_verdict(route_facts(r), words[i].service, ROUTE_UNTRUSTED_DEFER, &v),
			ERR_OK);
		CHECK_STR(label, status_or_none(v.mx_asked, v.mx_status), str_of(words[i].mx));
		CHECK_STR(label, status_or_none(v.address_asked, v.address_status),
			  str_of(words[i].address));
		CHECK_STR(label, v.culprit ? dns_type_text(v.culprit->type, type) : STR(""),
			  str_of(words[i].culprit));
		/* Each once: nothing is said twice. */
		for (size_t k = 0; k < 4 && words[i].text[k]; k++)
			if (times(buf_str(&v.text), str_of(words[i].text[k])) != 1)
				CHECK_STR(label, buf_str(&v.text), str_of(words[i].text[k]));
		if (words[i].note[0] ? !holds(buf_str(&v.note), str_of(words[i].note)) : v.note.n)
			CHECK_STR(label, buf_str(&v.note), str_of(words[i].note));
		route_verdict_clear(&v);
		route_free(&r);
	}
}

/* As many mail hosts as are asked, or one more: what bounces, and what waits for the last one. */
static void test_more_hosts(void)
{
	static const struct {
		const char *all; /* what each of them answers */
		const char *want[3];
		const char *want_of_more[3];
	} hosts[] = {
		{ "nodata",
		  { "bounce 5.4.4", "bounce 5.4.4", "bounce 5.4.4" },
		  { "defer 4.4.3 5.4.7", "defer 4.4.3 5.4.7", "defer 4.4.3 5.4.7" } },
		{ "insecure nodata",
		  { "bounce 5.4.4", "bounce 5.4.4", "bounce 5.7.4" },
		  { "defer 4.4.3 5.4.7", "defer 4.4.3 5.4.7", "defer 4.4.3 5.4.7" } },
		{ "bogus",
		  { "defer 4.7.5 5.7.5", "defer 4.7.5 5.7.5", "defer 4.7.5 5.7.5" },
		  { "defer 4.7.5 5.7.5", "defer 4.7.5 5.7.5", "defer 4.7.5 5.7.5" } },
	};
	struct route_conf conf = conf_for(ROUTE_DOMAIN);

	for (size_t i = 0; i < COUNT_OF(hosts); i++)
		for (size_t n = ROUTE_HOSTS_MAX; n <= ROUTE_HOSTS_MAX + 1; n++) {
			CLEANUP(buf_free) struct buf script = BUF_MAX(4096);
			const char *const *want =
				n > ROUTE_HOSTS_MAX ? hosts[i].want_of_more : hosts[i].want;
			buf_add(&script, STR("d. MX 10 h0."));
			for (size_t k = 1; k < n; k++)
				buf_addf(&script, "; 10 h%zu.", k);
			for (size_t k = 0; k < n; k++)
				buf_addf(&script, "\nh%zu. A %s\nh%zu. AAAA %s", k, hosts[i].all, k,
					 hosts[i].all);
			buf_addc(&script, '\0');
			const struct row row = { hosts[i].all, script.p, want[0], want[1],
						 want[2] };
			check_row(&conf, &row);
		}
}

int main(void)
{
	test_more_hosts();
	check_rows(table, COUNT_OF(table));
	check_rows(first, COUNT_OF(first));
	check_rows(apart, COUNT_OF(apart));
	check_rows(self, COUNT_OF(self));
	check_kinds();
	check_words();
	arena_clear(&craft_memory);
	return TEST_EXIT();
}
