/*
 * The thread sleeps until term_progress_due() says that it is time, and writes the line.  All that
 * is shared is under one lock: so no line is written by it between another's hiding it and
 * that other's output, but for the moment in which the line would come back, a second later.
 */
#include "cli/progress.h"

#include "cli/screen.h"
#include "os/clock.h"
#include "term/progress.h"

#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WORDS_MAX = 1024, LINE_ROOM = 1 << 14, MS = 1000, NS = 1000000 };

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
	struct term_style style;
	struct term_progress progress;
	char words[WORDS_MAX]; /* "": nothing is under way */
	unsigned depth;        /* what is under way, and its parts */
	bool runs, stops;
	bool paused; /* others write: it may stand in a pager's way until they have */
} line = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

static int64_t now_ms(void)
{
	return os_clock_mono_us() / MS;
}

static void put(const struct buf *out)
{
	/* What cannot be shown is not missed. */
	if (out->n && write(STDERR_FILENO, out->p, out->n) < 0)
		return;
}

static void show(void)
{
	CLEANUP(buf_free) struct buf out = BUF_MAX(LINE_ROOM);

	term_progress_show(&out, &line.progress, str_of(line.words), &line.style, now_ms());
	put(&out);
}

static void erase(void)
{
	CLEANUP(buf_free) struct buf out = BUF_MAX(LINE_ROOM);

	term_progress_erase(&out, &line.progress, now_ms());
	put(&out);
}

/* Wait for a change, so long at most. */
static void sleep_for(int64_t ms)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += ms / MS;
	until.tv_nsec += ms % MS * NS;
	if (until.tv_nsec >= MS * NS) {
		until.tv_sec++;
		until.tv_nsec -= MS * NS;
	}
	(void)pthread_cond_timedwait(&line.changed, &line.lock, &until);
}

static void *run(void *arg)
{
	(void)pthread_mutex_lock(&line.lock);
	while (!line.stops) {
		int64_t due = term_progress_due(&line.progress, now_ms());
		if (!line.words[0] || line.paused)
			(void)pthread_cond_wait(&line.changed, &line.lock);
		else if (due > 0)
			sleep_for(due);
		else
			show();
	}
	(void)pthread_mutex_unlock(&line.lock);
	return arg;
}

/* Whoever reads standard output may have the terminal: a pager has. */
static bool is_piped(void)
{
	struct stat s;

	return fstat(STDOUT_FILENO, &s) == 0 && (S_ISFIFO(s.st_mode) || S_ISSOCK(s.st_mode));
}

/* Whether somebody looks at standard error, who has nothing else in front. */
static bool is_watched(void)
{
	static const struct cli_options none;
	struct term_screen_facts facts = cli_screen_facts(&none, STDERR_FILENO);

	pid_t front = tcgetpgrp(STDERR_FILENO); /* -1: nobody changes jobs there */

	return !is_piped() && term_screen_smart(&facts) && (front < 0 || front == getpgrp()) &&
	       term_screen_style(&facts, &line.style) == ERR_OK;
}

/* Signals are the main thread's. */
static void start(void)
{
	sigset_t all, was;

	if (line.runs || !is_watched())
		return;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &was);
	line.runs = pthread_create(&line.thread, NULL, run, NULL) == 0;
	(void)pthread_sigmask(SIG_SETMASK, &was, NULL);
}

void cli_progress_begin(const char *fmt, ...)
{
	va_list ap;

	(void)pthread_mutex_lock(&line.lock);
	if (line.depth++ == 0) {
		start();
		term_progress_begin(&line.progress, now_ms());
	}
	va_start(ap, fmt);
	(void)vsnprintf(line.words, sizeof(line.words), fmt, ap);
	va_end(ap);
	(void)pthread_cond_signal(&line.changed);
	(void)pthread_mutex_unlock(&line.lock);
}

void cli_progress_say(const char *fmt, ...)
{
	va_list ap;

	(void)pthread_mutex_lock(&line.lock);
	va_start(ap, fmt);
	(void)vsnprintf(line.words, sizeof(line.words), fmt, ap);
	va_end(ap);
	(void)pthread_mutex_unlock(&line.lock);
}

void cli_progress_hide(void)
{
	(void)pthread_mutex_lock(&line.lock);
	erase();
	(void)pthread_mutex_unlock(&line.lock);
}

void cli_progress_pause(void)
{
	(void)pthread_mutex_lock(&line.lock);
	erase();
	line.paused = true;
	(void)pthread_mutex_unlock(&line.lock);
}

void cli_progress_resume(void)
{
	(void)pthread_mutex_lock(&line.lock);
	line.paused = false;
	(void)pthread_cond_signal(&line.changed);
	(void)pthread_mutex_unlock(&line.lock);
}

void cli_progress_end(void)
{
	(void)pthread_mutex_lock(&line.lock);
	bool part = line.depth > 1;
	line.depth -= part;
	(void)pthread_mutex_unlock(&line.lock);
	if (!part)
		cli_progress_stop();
}

void cli_progress_stop(void)
{
	(void)pthread_mutex_lock(&line.lock);
	bool runs = line.runs;
	line.depth = 0;
	erase();
	line.words[0] = '\0';
	line.runs = false;
	line.stops = runs;
	(void)pthread_cond_signal(&line.changed);
	(void)pthread_mutex_unlock(&line.lock);
	if (runs)
		(void)pthread_join(line.thread, NULL);
	line.stops = false;
}
