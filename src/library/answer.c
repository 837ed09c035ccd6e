#include "library/answer_priv.h"

#include "base/text.h"
#include "dns/type.h"
#include "library/door_priv.h"
#include "library/name_priv.h"
#include "library/words_priv.h"

#include <stdlib.h>

enum { TEXT_MAX = 8192 };

static void add_source(struct buf *out, const struct dns_answer *a)
{
	if (a->source.server.n == 0)
		buf_add(out, STR("no server"));
	else
		text_escape(out, a->source.server);
	if (a->source.channel.n > 0)
		buf_addf(out, " over %.*s", STR_ARG(a->source.channel));
}

static void add_reason(struct buf *out, struct str before, struct str reason)
{
	if (reason.n == 0)
		return;
	buf_add(out, before);
	text_escape(out, reason);
}

/* The rcode, and what extended errors say of it. */
static void add_failure(struct buf *out, const struct dns_answer *a)
{
	char rcode[DNS_TYPE_TEXT_MAX];

	buf_add(out, dns_rcode_text(a->rcode, rcode));
	for (size_t i = 0; i < a->n_ede; i++) {
		struct str purpose = dns_ede_text(a->ede[i]);
		if (purpose.n > 0)
			add_reason(out, STR("; "), purpose);
		else
			buf_addf(out, "; extended error %u", a->ede[i]);
	}
	add_reason(out, STR(": "), a->ede_text);
}

static void add_status(struct buf *out, const struct dns_answer *a)
{
	const struct dns_source *s = &a->source;
	bool trusted = s->trust != DNS_TRUST_NONE;

	if (a->status == DNS_SECURE)
		buf_add(out, STR("authenticated by "));
	else if (!a->asked_ad)
		buf_add(out, STR("authenticity was not asked for; from "));
	else
		buf_add(out, STR("not authenticated; from "));
	add_source(out, a);
	add_reason(out, trusted ? STR(", trusted: ") : STR(", not trusted: "), s->trust_reason);
	if (dns_probe_bad(s->probe)) {
		buf_add(out, s->probe == DNS_PROBE_FAILS
				     ? STR("; that server does not validate")
				     : STR("; that server did not show that it validates"));
		add_reason(out, STR(": "), s->probe_reason);
	}
}

static void add_why(struct buf *out, const struct dns_answer *a)
{
	switch (a->outcome) {
	case DNS_NO_ANSWER:
		buf_add(out, STR("no usable answer"));
		add_reason(out, STR(": "), a->why);
		return;
	case DNS_FAILED:
		add_source(out, a);
		buf_add(out, a->status == DNS_BOGUS ? STR(" says that validation failed: ")
						    : STR(" answered "));
		add_failure(out, a);
		return;
	case DNS_LOOP:
		buf_add(out, STR("an alias that leads nowhere"));
		add_reason(out, STR(": "), a->why);
		buf_add(out, STR("; "));
		break;
	case DNS_DATA:
	case DNS_NODATA:
	case DNS_NO_NAME:
		break;
	}
	add_status(out, a);
}

static void put(struct buf *b, char *to, size_t room)
{
	(void)str_copy(to, room, buf_str(b));
	buf_clear(b);
}

static void put_escaped(struct buf *b, char *to, size_t room, struct str from)
{
	text_escape(b, from);
	put(b, to, room);
}

/* Out of memory leaves what could not be written empty. */
static void write_texts(struct library_answer_texts *t, const struct dns_answer *a)
{
	CLEANUP(buf_free) struct buf b = BUF_MAX(TEXT_MAX);

	put_escaped(&b, t->server, sizeof(t->server), a->source.server);
	put_escaped(&b, t->channel, sizeof(t->channel), a->source.channel);
	put_escaped(&b, t->trust_reason, sizeof(t->trust_reason), a->source.trust_reason);
	put_escaped(&b, t->probe_reason, sizeof(t->probe_reason), a->source.probe_reason);
	put_escaped(&b, t->extra, sizeof(t->extra), str_head(a->ede_text, sizeof(t->extra)));
	add_why(&b, a);
	put(&b, t->why, sizeof(t->why));
	t->written = true;
}

static const struct library_answer_texts *texts(const struct signpost_dns_answer *a)
{
	int kept = errno;

	if (!a->texts->written)
		write_texts(a->texts, a->a);
	errno = kept;
	return a->texts;
}

struct signpost_dns_answer *signpost_dns_answer_copy(const struct signpost_dns_answer *a)
{
	KEEP_ERRNO;
	struct signpost_dns_answer *copy = calloc(1, sizeof(*copy));

	if (copy)
		copy->texts = malloc(sizeof(*copy->texts));
	if (!copy || !copy->texts || dns_answer_copy(a->a, &copy->own) != ERR_OK) {
		signpost_dns_answer_free(&copy);
		return NULL;
	}
	copy->a = copy->own;
	if (a->texts->written)
		*copy->texts = *a->texts;
	else
		write_texts(copy->texts, a->a);
	return copy;
}

void signpost_dns_answer_free(struct signpost_dns_answer **ap)
{
	KEEP_ERRNO;
	struct signpost_dns_answer *a = *ap;

	*ap = NULL;
	if (!a)
		return;
	dns_answer_free(&a->own);
	free(a->texts);
	free(a);
}

enum signpost_dns_status signpost_dns_answer_status(const struct signpost_dns_answer *a)
{
	return library_words_status(a->a->status);
}

enum signpost_dns_outcome signpost_dns_answer_outcome(const struct signpost_dns_answer *a)
{
	return library_words_outcome(a->a->outcome);
}

unsigned signpost_dns_answer_rcode(const struct signpost_dns_answer *a)
{
	return a->a->outcome == DNS_NO_ANSWER ? 0 : a->a->rcode;
}

const char *signpost_dns_answer_why(const struct signpost_dns_answer *a)
{
	return texts(a)->why;
}

const struct signpost_dns_name *signpost_dns_answer_name(const struct signpost_dns_answer *a)
{
	return library_name_show(a->a->name);
}

const struct signpost_dns_name *signpost_dns_answer_final(const struct signpost_dns_answer *a)
{
	return library_name_show(dns_answer_final(a->a));
}

uint16_t signpost_dns_answer_type(const struct signpost_dns_answer *a)
{
	return a->a->type;
}

const char *signpost_dns_answer_server(const struct signpost_dns_answer *a)
{
	return texts(a)->server;
}

const char *signpost_dns_answer_channel(const struct signpost_dns_answer *a)
{
	return texts(a)->channel;
}

enum signpost_dns_trusted signpost_dns_answer_trusted(const struct signpost_dns_answer *a)
{
	return library_words_trusted(a->a->source.trust);
}

const char *signpost_dns_answer_trust_reason(const struct signpost_dns_answer *a)
{
	return texts(a)->trust_reason;
}

enum signpost_dns_probe signpost_dns_answer_probe(const struct signpost_dns_answer *a)
{
	return library_words_probe(a->a->source.probe);
}

const char *signpost_dns_answer_probe_reason(const struct signpost_dns_answer *a)
{
	return texts(a)->probe_reason;
}

uint32_t signpost_dns_answer_ttl(const struct signpost_dns_answer *a)
{
	return a->a->ttl_s;
}

int64_t signpost_dns_answer_elapsed(const struct signpost_dns_answer *a)
{
	return a->a->elapsed_us;
}

bool signpost_dns_answer_cached(const struct signpost_dns_answer *a)
{
	return a->a->cached;
}

size_t signpost_dns_answer_error_count(const struct signpost_dns_answer *a)
{
	return a->a->n_ede;
}

uint16_t signpost_dns_answer_error_code(const struct signpost_dns_answer *a, size_t i)
{
	return i < a->a->n_ede ? a->a->ede[i] : 0;
}

const char *signpost_dns_answer_error_extra(const struct signpost_dns_answer *a)
{
	return texts(a)->extra;
}
