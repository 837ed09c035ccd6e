/*
 * The window, whatever happens to its server and when: two octets a step.
 *
 * What must hold: it stays within its limits; what is open is what the ring holds; who
 * takes no more than there is room for never has more open than the window, unless the
 * server was silent; and nobody waits for longer than the longest hold.
 */
#include "resolve/window.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check(const struct resolve_window *w)
{
	unsigned sum = 0;

	for (unsigned i = 0; i < RESOLVE_WINDOW_TICKS; i++)
		sum += w->sent[i];
	if (sum != w->open || w->size < w->least || w->size > w->most)
		abort();
}

/* Take of the room what by says. */
static void take(struct resolve_window *w, int64_t now, unsigned by)
{
	int64_t when = INT64_MAX;
	unsigned room = resolve_window_room(w, by * 8, now, &when);

	if (room > w->most || (room == 0) != (when == now + RESOLVE_WINDOW_TICK_MS))
		abort();
	unsigned n = room * by / 255;
	bool full = w->open >= w->size;
	resolve_window_sent(w, n, now);
	if (!full && w->open > w->size && w->size > w->open / 2 + 1 && w->round_sent != 0)
		abort();
}

static void wait_out(struct resolve_window *w, int64_t now)
{
	int64_t when = INT64_MAX;

	now += RESOLVE_WINDOW_HOLD_MAX_MS + 2 * RESOLVE_WINDOW_TICK_MS;
	if (resolve_window_room(w, INT64_MAX / 2, now, &when) == 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct resolve_window w;
	int64_t now = 1000000;

	resolve_window_init(&w, n ? 1 + data[0] % RESOLVE_WINDOW_SHARERS : 1);
	for (size_t i = 1; i + 1 < n; i += 2) {
		unsigned by = data[i + 1];
		switch (data[i] % 4) {
		case 0:
			take(&w, now, by);
			break;
		case 1:
			for (unsigned k = 0; k < by; k++)
				resolve_window_answered(&w, now - data[i]);
			break;
		case 2:
			for (unsigned k = 0; k < by; k++)
				resolve_window_lost(&w);
			break;
		default:
			now += by * (data[i] / 4);
		}
		check(&w);
	}
	wait_out(&w, now);
	return 0;
}
