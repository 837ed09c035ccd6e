#include "cli/screen.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* How the user's locale writes letters, without a change of this process's own. */
static const char *codeset(void)
{
	static char name[32];
	locale_t own = newlocale(LC_CTYPE_MASK, "", NULL);

	if (!own || !str_copy(name, sizeof(name), str_of(nl_langinfo_l(CODESET, own))))
		name[0] = '\0';
	if (own)
		freelocale(own);
	return name;
}

static size_t columns_of(int fd)
{
	struct winsize size;

	return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

struct term_screen_facts cli_screen_facts(const struct cli_options *options, int fd)
{
	bool terminal = isatty(fd);

	return (struct term_screen_facts){ .terminal = terminal,
					   .machine = cli_options_has(options, "json"),
					   .columns = terminal ? columns_of(fd) : 0,
					   .term = getenv("TERM"),
					   .wide = getenv("COLUMNS"),
					   .no_color = getenv("NO_COLOR"),
					   .color = cli_options_value(options, "color"),
					   .codeset = terminal ? codeset() : NULL };
}
