/*
 * Keys of Postfix, Exim, sendmail and unbound, and slips of ours that are not near enough to
 * be seen.
 */
#include "conf/foreign_priv.h"

static const struct {
	const char *word, *ours;
} words[] = {
	{ "myhostname", "hostname" },
	{ "primary_hostname", "hostname" },
	{ "queue_directory", "state-directory" },
	{ "spool_directory", "state-directory" },
	{ "message_size_limit", "size-limit" },
	{ "inet_interfaces", "listen \"ADDRESS:PORT\" { }" },
	{ "interface", "listen \"ADDRESS:PORT\" { }" },
	{ "mynetworks", "relay-from, in listen \"ADDRESS:PORT\" { }" },
	{ "relayhost", "route \"*\" { via = \"HOST:PORT\" }" },
	{ "nameserver", "resolver \"ADDRESS\" { }" },
	{ "password", "password-file" },
	{ "enable", "enabled" },
	{ "auto-trust-anchor-file", "trust-anchor-file" },
};

const char *conf_foreign_key(struct str word)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (str_eq_nocase(word, str_of(words[i].word)))
			return words[i].ours;
	return NULL;
}
