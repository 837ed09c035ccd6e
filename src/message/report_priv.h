/*
 * What the parts of a report share.
 */
#ifndef MESSAGE_REPORT_PRIV_H
#define MESSAGE_REPORT_PRIV_H

#include "message/line.h"
#include "message/report.h"

#define MESSAGE_ADDRESS_OCTETS 512 /* an address is not folded: what is longer is cut off */

/* Append an address or host name so that it stays on its line; white space in it counts. */
void message_report_address(struct buf *out, struct str s, enum message_line_charset charset);

/* UTF-8 where the delivery-status part of the report needs it (RFC 6533 section 4). */
enum message_line_charset message_report_charset(const struct message_report *r);

/* Append the body of the delivery-status part. */
void message_report_status(struct buf *out, const struct message_report *r);

#endif
