/* All that a configuration may name, each once; and that none of the keys for files is missing. */
#include "conf/files.h"

#include "base/test.h"
#include "conf/read.h"
#include "conf/section_priv.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char dir[] = "/tmp/conf-files-XXXXXX";

static void put(const char *name, const char *text)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	CHECK_INT(name, write(fd, text, strlen(text)), (long long)strlen(text));
	(void)close(fd);
}

/* Their names without the directory, in the order in which they come; others whole. */
static void names(const struct conf *c, enum conf_files_whose whose, struct buf *out)
{
	char *path = NULL;

	for (size_t i = 0;; free(path)) {
		CHECK_INT("next", conf_files_next(c, whose, &i, &path), ERR_OK);
		if (!path)
			return;
		const struct conf_given_key *g = conf_files_given(c, i);
		struct str s = str_of(path);
		CHECK_INT("as it is written", !g || str_ends(s, str_of(g->value[0])), 1);
		CHECK_INT("the first two are not", g != NULL, i > 2);
		buf_add(out, str_starts(s, str_of(dir)) ? str_skip(s, strlen(dir)) : s);
		buf_addc(out, ' ');
	}
}

static void check(const char *label, enum conf_files_whose whose, const char *text,
		  const char *want)
{
	CLEANUP(conf_free) struct conf *c = NULL;
	CLEANUP(buf_free) struct buf why = BUF_MAX(4096), got = BUF_MAX(4096);
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, label);
	put(label, text);
	CHECK_INT(label, conf_read(path, &c, &why), ERR_OK);
	CHECK_STR(label, buf_str(&why), STR(""));
	if (!c)
		return;
	names(c, whose, &got);
	CHECK_STR(label, buf_str(&got), str_of(want));
}

/* Each key that takes a file, by the function that reads it or by its name, is one of ours. */
static void all_keys(void)
{
	static const char *const known = " auth-file criteria password-file tls-ca-file "
					 "tls-certificate tls-key trust-anchor-file tsig-key "
					 "users-file ";
	char word[64];

	for (const struct conf_section *s = conf_section_table; s->name; s++)
		for (const struct conf_key *k = s->keys; k->name; k++) {
			bool is_file = k->read == conf_value_file ||
				       str_ends(str_of(k->name), STR("-file")) ||
				       str_ends(str_of(k->name), STR("-certificate")) ||
				       str_ends(str_of(k->name), STR("-key"));
			(void)snprintf(word, sizeof(word), " %s ", k->name);
			CHECK_INT(k->name, !is_file || strstr(known, word) != NULL, 1);
		}
}

int main(void)
{
	static const char *const console = "console \"127.0.0.1:8025\" { users-file = \"users\" "
					   "tls-certificate = \"cert\" tls-key = \"key\" }\n";

	CHECK_INT("directory", mkdtemp(dir) != NULL, 1);
	put("password", "sesame\n");
	put("key", "name:hmac-sha256:c2VzYW1lc2VzYW1lc2VzYW1lc2VzYW1l\n");
	put("crit", "");
	put("cert", "");
	put("users", "");
	check("empty", CONF_FILES_ALL, "", "/empty /dnssec.criteria ");
	check("all", CONF_FILES_ALL,
	      "dnssec { criteria = \"crit\" }\n"
	      "listen \"127.0.0.1:2525\" { tls-certificate = \"cert\" tls-key = \"cert\" auth-file "
	      "= "
	      "\"\" }\n"
	      "resolver \"127.0.0.1:53\" { tsig-key = \"key\" }\n"
	      "route \"a.example\" { via = \"[192.0.2.1]\" tls-name = \"mx.example\" user = \"u\" "
	      "password-file = "
	      "\"password\" }\n"
	      "delivery { tls-ca-file = \"/etc/passwd\" }\n",
	      "/all /crit /crit /cert /cert /key /password /etc/passwd ");
	check("console", CONF_FILES_ALL, console, "/console /dnssec.criteria /users /cert /key ");
	check("daemon", CONF_FILES_DAEMON, console, "/daemon /dnssec.criteria ");
	check("written", CONF_FILES_ALL,
	      "resolver \"127.0.0.1:53\" { tsig-key = "
	      "\"a:hmac-sha256:c2VzYW1lc2VzYW1lc2VzYW1lc2VzYW1l\" }\n",
	      "/written /dnssec.criteria ");
	all_keys();
	char command[64];
	(void)snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command) == 0 ? TEST_EXIT() : 1;
}
