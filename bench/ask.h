/*
 * What the clients of bench/stub share: the same options, the same questions,
 * the same line of results.
 *
 * Question i is for the MX records of qNNNNNNN.example, a name of its own, so
 * that nobody is served from a cache.
 */
#ifndef ASK_H
#define ASK_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ASK_NAME_TEXT sizeof("q0000000.example")
#define ASK_NAME_WIRE 18
#define ASK_MX 15

enum ask_mode {
	ASK_PLAIN,  /* each name once */
	ASK_CACHED, /* a few names again and again, from the client's cache */
	ASK_HELD,   /* all at once, of a server that holds its answers back */
	ASK_LOSSY,  /* each name once; which were not answered is printed, a line "lost N" each */
};

struct ask {
	struct sockaddr_in server;
	uint64_t questions;
	uint64_t first;  /* number of the first name */
	unsigned window; /* questions in flight */
	unsigned batch;  /* of the raw client: datagrams a call */
	bool ad;
	bool unread;   /* of c-ares: answers are taken as octets */
	bool uncached; /* of Signpost: answers are not kept */
	enum ask_mode mode;
};

/*
 * -p PORT -n QUESTIONS -f FIRST -w WINDOW -b BATCH -a (ask with AD) -u (unread) -N (uncached) -c
 * (cached) -H (held) -l (lossy)
 */
struct ask ask_options(int argc, char **argv);

/* The name of question i, as text ended by a zero and in wire form. */
void ask_name_text(uint64_t i, char out[static ASK_NAME_TEXT]);
void ask_name_wire(uint64_t i, uint8_t out[static ASK_NAME_WIRE]);

/* A query for name i with an OPT record of 1232 octets; returns its octets. */
#define ASK_QUERY_OCTETS (12 + ASK_NAME_WIRE + 4 + 11)
size_t ask_query(const struct ask *a, uint64_t i, uint8_t out[static ASK_QUERY_OCTETS]);

/* A receive buffer that holds what is in flight; root gets it past the system's maximum. */
void ask_room(int fd);

/* Wall and processor time from begin to end; end prints the one line of results. */
void ask_begin(void);
void ask_end(uint64_t answered, uint64_t bad);

#endif
