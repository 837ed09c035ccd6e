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
	{ "smarthost", "route \"*\" { via = \"HOST:PORT\" }" },
	{ "smart_host", "route \"*\" { via = \"HOST:PORT\" }" },
	{ "smtp_sasl_password_maps", "user and password-file, in route \"DOMAIN\" { }" },
	{ "smtpd_tls_cert_file", "tls-certificate, in listen \"ADDRESS:PORT\" { }" },
	{ "smtpd_tls_key_file", "tls-key, in listen \"ADDRESS:PORT\" { }" },
	{ "smtp_bind_address", "bind4, in delivery { }" },
	{ "maximal_queue_lifetime", "lifetime, in delivery { }" },
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
