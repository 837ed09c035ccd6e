#include "cli/shell.h"

#include <ctype.h>

void cli_shell_word(struct buf *out, struct str word)
{
	static const struct str marks = STR_INIT("/._-+:,@%");
	bool plain = word.n > 0;

	for (size_t i = 0; i < word.n; i++)
		plain = plain && (isalnum((unsigned char)word.p[i]) || str_has(marks, word.p[i]));
	if (plain) {
		buf_add(out, word);
		return;
	}
	buf_addc(out, '\'');
	for (size_t i = 0; i < word.n; i++)
		buf_add(out, word.p[i] == '\'' ? STR("'\\''") : str_head(str_skip(word, i), 1));
	buf_addc(out, '\'');
}

void cli_shell_command(struct buf *out, const char *conf_file, const char *command)
{
	buf_add(out, STR("signpost "));
	if (conf_file) {
		buf_add(out, STR("-c "));
		cli_shell_word(out, str_of(conf_file));
		buf_addc(out, ' ');
	}
	buf_add(out, str_of(command));
}
