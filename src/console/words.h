/* What the console says where a request is not done: one line each, and what to do. */
#ifndef CONSOLE_WORDS_H
#define CONSOLE_WORDS_H

#define CONSOLE_WORDS_HOST                                                                         \
	"the Host of the request is not this console's: open it by the address that it printed, "  \
	"or add the name to hosts in its section of the configuration"
#define CONSOLE_WORDS_FRAMED                                                                       \
	"where the request ends is not plain: it wants one Content-Length, or chunked alone"
#define CONSOLE_WORDS_TWICE "the request has more than one Host or Origin"
#define CONSOLE_WORDS_ORIGIN "the request comes from a page of another site"
#define CONSOLE_WORDS_NOBODY "not logged in"
#define CONSOLE_WORDS_ROLE "the role view changes nothing: log in as a user of role admin"
#define CONSOLE_WORDS_SIGNPOST "a request that changes something needs the header X-Signpost: 1"
#define CONSOLE_WORDS_LARGE "the body of the request is too large"
#define CONSOLE_WORDS_METHOD "there is no such method here"
#define CONSOLE_WORDS_NOT_FOUND "there is nothing of that name here"
#define CONSOLE_WORDS_BAD_TARGET "the path or the query of the request cannot be read"
#define CONSOLE_WORDS_BAD_FORM "the form cannot be read"
#define CONSOLE_WORDS_WRONG "Name or password is wrong."
#define CONSOLE_WORDS_OFTEN "Too many wrong passwords: wait a minute."
#define CONSOLE_WORDS_ONCE                                                                         \
	"This address has been used, or is older than a minute: run signpost console login again."
#define CONSOLE_WORDS_BUSY "the console has too much to do: try again in a moment"
#define CONSOLE_WORDS_UNTOLD                                                                       \
	"the file is saved, and the daemon could not be told of it: run signpost reload"
#define CONSOLE_WORDS_NO_MEMORY "the console has no memory for that"

#endif
