#include "cli/doctor_exempt.h"

#include "routing/exempt.h"

static void judge(const struct conf_exempt *e, int64_t now_wall_ms, struct cli_findings *findings)
{
	switch (routing_exempt_state(e, now_wall_ms)) {
	case ROUTING_EXEMPT_LASTS:
		return;
	case ROUTING_EXEMPT_ENDS:
		cli_finding_add(findings, CLI_LEVEL_WARNING, "exemption-ends",
				"see that the domain is signed by then, or give it more time",
				"exempt \"%s\" ends when %s begins (UTC): %s", e->title, e->until,
				e->reason);
		return;
	case ROUTING_EXEMPT_ENDED:
		cli_finding_add(findings, CLI_LEVEL_WARNING, "exemption-ended",
				"remove it, or give it more time",
				"exempt \"%s\" (line %u) ended on %s, and has no effect: %s",
				e->title, e->line, e->until, e->reason);
		return;
	}
}

void cli_doctor_exempt(const struct conf *conf, int64_t now_wall_ms, struct cli_findings *findings)
{
	for (size_t i = 0; i < conf->n_exempt; i++)
		judge(&conf->exempt[i], now_wall_ms, findings);
}
