#include "console/users.h"

#include "base/text.h"
#include "conf/file.h"

void console_users_refuse(const struct conf *conf, const char *key, const char *file, enum err e,
			  struct buf *why)
{
	conf_given_where(why, &conf->given, "console", conf->console.text, key);
	buf_addf(why, "%s: ", key);
	if (e == ERR_SYNTAX) {
		buf_add(why, STR("others may read or write "));
		text_escape(why, str_of(file));
		buf_add(why, STR(": take that from them (chmod o=)"));
		return;
	}
	conf_file_refuse(why, file, e);
	buf_add(why, STR(": name a file that the console's user may read"));
}

enum err console_users_read(const struct conf *conf, struct auth_users **out, struct buf *why)
{
	const char *file = conf->console.users_file;
	CLEANUP(buf_wipe) struct buf text = BUF_MAX(AUTH_USERS_FILE_MAX);

	*out = NULL;
	if (!file || !file[0])
		return ERR_OK;
	enum err e = conf_file_secret(file, AUTH_USERS_FILE_MAX, &text);
	if (e == ERR_OK)
		return auth_users_read_roles(buf_str(&text), file, out, why);
	console_users_refuse(conf, "users-file", file, e, why);
	return e;
}
