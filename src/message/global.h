/*
 * A report of ours in the form for hosts that take internationalized mail (RFC 6533): the part that
 * programs read is message/global-delivery-status, and addresses stand in it as they are.
 *
 * A report is kept in ASCII, which all can read, and is put into this form as it goes.  Only
 * addresses of type utf-8 change, and of these only what people can see: what shows nothing, or
 * turns the line, stays \x{...}, as do the characters that RFC 6533 section 3 wants so.
 */
#ifndef MESSAGE_GLOBAL_H
#define MESSAGE_GLOBAL_H

#include "base/buf.h"

/* Append report so.  False: nothing in it would change, and nothing is appended. */
bool message_global_write(struct buf *out, struct str report);

#endif
