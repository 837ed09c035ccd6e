/*
 * All that whoever asks the daemon is told where it cannot be done, in one place: what is
 * wrong, and what to do.  What a reload refuses, and what the store does, comes with words
 * of its own.
 */
#ifndef ADMIN_WORDS_H
#define ADMIN_WORDS_H

#define ADMIN_NO_MESSAGE "no such message in the queue: %.*s"
#define ADMIN_NO_MEMORY "the daemon is out of memory: try again, or raise what its service may have"
#define ADMIN_STOPPING "the daemon is stopping: try again when it runs"
#define ADMIN_NOT_READ "the queue cannot be read: see that its disk is well and has room"
#define ADMIN_NOT_WRITTEN "the queue cannot be written: see that its disk is well and has room"

/* To programs, and to commands of another version. */
#define ADMIN_UNKNOWN "the daemon does not know this command: restart it, if it is older"
#define ADMIN_NO_OBJECT "the request is not a JSON object"
#define ADMIN_BAD_ROLE "\"role\" is not known: write view or admin"
#define ADMIN_LOOKS "this conversation is of role view: it changes nothing"
#define ADMIN_BAD_AFTER "\"after\" is not a queue ID"
#define ADMIN_BAD_WHICH                                                                            \
	"name messages by one of \"id\", \"ids\" and \"all\": true, and by no filter: queue-list " \
	"finds IDs"
#define ADMIN_BAD_IDS "\"ids\" is no list of up to 256 queue IDs"
#define ADMIN_BAD_FILTER                                                                           \
	"a filter is text that is not empty, and \"older_ms\" is a number from 0 on"
#define ADMIN_BAD_ADDRESS "an address is longer than any can be"
#define ADMIN_BAD_STATUS "status is longer than any can be: write one like 4.7.1, 4.7 or 4"
#define ADMIN_BAD_TEXT "text is longer than 1023 octets: write a part of it"
#define ADMIN_BAD_STATE "state is not known: write active, deferred, held or failed"

#endif
