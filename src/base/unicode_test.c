#include "base/unicode.h"

#include "base/test.h"
#include "base/text.h"

static const struct {
	const char *label;
	struct str in, want;
} folds[] = {
	{ "empty", STR_INIT(""), STR_INIT("") },
	{ "ascii", STR_INIT("To Whom @[`{"), STR_INIT("to whom @[`{") },
	{ "latin", STR_INIT("GEHÄLTER"), STR_INIT("gehälter") },
	{ "greek final sigma", STR_INIT("ΟΔΟΣ οδος"), STR_INIT("οδοσ οδοσ") },
	{ "cyrillic", STR_INIT("ДОМ"), STR_INIT("дом") },
	{ "one character stays one", STR_INIT("Straße"), STR_INIT("straße") },
	{ "capital sharp s", STR_INIT("STRAẞE"), STR_INIT("straße") },
	{ "no case", STR_INIT("銀行 €"), STR_INIT("銀行 €") },
	{ "decomposed", STR_INIT("Geha\xcc\x88lter"), STR_INIT("gehälter") },
	{ "beyond the BMP", STR_INIT("\xf0\x90\x90\x80"), STR_INIT("\xf0\x90\x90\xa8") },
	{ "bad octet kept",
	  STR_INIT("A\xff"
		   "B"),
	  STR_INIT("a\xff"
		   "b") },
	{ "bad octet beside letters", STR_INIT("\xc3Ä\xc3"), STR_INIT("\xc3ä\xc3") },
	{ "NUL kept", STR_INIT("A\0Ä"), STR_INIT("a\0ä") },
};

#define L63 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"

static const struct {
	const char *label;
	struct str in;
	enum err err;
	struct str ascii;
	struct str labels;
} domains[] = {
	{ "ascii", STR_INIT("Bank.Example"), ERR_OK, STR_INIT("bank.example"),
	  STR_INIT("Bank.Example") },
	{ "final dot", STR_INIT("bank.example."), ERR_OK, STR_INIT("bank.example."),
	  STR_INIT("bank.example.") },
	{ "u-label", STR_INIT("müller.example"), ERR_OK, STR_INIT("xn--mller-kva.example"),
	  STR_INIT("müller.example") },
	{ "u-label in capitals", STR_INIT("MÜLLER.Example"), ERR_OK,
	  STR_INIT("xn--mller-kva.example"), STR_INIT("müller.example") },
	{ "decomposed", STR_INIT("mu\xcc\x88ller.example"), ERR_OK,
	  STR_INIT("xn--mller-kva.example"), STR_INIT("müller.example") },
	{ "a-label", STR_INIT("XN--mller-kva.example"), ERR_OK, STR_INIT("xn--mller-kva.example"),
	  STR_INIT("müller.example") },
	{ "non-transitional", STR_INIT("straße.example"), ERR_OK, STR_INIT("xn--strae-oqa.example"),
	  STR_INIT("straße.example") },
	{ "ideographic stop", STR_INIT("例え。テスト"), ERR_OK, STR_INIT("xn--r8jz45g.xn--zckzah"),
	  STR_INIT("例え.テスト") },
	{ "ideographic stop at the end", STR_INIT("bank.example。"), ERR_OK,
	  STR_INIT("bank.example"), STR_INIT("bank.example") },
	{ "of full width, and one that shows nothing", STR_INIT("bank.example．\xc2\xad"), ERR_OK,
	  STR_INIT("bank.example"), STR_INIT("bank.example") },
	{ "stops alone", STR_INIT("。。"), ERR_SYNTAX, STR_INIT(""), STR_INIT("。。") },
	{ "two stops", STR_INIT("bank。。example"), ERR_SYNTAX, STR_INIT(""),
	  STR_INIT("bank。。example") },
	{ "two at the end", STR_INIT("bank.example。。"), ERR_SYNTAX, STR_INIT(""),
	  STR_INIT("bank.example。。") },
	{ "a-label that is none",
	  STR_INIT("xn--\x7f"
		   "a.example"),
	  ERR_OK,
	  STR_INIT("xn--\x7f"
		   "a.example"),
	  STR_INIT("xn--\x7f"
		   "a.example") },
	{ "a-label of ascii", STR_INIT("xn--bank-.example"), ERR_OK, STR_INIT("xn--bank-.example"),
	  STR_INIT("xn--bank-.example") },
	{ "empty", STR_INIT(""), ERR_SYNTAX, STR_INIT(""), STR_INIT("") },
	{ "not UTF-8", STR_INIT("m\xfcller.example"), ERR_SYNTAX, STR_INIT(""),
	  STR_INIT("m\xfcller.example") },
	{ "NUL", STR_INIT("m\0ü.example"), ERR_SYNTAX, STR_INIT(""), STR_INIT("m\0ü.example") },
	{ "mapped to an at sign", STR_INIT("a＠b.example"), ERR_SYNTAX, STR_INIT(""),
	  STR_INIT("a＠b.example") },
	{ "no domain", STR_INIT("\xe2\x80\x8b\xe2\x82\xac ü"), ERR_SYNTAX, STR_INIT(""),
	  STR_INIT("\xe2\x80\x8b\xe2\x82\xac ü") },
	{ "label of 64 octets", STR_INIT(L63 "ü"), ERR_SYNTAX, STR_INIT(""), STR_INIT(L63 "ü") },
};

/* Names that tell domains apart. */
static const struct {
	const char *label, *in, *want;
	bool made; /* not the octets that were given */
} names[] = {
	{ "a name already", "bank.example", "bank.example", false },
	{ "capitals", "Bank.EXAMPLE", "bank.example", true },
	{ "U-label", "bücher.example", "xn--bcher-kva.example", true },
	{ "U-label in capitals", "BÜCHER.example", "xn--bcher-kva.example", true },
	{ "A-label", "xn--bcher-kva.example", "xn--bcher-kva.example", false },
	{ "A-label in capitals", "XN--BCHER-KVA.Example", "xn--bcher-kva.example", true },
	{ "a final stop", "bank.example。", "bank.example", true },
	{ "no A-labels", "a＠b.example", "a＠b.example", false },
	{ "literal", "[192.0.2.1]", "[192.0.2.1]", false },
	{ "none", "", "", false },
};

static void check_names(void)
{
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		CLEANUP(arena_clear) struct arena in = { .max = 1024 };
		struct str out, domain = str_of(names[i].in);
		CHECK_INT(names[i].label, unicode_domain_name(&in, domain, &out), ERR_OK);
		CHECK_STR(names[i].label, out, str_of(names[i].want));
		CHECK_INT(names[i].label, out.p != domain.p, names[i].made);
	}
	struct arena full = { .max = 3 };
	struct str out;
	CHECK_INT("no room", unicode_domain_name(&full, STR("Bank"), &out), ERR_NOMEM);
}

static void check_every_character(void)
{
	struct buf one = BUF_MAX(64), two = BUF_MAX(64), raw = BUF_MAX(8);
	long long unstable = 0, longer = 0;

	for (uint32_t cp = 1; cp <= 0x10ffff; cp++) {
		uint32_t folded;
		buf_clear(&one), buf_clear(&two), buf_clear(&raw);
		text_utf8_add(&raw, cp);
		if (!text_is_utf8(buf_str(&raw)))
			continue; /* a surrogate */
		unicode_fold(&one, buf_str(&raw));
		unicode_fold(&two, buf_str(&one));
		unstable += !str_eq(buf_str(&one), buf_str(&two));
		/* A few characters have only a decomposed form in NFC; no letter of ours. */
		longer += text_utf8(buf_str(&one), &folded) != one.n && cp < 0x300;
	}
	CHECK_INT("folding twice is folding once", unstable, 0);
	CHECK_INT("one character to one", longer, 0);
	buf_free(&one), buf_free(&two), buf_free(&raw);
}

static const struct {
	uint32_t cp;
	int width;
} widths[] = { { 'a', 1 },      { 0xfc, 1 },   { 0x301, 0 }, { 0x4f8b, 2 },
	       { 0x1f600, 2 },  { 0xff21, 2 }, { 0x1b, -1 }, { 0x9b, -1 },
	       { 0x10ffff, 1 }, { 0x2502, 1 }, { 0x2026, 1 } };

int main(void)
{
	struct buf out = BUF_MAX(4096);

	for (size_t i = 0; i < COUNT_OF(widths); i++)
		CHECK_INT("width", unicode_width(widths[i].cp), widths[i].width);

	for (size_t i = 0; i < COUNT_OF(folds); i++) {
		buf_clear(&out);
		unicode_fold(&out, folds[i].in);
		CHECK_STR(folds[i].label, buf_str(&out), folds[i].want);
	}
	for (size_t i = 0; i < COUNT_OF(domains); i++) {
		buf_clear(&out);
		CHECK_INT(domains[i].label, unicode_to_ascii(&out, domains[i].in), domains[i].err);
		CHECK_STR(domains[i].label, buf_str(&out), domains[i].ascii);
		buf_clear(&out);
		unicode_to_labels(&out, domains[i].in);
		CHECK_STR(domains[i].label, buf_str(&out), domains[i].labels);
	}
	buf_free(&out);

	struct buf small = BUF_MAX(3);
	CHECK_INT("past the limit", unicode_to_ascii(&small, STR("bank")), ERR_LIMIT);
	buf_free(&small);
	check_names();
	check_every_character();
	return TEST_EXIT();
}
