#include "smtp/ehlo.h"

#include "base/test.h"

static const struct {
	const char *label;
	struct str text;
	struct smtp_offer offer;
} reads[] = {
	{ "nothing", STR_INIT(""), { .size_max = 0 } },
	{ "name alone", STR_INIT("mx.example hello"), { .size_max = 0 } },
	{ "the name is no extension", STR_INIT("DSN\nCHUNKING"), { .chunking = true } },
	{ "all",
	  STR_INIT("mx\nPIPELINING\nSIZE 1000\n8BITMIME\nSMTPUTF8\nDSN\nSTARTTLS\nCHUNKING\n"
		   "ENHANCEDSTATUSCODES"),
	  { true, true, true, true, true, true, true, true, 1000 } },
	{ "any case",
	  STR_INIT("mx\npipelining\nsize 7\r\nDsn "),
	  { .pipelining = true, .size = true, .size_max = 7, .dsn = true } },
	{ "size without a number", STR_INIT("mx\nSIZE"), { .size = true } },
	{ "size with a bad number", STR_INIT("mx\nSIZE 1x"), { .size = true } },
	{ "size beyond all numbers",
	  STR_INIT("mx\nSIZE 99999999999999999999999"),
	  { .size = true } },
	{ "a number that is no size", STR_INIT("mx\nDSN 5"), { .dsn = true } },
	{ "others", STR_INIT("mx\nAUTH PLAIN DSN\nDSNX\n\nXDSN\nHELP"), { .size_max = 0 } },
};

static bool same(const struct smtp_offer *a, const struct smtp_offer *b)
{
	return a->pipelining == b->pipelining && a->eight_bit == b->eight_bit &&
	       a->utf8 == b->utf8 && a->dsn == b->dsn && a->enhanced == b->enhanced &&
	       a->starttls == b->starttls && a->chunking == b->chunking && a->size == b->size &&
	       a->size_max == b->size_max;
}

/* What is written is read as it was. */
static void check_round(const char *label, const struct smtp_offer *offer)
{
	CLEANUP(buf_free) struct buf out = BUF_MAX(1000);
	CLEANUP(buf_free) struct buf scratch = BUF_MAX(1000);
	struct smtp_reply reply = { .code = 0 };
	struct smtp_offer back;
	size_t used = 0;

	smtp_ehlo_write(&out, STR("mx.example"), offer);
	CHECK_INT(label, smtp_reply_read(buf_str(&out), &scratch, &reply, &used), ERR_OK);
	CHECK_INT(label, used == out.n && reply.code == 250, true);
	smtp_ehlo_read(reply.text, &back);
	CHECK_INT(label, same(&back, offer), true);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(reads); i++) {
		struct smtp_offer offer;
		smtp_ehlo_read(reads[i].text, &offer);
		CHECK_INT(reads[i].label, same(&offer, &reads[i].offer), true);
		check_round(reads[i].label, &reads[i].offer);
	}
	return TEST_EXIT();
}
