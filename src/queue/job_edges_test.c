/* Jobs where something is in the way: a damaged message, no room, a start after a crash. */
#include "queue/testing_stand_priv.h"

/* What is damaged is held, by TAKE at once, by LOAD once it is back. */
static void damaged(void)
{
	struct memory_store m = { .store.ops = &memory_ops, .fails_after = -1 };
	struct queue_turn turn = { .store = &m.store, .room = ROOM, .last = LAST };
	struct queue_job take = { .kind = QUEUE_TAKE, .now_wall_ms = 9, .take = { .max = 5 } };
	struct queue_job load = { .kind = QUEUE_LOAD, .message = testing_message(ID, SIZE, 2) };

	place(&turn, &(struct stand)WAITS(9));
	m.kept[0].damaged = true;
	queue_job_start(&take);
	queue_job_run(&turn, &take);
	CHECK_INT("none", (long long)take.n, 0);
	CHECK_INT("nor later", take.due_wall_ms, INT64_MAX);
	check_stand("held", &turn, &(struct stand){ 9, QUEUE_HELD, 1, { W, W }, 7 });
	memory_clear(&m);
	turn.counts = (struct queue_counts){ 0 };

	place(&turn, &(struct stand)IS_OUT);
	m.kept[0].hollow = true;
	queue_job_start(&load);
	queue_job_run(&turn, &load);
	CHECK_INT("its content", load.err, ERR_SYNTAX);
	check_stand("when it is back", &turn, &(struct stand){ OUT, QUEUE_HELD, 1, { W, W }, 7 });
	queue_message_free(&load.message);
	check_counts("damaged", &turn);
	memory_clear(&m);

	struct queue_job retry = { .kind = QUEUE_RETRY, .id = ID };
	place(&turn, &(struct stand)FAILED_SINCE(9));
	m.kept[0].damaged = true;
	queue_job_start(&retry);
	queue_job_run(&turn, &retry);
	CHECK_INT("nobody is known to be tried again", retry.err, ERR_LIMIT);
	check_stand("kept", &turn, &(struct stand)FAILED_SINCE(9));
	memory_clear(&m);
}

/* ADD is held to the room, RECORD with a report is not. */
static void room(void)
{
	struct memory_store m = { .store.ops = &memory_ops, .fails_after = -1 };
	struct queue_turn turn = { .store = &m.store, .last = LAST };
	struct queue_job add = { .kind = QUEUE_ADD, .message = testing_message(ID + 1, SIZE, 1) };
	const struct schedule_change both[2] = { { .state = T }, { .rcpt = 1, .state = T } };
	struct queue_job record = {
		.kind = QUEUE_RECORD,
		.update = { .id = ID, .change = both, .n_change = 2, .report = add.message },
	};

	place(&turn, &(struct stand)IS_OUT);
	turn.room = queue_job_weight(&add) - 1;
	queue_job_start(&add);
	queue_job_run(&turn, &add);
	CHECK_INT("no room", add.err, ERR_LIMIT);
	turn.room++;
	queue_job_start(&add);
	queue_job_run(&turn, &add);
	CHECK_INT("just enough", add.err, ERR_OK);
	CHECK_INT("and no more", (long long)turn.room, 0);
	add.message->id++;
	queue_job_start(&record);
	queue_job_run(&turn, &record);
	CHECK_INT("what was accepted is recorded", record.err == ERR_OK && record.gone, 1);
	CHECK_INT("with its report", (long long)turn.counts.active, 2);
	check_counts("room", &turn);
	queue_message_free(&add.message);
	memory_clear(&m);
}

/* What was out is due at once, its round counted; all else is as it was. */
static void recover(void)
{
	static const struct stand before[] = {
		IS_OUT,
		{ OUT, QUEUE_ROUND | QUEUE_AGAIN | QUEUE_HELD, 1, { W, D }, 7 },
		WAITS(9),
		FAILED_SINCE(9),
	};
	static const struct stand after[] = {
		WAITS(0),
		{ 0, QUEUE_HELD, 2, { W, D }, 7 },
		WAITS(9),
		FAILED_SINCE(9),
	};

	for (size_t i = 0; i < COUNT_OF(before); i++) {
		struct memory_store m = { .store.ops = &memory_ops, .fails_after = -1 };
		struct queue_turn turn = { .store = &m.store };
		place(&turn, &before[i]);
		queue_job_recover(&turn);
		check_stand("recovered", &turn, &after[i]);
		check_counts("recovered", &turn);
		memory_clear(&m);
	}
}

/* Two lanes; nothing waits in the first, whatever the store said. */
static size_t due_two(struct queue_store *s, const struct queue_look *look, struct queue_lane *out,
		      size_t max)
{
	(void)s;
	(void)look;
	if (max < 2)
		return 0;
	out[0] = (struct queue_lane){ 5, 1 };
	out[1] = (struct queue_lane){ 7, 2 };
	return 2;
}

static void empty_lane(void)
{
	struct queue_store_ops ops = memory_ops;
	struct memory_store m = { .store.ops = &ops, .fails_after = -1 };
	struct queue_turn turn = { .store = &m.store };
	struct queue_job take = { .kind = QUEUE_TAKE, .now_wall_ms = 9, .take = { .max = 5 } };

	ops.due = due_two;
	place(&turn, &(struct stand)WAITS(9));
	queue_job_start(&take);
	queue_job_run(&turn, &take);
	CHECK_INT("the other lane gives its own", (long long)take.n, 1);
	queue_job_undo(&take);
	memory_clear(&m);
}

int main(void)
{
	empty_lane();
	damaged();
	room();
	recover();
	return TEST_EXIT();
}
