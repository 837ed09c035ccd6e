#include "term/screen.h"

enum { COLUMNS_UNKNOWN = 80, COLUMNS_MOST = 10000 };

static bool is_set(const char *variable)
{
	return variable && variable[0];
}

bool term_screen_smart(const struct term_screen_facts *f)
{
	return f->terminal && is_set(f->term) && !str_eq(str_of(f->term), STR("dumb"));
}

static enum err colour_of(const struct term_screen_facts *f, enum term_colour *out)
{
	struct str when = f->color ? str_of(f->color) : STR("auto");
	bool always = str_eq(when, STR("always")), automatic = str_eq(when, STR("auto"));

	if (!always && !automatic && !str_eq(when, STR("never")))
		return ERR_SYNTAX;
	if (automatic)
		always = term_screen_smart(f) && !is_set(f->no_color);
	*out = always && !f->machine ? TERM_COLOUR_ANSI : TERM_COLOUR_NONE;
	return ERR_OK;
}

static size_t width_of(const struct term_screen_facts *f)
{
	uint32_t columns;

	if (!f->terminal || f->machine)
		return 0;
	if (is_set(f->wide) && str_u32(str_of(f->wide), &columns) && columns > 0)
		return columns < COLUMNS_MOST ? columns : COLUMNS_MOST;
	return f->columns ? f->columns : COLUMNS_UNKNOWN;
}

enum err term_screen_style(const struct term_screen_facts *facts, struct term_style *out)
{
	bool utf8 = facts->codeset && str_eq_nocase(str_of(facts->codeset), STR("UTF-8"));
	struct term_style style = { .width = width_of(facts),
				    .charset = utf8 ? TERM_UTF8 : TERM_ASCII };
	enum err e = colour_of(facts, &style.colour);

	if (e == ERR_OK)
		*out = style;
	return e;
}
