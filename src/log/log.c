#include "log/log.h"

#include "base/text.h"
#include "base/time.h"
#include "os/clock.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define EVENT_MAX 4096
#define LINE_OCTETS (4 * EVENT_MAX + 256) /* each octet escaped; time, level, event */

static atomic_int shown = LOG_INFO;

void log_level(enum log_level level)
{
	atomic_store(&shown, (int)level);
}

static struct str level_text(enum log_level level)
{
	switch (level) {
	case LOG_ERR:
		return STR("error");
	case LOG_WARNING:
		return STR("warning");
	case LOG_NOTICE:
		return STR("notice");
	case LOG_INFO:
		return STR("info");
	case LOG_DEBUG:
		return STR("debug");
	}
	return STR("?");
}

void log_event(enum log_level level, const char *event, const char *fmt, ...)
{
	char text[EVENT_MAX], time[TIME_TEXT_MAX], room[LINE_OCTETS];
	/* On the stack, as there is most to tell where memory is out; it never grows. */
	struct buf line = { .p = room, .cap = sizeof(room), .max = sizeof(room) };
	va_list ap;

	if ((int)level > atomic_load(&shown))
		return;
	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if (getenv("JOURNAL_STREAM")) {
		buf_addf(&line, "<%d>", (int)level);
	} else {
		buf_add(&line, time_rfc3339(os_clock_wall(), time));
		buf_addc(&line, ' ');
		buf_add(&line, level_text(level));
		buf_addc(&line, ' ');
	}
	buf_add(&line, str_of(event));
	if (n)
		buf_addc(&line, ' ');
	text_escape(&line, str_head((struct str){ text, (size_t)n }, sizeof(text) - 1));
	buf_addc(&line, '\n');
	if (buf_err(&line) == ERR_OK)
		(void)!write(STDERR_FILENO, line.p,
			     line.n); /* one write: lines of threads do not mix */
}
