/* resolv.conf(5), as glibc reads it where the two could differ. */
#include "resolve/config.h"

#include "base/buf.h"
#include "os/file.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>

enum { FILE_MAX = 1 << 16, PORT = 53, TIMEOUT_MAX_S = 30, ATTEMPTS_MAX = 5 };

struct options {
	uint32_t timeout_s, attempts; /* 0: not said */
	bool rotate, trust_ad, use_vc;
};

/* The value behind name in "name:value"; false when it is another word. */
static bool number(struct str word, struct str name, uint32_t max, uint32_t *out)
{
	uint32_t v;

	if (!str_starts(word, name) || !str_u32(str_skip(word, name.n), &v))
		return false;
	*out = v < 1 ? 1 : v > max ? max : v;
	return true;
}

static void read_options(struct str line, struct options *o)
{
	struct str word;

	while (str_word(&line, &word)) {
		if (str_eq(word, STR("rotate")))
			o->rotate = true;
		else if (str_eq(word, STR("trust-ad")))
			o->trust_ad = true;
		else if (str_eq(word, STR("use-vc")))
			o->use_vc = true;
		else if (!number(word, STR("timeout:"), TIMEOUT_MAX_S, &o->timeout_s))
			(void)number(word, STR("attempts:"), ATTEMPTS_MAX, &o->attempts);
	}
}

/* "fe80::1%eth0" or "fe80::1%2": the part behind % names an interface (RFC 4007 section 11). */
static bool read_address(struct str word, struct ip *ip, uint32_t *scope)
{
	const char *percent = memchr(word.p, '%', word.n);
	char name[IF_NAMESIZE];
	size_t n = percent ? (size_t)(percent - word.p) : word.n;

	*scope = 0;
	if (ip_read((struct str){ word.p, n }, ip) != ERR_OK)
		return false;
	if (!percent)
		return true;
	struct str zone = str_skip(word, n + 1);
	if (zone.n == 0 || zone.n >= sizeof(name) || ip->family != 6)
		return false;
	memcpy(name, zone.p, zone.n);
	name[zone.n] = '\0';
	*scope = if_nametoindex(name);
	return *scope != 0 || (str_u32(zone, scope) && *scope != 0);
}

static void add_server(struct resolve_conf *conf, struct ip ip, uint32_t scope)
{
	if (conf->n_servers == RESOLVE_SERVERS_MAX)
		return;
	conf->servers[conf->n_servers++] = (struct resolve_server){
		.at = { .ip = ip, .port = PORT },
		.scope = scope,
	};
}

/* Unknown words, and addresses that cannot be read, are passed over. */
static void read_line(struct str line, struct resolve_conf *conf, struct options *o)
{
	struct str word;
	struct ip ip;
	uint32_t scope;

	if (line.n == 0 || line.p[0] == '#' || line.p[0] == ';' || !str_word(&line, &word))
		return;
	if (str_eq(word, STR("options")))
		read_options(line, o);
	else if (str_eq(word, STR("nameserver")) && str_word(&line, &word) &&
		 read_address(word, &ip, &scope))
		add_server(conf, ip, scope);
}

/* One that is not there is an empty one. */
static enum err read_all(const char *path, struct buf *text)
{
	enum err e = os_file_read(path, text);

	return e == ERR_IO && errno == ENOENT ? ERR_OK : e;
}

enum err resolve_conf_system(const char *path, struct resolve_conf *conf)
{
	static const uint8_t loopback[4] = { 127, 0, 0, 1 };
	struct resolve_conf out = *conf;
	struct options options = { 0 };
	struct buf text = BUF_MAX(FILE_MAX);
	struct str line;

	enum err e = read_all(path, &text);
	if (e != ERR_OK) {
		buf_free(&text);
		return e;
	}
	for (struct str rest = buf_str(&text); str_line(&rest, &line);)
		read_line(line, &out, &options);
	buf_free(&text);
	if (out.n_servers == conf->n_servers)
		add_server(&out, ip_v4(loopback), 0);
	out.rotate = out.rotate || options.rotate;
	for (size_t i = conf->n_servers; i < out.n_servers; i++) {
		out.servers[i].timeout_ms = (int64_t)options.timeout_s * 1000;
		out.servers[i].attempts = options.attempts;
		if (options.use_vc)
			out.servers[i].channel = DNS_CHANNEL_TCP;
		if (options.trust_ad)
			out.servers[i].trust = DNS_CHANNEL_TRUST_ALWAYS;
	}
	*conf = out;
	return ERR_OK;
}
