#include "smtp/extension.h"

/* What each row begins with. */
#define NAMED(word)                                                                                \
	.keyword = STR_INIT(word), .missing = STR_INIT("the server does not offer " word)

static const struct smtp_extension_row rows[SMTP_EXTENSIONS] = {
	[SMTP_EXT_PIPELINING] = { NAMED("PIPELINING") },
	[SMTP_EXT_SIZE] = { NAMED("SIZE") },
	[SMTP_EXT_8BITMIME] = { NAMED("8BITMIME"), .param = STR_INIT("BODY"),
				.value = { { STR_INIT("7BIT"), 0 },
					   { STR_INIT("8BITMIME"), SMTP_MAIL_EIGHT_BIT } },
				.needed_by = SMTP_MAIL_EIGHT_BIT, .lack = "5.6.3" },
	[SMTP_EXT_SMTPUTF8] = { NAMED("SMTPUTF8"), .param = STR_INIT("SMTPUTF8"),
				.value = { { STR_INIT(""), SMTP_MAIL_UTF8 } },
				.needed_by = SMTP_MAIL_UTF8, .lack = "5.6.7" },
	[SMTP_EXT_DSN] = { NAMED("DSN"), .param = STR_INIT("RET"),
			   .value = { { STR_INIT("FULL"), SMTP_MAIL_RET_FULL },
				      { STR_INIT("HDRS"), SMTP_MAIL_RET_HDRS } } },
	[SMTP_EXT_STARTTLS] = { NAMED("STARTTLS"), .ours = SMTP_EXTENSION_THEIRS },
	[SMTP_EXT_AUTH] = { NAMED("AUTH"), .argument = STR_INIT(" PLAIN LOGIN"),
			    .ours = SMTP_EXTENSION_THEIRS },
	[SMTP_EXT_REQUIRETLS] = { NAMED("REQUIRETLS"), .ours = SMTP_EXTENSION_THEIRS,
				  .param = STR_INIT("REQUIRETLS"),
				  .value = { { STR_INIT(""), SMTP_MAIL_REQUIRETLS } },
				  .needed_by = SMTP_MAIL_REQUIRETLS, .lack = "5.7.30" },
	[SMTP_EXT_CHUNKING] = { NAMED("CHUNKING") },
	[SMTP_EXT_BINARYMIME] = { NAMED("BINARYMIME"), .param = STR_INIT("BODY"),
				  .value = { { STR_INIT("BINARYMIME"), SMTP_MAIL_BINARY } },
				  .needed_by = SMTP_MAIL_BINARY, .lack = "5.6.3" },
	[SMTP_EXT_ENHANCEDSTATUSCODES] = { NAMED("ENHANCEDSTATUSCODES") },
};

const struct smtp_extension_row *smtp_extension(enum smtp_extension x)
{
	return &rows[x];
}

struct smtp_offer smtp_extension_ours(void)
{
	struct smtp_offer ours = { .size_max = 0 };

	for (unsigned x = 0; x < SMTP_EXTENSIONS; x++)
		if (rows[x].ours == SMTP_EXTENSION_OFFERED)
			ours.has |= 1u << x;
	return ours;
}
