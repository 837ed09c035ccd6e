#include "console/head.h"

#include "base/test.h"

static const struct {
	const char *field, *want;
} cookies[] = {
	{ "signpost=abc", "abc" },
	{ "a=b; signpost=abc; c=d", "abc" },
	{ " signpost=abc ", "abc" },
	{ "signpost=", "" },
	{ "", "" },
	{ "xsignpost=abc", "" },
	{ "Signpost=abc", "" },
	{ "signpost", "" },
	{ "signpost=first; signpost=second", "first" },
	{ "a=signpost=x", "" },
};

static const struct {
	const char *field, *name, *password; /* NULL: refused */
} logins[] = {
	{ "Basic dmVyYTpzZWNyZXQ=", "vera", "secret" },
	{ "basic dmVyYTpzZWNyZXQ=", "vera", "secret" },
	{ "Basic dmVyYTpzZTpjcmV0", "vera", "se:cret" },
	{ "Bearer dmVyYTpzZWNyZXQ=", "vera", "secret" },
	{ "Bearer vera:secret", "vera", "secret" },
	{ "Basic vera:secret", NULL, NULL },
	{ "Basic dmVyYQ==", NULL, NULL },
	{ "Basic", NULL, NULL },
	{ "Basic !!!", NULL, NULL },
	{ "Digest dmVyYTpzZWNyZXQ=", NULL, NULL },
	{ "", NULL, NULL },
};

static char *const more[] = { (char[]){ "console.example" } };
static struct console_place near = { .hosts = more, .n_hosts = 1 };
static struct console_place near6, far, all, socket_place;

static const struct {
	const char *host;
	const struct console_place *place;
	bool ours;
} hosts[] = {
	{ "127.0.0.1:8025", &near, true },
	{ "localhost:8025", &near, true },
	{ "LOCALHOST:8025", &near, true },
	{ "console.example", &near, true },
	{ "Console.Example:443", &near, true },
	{ "127.0.0.1", &near, false },
	{ "127.0.0.1:80", &near, false },
	{ "localhost", &near, false },
	{ "127.0.0.2:8025", &near, false },
	{ "evil.example:8025", &near, false },
	{ "localhost.evil.example:8025", &near, false },
	{ "console.example.evil.example", &near, false },
	{ "", &near, false },
	{ ":8025", &near, false },
	{ "127.0.0.1:8025:8025", &near, false },
	{ "127.0.0.1:99999", &near, false },
	{ "127.0.0.1:", &near, false },
	{ "[::1]:8025", &near6, true },
	{ "localhost:8025", &near6, true },
	{ "[::1]", &near6, false },
	{ "[::2]:8025", &near6, false },
	{ "192.0.2.1", &far, true },
	{ "192.0.2.1:443", &far, true },
	{ "localhost", &far, false },
	{ "198.51.100.9:8025", &all, true },
	{ "198.51.100.9:8026", &all, false },
	{ "evil.example:8025", &all, false },
	{ "localhost:8025", &all, false },
	{ "localhost", &socket_place, true },
	{ "evil.example", &socket_place, false },
};

static const struct {
	const char *origin;
	const struct console_place *place;
	bool ours;
} origins[] = {
	{ "http://127.0.0.1:8025", &near, true },
	{ "http://localhost:8025", &near, true },
	{ "http://console.example", &near, true },
	{ "HTTP://127.0.0.1:8025", &near, true },
	{ "http://user@127.0.0.1:8025", &near, false },
	{ "http://", &near, false },
	{ "https://127.0.0.1:8025", &near, false },
	{ "http://evil.example", &near, false },
	{ "null", &near, false },
	{ "https://192.0.2.1", &far, true },
	{ "http://192.0.2.1", &far, false },
	{ "https://console.example", &near, true },
	{ "https://console.example:8443", &near, true },
	{ "https://localhost:8025", &near, false },
	{ "https://evil.example", &near, false },
	{ "https://", &near, false },
};

static const struct {
	const char *field;
	bool weak, strong;
} etags[] = {
	{ "\"a\"", true, true },   { "W/\"a\"", true, false }, { "\"b\", \"a\"", true, true },
	{ "*", true, true },       { "\"b\"", false, false },  { "a", false, false },
	{ "\"A\"", false, false }, { "", false, false },       { "\"b\",", false, false },
};

static const struct {
	const char *field;
	bool want;
} encodings[] = {
	{ "gzip", true },
	{ "gzip, deflate, br", true },
	{ "br;q=1.0, GZIP;q=0.8", true },
	{ "*", true },
	{ "gzip;q=0", false },
	{ "gzip; q=0.000", false },
	{ "gzip;q=0.001", true },
	{ "identity", false },
	{ "", false },
	{ "xgzip", false },
};

static const struct {
	const char *label;
	size_t lengths, codings;
	const char *coding;
	bool framed;
} frames[] = {
	{ "no body", 0, 0, "", true },
	{ "a length", 1, 0, "", true },
	{ "two lengths", 2, 0, "", false },
	{ "chunked", 0, 1, " Chunked ", true },
	{ "chunked twice", 0, 2, "chunked", false },
	{ "both", 1, 1, "chunked", false },
	{ "another coding", 0, 1, "xchunked", false },
	{ "a coding below it", 0, 1, "gzip, chunked", false },
	{ "none", 0, 1, "identity", false },
	{ "empty", 0, 1, "", false },
};

static void check_logins(void)
{
	for (size_t i = 0; i < COUNT_OF(logins); i++) {
		CLEANUP(buf_free) struct buf out = BUF_MAX(1000);
		struct str name = STR_NONE, password = STR_NONE;
		enum err e =
			console_head_authorization(str_of(logins[i].field), &out, &name, &password);
		CHECK_INT(logins[i].field, e, logins[i].name ? ERR_OK : ERR_SYNTAX);
		CHECK_STR(logins[i].field, name, str_of(logins[i].name));
		CHECK_STR(logins[i].field, password, str_of(logins[i].password));
	}
}

static void make_places(void)
{
	(void)!ip_port_read(STR("127.0.0.1:8025"), 0, &near.at);
	(void)!ip_port_read(STR("[::1]:8025"), 0, &near6.at);
	(void)!ip_port_read(STR("192.0.2.1:443"), 0, &far.at);
	(void)!ip_port_read(STR("0.0.0.0:8025"), 0, &all.at);
	far.tls = true;
}

int main(void)
{
	make_places();
	for (size_t i = 0; i < COUNT_OF(cookies); i++)
		CHECK_STR(cookies[i].field, console_head_cookie(str_of(cookies[i].field)),
			  str_of(cookies[i].want));
	check_logins();
	for (size_t i = 0; i < COUNT_OF(hosts); i++)
		CHECK_INT(hosts[i].host, console_head_host(hosts[i].place, str_of(hosts[i].host)),
			  hosts[i].ours);
	for (size_t i = 0; i < COUNT_OF(origins); i++)
		CHECK_INT(origins[i].origin,
			  console_head_origin(origins[i].place, str_of(origins[i].origin)),
			  origins[i].ours);
	for (size_t i = 0; i < COUNT_OF(etags); i++) {
		struct str field = str_of(etags[i].field);
		CHECK_INT(etags[i].field, console_head_none_match(field, STR("\"a\"")),
			  etags[i].weak);
		CHECK_INT(etags[i].field, console_head_match(field, STR("\"a\"")), etags[i].strong);
	}
	for (size_t i = 0; i < COUNT_OF(frames); i++)
		CHECK_INT(frames[i].label,
			  console_head_framed(frames[i].lengths, frames[i].codings,
					      str_of(frames[i].coding)),
			  frames[i].framed);
	for (size_t i = 0; i < COUNT_OF(encodings); i++)
		CHECK_INT(encodings[i].field, console_head_gzip(str_of(encodings[i].field)),
			  encodings[i].want);
	return TEST_EXIT();
}
