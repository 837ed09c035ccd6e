#include "cli/doctor_limits.h"

#include "os/limit.h"
#include "routing/descriptors.h"

#include <unistd.h>

void cli_doctor_limits_judge(const struct conf *conf, uint64_t in, uint64_t out,
			     struct cli_findings *findings)
{
	const unsigned wanted_in = conf->limits.connections, wanted_out = conf->delivery.total;

	if (in >= wanted_in && out >= wanted_out)
		cli_finding_add(findings, CLI_LEVEL_OK, "descriptors", "",
				"there are descriptors for %u connections in and %u out", wanted_in,
				wanted_out);
	else
		cli_finding_add(
			findings, CLI_LEVEL_WARNING, "descriptors",
			"raise the limit (LimitNOFILE of the service, ulimit -n), or lower "
			"limits.connections and delivery.total",
			"there are descriptors for %llu connections in and %llu out, not for "
			"%u and %u: no more are taken",
			(unsigned long long)in, (unsigned long long)out, wanted_in, wanted_out);
}

/* What a daemon would have that is started by this user, here. */
static void judge_own(const struct conf *conf, struct cli_findings *findings)
{
	const struct schedule_descriptors_wish wish = routing_descriptors_wish(conf);
	struct os_limit l;

	if (os_limit_read(&l) != ERR_OK)
		return;
	struct schedule_descriptors s =
		schedule_descriptors_share(&wish, geteuid() == 0 ? UINT64_MAX : l.most);
	cli_doctor_limits_judge(conf, s.in, s.out, findings);
}

void cli_doctor_limits(struct cli *cli, const struct conf *conf, enum cli_doctor_daemon daemon,
		       struct cli_findings *findings)
{
	if (daemon == CLI_DOCTOR_NO_DAEMON) {
		judge_own(conf, findings);
		return;
	}
	CLEANUP(cli_client_close) struct cli_client c = cli_client_open(cli);

	cli_client_ask(&c, &(struct cli_request){ .command = "status", .soon = true });
	for (json_t *frame; (frame = cli_client_next(&c)) != NULL;) {
		const json_t *open = json_object_get(frame, "connections");
		if (open)
			cli_doctor_limits_judge(conf, (uint64_t)cli_client_number(open, "in_limit"),
						(uint64_t)cli_client_number(open, "out_limit"),
						findings);
		if (cli_client_last(frame))
			break;
	}
}
