/*
 * What parses requests of whoever connects: target, form, cookie, authorization, Host, Origin,
 * encodings and entity tags, on any octets.  Seeds: src/console/corpus/target/.
 *
 * What must hold, not only that nothing crashes: a path that was taken has no dot segment, no
 * control and no empty part in its middle; and a name that is taken for ours is one of ours.
 */
#include "console/head.h"
#include "console/target.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check_path(struct str path)
{
	if (!str_starts(path, STR("/")))
		abort();
	for (size_t i = 0; i < path.n; i++) {
		struct str rest = str_skip(path, i);
		if ((unsigned char)path.p[i] < ' ' || str_starts(rest, STR("//")) ||
		    str_starts(rest, STR("/../")) || str_eq(rest, STR("/..")))
			abort();
	}
}

static void check_host(struct str host)
{
	char name[] = "console.example";
	char *const more[] = { name };
	struct console_place place = { .hosts = more, .n_hosts = 1 };
	const struct str ours[] = { STR("127.0.0.1"), STR("localhost"), STR("console.example") };
	bool begins = false;

	if (ip_port_read(STR("127.0.0.1:8025"), 0, &place.at) != ERR_OK)
		abort();
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		begins |= str_starts_nocase(host, ours[i]);
	/* An address has more than one spelling; a name has not. */
	bool address = host.n && (host.p[0] == '[' || (host.p[0] >= '0' && host.p[0] <= '9') ||
				  host.p[0] == ':');
	if (console_head_host(&place, host) && !begins && !address)
		abort();
	(void)console_head_origin(&place, host);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str s = { (const char *)data, n };
	CLEANUP(buf_free) struct buf room = BUF_MAX(1 << 20);
	struct console_target t;
	struct str name = STR_NONE, password = STR_NONE;

	if (console_target_read(s, &t) == ERR_OK)
		check_path(buf_str(&t.path));
	console_target_clear(&t);
	struct str cookie = console_head_cookie(s);
	if (cookie.n > n)
		abort();
	if (console_head_authorization(s, &room, &name, &password) == ERR_OK &&
	    name.n + password.n + 1 != room.n)
		abort();
	check_host(s);
	(void)console_head_gzip(s);
	(void)console_head_match(s, STR("\"a\""));
	(void)console_head_none_match(s, STR("\"a\""));
	return 0;
}
