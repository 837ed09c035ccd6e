/* Keys in every form in which they are kept; and that no refusal tells the secret. */
#include "conf/tsig.h"

#include "base/test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECRET "c2VjcmV0LW9mLXRoZS1rZXk="
#define NAMED "k.example:hmac-sha256:" SECRET
/* 128 octets as base64, and 129. */
#define B64_120                                                                                    \
	"MDEyMzQ1Njc4OWFiMDEyMzQ1Njc4OWFiMDEyMzQ1Njc4OWFiMDEyMzQ1Njc4OWFiMDEyMzQ1Njc4OWFi"         \
	"MDEyMzQ1Njc4OWFiMDEyMzQ1Njc4OWFiMDEyMzQ1Njc4OWFiMDEyMzQ1Njc4OWFiMDEyMzQ1Njc4OWFi"
#define LONGEST "k:hmac-sha512:" B64_120 "MDEyMzQ1Njc="
#define TOO_LONG "k:hmac-sha512:" B64_120 "MDEyMzQ1Njc4"

static const struct {
	const char *text, *key; /* key NULL: refused, by words */
	const char *words;
} rows[] = {
	{ NAMED, NAMED, NULL },
	{ NAMED "\n", NAMED, NULL },
	{ "# of ns1\n\n  " NAMED "  \n", NAMED, NULL },
	{ "k:HMAC-SHA384:QQ==", "k:hmac-sha384:QQ==", NULL },
	{ LONGEST, LONGEST, NULL },
	{ TOO_LONG, NULL, "its secret is longer" },
	{ "key \"k.example\" {\n\talgorithm hmac-sha256;\n\tsecret \"" SECRET "\";\n};\n", NAMED,
	  NULL },
	{ "key k.example { secret " SECRET "; algorithm \"hmac-sha256\"; }", NAMED, NULL },
	{ "/* one */ key k.example { // two\n secret \"" SECRET "\"; # three\n"
	  "algorithm hmac-sha256; }; /* four */",
	  NAMED, NULL },
	{ "", NULL, "it is not of the form" },
	{ "k", NULL, "it is not of the form" },
	{ "k:" SECRET, NULL, "it is not of the form" },
	{ "k:hmac-md5:" SECRET, NULL, "its algorithm is not known" },
	{ "k:hmac-sha1:" SECRET, NULL, "its algorithm is not known" },
	{ "k:" SECRET ":hmac-sha256", NULL, "its algorithm is not known" },
	{ "k:hmac-sha256:", NULL, "its secret is not base64" },
	{ "k:hmac-sha256:" SECRET ":", NULL, "its secret is not base64" },
	{ "k:hmac-sha256:" SECRET " x", NULL, "its secret is not base64" },
	{ ":hmac-sha256:" SECRET, NULL, "the key has no name" },
	{ "a b:hmac-sha256:" SECRET, NULL, "the key has no name" },
	{ NAMED "\n" NAMED, NULL, "the file holds more than one line" },
	{ "key k {", NULL, "the file does not hold one key" },
	{ "key k { secret \"" SECRET "\" }", NULL, "the file does not hold one key" },
	{ "key k { secret \"" SECRET, NULL, "the file does not hold one key" },
	{ "key k { algorithm hmac-sha256; server \"" SECRET "\"; };", NULL,
	  "the file does not hold one key" },
	{ "key k { algorithm hmac-sha256; secret \"" SECRET "\"; }; key l { }", NULL,
	  "the file does not hold one key" },
	{ "key k { algorithm hmac-sha256; };", NULL, "its secret is not base64" },
	{ "key k { secret \"" SECRET "\"; };", NULL, "its algorithm is not known" },
	{ "key { algorithm hmac-sha256; secret \"" SECRET "\"; };", NULL,
	  "the file does not hold one key" },
	{ "key \"\" { algorithm hmac-sha256; secret \"" SECRET "\"; };", NULL,
	  "the key has no name" },
	{ "/* key", NULL, "it is not of the form" },
};

static void check_texts(void)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		CLEANUP(buf_free) struct buf out = BUF_MAX(CONF_TSIG_TEXT_MAX);
		const char *why = "", *text = rows[i].text;

		enum err e = conf_tsig_text(str_of(text), &out, &why);
		CHECK_INT(text, e, rows[i].key ? ERR_OK : ERR_SYNTAX);
		CHECK_STR(text, buf_str(&out), str_of(rows[i].key));
		if (rows[i].words)
			CHECK_STR(text, str_head(str_of(why), strlen(rows[i].words)),
				  str_of(rows[i].words));
		CHECK_INT(text, strstr(why, SECRET) != NULL, false);
	}
}

static void write_file(const char *text, size_t n)
{
	FILE *f = fopen("key", "we");

	if (f) {
		(void)fwrite(text, 1, n, f);
		(void)fclose(f);
	}
}

static void check_files(void)
{
	static char text[CONF_TSIG_TEXT_MAX + 2];
	const char *why = "";

	memset(text, ' ', sizeof(text));
	memcpy(text, NAMED, strlen(NAMED));
	for (size_t more = 0; more < 2; more++) {
		CLEANUP(buf_free) struct buf out = BUF_MAX(CONF_TSIG_TEXT_MAX);
		write_file(text, CONF_TSIG_TEXT_MAX + more);
		CHECK_INT("file", conf_tsig_read(STR("key"), ".", &out, &why),
			  more ? ERR_SYNTAX : ERR_OK);
		CHECK_STR("file", buf_str(&out), more ? STR("") : STR(NAMED));
	}
	CLEANUP(buf_free) struct buf out = BUF_MAX(CONF_TSIG_TEXT_MAX);
	CHECK_INT("no file", conf_tsig_read(STR("gone"), ".", &out, &why), ERR_IO);
	CHECK_STR("no file", str_of(why), STR("No such file or directory"));
	CHECK_INT("the key itself", conf_tsig_read(STR(NAMED), ".", &out, &why), ERR_OK);
	(void)unlink("key");
}

int main(void)
{
	char dir[] = "/tmp/conf_tsig_test.XXXXXX";

	if (!mkdtemp(dir) || chdir(dir) < 0)
		return 1;
	check_texts();
	check_files();
	(void)rmdir(dir);
	return TEST_EXIT();
}
