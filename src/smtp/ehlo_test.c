#include "smtp/ehlo.h"

#include "base/test.h"
#include "smtp/reply.h"

#define HAS(x) (1u << SMTP_EXT_##x)

static const struct {
	const char *label;
	struct str text;
	struct smtp_offer offer;
} reads[] = {
	{ "nothing", STR_INIT(""), { .size_max = 0 } },
	{ "name alone", STR_INIT("mx.example hello"), { .size_max = 0 } },
	{ "the name is no extension", STR_INIT("DSN\nCHUNKING"), { .has = HAS(CHUNKING) } },
	{ "all",
	  STR_INIT("mx\nPIPELINING\nSIZE "
		   "1000\n8BITMIME\nSMTPUTF8\nDSN\nSTARTTLS\nAUTH "
		   "PLAIN\nREQUIRETLS\nCHUNKING\nBINARYMIME\n"
		   "ENHANCEDSTATUSCODES"),
	  { (1u << SMTP_EXTENSIONS) - 1, 1000, SMTP_OFFER_PLAIN } },
	{ "any case",
	  STR_INIT("mx\npipelining\nsize 7\r\nDsn "),
	  { HAS(PIPELINING) | HAS(SIZE) | HAS(DSN), 7, 0 } },
	{ "size without a number", STR_INIT("mx\nSIZE"), { .has = HAS(SIZE) } },
	{ "size with a bad number", STR_INIT("mx\nSIZE 1x"), { .has = HAS(SIZE) } },
	{ "size beyond all numbers",
	  STR_INIT("mx\nSIZE 99999999999999999999999"),
	  { .has = HAS(SIZE) } },
	{ "a number that is no size", STR_INIT("mx\nDSN 5"), { .has = HAS(DSN) } },
	{ "BINARYMIME without BDAT", STR_INIT("mx\nBINARYMIME\nDSN"), { .has = HAS(DSN) } },
	{ "others",
	  STR_INIT("mx\nAUTH PLAIN DSN\nDSNX\n\nXDSN\nHELP"),
	  { .has = HAS(AUTH), .auth = SMTP_OFFER_PLAIN } },
	{ "both ways to log in",
	  STR_INIT("mx\nauth CRAM-MD5 login Plain"),
	  { .has = HAS(AUTH), .auth = SMTP_OFFER_PLAIN | SMTP_OFFER_LOGIN } },
	{ "an old form of AUTH", STR_INIT("mx\nAUTH=PLAIN"), { .size_max = 0 } },
};

static bool same(const struct smtp_offer *a, const struct smtp_offer *b)
{
	return a->has == b->has && a->size_max == b->size_max;
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

/* What a row says must hang together. */
static void check_row(enum smtp_extension x)
{
	const struct smtp_extension_row *row = smtp_extension(x);
	unsigned flags = 0;

	for (size_t i = 0; i < SMTP_EXTENSION_VALUES; i++)
		flags |= row->value[i].flag;
	CHECK_INT(row->keyword.p, row->keyword.n > 0, true);
	CHECK_INT("a flag has a parameter", !flags || row->param.n, true);
	CHECK_INT("what needs it is among its own flags", (row->needed_by & ~flags) == 0, true);
	CHECK_INT("where it is needed there are words", !row->needed_by == !row->lack, true);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(reads); i++) {
		struct smtp_offer offer;
		smtp_ehlo_read(reads[i].text, &offer);
		CHECK_INT(reads[i].label, same(&offer, &reads[i].offer), true);
		CHECK_INT(reads[i].label, offer.auth, reads[i].offer.auth);
		check_round(reads[i].label, &reads[i].offer);
	}
	for (unsigned x = 0; x < SMTP_EXTENSIONS; x++)
		check_row(x);
	return TEST_EXIT();
}
