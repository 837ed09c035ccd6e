/*
 * By code, not by who said it: the reasons of SPEC are coarser than the codes are, and so
 * nobody who refuses has to say the same thing twice.
 */
#include "smtp/refusal.h"

struct str smtp_refusal_text(enum smtp_refusal r)
{
	static const struct str words[SMTP_REFUSALS] = {
		[SMTP_REFUSAL_NONE] = STR_INIT(""),
		[SMTP_REFUSAL_RELAY] = STR_INIT("relay"),
		[SMTP_REFUSAL_AUTH] = STR_INIT("auth"),
		[SMTP_REFUSAL_SIZE] = STR_INIT("size"),
		[SMTP_REFUSAL_LIMIT] = STR_INIT("limit"),
		[SMTP_REFUSAL_SYNTAX] = STR_INIT("syntax"),
		[SMTP_REFUSAL_STORAGE] = STR_INIT("storage"),
		[SMTP_REFUSAL_EARLY] = STR_INIT("early"),
	};

	return words[r];
}

/* The first row that fits counts; code 0 is any, and detail "" any of its subject. */
static const struct {
	int code;
	struct str subject, detail;
	enum smtp_refusal refusal;
} rows[] = {
	{ 454, STR_INIT("7"), STR_INIT("0"), SMTP_REFUSAL_AUTH }, /* RFC 4954 section 6 */
	{ 530, STR_INIT("7"), STR_INIT("0"), SMTP_REFUSAL_AUTH },
	{ 501, STR_INIT("7"), STR_INIT("0"), SMTP_REFUSAL_AUTH },
	{ 0, STR_INIT("7"), STR_INIT("0"), SMTP_REFUSAL_LIMIT }, /* too many errors, connections */
	{ 0, STR_INIT("7"), STR_INIT("1"), SMTP_REFUSAL_RELAY },
	{ 0, STR_INIT("7"), STR_INIT("8"), SMTP_REFUSAL_AUTH },
	{ 0, STR_INIT("7"), STR_INIT("9"), SMTP_REFUSAL_AUTH },
	{ 0, STR_INIT("7"), STR_INIT("11"), SMTP_REFUSAL_AUTH },
	{ 0, STR_INIT("3"), STR_INIT("2"), SMTP_REFUSAL_NONE }, /* shutting down */
	{ 0, STR_INIT("3"), STR_INIT("4"), SMTP_REFUSAL_SIZE },
	{ 0, STR_INIT("3"), STR_INIT(""), SMTP_REFUSAL_STORAGE },
	{ 0, STR_INIT("4"), STR_INIT("2"), SMTP_REFUSAL_NONE },  /* too slow */
	{ 0, STR_INIT("4"), STR_INIT("6"), SMTP_REFUSAL_LIMIT }, /* too many hops */
	{ 0, STR_INIT("5"), STR_INIT("3"), SMTP_REFUSAL_LIMIT }, /* too many recipients */
	{ 0, STR_INIT("5"), STR_INIT(""), SMTP_REFUSAL_SYNTAX },
	{ 0, STR_INIT("6"), STR_INIT(""), SMTP_REFUSAL_SYNTAX },
	{ 0, STR_INIT("1"), STR_INIT("3"), SMTP_REFUSAL_SYNTAX },
	{ 0, STR_INIT("1"), STR_INIT("7"), SMTP_REFUSAL_SYNTAX },
};

enum smtp_refusal smtp_refusal_of(int code, struct str text)
{
	struct str rest = text, status, subject;

	if (code / 100 != 4 && code / 100 != 5)
		return SMTP_REFUSAL_NONE;
	if (!str_word(&rest, &status))
		return SMTP_REFUSAL_SYNTAX;
	struct str detail = str_skip(status, 2); /* after its class */
	if (!str_cut(&detail, '.', &subject))
		return SMTP_REFUSAL_SYNTAX;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if ((rows[i].code == 0 || rows[i].code == code) &&
		    str_eq(rows[i].subject, subject) &&
		    (rows[i].detail.n == 0 || str_eq(rows[i].detail, detail)))
			return rows[i].refusal;
	return SMTP_REFUSAL_EARLY; /* the code of what it would bounce with */
}
