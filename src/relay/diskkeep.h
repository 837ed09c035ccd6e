/* The queue's disk is looked at: that it is short, or no more so, is told with no mail about. */
#ifndef RELAY_DISKKEEP_H
#define RELAY_DISKKEEP_H

#include "loop/loop.h"
#include "loop/shortage.h"
#include "queue/disk.h"
#include "routing/settings.h"

enum relay_disk_turn { RELAY_DISK_SAME, RELAY_DISK_SHORT, RELAY_DISK_ROOM };

/* What is to be told of it.  Pure. */
enum relay_disk_turn relay_diskkeep_judge(struct loop_shortage *s, int64_t now, bool is_short);

struct relay_diskkeep;

/* *settings are those in force.  A disk that is short was told of.  NULL: out of memory. */
struct relay_diskkeep *relay_diskkeep_new(struct loop *loop,
					  struct routing_settings *const *settings) MUST_USE;

/* Free and set to NULL; NULL is fine. */
void relay_diskkeep_free(struct relay_diskkeep **k);

#endif
