/* resolv.conf(5), as glibc reads it where the two could differ. */
#include "resolve/config.h"

#include "base/text.h"
#include "os/file.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>

enum { FILE_MAX = 1 << 16, PORT = 53, TIMEOUT_MAX_S = 30, ATTEMPTS_MAX = 5 };

struct options {
	uint32_t timeout_s, attempts; /* 0: not said */
	bool rotate, trust_ad, use_vc;
};

/* Options of resolv.conf(5) that mean nothing here. */
static bool is_known_option(struct str word)
{
	static const struct str known[] = {
		STR_INIT("debug"),        STR_INIT("no-check-names"),
		STR_INIT("inet6"),        STR_INIT("ip6-bytestring"),
		STR_INIT("ip6-dotint"),   STR_INIT("no-ip6-dotint"),
		STR_INIT("edns0"),        STR_INIT("single-request"),
		STR_INIT("no-tld-query"), STR_INIT("single-request-reopen"),
		STR_INIT("no-reload"),    STR_INIT("no-aaaa"),
		STR_INIT("strict-error"),
	};
	uint32_t dots;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (str_eq(word, known[i]))
			return true;
	return str_starts(word, STR("ndots:")) && str_u32(str_skip(word, 6), &dots);
}

/* The value behind name in "name:value"; false when it is another word. */
static bool number(struct str word, struct str name, uint32_t max, uint32_t *out)
{
	uint32_t v;

	if (!str_starts(word, name) || !str_u32(str_skip(word, name.n), &v))
		return false;
	*out = v < 1 ? 1 : v > max ? max : v;
	return true;
}

/* One option.  False: it has a value that cannot be read; those for others are passed over. */
static bool read_option(struct str word, struct options *o)
{
	if (str_eq(word, STR("rotate")))
		o->rotate = true;
	else if (str_eq(word, STR("trust-ad")))
		o->trust_ad = true;
	else if (str_eq(word, STR("use-vc")))
		o->use_vc = true;
	else if (str_starts(word, STR("timeout:")))
		return number(word, STR("timeout:"), TIMEOUT_MAX_S, &o->timeout_s);
	else if (str_starts(word, STR("attempts:")))
		return number(word, STR("attempts:"), ATTEMPTS_MAX, &o->attempts);
	else
		return is_known_option(word);
	return true;
}

/* All that can be read counts, whatever stands beside it.  False: not all can. */
static bool read_options(struct str line, struct options *o)
{
	struct str word;
	bool all = true;

	while (str_word(&line, &word))
		all = read_option(word, o) && all;
	return all;
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
	conf->servers[conf->n_servers++] = (struct dns_server){
		.at = { .ip = ip, .port = PORT },
		.scope = scope,
	};
}

struct reading {
	struct resolve_conf conf;
	struct options options;
	size_t n_read, n_unread; /* lines but comments, of options both */
	size_t n_nameserver;     /* lines of either kind */
};

/* What other resolvers read, and we do not need. */
static bool is_for_others(struct str word)
{
	static const struct str words[] = { STR_INIT("search"), STR_INIT("domain"),
					    STR_INIT("sortlist"), STR_INIT("lookup"),
					    STR_INIT("family") };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_eq(word, words[i]))
			return true;
	return false;
}

/* NULL, or in words why a line cannot be read. */
static const char *read_line(struct str line, struct reading *r)
{
	struct str word;
	struct ip ip;
	uint32_t scope;

	if (!str_word(&line, &word))
		return NULL;
	if (str_eq(word, STR("options"))) {
		r->n_read++; /* of one that is known in part no more is meant: it breaks no file */
		return read_options(line, &r->options)
			       ? NULL
			       : "has an option that cannot be read: see resolv.conf(5)";
	}
	if (!str_eq(word, STR("nameserver")))
		return is_for_others(word) ? NULL : "begins with no word that is known here";
	r->n_nameserver++;
	if (!str_word(&line, &word) || !read_address(word, &ip, &scope))
		return "has no address that can be read: write nameserver and one like 192.0.2.1";
	add_server(&r->conf, ip, scope);
	return NULL;
}

/* "FILE:LINE: "TEXT" WORDS" */
static void tell(struct buf *why, const char *path, unsigned n, struct str line, const char *words)
{
	text_escape(why, str_of(path));
	buf_addf(why, ":%u: \"", n);
	text_escape(why, str_trim(line));
	buf_addf(why, "\" %s\n", words);
}

static void read_lines(struct str rest, const char *path, struct reading *r, struct buf *why)
{
	struct str line;

	for (unsigned n = 1; str_line(&rest, &line); n++) {
		if (str_trim(line).n == 0 || line.p[0] == '#' || line.p[0] == ';')
			continue;
		const char *words = read_line(line, r);
		*(words ? &r->n_unread : &r->n_read) += 1;
		if (words)
			tell(why, path, n, line, words);
	}
}

/* One that is not there is an empty one. */
static enum err read_all(const char *path, struct buf *text)
{
	enum err e = os_file_read(path, text);

	return e == ERR_IO && errno == ENOENT ? ERR_OK : e;
}

/* The options are those of all servers of the file, wherever they stand in it. */
static void set_options(const char *path, struct reading *r, size_t first)
{
	r->conf.rotate = r->conf.rotate || r->options.rotate;
	for (size_t i = first; i < r->conf.n_servers; i++) {
		struct dns_server *s = &r->conf.servers[i];
		s->timeout_ms = (int64_t)r->options.timeout_s * 1000;
		s->attempts = r->options.attempts;
		if (r->options.use_vc)
			s->channel = DNS_CHANNEL_TCP;
		if (r->options.trust_ad) {
			s->trust = DNS_CHANNEL_TRUST_ALWAYS;
			s->trust_file = path;
		}
	}
}

enum err resolve_conf_system(const char *path, struct resolve_conf *conf, struct buf *why)
{
	static const uint8_t loopback[4] = { 127, 0, 0, 1 };
	CLEANUP(buf_free) struct buf text = BUF_MAX(FILE_MAX);
	struct reading r = { .conf = *conf };

	enum err e = read_all(path, &text);
	if (e != ERR_OK)
		return e;
	read_lines(buf_str(&text), path, &r, why);
	/* Somebody meant a server, or wrote what is no resolv.conf: no other takes its place. */
	bool broken = r.n_unread > 0 && (r.n_nameserver > 0 || r.n_read == 0);
	if (r.conf.n_servers == conf->n_servers && conf->n_servers < RESOLVE_SERVERS_MAX) {
		if (broken)
			return ERR_SYNTAX;
		add_server(&r.conf, ip_v4(loopback), 0);
	}
	set_options(path, &r, conf->n_servers);
	*conf = r.conf;
	return ERR_OK;
}
