#include "smtp/client_priv.h"

#include "base/test.h"

#define OK "250 ok\r\n"
#define ENVELOPE_OK OK OK "354 go\r\n"

static const struct smtp_rcpt one[] = { { STR_INIT("c@d"), 0, STR_INIT("") } };

static void drain(struct smtp_client *c)
{
	for (struct str out = smtp_client_output(c); out.n > 0; out = smtp_client_output(c))
		smtp_client_sent(c, out.n);
}

/* Each line when the client waits for it. */
static enum smtp_client_want hear(struct smtp_client *c, struct str in)
{
	enum smtp_client_want want = SMTP_CLIENT_INPUT;
	struct str line, rest = in;

	while (str_line(&rest, &line)) {
		want = smtp_client_feed(c, str_head(in, in.n - rest.n));
		in = rest;
		drain(c);
	}
	return want;
}

/* Between messages no more memory is kept than a small one needs; and it works on. */
int main(void)
{
	CLEANUP(smtp_client_free) struct smtp_client *c = smtp_client_new(STR("us"));
	CLEANUP(buf_free) struct buf large = BUF_MAX(100000);
	struct smtp_transaction tx = { .rcpt = one, .n_rcpt = 1 };

	while (large.n < 90000)
		buf_add(&large, STR("sixteen octets\r\n"));
	tx.message = buf_str(&large);
	CHECK_INT("greeted", hear(c, STR("220 mx\r\n250 mx\r\n")), SMTP_CLIENT_READY);
	for (unsigned i = 0; i < 2; i++) {
		CHECK_INT("begun", smtp_client_send(c, &tx), SMTP_CLIENT_INPUT);
		drain(c);
		CHECK_INT("sent", hear(c, STR(ENVELOPE_OK OK)), SMTP_CLIENT_DONE);
		CHECK_INT("taken", smtp_client_result(c, 0).fate, SMTP_DELIVERED);
		CHECK_INT("a window", c->out.cap > 4096, true);
		smtp_client_trace_clear(c);
		smtp_client_rest(c);
		CHECK_INT("rests", c->out.cap == 0, true);
		CHECK_INT("what is small stays", c->in.cap > 0 && c->in.cap <= 4096, true);
	}
	return TEST_EXIT();
}
