#include "relay/oldlogs.h"

#include "journal/shrink.h"
#include "journal/strip.h"
#include "log/log.h"
#include "os/clock.h"
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define DONE_NAME "headers-removed"

enum { SOON_MS = 1000, HOUR_MS = 3600000, PATH_MAX_OCTETS = 4096, KIB = 1024 };

struct relay_oldlogs {
	struct loop *loop;
	struct loop_timer *timer;
	struct routing_settings *const *settings;
	pthread_t thread;
	bool begun;          /* there is a thread to be joined */
	atomic_bool running; /* it has something to do yet, */
	atomic_bool stop;    /* and shall leave it */
	/* The thread's, while it runs. */
	char *logs, *state;
	int64_t keep_ms, compress_ms;
	bool told; /* that what there is to compress cannot be found out */
};

/* The day up to which all is done; "" where that is not known. */
static void read_done(const struct relay_oldlogs *k, char day[static JOURNAL_DATE + 1])
{
	CLEANUP(buf_free) struct buf path = BUF_MAX(PATH_MAX_OCTETS);
	CLEANUP(buf_free) struct buf text = BUF_MAX(PATH_MAX_OCTETS);

	day[0] = '\0';
	buf_addf(&path, "%s/" DONE_NAME, k->state);
	buf_addc(&path, '\0');
	if (buf_err(&path) == ERR_OK && os_file_read(path.p, &text) == ERR_OK &&
	    text.n >= JOURNAL_DATE)
		(void)str_copy(day, JOURNAL_DATE + 1, str_head(buf_str(&text), JOURNAL_DATE));
}

static enum err write_done(const struct relay_oldlogs *k, const char *day)
{
	CLEANUP(os_fd_close) int dir = open(k->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return dir < 0 ? ERR_IO : os_file_replace(dir, DONE_NAME, str_of(day));
}

/* The next day.  Whether there may be another. */
static bool strip_day(const struct relay_oldlogs *k, char day[static JOURNAL_DATE + 1])
{
	bool any = false;
	enum err e = journal_strip(k->logs, k->keep_ms, os_clock_wall(), day, &any);

	if (e == ERR_OK && day[0])
		e = write_done(k, day);
	if (e != ERR_OK)
		log_event(LOG_WARNING, "keep-headers",
			  "cannot remove fields from old delivery records in %s: %s", k->logs,
			  e == ERR_IO ? strerror(errno) : err_text(e));
	else if (any)
		log_event(LOG_INFO, "keep-headers", "fields removed from the records of %s", day);
	return e == ERR_OK && day[0];
}

static void strip(struct relay_oldlogs *k)
{
	char day[JOURNAL_DATE + 1];

	read_done(k, day);
	while (!atomic_load(&k->stop) && strip_day(k, day))
		;
}

static const char *why(enum err e)
{
	if (e == ERR_SYNTAX)
		return "what is there of it in compressed form is damaged: move one of the two "
		       "away";
	return e == ERR_IO ? strerror(errno) : err_text(e);
}

/* The next file.  Whether there may be another. */
static bool compress_file(struct relay_oldlogs *k, struct journal_shrunk *file)
{
	enum err e = journal_shrink(k->logs, k->compress_ms, os_clock_wall(), &k->stop, file);
	bool any = file->name[0] != '\0', again = k->told;

	if (atomic_load(&k->stop))
		return false;
	k->told = e != ERR_OK && !any;
	if (e != ERR_OK && !(k->told && again))
		log_event(LOG_WARNING, "log-compress", "cannot compress %s in %s: %s",
			  any ? file->name : "old files", k->logs, why(e));
	else if (file->after)
		log_event(LOG_INFO, "log-compress", "%s compressed, %llu KiB to %llu", file->name,
			  (unsigned long long)file->before / KIB,
			  (unsigned long long)file->after / KIB);
	return any;
}

static void compress(struct relay_oldlogs *k)
{
	struct journal_shrunk file = { .name = "" };

	while (compress_file(k, &file))
		;
}

static void *work(void *arg)
{
	struct relay_oldlogs *k = arg;

	strip(k);
	if (k->compress_ms > 0)
		compress(k);
	atomic_store(&k->running, false);
	return NULL;
}

static void join(struct relay_oldlogs *k)
{
	if (k->begun)
		(void)pthread_join(k->thread, NULL);
	k->begun = false;
	free(k->logs);
	free(k->state);
	k->logs = k->state = NULL;
}

static void begin(struct relay_oldlogs *k)
{
	const struct conf *conf = (*k->settings)->conf;

	join(k);
	k->logs = str_z(str_of(conf->log_directory));
	k->state = str_z(str_of(conf->state_directory));
	k->keep_ms = conf->dnssec.keep_headers_ms;
	k->compress_ms = conf->log_compress_ms;
	atomic_store(&k->running, true);
	int error = k->logs && k->state ? pthread_create(&k->thread, NULL, work, k) : ENOMEM;
	k->begun = error == 0;
	if (k->begun)
		return;
	atomic_store(&k->running, false);
	log_event(LOG_WARNING, "old-logs", "%s", strerror(error));
}

static void look(void *arg)
{
	struct relay_oldlogs *k = arg;
	bool running = atomic_load(&k->running);

	if (!running)
		begin(k);
	loop_timer_set(k->timer, loop_now(k->loop) + (running ? SOON_MS : HOUR_MS));
}

struct relay_oldlogs *relay_oldlogs_new(struct loop *loop, struct routing_settings *const *settings)
{
	struct relay_oldlogs *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->loop = loop;
	k->settings = settings;
	k->timer = loop_timer_new(loop, look, k);
	if (!k->timer) {
		free(k);
		return NULL;
	}
	relay_oldlogs_again(k);
	return k;
}

void relay_oldlogs_again(struct relay_oldlogs *k)
{
	loop_timer_set(k->timer, loop_now(k->loop));
}

void relay_oldlogs_free(struct relay_oldlogs **kp)
{
	struct relay_oldlogs *k = *kp;

	*kp = NULL;
	if (!k)
		return;
	atomic_store(&k->stop, true);
	join(k);
	loop_timer_free(&k->timer);
	free(k);
}
