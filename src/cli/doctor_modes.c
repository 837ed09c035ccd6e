#include "cli/doctor_modes.h"

#include <sys/stat.h>

void cli_doctor_modes_judge(const char *key, const char *path, enum cli_doctor_stake stake,
			    mode_t mode, struct cli_findings *findings)
{
	const char *may = mode & S_IROTH ? mode & S_IWOTH ? "read and write" : "read" : "write";

	if (stake == CLI_DOCTOR_STAKE_ORDERS) {
		if (mode & S_IWOTH)
			cli_finding_add(
				findings, CLI_LEVEL_WARNING, "file-mode",
				"take that from them (chmod o-w), and look at what is in it",
				"%s: others may write %s, and so decide what becomes of mail", key,
				path);
		return;
	}
	if (!(mode & (S_IROTH | S_IWOTH)))
		return;
	if (stake == CLI_DOCTOR_STAKE_KEY)
		cli_finding_add(findings, CLI_LEVEL_WARNING, "file-mode",
				"take that from them (chmod o=), and have a new key",
				"%s: others may %s %s", key, may, path);
	else
		cli_finding_add(findings, CLI_LEVEL_PROBLEM, "file-mode",
				"take that from them (chmod o=), and have new secrets",
				"%s: others may %s %s: it is not taken", key, may, path);
}

static void look(const char *key, const char *path, enum cli_doctor_stake stake,
		 struct cli_findings *findings)
{
	struct stat st;

	if (path && path[0] && stat(path, &st) == 0)
		cli_doctor_modes_judge(key, path, stake, st.st_mode, findings);
}

void cli_doctor_modes(const struct conf *conf, struct cli_findings *findings)
{
	look("configuration", conf->file, CLI_DOCTOR_STAKE_ORDERS, findings);
	look("criteria", conf->dnssec.criteria, CLI_DOCTOR_STAKE_ORDERS, findings);
	for (size_t i = 0; i < conf->n_listen; i++) {
		look("auth-file", conf->listen[i].auth_file, CLI_DOCTOR_STAKE_REFUSED, findings);
		look("tls-key", conf->listen[i].tls_key, CLI_DOCTOR_STAKE_KEY, findings);
	}
	look("users-file", conf->console.users_file, CLI_DOCTOR_STAKE_REFUSED, findings);
	look("tls-key", conf->console.tls_key, CLI_DOCTOR_STAKE_REFUSED, findings);
}
