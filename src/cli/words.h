/*
 * What commands say on standard error of what several of them, or several places of one, can meet:
 * what is wrong, where, and what to do.  What one place alone says stands there.
 */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#define CLI_WORDS_NO_WORDS "it takes no words: leave them out"
#define CLI_WORDS_NO_MEMORY "out of memory: try again, or raise what this user may have"
#define CLI_WORDS_NOT_WRITTEN /* file, why */                                                      \
	"cannot write %s: %s: see to it that this user may, or name another in dnssec { criteria " \
	"}"
#define CLI_WORDS_NO_LOGS /* directory, why */                                                     \
	"cannot read the logs in %s: %s: they are where log-directory says, for the daemon's "     \
	"user "                                                                                    \
	"and group to read"
#define CLI_WORDS_MANY_SERVERS "more than %d servers: leave some out"

/* Of what this host has too little. */
#define CLI_WORDS_NO_RESOLVER                                                                      \
	"no resolver can be made: %s: try again when this host has descriptors and memory"
#define CLI_WORDS_NO_ASKING                                                                        \
	"the servers cannot be asked: %s: try again when this host has descriptors and memory"
#define CLI_WORDS_NO_LOOP                                                                          \
	"the event loop failed: %s: try again when this host has descriptors and memory"

/* Of the daemon. */
#define CLI_WORDS_ABSENT /* socket, why */                                                         \
	"the daemon is not there: %s: %s: start it (signpost serve), or name its configuration "   \
	"by "                                                                                      \
	"-c"
#define CLI_WORDS_NO_RIGHT /* socket, why */                                                       \
	"no right to ask the daemon: %s: %s: be root, its user, or in the socket's group "         \
	"(control "                                                                                \
	"{ group = ... })"
#define CLI_WORDS_DEAF "the daemon does not listen: %s: why is in its log"
#define CLI_WORDS_SILENT /* seconds */                                                             \
	"the daemon does not answer within %lld s: it is stopped, or busy beyond measure: see "    \
	"what "                                                                                    \
	"it does, and its log"
#define CLI_WORDS_GONE "the daemon is gone: %s: why is in its log"
#define CLI_WORDS_ENDED "the daemon ended the conversation: why is in its log"
#define CLI_WORDS_LONG_REQUEST "the request is too long: choose by a shorter text"
#define CLI_WORDS_LONG_ANSWER                                                                      \
	"the daemon's answer is too long: restart it, if it is of another version"
#define CLI_WORDS_ANOTHER "what answers is not the daemon: check control { socket = ... }"

#endif
