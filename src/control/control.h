/*
 * The control protocol between the commands and the daemon: framing alone.
 *
 * Over a stream socket.  A request is one frame, a JSON object with "command"
 * and arguments; the answer is any number of frames, each a JSON object, the
 * last with "end": true and, where it failed, "error": "in words" and "exit": status.
 * A frame is its length in four octets, big endian, and so many octets.
 */
#ifndef CONTROL_CONTROL_H
#define CONTROL_CONTROL_H

#include "base/buf.h"

#define CONTROL_FRAME_MAX (64u << 20) /* `queue show` holds a message */
#define CONTROL_REQUEST_MAX (64u << 10)

/* Append one frame.  ERR_LIMIT past CONTROL_FRAME_MAX. */
enum err control_write(struct buf *out, struct str body) MUST_USE;

/*
 * One frame off the start of in: *body points into in, *used octets are done
 * with; *used = 0: more input is needed.  ERR_LIMIT past max.
 */
enum err control_read(struct str in, size_t max, struct str *body, size_t *used) MUST_USE;

/* What the last frame of an answer says besides "end": true. */
struct control_last {
	struct str error;      /* where it failed: in words */
	int exit;              /* and the status for the command to exit with */
	struct str remedy;     /* what would do, words behind "signpost"; of .error or .why */
	const uint64_t *count; /* how many messages it touched; NULL: it does not count */
	uint64_t refused;      /* and how many it could not, with why of the first */
	struct str why;
	bool more;       /* there are others: ask again */
	struct str last; /* with more: after that ID */
};

/* Append the last frame of an answer.  Errors are kept in out. */
void control_write_last(struct buf *out, const struct control_last *last);

#endif
