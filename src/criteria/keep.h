/*
 * The fields of a message that its records keep (SPEC section 6, keep-headers): From, To, Cc,
 * Subject, and those that any criterion names.  Pure.
 */
#ifndef CRITERIA_KEEP_H
#define CRITERIA_KEEP_H

#include "criteria/criteria.h"

#define CRITERIA_KEEP_MAX 65536 /* octets, as JSON; of a message with more nothing is kept */

/*
 * Append a JSON array of them: "Subject: text", unfolded, as often as the message has the field;
 * and of a field that it does not have the name alone, "Cc": so that who reads it can tell what
 * the message did not have from what is not kept.  c may be NULL.  message: it, or its head.
 * Nothing is appended where it would be too much.  ERR_NOMEM.
 */
enum err criteria_keep(const struct criteria *c, struct str message, struct buf *out) MUST_USE;

#endif
