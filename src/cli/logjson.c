/*
 * What relay/sessionlog writes, read back.  Each kind of line is told by how it begins; a reply or
 * a command of the dialogue begins with an arrow, so that nobody else can write such a line.
 */
#include "cli/logjson.h"

#include "base/text.h"

/* "TIME [SESSION] text", its mark cut off. */
struct line {
	struct str time, session, text;
	bool dnssec;
};

/* Whether text begins with words, which are then cut off. */
static bool begins(struct str *text, struct str words)
{
	if (!str_starts(*text, words))
		return false;
	*text = str_skip(*text, words.n);
	return true;
}

static struct line line_of(struct str all)
{
	static const struct str mark = STR_INIT(" DNSSEC");
	struct line l = { .text = all };

	if (!str_cut(&l.text, ' ', &l.time))
		l.time = STR_NONE;
	if (str_starts(l.text, STR("[")) && str_cut(&l.text, ']', &l.session)) {
		l.session = str_skip(l.session, 1);
		(void)begins(&l.text, STR(" "));
	}
	l.dnssec = str_ends(l.text, mark);
	if (l.dnssec)
		l.text = str_head(l.text, l.text.n - mark.n);
	return l;
}

/* What stands before words, cut off with them; all of it where they are not there. */
static struct str before(struct str *text, struct str words)
{
	for (size_t i = 0; i + words.n <= text->n; i++) {
		if (!str_eq((struct str){ text->p + i, words.n }, words))
			continue;
		struct str head = str_head(*text, i);
		*text = str_skip(*text, i + words.n);
		return head;
	}
	struct str all = *text;
	*text = STR_NONE;
	return all;
}

/* What stands behind the last of words, cut off with them; nothing where they are not there. */
static struct str behind(struct str *text, struct str words)
{
	for (size_t i = text->n; i >= words.n; i--) {
		if (!str_ends(str_head(*text, i), words))
			continue;
		struct str tail = str_skip(*text, i);
		*text = str_head(*text, i - words.n);
		return tail;
	}
	return STR_NONE;
}

/* What a line says, as it was before the log escaped it. */
static void datum_of(struct jsonw *j, const char *key, struct str text,
		     void (*unescape)(struct buf *, struct str))
{
	CLEANUP(buf_free) struct buf plain = BUF_MAX(text.n);

	unescape(&plain, text);
	if (buf_err(&plain) != ERR_OK)
		j->out->err = buf_err(&plain);
	jsonw_str(j, key, buf_str(&plain));
}

static void datum_str(struct jsonw *j, const char *key, struct str text)
{
	datum_of(j, key, text, text_unescape);
}

/* What the administrator wrote. */
static void datum_own(struct jsonw *j, const char *key, struct str text)
{
	datum_of(j, key, text, text_unescape_own);
}

/* Without the brackets around it. */
static struct str address(struct str text)
{
	return str_starts(text, STR("<")) && str_ends(text, STR(">"))
		       ? str_head(str_skip(text, 1), text.n - 2)
		       : text;
}

/* requested (criterion "To *", dnssec.criteria:2) */
static void service(struct jsonw *j, struct str text)
{
	size_t end;

	jsonw_str(j, "service", before(&text, STR(" (criterion \"")));
	for (end = text.n; end > 1 && !(text.p[end - 2] == '"' && text.p[end - 1] == ','); end--)
		;
	if (end < 2)
		return;
	struct str place = str_skip(text, end + 1);
	datum_own(j, "criterion", str_head(text, end - 2));
	datum_own(j, "place", str_head(place, place.n ? place.n - 1 : 0));
}

/* ID sender <A> size N */
static void message(struct jsonw *j, struct str text)
{
	struct str id = before(&text, STR(" sender ")), octets = behind(&text, STR(" size "));
	uint64_t size;

	jsonw_str(j, "message", id);
	datum_str(j, "sender", address(text));
	if (str_u64(octets, &size))
		jsonw_int(j, "size", (int64_t)size);
}

static bool is_status(struct str s)
{
	return str_eq(s, STR("secure")) || str_eq(s, STR("insecure")) || str_eq(s, STR("bogus")) ||
	       str_eq(s, STR("indeterminate"));
}

/* The last of what stands between commas, cut off. */
static struct str last_part(struct str *text)
{
	size_t i = text->n;

	while (i > 1 && !(text->p[i - 2] == ',' && text->p[i - 1] == ' '))
		i--;
	if (i < 2)
		return STR_NONE;
	struct str last = str_skip(*text, i);
	*text = str_head(*text, i - 2);
	return last;
}

/* TTL 300, and what follows: extended errors. */
static void ttl(struct jsonw *j, struct str text)
{
	struct str seconds = before(&text, STR(", "));
	uint64_t n;

	if (str_u64(seconds, &n))
		jsonw_int(j, "ttl_s", (int64_t)n);
	if (text.n)
		datum_str(j, "extended", text);
}

/* NAME TYPE: ANSWER, STATUS, server S, channel C, from cache, TTL N, ... */
static void lookup(struct jsonw *j, struct str text)
{
	struct str name = before(&text, STR(" ")), type = before(&text, STR(": "));
	struct str answer = before(&text, STR(", TTL ")), time = last_part(&answer);
	struct str rest = answer, said = before(&rest, STR(", server "));
	struct str cut = said, status = last_part(&cut);

	datum_str(j, "name", name);
	jsonw_str(j, "type", type);
	datum_str(j, "answer", is_status(status) ? cut : said);
	if (is_status(status))
		jsonw_str(j, "status", status);
	if (rest.n) {
		jsonw_str(j, "server", before(&rest, STR(", channel ")));
		jsonw_str(j, "channel", rest);
	}
	jsonw_bool(j, "cached", str_eq(time, STR("from cache")));
	ttl(j, text);
}

static void datum(struct jsonw *j, const char *key, struct str text, bool dnssec)
{
	jsonw_object(j, NULL);
	datum_str(j, key, text);
	jsonw_bool(j, "dnssec", dnssec);
	jsonw_object_end(j);
}

/* The records that follow a lookup are its. */
static void lookups(struct jsonw *j, struct str block)
{
	struct str all;
	bool open = false;

	jsonw_array(j, "lookups");
	while (str_line(&block, &all)) {
		struct line l = line_of(all);
		if (open && begins(&l.text, STR("record "))) {
			datum(j, "record", l.text, l.dnssec);
			continue;
		}
		if (open) {
			jsonw_array_end(j);
			jsonw_object_end(j);
		}
		open = begins(&l.text, STR("lookup "));
		if (!open)
			continue;
		jsonw_object(j, NULL);
		lookup(j, l.text);
		jsonw_bool(j, "dnssec", l.dnssec);
		jsonw_array(j, "records");
	}
	if (open) {
		jsonw_array_end(j);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
}

static void recipients(struct jsonw *j, struct str block)
{
	struct str all;

	jsonw_array(j, "recipients");
	while (str_line(&block, &all)) {
		struct line l = line_of(all);
		if (begins(&l.text, STR("recipient ")))
			datum_str(j, NULL, address(l.text));
	}
	jsonw_array_end(j);
}

/* Each host and address that was tried. */
static void tried(struct jsonw *j, struct str block)
{
	static const struct str how[] = {
		STR_INIT("connecting to "), STR_INIT("using the open connection to "),
		STR_INIT("not tried, as it could not be reached a moment ago: ")
	};
	struct str all;

	jsonw_array(j, "tried");
	while (str_line(&block, &all)) {
		struct line l = line_of(all);
		for (size_t i = 0; i < sizeof(how) / sizeof(how[0]); i++) {
			if (!begins(&l.text, how[i]))
				continue;
			datum(j, "address", l.text, l.dnssec);
			break;
		}
	}
	jsonw_array_end(j);
}

/* What is said but once, and what is said last. */
static void singles(struct jsonw *j, struct str block)
{
	struct str all, tls = STR_NONE, outcome = STR_NONE;

	while (str_line(&block, &all)) {
		struct line l = line_of(all);
		if (begins(&l.text, STR("DNSSEC service ")))
			service(j, l.text);
		else if (begins(&l.text, STR("message ")))
			message(j, l.text);
		else if (begins(&l.text, STR("TLS: ")))
			tls = l.text;
		else if (begins(&l.text, STR("outcome: ")))
			outcome = l.text;
	}
	if (tls.n)
		datum_str(j, "tls", tls);
	if (outcome.n)
		datum_str(j, "outcome", outcome);
}

static void lines(struct jsonw *j, struct str block)
{
	struct str all;

	jsonw_array(j, "lines");
	while (str_line(&block, &all)) {
		struct line l = line_of(all);
		jsonw_object(j, NULL);
		jsonw_str(j, "time", l.time);
		jsonw_str(j, "text", l.text);
		jsonw_bool(j, "dnssec", l.dnssec);
		jsonw_object_end(j);
	}
	jsonw_array_end(j);
}

void cli_logjson(struct jsonw *j, struct str block, bool out)
{
	struct str rest = block, first = STR_NONE;

	(void)str_line(&rest, &first);
	jsonw_object(j, NULL);
	jsonw_str(j, "session", line_of(first).session);
	if (out) {
		singles(j, block);
		recipients(j, block);
		lookups(j, block);
		tried(j, block);
	}
	lines(j, block);
	jsonw_object_end(j);
}
