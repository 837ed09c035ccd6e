/*
 * As the kernel judges: the owner by his three bits alone, a member of the group by that group's,
 * everybody else by the last.  Root is asked nothing.
 */
#include "cli/doctor_reach_judge.h"

#include "cli/shell.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum { LINE_ROOM = 16384, READ = 4, WRITE = 2, SEARCH = 1, OWNER_SHIFT = 6, GROUP_SHIFT = 3 };

enum standing { OWNER, MEMBER, OTHER };

static enum standing standing_of(const struct os_way_step *s, const struct cli_doctor_who *who)
{
	if (s->uid == who->uid)
		return OWNER;
	if (s->gid == who->gid)
		return MEMBER;
	for (size_t i = 0; i < who->n_groups; i++)
		if (s->gid == who->groups[i])
			return MEMBER;
	return OTHER;
}

static unsigned bits_of(const struct os_way_step *s, enum standing standing)
{
	unsigned shift = standing == OWNER ? OWNER_SHIFT : standing == MEMBER ? GROUP_SHIFT : 0;

	return (unsigned)s->mode >> shift & 7;
}

static bool may(const struct os_way_step *s, const struct cli_doctor_who *who, unsigned want)
{
	return who->uid == 0 || s->acl || (bits_of(s, standing_of(s, who)) & want) == want;
}

/* What he has to be able to do at step i. */
static unsigned want_of(const struct os_way *way, size_t i, enum cli_doctor_need need)
{
	if (need == CLI_DOCTOR_NEED_WRITE && (i + 1 < way->n || way->error))
		return 0;
	if (i + 1 < way->n)
		return SEARCH;
	switch (need) {
	case CLI_DOCTOR_NEED_READ:
		return way->error ? SEARCH : READ;
	case CLI_DOCTOR_NEED_WRITE:
		return READ | WRITE;
	case CLI_DOCTOR_NEED_ENTER:
	case CLI_DOCTOR_NEED_GIVEN:
		return way->error ? SEARCH : WRITE | SEARCH;
	case CLI_DOCTOR_NEED_MAKE:
		return way->error && way->error != ENOENT ? SEARCH : WRITE | SEARCH;
	case CLI_DOCTOR_NEED_PASS:
		return SEARCH;
	}
	return 0;
}

static void add_bits(struct buf *out, unsigned bits)
{
	buf_addf(out, "%s%s%s", bits & READ ? "r" : "", bits & WRITE ? "w" : "",
		 bits & SEARCH ? "x" : "");
}

static void add_chmod(struct buf *out, char standing, unsigned want, const struct os_way_step *s)
{
	buf_addf(out, "chmod %c+", standing);
	add_bits(out, want);
	buf_addc(out, ' ');
	cli_shell_word(out, str_of(s->path));
}

static void add_owner(struct buf *out, const char *command, const char *name,
		      const struct os_way_step *s)
{
	buf_addf(out, "%s ", command);
	cli_shell_word(out, str_of(name));
	buf_addc(out, ' ');
	cli_shell_word(out, str_of(s->path));
}

/*
 * What lets him, and nobody else, do that.  A group that has the right already, and is not root's,
 * was made for it; one that has another right keeps that.
 */
static void add_remedy(struct buf *out, const struct os_way_step *s,
		       const struct cli_doctor_who *who, unsigned want)
{
	enum standing standing = standing_of(s, who);
	unsigned group = bits_of(s, MEMBER);

	if (who->by_group) {
		add_chmod(out, standing == MEMBER ? 'g' : 'o', want, s);
	} else if (standing == OWNER) {
		add_chmod(out, 'u', want, s);
	} else if (want & WRITE) {
		add_owner(out, "chown", who->name, s);
		if ((bits_of(s, OWNER) & want) != want) {
			buf_add(out, STR(" && "));
			add_chmod(out, 'u', want, s);
		}
	} else if (standing == MEMBER) {
		add_chmod(out, 'g', want, s);
	} else if (s->gid != 0 && (group & want) == want) {
		buf_add(out, STR("usermod -a -G "));
		cli_shell_word(out, str_of(s->group));
		buf_addc(out, ' ');
		cli_shell_word(out, str_of(who->name));
	} else if (s->gid != 0 && group && want == SEARCH) {
		add_chmod(out, 'o', want, s);
	} else {
		add_owner(out, "chgrp", who->group, s);
		buf_add(out, STR(" && "));
		add_chmod(out, 'g', want, s);
	}
}

/* Directories that are everybody's, or the system's: none is made one user's. */
static bool is_shared(const struct os_way_step *s)
{
	struct str word,
		shared = STR("/ /boot /dev /etc /home /mnt /opt /proc /root /run /srv /sys /tmp "
			     "/usr /var /var/cache /var/lib /var/log /var/mail /var/run /var/spool "
			     "/var/tmp");

	while (S_ISDIR(s->mode) && str_word(&shared, &word))
		if (str_eq(word, str_of(s->path)))
			return true;
	return false;
}

/* A directory of his own, where what he has to make files in is not there, or everybody's. */
static void add_directory(struct buf *out, const struct cli_doctor_reach *what,
			  const struct os_way *way, const struct cli_doctor_who *who)
{
	CLEANUP(buf_free) struct buf path = BUF_MAX(LINE_ROOM);

	buf_addf(&path, "%s%s", strcmp(what->path, "/") == 0 ? "" : what->path,
		 way->error ? "" : "/signpost");
	buf_add(out, way->error ? STR("") : STR("run "));
	buf_add(out, STR("install -d -m 0750 -o "));
	cli_shell_word(out, str_of(who->name));
	buf_add(out, STR(" -g "));
	cli_shell_word(out, str_of(who->group));
	buf_addc(out, ' ');
	cli_shell_word(out, buf_str(&path));
	if (!way->error)
		buf_addf(out, ", and name %s as %s",
			 what->need == CLI_DOCTOR_NEED_ENTER ? "a file in it" : "that", what->key);
}

static const char *deed(enum cli_doctor_need need, const struct os_way *way)
{
	switch (need) {
	case CLI_DOCTOR_NEED_READ:
		return "read";
	case CLI_DOCTOR_NEED_WRITE:
		return "read and write";
	case CLI_DOCTOR_NEED_ENTER:
	case CLI_DOCTOR_NEED_GIVEN:
		return "make files in";
	case CLI_DOCTOR_NEED_MAKE:
		return way->error ? "make the directory" : "make files in";
	case CLI_DOCTOR_NEED_PASS:
		return "go through";
	}
	return "";
}

/* Nobody makes it. */
static void add_missing(const struct cli_doctor_reach *what, const struct os_way *way,
			const struct cli_doctor_who *who, struct cli_findings *findings)
{
	CLEANUP(buf_free) struct buf remedy = BUF_MAX(LINE_ROOM);

	add_directory(&remedy, what, way, who);
	buf_addc(&remedy, '\0');
	if (buf_err(&remedy) != ERR_OK)
		findings->err = ERR_NOMEM;
	else
		cli_finding_add(findings, CLI_LEVEL_PROBLEM, "file-reach", remedy.p,
				"%s%s: there is no directory %s, and the daemon makes none there",
				what->where, what->key, what->path);
}

/*
 * What helps at step i, behind what helps before it.  True: no command alone does, so it is in
 * words, and stands for itself: he need not reach what was there.
 */
static bool add_step(struct buf *out, const struct cli_doctor_reach *what, const struct os_way *way,
		     const struct cli_doctor_who *who, size_t i)
{
	const struct os_way_step *s = &way->step[i];
	unsigned want = want_of(way, i, what->need);
	bool shared = is_shared(s);
	bool anew = want & WRITE && S_ISDIR(s->mode) && (way->error || shared);
	bool words = shared && !(anew && way->error);

	if (words)
		buf_drop(out, out->n);
	else if (out->n)
		buf_add(out, STR(" && "));
	if (anew)
		add_directory(out, what, way, who);
	else if (shared)
		buf_addf(out, "put it elsewhere than below %s, where user %s can reach it", s->path,
			 who->name);
	else
		add_remedy(out, s, who, want);
	return words;
}

/* What it would have to be at the end of the way, where something else is there; else NULL. */
static const char *lacking(const struct os_way *way, enum cli_doctor_need need)
{
	bool directory =
		way->error || (need != CLI_DOCTOR_NEED_READ && need != CLI_DOCTOR_NEED_WRITE);
	mode_t mode = way->step[way->n - 1].mode;

	if (directory)
		return S_ISDIR(mode) ? NULL : "directory";
	return S_ISREG(mode) ? NULL : "regular file";
}

/* No right helps. */
static void add_kind(const struct cli_doctor_reach *what, const struct os_way *way,
		     const char *lacks, struct cli_findings *findings)
{
	CLEANUP(buf_free) struct buf remedy = BUF_MAX(LINE_ROOM);
	const char *path = way->step[way->n - 1].path;

	buf_addf(&remedy, "name another as %s, or move %s away where nothing else needs it",
		 what->key, path);
	buf_addc(&remedy, '\0');
	if (buf_err(&remedy) != ERR_OK)
		findings->err = ERR_NOMEM;
	else
		cli_finding_add(findings, CLI_LEVEL_PROBLEM, "file-kind", remedy.p,
				"%s%s: %s is no %s", what->where, what->key, path, lacks);
}

void cli_doctor_reach_judge(const struct cli_doctor_reach *what, const struct os_way *way,
			    const struct cli_doctor_who *who, struct cli_findings *findings)
{
	CLEANUP(buf_free) struct buf remedy = BUF_MAX(LINE_ROOM);
	const struct os_way_step *first = NULL;
	bool words = false;
	const char *lacks = way->n ? lacking(way, what->need) : NULL;

	if (lacks) {
		add_kind(what, way, lacks, findings);
		return;
	}
	for (size_t i = 0; i < way->n; i++) {
		const struct os_way_step *s = &way->step[i];
		if (may(s, who, want_of(way, i, what->need)))
			continue;
		first = first ? first : s;
		words = words || add_step(&remedy, what, way, who, i);
	}
	if (!first && what->need == CLI_DOCTOR_NEED_ENTER && way->error == ENOENT)
		add_missing(what, way, who, findings);
	if (!first)
		return;
	buf_addc(&remedy, '\0');
	if (buf_err(&remedy) != ERR_OK)
		findings->err = ERR_NOMEM;
	else
		cli_finding_add(
			findings,
			what->need == CLI_DOCTOR_NEED_PASS ? CLI_LEVEL_WARNING : CLI_LEVEL_PROBLEM,
			"file-reach", remedy.p,
			"%s%s: user %s may not %s %s: %s is of user %s and group %s, mode "
			"%04o",
			what->where, what->key, who->name, deed(what->need, way), what->path,
			first->path, first->owner, first->group, (unsigned)first->mode & 07777);
}
