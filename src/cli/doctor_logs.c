#include "cli/doctor_logs.h"

#include "base/time.h"
#include "cli/measure.h"
#include "journal/day.h"
#include "os/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

enum { SIZE_ROOM = 64 };
#define DAY_MS (24 * INT64_C(3600000))

void cli_doctor_logs_judge(const struct cli_doctor_logs *l, struct cli_findings *findings)
{
	CLEANUP(buf_free)
	struct buf day = BUF_MAX(SIZE_ROOM), all = BUF_MAX(SIZE_ROOM), left = BUF_MAX(SIZE_ROOM);
	const uint64_t days = (uint64_t)(l->keep_ms / DAY_MS);

	if (l->error) {
		cli_finding_add(findings, CLI_LEVEL_WARNING, "log-keep",
				"look for what is wrong with the disk of log-directory",
				"the logs in %s cannot be counted: %s", l->directory,
				strerror(l->error));
		return;
	}
	if (l->past_days == 0)
		return;
	uint64_t rate = l->past_octets / l->past_days;
	uint64_t whole = rate > UINT64_MAX / (days + 1) ? UINT64_MAX : rate * days;
	cli_measure_size(&day, rate);
	cli_measure_size(&all, whole);
	cli_measure_size(&left, l->free);
	if (whole > l->octets && whole - l->octets > l->free)
		cli_finding_add(
			findings, CLI_LEVEL_WARNING, "log-keep",
			"write a shorter log-keep, or name a larger disk in log-directory",
			"the logs in %s are %.*s a day, so that log-keep of %llud is %.*s: %.*s "
			"are free there",
			l->directory, STR_ARG(buf_str(&day)), (unsigned long long)days,
			STR_ARG(buf_str(&all)), STR_ARG(buf_str(&left)));
	else
		cli_finding_add(findings, CLI_LEVEL_OK, "log-keep", "",
				"the logs in %s are %.*s a day, and log-keep of %llud has room",
				l->directory, STR_ARG(buf_str(&day)), (unsigned long long)days);
}

/* Of a day there is a file of each kind, or of some: the kind with most of them tells the days. */
static void count(struct cli_doctor_logs *l, DIR *d, struct str today)
{
	static const struct journal_day_kind *const kinds[] = { &journal_day_out, &journal_day_in,
								&journal_day_records };
	uint64_t days[sizeof(kinds) / sizeof(kinds[0])] = { 0 };
	struct stat st;

	for (struct dirent *e; (e = os_file_entry(d, &l->error)) != NULL;)
		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
			struct str day = journal_day_of_any(kinds[i], str_of(e->d_name));
			if (day.n == 0 ||
			    fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
				continue;
			l->octets += (uint64_t)st.st_size;
			if (str_cmp(day, today) >= 0)
				continue;
			l->past_octets += (uint64_t)st.st_size;
			days[i]++;
			l->past_days = days[i] > l->past_days ? days[i] : l->past_days;
		}
}

void cli_doctor_logs(const struct conf *conf, int64_t now_wall_ms, struct cli_findings *findings)
{
	struct cli_doctor_logs l = { .directory = conf->log_directory,
				     .keep_ms = conf->log_keep_ms };
	DIR *d = opendir(conf->log_directory);
	char text[TIME_TEXT_MAX];
	struct statvfs disk;

	if (!d)
		return; /* none was written yet, or they are not for this user */
	count(&l, d, time_date(now_wall_ms, text));
	bool known = fstatvfs(dirfd(d), &disk) == 0;
	(void)closedir(d);
	if (!known)
		return;
	l.free = (uint64_t)disk.f_bavail * disk.f_frsize;
	cli_doctor_logs_judge(&l, findings);
}
