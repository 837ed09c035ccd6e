#include "relay/diskkeep.h"

#include "log/log.h"

#include <stdlib.h>

#define EVERY_MS 5000
#define SHORT_MS 1000 /* while it is short: room is soon told */
#define WORDS_MAX 8192

struct relay_diskkeep {
	struct loop *loop;
	struct loop_timer *timer;
	struct routing_settings *const *settings;
	struct loop_shortage shortage;
};

enum relay_disk_turn relay_diskkeep_judge(struct loop_shortage *s, int64_t now, bool is_short)
{
	if (is_short)
		return loop_shortage_met(s, now) ? RELAY_DISK_SHORT : RELAY_DISK_SAME;
	return loop_shortage_passed(s, now) ? RELAY_DISK_ROOM : RELAY_DISK_SAME;
}

static void tell(int level, const struct queue_disk *disk)
{
	CLEANUP(buf_free) struct buf words = BUF_MAX(WORDS_MAX);

	queue_disk_words(&words, disk);
	log_event(level, "disk", "%.*s", STR_ARG(buf_str(&words)));
}

/* A disk that cannot be asked is what it was. */
static void look(void *arg)
{
	struct relay_diskkeep *k = arg;
	struct queue_disk disk;
	int64_t now = loop_now(k->loop);

	if (queue_disk_read((*k->settings)->conf->queue_store, &disk) == ERR_OK) {
		switch (relay_diskkeep_judge(&k->shortage, now, queue_disk_short(&disk))) {
		case RELAY_DISK_SAME:
			break;
		case RELAY_DISK_SHORT:
			tell(LOG_ERR, &disk);
			break;
		case RELAY_DISK_ROOM:
			tell(LOG_NOTICE, &disk);
			break;
		}
	}
	loop_timer_set(k->timer, now + (k->shortage.said ? SHORT_MS : EVERY_MS));
}

struct relay_diskkeep *relay_diskkeep_new(struct loop *loop,
					  struct routing_settings *const *settings)
{
	struct relay_diskkeep *k = malloc(sizeof(*k));
	struct queue_disk disk;

	if (!k)
		return NULL;
	*k = (struct relay_diskkeep){ .loop = loop, .settings = settings };
	k->timer = loop_timer_new(loop, look, k);
	if (!k->timer) {
		free(k);
		return NULL;
	}
	if (queue_disk_read((*settings)->conf->queue_store, &disk) == ERR_OK)
		(void)relay_diskkeep_judge(&k->shortage, loop_now(loop), queue_disk_short(&disk));
	loop_timer_set(k->timer, loop_now(loop) + (k->shortage.said ? SHORT_MS : EVERY_MS));
	return k;
}

void relay_diskkeep_free(struct relay_diskkeep **kp)
{
	struct relay_diskkeep *k = *kp;

	*kp = NULL;
	if (!k)
		return;
	loop_timer_free(&k->timer);
	free(k);
}
