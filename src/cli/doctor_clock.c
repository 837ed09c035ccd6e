#include "cli/doctor_clock.h"

#include "base/time.h"
#include "cli/measure.h"
#include "dns/signed.h"

#include <stdlib.h>

#define REMEDY                                                                                     \
	"set this host's clock by NTP (chrony, systemd-timesyncd): TLS, TSIG and logs go by it"

/* Validators bear signatures that are over, or to begin, by so much (unbound: val-sig-skew-max). */
enum { BORNE_S = 24 * 3600, SPAN_ROOM = 64, MS = 1000 };

void cli_doctor_clock_add(struct cli_doctor_window *w, struct str rdata, uint16_t type,
			  int64_t now_wall_ms)
{
	struct dns_sig sig;

	if (dns_signed_sig(rdata, &sig) != ERR_OK || sig.covered != type)
		return;
	int64_t from = dns_signed_time(sig.begins_s, now_wall_ms / MS);
	int64_t to = dns_signed_time(sig.expires_s, now_wall_ms / MS);
	if (from > to)
		return;
	w->from_s = w->seen && w->from_s < from ? w->from_s : from;
	w->to_s = w->seen && w->to_s > to ? w->to_s : to;
	w->seen = true;
}

static bool authenticated(const struct cli_doctor_server *s)
{
	return s->trusted && s->positive_do.ad;
}

static const struct cli_doctor_server *witness(const struct cli_doctor_server *s, size_t n)
{
	const struct cli_doctor_server *first = NULL;

	for (size_t i = 0; i < n; i++) {
		if (!s[i].positive_do.window.seen)
			continue;
		if (authenticated(&s[i]))
			return &s[i];
		first = first ? first : &s[i];
	}
	return first;
}

static void say_good(const struct cli_doctor_server *s, int64_t now_s,
		     struct cli_findings *findings)
{
	CLEANUP(buf_free) struct buf ahead = BUF_MAX(SPAN_ROOM), behind = BUF_MAX(SPAN_ROOM);
	const struct cli_doctor_window *w = &s->positive_do.window;

	cli_measure_span(&ahead, (now_s > w->from_s ? now_s - w->from_s : 0) * MS);
	cli_measure_span(&behind, (now_s < w->to_s ? w->to_s - now_s : 0) * MS);
	cli_finding_add(
		findings, CLI_LEVEL_OK, "clock", "",
		"the clock fits the signatures of %s by %s: it is ahead by %.*s at most, or "
		"behind by %.*s",
		s->signed_name, s->name, STR_ARG(buf_str(&ahead)), STR_ARG(buf_str(&behind)));
}

/* off_s: how far outside they are; above 0, the clock is ahead of them. */
static void say_off(const struct cli_doctor_server *s, int64_t now_s, int64_t off_s,
		    struct cli_findings *findings)
{
	CLEANUP(buf_free) struct buf span = BUF_MAX(SPAN_ROOM);
	const struct cli_doctor_window *w = &s->positive_do.window;
	char now[TIME_TEXT_MAX], edge[TIME_TEXT_MAX];

	cli_measure_span(&span, llabs(off_s) * MS);
	cli_finding_add(findings, authenticated(s) ? CLI_LEVEL_PROBLEM : CLI_LEVEL_WARNING, "clock",
			REMEDY,
			"the clock says %.*s, and the signatures of %s by %s %s %.*s, %.*s %s: "
			"%s",
			STR_ARG(time_rfc3339(now_s * MS, now)), s->signed_name, s->name,
			off_s > 0 ? "ended at" : "begin at",
			STR_ARG(time_rfc3339((off_s > 0 ? w->to_s : w->from_s) * MS, edge)),
			STR_ARG(buf_str(&span)), off_s > 0 ? "before" : "after",
			authenticated(s) ? "the server finds them good, so that the clock is off"
					 : "the clock is off, or they are old");
}

void cli_doctor_clock(const struct cli_doctor_server *s, size_t n, int64_t now_wall_ms,
		      struct cli_findings *findings)
{
	const int64_t now_s = now_wall_ms / MS;
	const struct cli_doctor_server *by = witness(s, n);

	if (!by)
		return;
	const struct cli_doctor_window *w = &by->positive_do.window;
	if (now_s > w->to_s + BORNE_S)
		say_off(by, now_s, now_s - w->to_s, findings);
	else if (now_s < w->from_s - BORNE_S)
		say_off(by, now_s, now_s - w->from_s, findings);
	else
		say_good(by, now_s, findings);
}
