/*
 * Message data as it stands on the wire (RFC 5321 section 4.5.2): a dot doubled
 * at the start of a line, and a lone dot at the end.
 *
 * Lines end in CR LF.  A bare CR, a bare LF and a NUL are refused in both
 * directions: where two systems see the end of a line in different places, a
 * message can end early for one of them, and its rest become commands.
 */
#ifndef SMTP_DOTS_H
#define SMTP_DOTS_H

#include "base/buf.h"

/* Where in the data we stand: all that must be remembered between pieces. */
struct smtp_dots {
	bool at_start; /* the next octet is the first of a line */
};

#define SMTP_DOTS_BEGIN ((struct smtp_dots){ .at_start = true })

enum smtp_dots_got {
	SMTP_DOTS_PIECE, /* *piece points into what was read; as long as possible */
	SMTP_DOTS_MORE,  /* nothing can be said yet; at most two octets stay unread */
	SMTP_DOTS_END,   /* the lone dot */
	SMTP_DOTS_BAD,   /* a bare CR, a bare LF or a NUL comes first */
};

/*
 * Read message data off the start of in.  *used is how many octets are dealt
 * with; the rest is to be given again, with what follows it.
 */
enum smtp_dots_got smtp_dots_read(struct smtp_dots *d, struct str in, struct str *piece,
				  size_t *used);

/* Whether message can be sent: no bare CR, bare LF or NUL; the last line may lack its end. */
bool smtp_dots_clean(struct str message);

/*
 * Write message data to out until that holds room octets or *message is used
 * up; what was written is cut off *message.
 */
void smtp_dots_write(struct smtp_dots *d, struct str *message, struct buf *out, size_t room);

/* End the data: the last line, where it lacks its end, and the lone dot. */
void smtp_dots_end(struct smtp_dots *d, struct buf *out);

#endif
