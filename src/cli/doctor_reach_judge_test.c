#include "cli/doctor_reach_judge.h"

#include "base/test.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define ROOT 0
#define ME 100    /* the daemon's user, whose group is of that number, too, */
#define ALSO 200  /* and who is in this */
#define OTHER 300 /* somebody, and his group */

#define READ CLI_DOCTOR_NEED_READ
#define WRITE CLI_DOCTOR_NEED_WRITE
#define ENTER CLI_DOCTOR_NEED_ENTER
#define GIVEN CLI_DOCTOR_NEED_GIVEN
#define MAKE CLI_DOCTOR_NEED_MAKE

struct step {
	mode_t mode; /* 0: there is none */
	uid_t uid;
	gid_t gid;
};

#define DIR(mode, uid, gid)                                                                        \
	{                                                                                          \
		S_IFDIR | (mode), uid, gid                                                         \
	}
#define FILE(mode, uid, gid)                                                                       \
	{                                                                                          \
		S_IFREG | (mode), uid, gid                                                         \
	}
#define OPEN DIR(0755, ROOT, ROOT)

/* The way is /d and /d/f, as far as it goes. */
static const struct {
	const char *label;
	enum cli_doctor_need need;
	struct step step[2];
	int error;
	const char *blocked, *remedy; /* NULL: nothing is found */
} cases[] = {
	{ "all may", READ, { OPEN, FILE(0644, ROOT, ROOT) }, 0, NULL, NULL },
	{ "the owner may", READ, { OPEN, FILE(0400, ME, ROOT) }, 0, NULL, NULL },
	{ "his group may", READ, { OPEN, FILE(0040, ROOT, ME) }, 0, NULL, NULL },
	{ "another of his groups may", READ, { OPEN, FILE(0040, ROOT, ALSO) }, 0, NULL, NULL },
	{ "not the owner, though all may",
	  READ,
	  { OPEN, FILE(0044, ME, ME) },
	  0,
	  "/d/f",
	  "chmod u+r /d/f" },
	{ "not his group, though others may",
	  READ,
	  { OPEN, FILE(0604, ROOT, ALSO) },
	  0,
	  "/d/f",
	  "chmod g+r /d/f" },
	{ "root's alone",
	  READ,
	  { OPEN, FILE(0600, ROOT, ROOT) },
	  0,
	  "/d/f",
	  "chgrp mine /d/f && chmod g+r /d/f" },
	{ "root's, and its group's",
	  READ,
	  { OPEN, FILE(0640, ROOT, ROOT) },
	  0,
	  "/d/f",
	  "chgrp mine /d/f && chmod g+r /d/f" },
	{ "a group that was made for it",
	  READ,
	  { OPEN, FILE(0640, ROOT, OTHER) },
	  0,
	  "/d/f",
	  "usermod -a -G g300 me" },
	{ "a directory of root's, and its file",
	  READ,
	  { DIR(0700, ROOT, ROOT), FILE(0600, ROOT, ROOT) },
	  0,
	  "/d",
	  "chgrp mine /d && chmod g+x /d && chgrp mine /d/f && chmod g+r /d/f" },
	{ "a directory that a group may list",
	  READ,
	  { DIR(0740, OTHER, OTHER), FILE(0644, ROOT, ROOT) },
	  0,
	  "/d",
	  "chmod o+x /d" },
	{ "a directory that can be passed, not listed",
	  READ,
	  { DIR(0711, ROOT, ROOT), FILE(0644, ROOT, ROOT) },
	  0,
	  NULL,
	  NULL },
	{ "it is not known whether it is there",
	  READ,
	  { DIR(0700, ROOT, ROOT) },
	  EACCES,
	  "/d",
	  "chgrp mine /d && chmod g+x /d" },
	{ "it is not there", READ, { OPEN }, ENOENT, NULL, NULL },
	{ "a file of his", WRITE, { OPEN, FILE(0600, ME, ME) }, 0, NULL, NULL },
	{ "left by root", WRITE, { OPEN, FILE(0640, ROOT, ROOT) }, 0, "/d/f", "chown me /d/f" },
	{ "left by root, who may not either",
	  WRITE,
	  { OPEN, FILE(0440, ROOT, ROOT) },
	  0,
	  "/d/f",
	  "chown me /d/f && chmod u+rw /d/f" },
	{ "in a directory of root's",
	  WRITE,
	  { DIR(0700, ROOT, ROOT), FILE(0600, ME, ME) },
	  0,
	  NULL,
	  NULL },
	{ "none was written yet", WRITE, { DIR(0500, ME, ME) }, ENOENT, NULL, NULL },
	{ "a directory of his", ENTER, { OPEN, DIR(0750, ME, ME) }, 0, NULL, NULL },
	{ "of his, closed", ENTER, { OPEN, DIR(0550, ME, ME) }, 0, "/d/f", "chmod u+wx /d/f" },
	{ "of root's", ENTER, { OPEN, DIR(0755, ROOT, ROOT) }, 0, "/d/f", "chown me /d/f" },
	{ "root makes it", GIVEN, { OPEN }, ENOENT, NULL, NULL },
	{ "nobody makes it", ENTER, { OPEN }, ENOENT, "", "install -d -m 0750 -o me -g mine /d/f" },
	{ "he cannot make it",
	  MAKE,
	  { OPEN },
	  ENOENT,
	  "/d",
	  "install -d -m 0750 -o me -g mine /d/f" },
	{ "he can make it", MAKE, { DIR(0700, ME, ME) }, ENOENT, NULL, NULL },
};

static const char *const paths[] = { "/d", "/d/f" };

static size_t steps_of(size_t i, struct os_way_step out[2])
{
	size_t n = 0;

	for (; n < 2 && cases[i].step[n].mode; n++) {
		const struct step *s = &cases[i].step[n];
		out[n] = (struct os_way_step){ .mode = s->mode, .uid = s->uid, .gid = s->gid };
		out[n].path = (char *)(uintptr_t)paths[n];
		(void)snprintf(out[n].owner, sizeof(out[n].owner), "u%u", (unsigned)s->uid);
		(void)snprintf(out[n].group, sizeof(out[n].group), "g%u", (unsigned)s->gid);
	}
	return n;
}

static void judge(size_t i, uid_t uid, bool acl, const char *blocked, const char *remedy)
{
	static const gid_t groups[] = { ME, ALSO };
	const struct cli_doctor_who who = { .name = "me",
					    .group = "mine",
					    .uid = uid,
					    .gid = uid,
					    .groups = groups,
					    .n_groups = COUNT_OF(groups) };
	const struct cli_doctor_reach what = { "c:1: ", "k", "/d/f", cases[i].need };
	CLEANUP(cli_finding_clear) struct cli_findings f = { .part = "files" };
	struct os_way_step step[2];
	struct os_way way = { step, steps_of(i, step), cases[i].error };
	char want[64];

	for (size_t s = 0; s < way.n; s++)
		step[s].acl = acl;
	cli_doctor_reach_judge(&what, &way, &who, &f);
	CHECK_INT(cases[i].label, (long long)f.n, blocked != NULL);
	if (f.n == 0 || !blocked)
		return;
	CHECK_INT(cases[i].label, f.all[0].level, CLI_LEVEL_PROBLEM);
	CHECK_STR(cases[i].label, str_of(f.all[0].code), STR("file-reach"));
	CHECK_STR(cases[i].label, str_of(f.all[0].remedy), str_of(remedy));
	CHECK_INT(cases[i].label,
		  str_starts(str_of(f.all[0].text), blocked[0] ? STR("c:1: k: user me may not ")
							       : STR("c:1: k: there is no ")),
		  1);
	if (!blocked[0])
		return;
	(void)snprintf(want, sizeof(want), ": %s is of user u", blocked);
	CHECK_INT(cases[i].label, strstr(f.all[0].text, want) != NULL, 1);
}

/* What is there is not what it would have to be: nobody is told to give rights away. */
static void check_kind(void)
{
	static const struct {
		enum cli_doctor_need need;
		mode_t mode;
		int error;
		const char *says; /* NULL: nothing of that kind */
	} rows[] = {
		{ ENTER, S_IFREG, 0, "c:1: k: /d is no directory" },
		{ GIVEN, S_IFREG, 0, "c:1: k: /d is no directory" },
		{ MAKE, S_IFREG, ENOTDIR, "c:1: k: /d is no directory" },
		{ READ, S_IFREG, ENOTDIR, "c:1: k: /d is no directory" },
		{ READ, S_IFDIR, 0, "c:1: k: /d is no regular file" },
		{ READ, S_IFIFO, 0, "c:1: k: /d is no regular file" },
		{ WRITE, S_IFDIR, 0, "c:1: k: /d is no regular file" },
		{ ENTER, S_IFDIR, 0, NULL },
		{ MAKE, S_IFDIR, ENOENT, NULL },
		{ READ, S_IFREG, 0, NULL },
	};
	const struct cli_doctor_who who = { .name = "root", .group = "root" };

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		CLEANUP(cli_finding_clear) struct cli_findings f = { .part = "files" };
		const struct cli_doctor_reach what = { "c:1: ", "k", "/d/f", rows[i].need };
		struct os_way_step step = { .mode = rows[i].mode | 0644 };
		struct os_way way = { &step, 1, rows[i].error };

		step.path = (char *)(uintptr_t)paths[0];
		cli_doctor_reach_judge(&what, &way, &who, &f);
		CHECK_STR("kind", str_of(f.n ? f.all[0].text : ""),
			  str_of(rows[i].says ? rows[i].says : ""));
		CHECK_STR("its remedy", str_of(f.n ? f.all[0].remedy : ""),
			  str_of(rows[i].says ? "name another as k, or move /d away "
						"where nothing else needs it"
					      : ""));
	}
}

/* Who is in a socket's group, and nobody else, has to come to it. */
static void check_clients(void)
{
	static const struct {
		mode_t mode;
		gid_t gid;
		const char *remedy; /* NULL: he comes to it */
	} rows[] = {
		{ 0750, ME, "chmod o+x /d" },    { 0751, ME, NULL },
		{ 0640, OTHER, "chmod g+x /d" }, { 0710, OTHER, NULL },
		{ 0701, OTHER, "chmod g+x /d" },
	};
	const struct cli_doctor_who who = { "of group g", "g", true, (uid_t)-1, OTHER, NULL, 0 };
	const struct cli_doctor_reach what = { "c:1: ", "k", "/d", CLI_DOCTOR_NEED_PASS };

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		CLEANUP(cli_finding_clear) struct cli_findings f = { .part = "files" };
		struct os_way_step step = { .mode = S_IFDIR | rows[i].mode, .gid = rows[i].gid };
		struct os_way way = { &step, 1, 0 };

		step.path = (char *)(uintptr_t)paths[0];
		cli_doctor_reach_judge(&what, &way, &who, &f);
		CHECK_INT("found", (long long)f.n, rows[i].remedy != NULL);
		if (f.n == 0)
			continue;
		CHECK_INT("level", f.all[0].level, CLI_LEVEL_WARNING);
		CHECK_STR("remedy", str_of(f.all[0].remedy), str_of(rows[i].remedy));
		CHECK_STR("text", str_head(str_of(f.all[0].text), 46),
			  STR("c:1: k: user of group g may not go through /d:"));
	}
}

/* Where others have files of theirs, he gets none of it, but something of his own. */
static void check_shared(void)
{
	static const struct {
		const char *path;
		enum cli_doctor_need need;
		const char *below, *remedy;
	} shared[] = {
		{ "/var/log", ENTER, NULL,
		  "run install -d -m 0750 -o me -g mine /var/log/signpost, and name a file in it "
		  "as k" },
		{ "/", ENTER, NULL,
		  "run install -d -m 0750 -o me -g mine /signpost, and name a file in it as k" },
		{ "/var/log", MAKE, NULL,
		  "run install -d -m 0750 -o me -g mine /var/log/signpost, and name that as k" },
		{ "/root", READ, NULL,
		  "put it elsewhere than below /root, where user me can reach it" },
		{ "/root", READ, "/root/f",
		  "put it elsewhere than below /root, where user me can reach it" },
	};
	const struct cli_doctor_who who = { .name = "me", .group = "mine", .uid = ME, .gid = ME };

	for (size_t i = 0; i < COUNT_OF(shared); i++) {
		CLEANUP(cli_finding_clear) struct cli_findings f = { .part = "files" };
		const struct cli_doctor_reach what = { "", "k", shared[i].path, shared[i].need };
		struct os_way_step step[] = { { .mode = S_IFDIR | 0700 },
					      { .mode = S_IFREG | 0600 } };
		struct os_way way = { step, shared[i].below ? 2 : 1, 0 };

		way.error = shared[i].need == READ && !shared[i].below ? EACCES : 0;
		step[0].path = (char *)(uintptr_t)shared[i].path;
		step[1].path = (char *)(uintptr_t)shared[i].below;
		cli_doctor_reach_judge(&what, &way, &who, &f);
		CHECK_INT(shared[i].path, (long long)f.n, 1);
		CHECK_STR(shared[i].path, str_of(f.n ? f.all[0].remedy : ""),
			  str_of(shared[i].remedy));
	}
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		judge(i, ME, false, cases[i].blocked, cases[i].remedy);
		if (cases[i].blocked && !cases[i].blocked[0])
			continue;
		judge(i, ME, true, NULL, NULL); /* a list says more than the mode */
		judge(i, ROOT, false, NULL, NULL);
	}
	check_clients();
	check_kind();
	check_shared();
	return TEST_EXIT();
}
