/* One connection to a server, as tcp.c uses it. */
#ifndef RESOLVE_STREAM_PRIV_H
#define RESOLVE_STREAM_PRIV_H

#include "resolve/core_priv.h"
#include "resolve/frame.h"
#include "resolve/pipe.h"

struct resolve_connection {
	struct list at; /* in its server's connections; closed: in r->closing */
	struct resolve *r;
	const struct resolve_stream_owner *owner;
	unsigned server;
	uint64_t serial;
	struct resolve_pipe pipe;
	struct resolve_frame frame;
	struct buf out;      /* questions, framed, not yet given to the pipe */
	struct list flights; /* that somebody waits for */
	struct list late;    /* of which no answer came in time; their IDs are in use */
	unsigned n;          /* flights, late ones too */
	unsigned n_late;     /* that ever were */
	unsigned answers;
	int64_t heard_at; /* when the last answer came, or it was made */
	int64_t idle_ms;  /* how long it is kept without a question */
	bool retired;     /* takes no new questions; closed when nothing is in flight */
	bool opened;      /* once */
	bool closed;
	struct resolve_timer idle;
};

/* Why a connection ends decides what becomes of what is in flight. */
enum resolve_stream_end {
	RESOLVE_STREAM_CLOSED, /* as any server may: sent again on another connection */
	RESOLVE_STREAM_WRONG,  /* likewise, and it tells against the server */
	RESOLVE_STREAM_FAILED, /* the server cannot be had: it has lost them */
};

enum resolve_stream_turn {
	RESOLVE_STREAM_TURN_FIRST, /* an attempt */
	RESOLVE_STREAM_TURN_AGAIN, /* the same attempt: its connection ended */
	RESOLVE_STREAM_TURN_LAST,  /* likewise, but not once more */
};

/* What a connection tells who made it. */
struct resolve_stream_owner {
	/* It is over; what was in flight is sent anew, or lost, behind that. */
	void (*over)(struct resolve_connection *c, enum resolve_stream_end how, struct str why);
	void (*again)(struct resolve_link *link, enum resolve_stream_turn turn);
};

/* Begin to connect.  NULL: none can be had. */
struct resolve_connection *resolve_stream_new(struct resolve *r, unsigned server,
					      const struct resolve_stream_owner *owner);

/* Whether it takes one more question. */
bool resolve_stream_room(const struct resolve_connection *c);

/* The link's question, to leave with the next flush.  NULL: out of memory. */
struct resolve_flight *resolve_stream_add(struct resolve_connection *c, struct resolve_link *link);

/* False: too much is waiting already, or out of memory. */
bool resolve_stream_sound(const struct resolve_connection *c);

void resolve_stream_flush(struct resolve_connection *c);

/* why is a constant. */
void resolve_stream_end(struct resolve_connection *c, enum resolve_stream_end how, struct str why);

/* As in channel.h. */
void resolve_stream_late(struct resolve_flight *f);
void resolve_stream_gone(struct resolve_flight *f);
void resolve_stream_keepalive(struct resolve_flight *f, int time_100ms);

#endif
