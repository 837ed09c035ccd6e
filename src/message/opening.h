/*
 * How a message as it came is put behind header fields of our own.
 *
 * Most begin with a field, and follow as they are.  One that begins with white
 * space has no header, and its first line would continue our last field: an empty
 * line goes between.  The "From " line that mailboxes have before a message is
 * no field; it becomes the field X-Mailbox-Line, so that the header goes on
 * behind it.  Other lines that are no field are left as they are.
 */
#ifndef MESSAGE_OPENING_H
#define MESSAGE_OPENING_H

#include "base/buf.h"

/*
 * message is own octets of header fields of ours, then the message as it came; what
 * has to stand between is put there.  Returns how many octets that were; where
 * there is no room for them, message has its error.
 */
size_t message_opening_mend(struct buf *message, size_t own);

#endif
