/* Looked for is a word with which libunbound reads a zone file: it tells of all other faults. */
#include "resolve/anchor.h"

#include "os/file.h"

enum { FILE_MAX = 1 << 20 };

bool resolve_anchor_good(const char *path, struct buf *why)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(FILE_MAX);
	struct str line, word;
	enum err e = os_file_read(path, &text);

	if (e != ERR_OK) {
		buf_addf(why, "%s: %s", path, os_file_why(e));
		return false;
	}
	for (struct str rest = buf_str(&text); str_line(&rest, &line);)
		while (str_word(&line, &word) && word.p[0] != ';')
			if (str_eq_nocase(word, STR("DNSKEY")) || str_eq_nocase(word, STR("DS")))
				return true;
	buf_addf(why, "%s: no DNSKEY or DS record in it", path);
	return false;
}
