#include "schedule/window.h"

unsigned schedule_window_size(const struct schedule_window *w, unsigned ceiling)
{
	unsigned size = w->size ? w->size : SCHEDULE_WINDOW_FIRST;

	return size < ceiling ? size : ceiling;
}

/* It was no window that held back: more of it would be a guess. */
static bool is_slack(unsigned size, unsigned busy)
{
	return size >= busy + SCHEDULE_WINDOW_FIRST;
}

static void widen(struct schedule_window *w, unsigned busy, unsigned ceiling)
{
	unsigned size = schedule_window_size(w, ceiling);

	if (size == ceiling || is_slack(size, busy))
		return;
	if (w->knee && size >= w->knee && ++w->good < size)
		return;
	w->good = 0;
	w->size = size + 1;
}

static void narrow(struct schedule_window *w, unsigned busy, unsigned ceiling)
{
	unsigned size = schedule_window_size(w, ceiling);
	unsigned bore = size < busy ? size : busy;

	w->size = bore > 1 ? bore / 2 : 1;
	w->knee = w->size;
	w->good = 0;
	w->stale = busy - 1;
}

void schedule_window_ended(struct schedule_window *w, enum schedule_echo echo, unsigned busy,
			   unsigned ceiling)
{
	if (w->stale) {
		w->stale--;
		return;
	}
	switch (echo) {
	case SCHEDULE_ECHO_NONE:
		return;
	case SCHEDULE_ECHO_GOOD:
		widen(w, busy, ceiling);
		return;
	case SCHEDULE_ECHO_BAD:
		narrow(w, busy, ceiling);
		return;
	}
}

bool schedule_window_narrow(const struct schedule_window *w)
{
	return w->size && w->size < SCHEDULE_WINDOW_FIRST;
}
