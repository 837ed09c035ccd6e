/*
 * How many questions a server may have unanswered at once, as a machine without a
 * socket or a clock: what was sent, answered and lost goes in, room comes out.
 *
 * A recursive server reads datagrams from a buffer that by default holds some 270 of
 * them, and works on about a thousand questions at a time; what is more is lost
 * without a word.  So the window begins with what the buffer holds, grows while
 * answers come and it is used up, and is halved when many of those sent in one round
 * are lost.  A few lost ones are the network's affair.  Who shares a server with other
 * windows of the process has the same part of all three numbers as they.
 *
 * Only the server's pace is to be met, and that does not hang on single names: a
 * question that is not answered within the hold, the time in which the server usually
 * answers, counts no more.  So names that nobody answers for cannot keep others back.
 * A server from which nothing has come for a while tells nothing of its pace: then the
 * window is not asked.
 */
#ifndef RESOLVE_WINDOW_H
#define RESOLVE_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

enum {
	RESOLVE_WINDOW_FIRST = 192,
	RESOLVE_WINDOW_LEAST = 64,
	RESOLVE_WINDOW_MOST = 1024,
	RESOLVE_WINDOW_SHARERS = 16,       /* more count as so many */
	RESOLVE_WINDOW_HOLD_MS = 200,      /* at least */
	RESOLVE_WINDOW_HOLD_MAX_MS = 1000, /* at most */
	RESOLVE_WINDOW_SILENCE_MS = 1000,
	RESOLVE_WINDOW_TICK_MS = 16,
	RESOLVE_WINDOW_TICKS = 64, /* a power of two; they span more than the longest hold */
};

struct resolve_window {
	unsigned least, most;
	unsigned size;
	unsigned threshold; /* up to it each answer adds one; beyond, each windowful of answers */
	unsigned answers;   /* beyond it, since the last was added */
	bool used_up;       /* somebody had to wait since the last answer that made it grow */
	/* Those that count, by when they were sent. */
	unsigned open;
	uint16_t sent[RESOLVE_WINDOW_TICKS];
	int64_t oldest;   /* the first one that still counts */
	int64_t asked_at; /* of the first question since the last answer; 0: none */
	int64_t left_at;  /* of the last question */
	/* The round: a windowful of questions. */
	unsigned round_sent, round_lost, round_answered;
};

/* As for a server of which nothing is known; 1 to RESOLVE_WINDOW_SHARERS windows share it. */
void resolve_window_init(struct resolve_window *w, unsigned sharers);

/*
 * How many datagrams may leave at now, 0 to RESOLVE_WINDOW_MOST.  hold is how long the
 * server usually takes; it is kept within its limits.  Where it is 0, *when, if it
 * is later, becomes the time at which to ask again; an answer may come before.
 */
unsigned resolve_window_room(struct resolve_window *w, int64_t hold, int64_t now, int64_t *when);

/* n datagrams have left at now. */
void resolve_window_sent(struct resolve_window *w, unsigned n, int64_t now);

/* One that left at sent_at was answered. */
void resolve_window_answered(struct resolve_window *w, int64_t sent_at);

/* One was not answered in time: it, or its answer, may be lost. */
void resolve_window_lost(struct resolve_window *w);

#endif
