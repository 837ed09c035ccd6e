/* When what comes in is refused, and how that is said. */
#include "queue/disk.h"

#include "base/test.h"

static const struct {
	uint64_t free;
	bool is_short;
	const char *words;
} cases[] = {
	{ 0, true,
	  "/q/queue.db: 0 MiB are free on its disk, 64 MiB are left free for delivery: new mail is "
	  "answered 452 4.3.1; make room there, or move the queue (queue { store = ... })" },
	{ QUEUE_DISK_RESERVE - 1, true,
	  "/q/queue.db: 63 MiB are free on its disk, 64 MiB are left free for delivery: new mail "
	  "is "
	  "answered 452 4.3.1; make room there, or move the queue (queue { store = ... })" },
	{ QUEUE_DISK_RESERVE, false, "/q/queue.db: 64 MiB are free on its disk" },
	{ UINT64_MAX, false, "/q/queue.db: 17592186044415 MiB are free on its disk" },
};

static const struct {
	const char *store, *path;
	enum err err;
} stores[] = {
	{ "sqlite:/tmp/queue.db", "/tmp/queue.db", ERR_OK },
	{ "sqlite:/queue.db", "/queue.db", ERR_OK },
	{ "sqlite:/tmp/none/such/queue.db", "/tmp/none/such/queue.db", ERR_OK },
	{ "sqlite:queue.db", "queue.db", ERR_OK },
	{ "sqlite:/dev/null/none/queue.db", NULL, ERR_IO },
};

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct queue_disk d = { "/q/queue.db", cases[i].free };
		CLEANUP(buf_free) struct buf out = BUF_MAX(1000);
		queue_disk_words(&out, &d);
		CHECK_STR("words", buf_str(&out), str_of(cases[i].words));
		CHECK_INT("short", queue_disk_short(&d), cases[i].is_short);
	}
	for (size_t i = 0; i < COUNT_OF(stores); i++) {
		struct queue_disk d = { 0 };
		CHECK_INT(stores[i].store, queue_disk_read(stores[i].store, &d), stores[i].err);
		if (stores[i].path)
			CHECK_STR(stores[i].store, str_of(d.path), str_of(stores[i].path));
	}
	return TEST_EXIT();
}
