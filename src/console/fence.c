#include "console/fence.h"

#include "conf/files.h"
#include "fence/files.h"
#include "fence/words.h"
#include "log/log.h"

#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORDS_MAX = 256 };

#define RESOLV_CONF "/etc/resolv.conf" /* often a link to elsewhere */

/* What a program needs that looks names up, reads charsets and certificates, looks at itself. */
static const char *const everybodys[] = { "/usr", "/lib", "/lib64", "/etc", "/proc", "/dev/null" };

/* The program that brings a program into memory: the kernel executes it, too. */
static int find_interpreter(struct dl_phdr_info *info, size_t size, void *out)
{
	(void)size;
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		if (info->dlpi_phdr[i].p_type != PT_INTERP)
			continue;
		uintptr_t at = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
		*(const char **)out = (const char *)at;
	}
	return 1; /* the first is the program itself */
}

static enum err add_programs(struct fence_places *p, const char *program)
{
	const char *interpreter = NULL;
	enum err e = fence_places_add(p, program, FENCE_RUN);

	(void)dl_iterate_phdr(find_interpreter, &interpreter);
	return e == ERR_OK && interpreter ? fence_places_add(p, interpreter, FENCE_RUN) : e;
}

static enum err add_everybodys(struct fence_places *p)
{
	enum err e = fence_places_add_above(p, RESOLV_CONF, FENCE_READ);

	for (size_t i = 0; e == ERR_OK && i < sizeof(everybodys) / sizeof(everybodys[0]); i++)
		e = fence_places_add(p, everybodys[i], FENCE_READ);
	return e;
}

static enum err add_named(struct fence_places *p, const struct conf *conf)
{
	char *path = NULL;
	enum err e = ERR_OK;

	for (size_t i = 0; e == ERR_OK; free(path)) {
		e = conf_files_next(conf, CONF_FILES_ALL, &i, &path);
		if (e != ERR_OK || !path)
			return e;
		e = fence_places_add_above(p, path, FENCE_READ);
	}
	return e;
}

/*
 * Of the logs the directory alone: above it the queue may be, too.  Whoever makes another in its
 * place starts the console anew.  One that is not there yet comes when the daemon starts.
 */
static enum err add_logs(struct fence_places *p, const struct conf *conf)
{
	return access(conf->log_directory, F_OK) == 0
		       ? fence_places_add(p, conf->log_directory, FENCE_READ)
		       : fence_places_add_above(p, conf->log_directory, FENCE_READ);
}

/* Whether the queue is in the directory of path. */
static bool is_beside_queue(const struct conf *conf, const char *path)
{
	const char *store = strchr(conf->queue_store, ':');
	const char *slash = strrchr(path, '/');
	struct str dir = { path, slash ? (size_t)(slash - path) : 0 };
	struct str rest = str_of(store ? store + 1 : conf->queue_store);

	return str_eq(dir, str_of(conf->state_directory)) ||
	       (rest.n > dir.n && str_starts(rest, dir) &&
		!memchr(rest.p + dir.n + 1, '/', rest.n - dir.n - 1));
}

/*
 * A socket of ours is removed at the end, if the right to that is no right to remove what was
 * accepted; else it stays there, and the next start removes it.
 */
static enum err add_socket(struct fence_places *p, const struct conf *conf, const char *path)
{
	return is_beside_queue(conf, path) ? ERR_OK : fence_places_add_above(p, path, FENCE_REMOVE);
}

static enum err add_own(struct fence_places *p, const struct conf *conf)
{
	enum err e = fence_places_add_above(p, conf->dnssec.criteria, FENCE_WRITE);

	if (e == ERR_OK)
		e = add_logs(p, conf);
	if (e == ERR_OK)
		e = add_socket(p, conf, conf->console.login_path);
	return e == ERR_OK && conf->console.path ? add_socket(p, conf, conf->console.path) : e;
}

static enum err refuse(struct buf *why, const char *what, enum err e)
{
	if (e == ERR_IO)
		buf_addf(why, "signpost: cannot confine itself: %s: %s", what, strerror(errno));
	return e;
}

enum err console_fence_close(const struct conf *conf, const char *program, unsigned *abi,
			     struct buf *why)
{
	CLEANUP(fence_places_clear) struct fence_places p = { 0 };
	enum err e = add_programs(&p, program);

	if (e == ERR_OK)
		e = add_everybodys(&p);
	if (e == ERR_OK)
		e = add_named(&p, conf);
	if (e == ERR_OK)
		e = add_own(&p, conf);
	if (e == ERR_OK)
		e = fence_files_close(&p, abi);
	return refuse(why, "Landlock", e);
}

enum err console_fence_calls(struct fence_calls_result *out, struct buf *why)
{
	return refuse(why, "seccomp", fence_calls_close(FENCE_CONSOLE, out));
}

void console_fence_tell(unsigned abi, const struct fence_calls_result *calls)
{
	CLEANUP(buf_free) struct buf words = BUF_MAX(WORDS_MAX);

	if (abi)
		log_event(LOG_INFO, "confined",
			  "files: what everybody may read, what the configuration names, logs; "
			  "criteria to write; no program but this (Landlock %u)",
			  abi);
	else
		log_event(LOG_WARNING, "confined", "files: this kernel has no Landlock");
	fence_words_calls(calls, &words);
	log_event(calls->kind == FENCE_CALLS_CLOSED ? LOG_INFO : LOG_WARNING, "confined", "%.*s",
		  STR_ARG(buf_str(&words)));
}
