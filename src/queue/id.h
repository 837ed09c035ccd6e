/* The IDs of messages, as numbers and as text. */
#ifndef QUEUE_ID_H
#define QUEUE_ID_H

#include "base/str.h"

/* Queue IDs grow with time and are never used twice.  0 is none. */
typedef uint64_t queue_id;

#define QUEUE_ID_MAX 16

/* Upper-case letters and digits, 11 to 13 of them; sorts as the numbers do. */
struct str queue_id_text(queue_id id, char text[static QUEUE_ID_MAX]);
bool queue_id_read(struct str text, queue_id *id);

#endif
