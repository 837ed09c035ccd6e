/*
 * libsignpost-dns: authenticated answers from the DNS.
 *
 * For programs that act on what the DNS says only where it is proved: DANE,
 * mail, SSHFP.  The library is a security-aware stub resolver (RFC 4033 section
 * 2, RFC 4035 section 4.9).  It does not validate signatures; it asks a
 * recursive server that does, and believes its word (the AD bit, RFC 6840
 * section 5.8) where nobody between can have changed it: on loopback, behind TLS
 * whose certificate was verified, behind TSIG, or on the administrator's word.
 * What that came to is the status of each answer.  The bit itself is not shown.
 *
 * A program with nothing else to do:
 *
 *	struct signpost_dns *d = signpost_dns_new(NULL);
 *	struct signpost_dns_answer *a = NULL;
 *	if (signpost_dns_lookup(d, "example.org", SIGNPOST_DNS_TYPE_MX, 0, &a) == SIGNPOST_DNS_OK &&
 *	    signpost_dns_answer_status(a) == SIGNPOST_DNS_SECURE)
 *		...
 *	signpost_dns_answer_free(&a);
 *	signpost_dns_free(&d);
 *
 * A program with an event loop gives a table of functions to signpost_dns_new()
 * (for libevent: <signpost/dns-libevent.h>), or polls by itself with
 * signpost_dns_poll_fds(); it asks with signpost_dns_ask() and is called back.
 *
 * What is true of all functions:
 *
 * Threads     A context belongs to one thread at a time; there is no lock, and no
 *             global state, so contexts in several threads do not meet.  An answer
 *             never changes: a copy of one may be read anywhere, at any time, also
 *             after its context is gone.
 * Callbacks   come from the loop alone, never from inside another function of the
 *             library.  A callback may ask, cancel, and free the context.
 * Errors      An enum signpost_dns_error says what went wrong here;
 *             signpost_dns_reason() has it in words.  Outputs are written only with
 *             SIGNPOST_DNS_OK.  What the DNS says, NXDOMAIN or bogus or that nobody
 *             answers, is no error but an answer.
 * Process     Nothing is printed, logged, or read from the environment (but for
 *             what OpenSSL reads, where TLS is used); no signal, no SIGPIPE, no
 *             exit; no thread or process is started.  No function
 *             here changes errno.  The process is ended in one case only, by
 *             abort(): where the kernel has no random numbers.
 * fork        Descriptors are close-on-exec.  After fork() the child must leave its
 *             parent's contexts alone, and not free them either: they share
 *             connections.  It makes its own.
 * Ownership   Whatever is passed in is copied before the function returns, but for
 *             what says otherwise.  *_free() takes the address of a pointer, which
 *             it sets to NULL; a pointer to NULL is fine.  Other pointers must not
 *             be NULL where it is not said that they may.
 * Growth      Structs that may grow begin with their size, to be set to sizeof by
 *             the program: fields that a program does not know of are as if zero,
 *             and fields that the library does not know of are refused where they
 *             are not zero.  Enums may get more values: have a default.
 */
#ifndef SIGNPOST_DNS_H
#define SIGNPOST_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#define SIGNPOST_DNS_MUST_USE __attribute__((warn_unused_result))
#else
#define SIGNPOST_DNS_MUST_USE
#endif

/* The version of the library that runs, "0.1.0". */
const char *signpost_dns_version(void);

/* What went wrong in this process. */
enum signpost_dns_error {
	SIGNPOST_DNS_OK = 0,
	SIGNPOST_DNS_ERR_SYNTAX = 1,      /* a text or value is not of the form it must have */
	SIGNPOST_DNS_ERR_LIMIT = 2,       /* well formed, but more than there may be */
	SIGNPOST_DNS_ERR_MEMORY = 3,      /* out of memory */
	SIGNPOST_DNS_ERR_SYSTEM = 4,      /* a file cannot be read, or there is no socket */
	SIGNPOST_DNS_ERR_MISUSE = 5,      /* not a call to make on this context, or not now */
	SIGNPOST_DNS_ERR_UNSUPPORTED = 6, /* not built into this library, or too new for it */
};

/* "out of memory"; never NULL. */
const char *signpost_dns_error_text(enum signpost_dns_error error);

/*
 * Names
 *
 * Inside they are what the wire has.  Text is in UTF-8 or ASCII, always absolute,
 * with or without the final dot: there are no search lists, and no hosts file.
 */

/*
 * A domain name, uncompressed (RFC 1035 section 3.1): wire[0] up to wire[octets - 1],
 * the last of them the root's zero.  octets is 1 to 255; 0 is no name.
 */
struct signpost_dns_name {
	uint8_t octets;
	uint8_t wire[255];
};

#define SIGNPOST_DNS_NAME_ROOM 1024 /* octets for any name as text, its NUL included */

/*
 * A name from text.  What is not ASCII is mapped by IDNA 2008 (UTS 46,
 * non-transitional): "bücher.example" is "xn--bcher-kva.example".  ASCII is taken
 * as it is, with the escapes \. and \DDD (RFC 1035 section 5.1); "." is the root.
 * ERR_SYNTAX, ERR_LIMIT (a label of more than 63 octets, a name of more than 255),
 * ERR_MEMORY.
 */
enum signpost_dns_error
signpost_dns_name_read(const char *text, struct signpost_dns_name *name) SIGNPOST_DNS_MUST_USE;

/*
 * The name in text, with its final dot; all but printable ASCII is escaped.  to has
 * room for SIGNPOST_DNS_NAME_ROOM octets, and is returned.
 */
char *signpost_dns_name_text(const struct signpost_dns_name *name, char *to);

/* The same with U-labels where a label has such a form (RFC 5890), for people to read. */
char *signpost_dns_name_unicode(const struct signpost_dns_name *name, char *to);

/* Whether they are the same name: ASCII letters of either case are (RFC 4343). */
bool signpost_dns_name_equal(const struct signpost_dns_name *a, const struct signpost_dns_name *b);

/* Internet addresses. */
struct signpost_dns_address {
	uint8_t family;     /* 4 or 6; 0 is none */
	uint8_t octets[16]; /* in network order; 4 of them or all */
};

#define SIGNPOST_DNS_ADDRESS_ROOM 64 /* octets for any address as text, its NUL included */

/* "192.0.2.1", "2001:db8::1" (RFC 5952).  to has SIGNPOST_DNS_ADDRESS_ROOM octets; is returned. */
char *signpost_dns_address_text(const struct signpost_dns_address *address, char *to);

/* The name at which an address has its PTR records: "1.2.0.192.in-addr.arpa."; octets 0 of none. */
struct signpost_dns_name signpost_dns_address_name(const struct signpost_dns_address *address);

/* Types of records; all others are asked for and read by their number. */
enum {
	SIGNPOST_DNS_TYPE_A = 1,
	SIGNPOST_DNS_TYPE_NS = 2,
	SIGNPOST_DNS_TYPE_CNAME = 5,
	SIGNPOST_DNS_TYPE_SOA = 6,
	SIGNPOST_DNS_TYPE_PTR = 12,
	SIGNPOST_DNS_TYPE_MX = 15,
	SIGNPOST_DNS_TYPE_TXT = 16,
	SIGNPOST_DNS_TYPE_AAAA = 28,
	SIGNPOST_DNS_TYPE_SRV = 33,
	SIGNPOST_DNS_TYPE_DNAME = 39,
	SIGNPOST_DNS_TYPE_SSHFP = 44,
	SIGNPOST_DNS_TYPE_TLSA = 52,
};

#define SIGNPOST_DNS_TYPE_ROOM 16 /* octets for any type or rcode as text, its NUL included */

/* "MX", or "TYPE4711" (RFC 3597).  to has SIGNPOST_DNS_TYPE_ROOM octets; it is returned. */
char *signpost_dns_type_text(uint16_t type, char *to);

/* Either form, in any case; false where it is none. */
bool signpost_dns_type_read(const char *text, uint16_t *type);

/* "NXDOMAIN", or "RCODE17".  to has SIGNPOST_DNS_TYPE_ROOM octets; it is returned. */
char *signpost_dns_rcode_text(unsigned rcode, char *to);

/*
 * The context: servers, cache, and the questions that are open.
 */

struct signpost_dns;

#define SIGNPOST_DNS_READ 1u
#define SIGNPOST_DNS_WRITE 2u

/*
 * What is asked of the caller's event loop.  All calls are made, and all
 * functions that are handed over must be called, on the context's thread, and the
 * latter not from inside a function of this table.  Either may call anything in it,
 * also to drop the very watch or timer that is being served.
 */
struct signpost_dns_loop {
	size_t size; /* sizeof(struct signpost_dns_loop) */
	void *loop;  /* passed back in each call */

	/* Monotonic milliseconds.  NULL: signpost_dns_now(). */
	int64_t (*now)(void *loop);

	/*
	 * Call ready(arg, events) whenever fd is ready for one of events
	 * (SIGNPOST_DNS_READ, SIGNPOST_DNS_WRITE; 0 is none for the moment).  An error
	 * or a hang-up is readiness for all that is waited for.  Returns what names the watch; NULL
	 * when out of memory.
	 */
	void *(*watch)(void *loop, int fd, unsigned events,
		       void (*ready)(void *arg, unsigned events), void *arg);
	void (*rewatch)(void *loop, void *watch, unsigned events);
	void (*unwatch)(void *loop, void *watch); /* called before the descriptor is closed */

	/* A timer, not yet set.  NULL when out of memory. */
	void *(*timer)(void *loop, void (*fire)(void *arg), void *arg);

	/* Fire once, at that time of now(); a time that has passed: in the next turn, not now. */
	void (*set)(void *loop, void *timer, int64_t at_ms);
	void (*unset)(void *loop, void *timer);
	void (*untimer)(void *loop, void *timer); /* unset and free */
};

/* The clock of a table without one: milliseconds that never go back (CLOCK_MONOTONIC). */
int64_t signpost_dns_now(void);

/*
 * A context on the caller's loop; the table is copied, and what it leads to must
 * outlive the context.  loop NULL: the context is driven by signpost_dns_lookup(),
 * signpost_dns_wait(), or signpost_dns_poll_fds() with signpost_dns_poll_done().
 * NULL: out of memory, or a table that is not whole.
 */
struct signpost_dns *signpost_dns_new(const struct signpost_dns_loop *loop) SIGNPOST_DNS_MUST_USE;

/* Open questions are forgotten without a callback.  Legal inside a callback. */
void signpost_dns_free(struct signpost_dns **d);

/*
 * Why the last function that failed on d did so, in one line: "server 192.0.2.1:
 * pin 2: not the base64 of 32 octets".  Never NULL; it is good until the next
 * function that fails on d.
 */
const char *signpost_dns_reason(const struct signpost_dns *d);

/* The way to a server. */
enum signpost_dns_channel {
	SIGNPOST_DNS_UDP = 0, /* TCP where an answer was cut short; port 53 */
	SIGNPOST_DNS_TCP = 1, /* RFC 7766; port 53 */
	SIGNPOST_DNS_TLS = 2, /* RFC 7858; port 853 */
	/*
	 * A validator in this process: libunbound.  Where it was not built in there is no
	 * answer by this channel, and the reason says so.
	 */
	SIGNPOST_DNS_EMBEDDED = 3,
};

/* Whether to believe what a server says of authenticity. */
enum signpost_dns_trust {
	/*
	 * Where nobody on the way can change it: UDP or TCP on loopback, TLS with a
	 * name or pin that was verified, TSIG, the validator inside.
	 */
	SIGNPOST_DNS_TRUST_AUTO = 0,
	SIGNPOST_DNS_TRUST_ALWAYS = 1, /* the administrator knows the network to be safe */
	SIGNPOST_DNS_TRUST_NEVER = 2,
};

/* A recursive server.  Zero and NULL are the usual thing. */
struct signpost_dns_server {
	size_t size; /* sizeof(struct signpost_dns_server) */
	const char
		*address; /* "192.0.2.1", "192.0.2.1:5353", "[2001:db8::1]:53"; not for EMBEDDED */
	enum signpost_dns_channel channel;
	enum signpost_dns_trust trust;
	unsigned timeout_ms; /* for one attempt; 0: 2000 */
	unsigned attempts;   /* at this server before another is asked; 0: 2 */
	unsigned mix_case;   /* UDP, not trusted.  1: letters in random case, a forger must guess */

	/*
	 * TLS, strict profile (RFC 8310): whatever is given must hold before a question
	 * is sent.  Neither name nor pin: encrypted, and not trusted.
	 */
	const char *tls_name;        /* that its certificate must have; NULL: none */
	const char *const *tls_pins; /* base64 of SHA-256 of a SubjectPublicKeyInfo, RFC 7858 4.2 */
	size_t tls_pin_count;        /* up to 8; one that fits is enough */
	const char *tls_ca_file;     /* PEM, in place of the system's authorities; NULL: those */

	/* UDP and TCP: "name:hmac-sha256:secret in base64", also -sha384, -sha512 (RFC 8945). */
	const char *tsig;

	/* EMBEDDED. */
	const char *trust_anchor_file; /* NULL: Debian's /usr/share/dns/root.key */
	const char *const *forward;    /* addresses to ask; none: recurse from the root */
	size_t forward_count;          /* up to 8 */
};

/*
 * Add a server.  Servers are tried in the order in which they were added; where
 * any is trusted, those that are not are never asked.  ERR_SYNTAX, ERR_LIMIT (16
 * servers), ERR_MEMORY, ERR_UNSUPPORTED; ERR_MISUSE once d has started.
 */
enum signpost_dns_error
signpost_dns_add_server(struct signpost_dns *d,
			const struct signpost_dns_server *server) SIGNPOST_DNS_MUST_USE;

/*
 * Add the servers of a resolv.conf(5) with its options timeout, attempts, rotate and
 * trust-ad; where d has no others, the file is followed when it changes.  path NULL:
 * /etc/resolv.conf.  No such file, or no nameserver line in it: 127.0.0.1.  A context to
 * which nothing was added begins with signpost_dns_add_system(d, NULL).  ERR_SYNTAX: it
 * has lines, none of which gives a server that can be read.  ERR_SYSTEM, ERR_LIMIT, ERR_MEMORY;
 * ERR_MISUSE once d has started.
 */
enum signpost_dns_error signpost_dns_add_system(struct signpost_dns *d,
						const char *path) SIGNPOST_DNS_MUST_USE;

/* What became of one message on the wire, or of a question to the validator in this process. */
enum signpost_dns_fate {
	SIGNPOST_DNS_SENT = 0,
	SIGNPOST_DNS_ACCEPTED = 1, /* it answers the question, or says how to ask it again */
	SIGNPOST_DNS_IGNORED = 2,  /* it failed a check, and the wait goes on */
	SIGNPOST_DNS_BROKEN = 3,   /* a connection was closed, refused, or not authenticated */
};

/* Everything in it is gone when the function returns that is told of it. */
struct signpost_dns_event {
	size_t size; /* of the library's struct: later fields may be there or not */
	enum signpost_dns_fate fate;
	const char *server;    /* "127.0.0.1:53" */
	const char *channel;   /* "udp", "tcp", "tls", "embedded" */
	const char *why;       /* IGNORED, BROKEN: in words; else what is special, or "" */
	const uint8_t *octets; /* the message, without what frames it; BROKEN: none */
	size_t octet_count;
	const struct signpost_dns_name *name; /* of the question; NULL where there is none */
	uint16_t type;
};

struct signpost_dns_options {
	size_t size;         /* sizeof(struct signpost_dns_options) */
	size_t cache_octets; /* that the cache may take; 0: 16 MiB */
	int64_t deadline_ms; /* for a question; 0: what servers, timeouts and attempts add up to */
	unsigned rotate;     /* 1: begin at another server each time */
	unsigned with_do;    /* 1: DO in all questions, so that signatures are shown */
	/*
	 * The probe asks a server whether it validates (SIGNPOST_DNS_PROBED): it must
	 * authenticate the first of these; and, where given, deny the second, a name
	 * that is not there in a signed zone, with authentication; and answer the third,
	 * a name whose signatures are wrong, with SERVFAIL.
	 */
	const char *probe_name; /* NULL: com. */
	uint16_t probe_type;    /* 0: NS */
	const char *probe_denial, *probe_bogus;
	/* Told of each message; it must not call the library.  NULL: none. */
	void (*trace)(void *arg, const struct signpost_dns_event *event);
	void *trace_arg;
};

/* ERR_SYNTAX, ERR_LIMIT, ERR_MEMORY, ERR_UNSUPPORTED; ERR_MISUSE once d has started. */
enum signpost_dns_error
signpost_dns_set_options(struct signpost_dns *d,
			 const struct signpost_dns_options *options) SIGNPOST_DNS_MUST_USE;

/*
 * Open what is needed to ask.  The first question does so by itself; a program that
 * wants to know early whether it can, or must do so before it gives up rights, calls
 * this.  Starting twice is fine.  ERR_MEMORY, ERR_SYSTEM, and as
 * signpost_dns_add_system() where no server was added.
 */
enum signpost_dns_error signpost_dns_start(struct signpost_dns *d) SIGNPOST_DNS_MUST_USE;

/*
 * Questions
 *
 * Equal questions are asked once, answers are kept as long as they are good
 * (RFC 2308, RFC 9520), and chains of CNAME and DNAME are followed to a bound.
 */

#define SIGNPOST_DNS_NO_CHASE                                                                      \
	1u /* the first step of a chain alone: the status of an alias itself */
#define SIGNPOST_DNS_NO_CACHE 2u /* neither look in the cache nor keep the answer there */
#define SIGNPOST_DNS_DO 4u       /* with DO: RRSIG and the like are shown where asked for */
#define SIGNPOST_DNS_NO_AD 8u    /* authenticity is of no interest: the answer is never SECURE */
/*
 * Wait until it is known whether the server that answered validates at all, so
 * that "not signed" can be told from "nobody looked": signpost_dns_answer_probe() is
 * then VALIDATES or FAILS where the channel is trusted and there is an answer.
 * One probe serves for at most 60 seconds.
 */
#define SIGNPOST_DNS_PROBED 16u

struct signpost_dns_answer;

/* The answer is the library's and gone when this returns: signpost_dns_answer_copy(). */
typedef void signpost_dns_done(void *arg, uint64_t id, const struct signpost_dns_answer *answer);

struct signpost_dns_question {
	size_t size;                             /* sizeof(struct signpost_dns_question) */
	const char *name;                        /* as signpost_dns_name_read() has it */
	const struct signpost_dns_name *name_at; /* where name is NULL: the name itself */
	uint16_t type;
	unsigned flags;      /* any of the above */
	int64_t deadline_ms; /* from now; 0: that of the options */
};

/*
 * Ask.  *id, where id is not NULL, is never 0, and never used again in this context;
 * done will be called once with it, later, from the loop, unless the question is
 * cancelled or the context freed.  ERR_SYNTAX and ERR_LIMIT (the name), ERR_MEMORY,
 * ERR_UNSUPPORTED (an unknown flag), and as signpost_dns_start(): then done is not
 * called.
 */
enum signpost_dns_error signpost_dns_ask(struct signpost_dns *d,
					 const struct signpost_dns_question *question,
					 signpost_dns_done *done, void *arg,
					 uint64_t *id) SIGNPOST_DNS_MUST_USE;

/* No callback will come for id.  An id that is gone, or 0, is fine.  Legal anywhere. */
void signpost_dns_cancel(struct signpost_dns *d, uint64_t id);

/* Questions asked, and neither answered nor cancelled. */
size_t signpost_dns_open_questions(const struct signpost_dns *d);

/*
 * Ask and wait.  *answer is the caller's, to be freed with signpost_dns_answer_free().
 * Callbacks of other questions may come meanwhile.  Errors as signpost_dns_ask();
 * ERR_MISUSE on a context with a loop of the caller's, inside a callback, and where
 * a callback freed the context: d is gone then.
 */
enum signpost_dns_error
signpost_dns_lookup(struct signpost_dns *d, const char *name, uint16_t type, unsigned flags,
		    struct signpost_dns_answer **answer) SIGNPOST_DNS_MUST_USE;

/*
 * Contexts without a table: one turn of their own loop.  Wait for at most timeout_ms,
 * or until something happens where it is negative; call back.  Not at all where no
 * question is open.  A signal does not end the wait.  Returns the number of open
 * questions, so that all are answered after
 *
 *	while (signpost_dns_wait(d, -1) > 0)
 *		;
 *
 * 0 also on a context with a loop of the caller's, inside a callback, and where a
 * callback freed d.
 */
size_t signpost_dns_wait(struct signpost_dns *d, int timeout_ms);

/*
 * Contexts without a table, in a program that calls poll(2) itself:
 *
 *	n = signpost_dns_poll_fds(d, fds, room, &timeout_ms);
 *	poll(fds, n, timeout_ms);
 *	signpost_dns_poll_done(d, fds, n);
 *
 * Writes what is to be waited for, as far as there is room, and for how long (-1:
 * without end).  Returns how many entries there are: where that is more than room,
 * get more room and call again.  fds of other things may stand before or after.
 */
struct pollfd;
size_t signpost_dns_poll_fds(struct signpost_dns *d, struct pollfd *fds, size_t room,
			     int *timeout_ms);

/*
 * Serve what poll() found, and what is due by the clock: n may be 0.  Descriptors that
 * are not the context's are passed over.  Callbacks come from here.
 */
void signpost_dns_poll_done(struct signpost_dns *d, const struct pollfd *fds, size_t n);

/*
 * Drop what the cache holds for a name, or all where name is NULL.  The validator in this
 * process forgets all it knows, whatever the name.  ERR_SYNTAX, ERR_LIMIT, ERR_MEMORY.
 */
enum signpost_dns_error signpost_dns_flush(struct signpost_dns *d, const char *name);

/* Forget all probes: the next answer that needs one probes anew.  For a change of network. */
void signpost_dns_reprobe(struct signpost_dns *d);

struct signpost_dns_counters {
	size_t size;         /* sizeof(struct signpost_dns_counters) */
	uint64_t asked;      /* questions */
	uint64_t hits;       /* found in the cache; each step of a chain counts by itself */
	uint64_t misses;     /* not found there */
	uint64_t joined;     /* to an equal one that was open */
	uint64_t sent;       /* messages */
	uint64_t evictions;  /* out of the cache for want of room */
	uint64_t prefetches; /* asked again before they ended, as they are asked often */
	size_t cache_octets, cache_entries;
	size_t in_flight; /* questions on the wire */
};

/* counters->size is set by the caller; as much as it holds is written. */
void signpost_dns_get_counters(const struct signpost_dns *d,
			       struct signpost_dns_counters *counters);

/* Why a channel is trusted. */
enum signpost_dns_trusted {
	SIGNPOST_DNS_TRUSTED_NOT = 0,
	SIGNPOST_DNS_TRUSTED_STATED = 1, /* SIGNPOST_DNS_TRUST_ALWAYS, or trust-ad in resolv.conf */
	SIGNPOST_DNS_TRUSTED_LOOPBACK = 2,
	SIGNPOST_DNS_TRUSTED_TLS = 3,
	SIGNPOST_DNS_TRUSTED_TSIG = 4,
	SIGNPOST_DNS_TRUSTED_EMBEDDED = 5,
};

/* Whether a server is known to validate. */
enum signpost_dns_probe {
	SIGNPOST_DNS_PROBE_UNKNOWN = 0,   /* not probed, or not asked to be */
	SIGNPOST_DNS_PROBE_VALIDATES = 1, /* it authenticates a name known to be signed */
	SIGNPOST_DNS_PROBE_FAILS = 2,     /* it does not, or gave no answer that shows it */
};

struct signpost_dns_server_state {
	size_t size; /* sizeof(struct signpost_dns_server_state) */
	const char *server;
	const char *channel;
	enum signpost_dns_trusted trusted;
	const char *trust_reason;
	enum signpost_dns_probe probe;
	const char *probe_reason;
	unsigned answering; /* 0 while it is left alone because it did not answer */
	int64_t rtt_us;     /* smoothed; 0: not known yet */
	uint64_t questions; /* sent */
	uint64_t answers;   /* accepted */
	uint64_t dropped;   /* datagrams that failed a check */
	uint64_t timeouts;
};

/*
 * Server i as it stands; false past the last, and before d has started.  state->size is
 * set by the caller.  The texts are good until the next function on d.
 */
bool signpost_dns_get_server_state(struct signpost_dns *d, size_t i,
				   struct signpost_dns_server_state *state);

/*
 * Answers
 *
 * Texts that are returned live as long as the answer, are one line each, and never
 * NULL.  What a peer wrote is escaped in them, so that it is safe to show.
 */

/* A copy that is the caller's, from an answer of any kind; NULL when out of memory. */
struct signpost_dns_answer *
signpost_dns_answer_copy(const struct signpost_dns_answer *a) SIGNPOST_DNS_MUST_USE;

/* For answers that the caller owns. */
void signpost_dns_answer_free(struct signpost_dns_answer **a);

/*
 * How far every datum of an answer can be relied on, the denial of one too (RFC 4033
 * section 5).  A chain of aliases is as good as its weakest link.
 */
enum signpost_dns_status {
	/* Not known: the channel is not trusted, or there is no usable answer. */
	SIGNPOST_DNS_INDETERMINATE = 0,
	/* The server, on a trusted channel, does not authenticate it: as a rule, not signed. */
	SIGNPOST_DNS_INSECURE = 1,
	/* The server, on whatever channel, says that validation failed (RFC 8914); no data. */
	SIGNPOST_DNS_BOGUS = 2,
	/* Authenticated, by a server and over a channel that are trusted. */
	SIGNPOST_DNS_SECURE = 3,
};

/* The only status to act on as if it were proved is SIGNPOST_DNS_SECURE. */
enum signpost_dns_status signpost_dns_answer_status(const struct signpost_dns_answer *a);

/* "secure", "insecure", "bogus", "indeterminate". */
const char *signpost_dns_status_text(enum signpost_dns_status status);

/* What an answer says. */
enum signpost_dns_outcome {
	SIGNPOST_DNS_NO_ANSWER = 0, /* no server gave a usable answer in time */
	SIGNPOST_DNS_DATA = 1,      /* records of the type asked for */
	SIGNPOST_DNS_NODATA = 2,    /* the name is there, the type is not (RFC 2308) */
	SIGNPOST_DNS_NO_NAME = 3,   /* NXDOMAIN, of the name at the chain's end (RFC 6604) */
	SIGNPOST_DNS_FAILED = 4,    /* another rcode: SERVFAIL, REFUSED */
	SIGNPOST_DNS_LOOP = 5,      /* aliases that lead nowhere, or too far */
};
enum signpost_dns_outcome signpost_dns_answer_outcome(const struct signpost_dns_answer *a);

/* "data", "nodata", "no name", "failed", "no answer", "loop". */
const char *signpost_dns_outcome_text(enum signpost_dns_outcome outcome);

/* The response code (RFC 6895); 0 where there was no answer. */
unsigned signpost_dns_answer_rcode(const struct signpost_dns_answer *a);

/*
 * What stands behind outcome and status, in one line for people: "authenticated by
 * 127.0.0.1:53 over udp, trusted: loopback".
 */
const char *signpost_dns_answer_why(const struct signpost_dns_answer *a);

/* The name as asked, the one at the end of the chain, and the type asked for. */
const struct signpost_dns_name *signpost_dns_answer_name(const struct signpost_dns_answer *a);
const struct signpost_dns_name *signpost_dns_answer_final(const struct signpost_dns_answer *a);
uint16_t signpost_dns_answer_type(const struct signpost_dns_answer *a);

/* "127.0.0.1:53", and "udp", "tcp", "tls" or "embedded"; "" where no server answered. */
const char *signpost_dns_answer_server(const struct signpost_dns_answer *a);
const char *signpost_dns_answer_channel(const struct signpost_dns_answer *a);

/*
 * Whether and why that channel is trusted; the reason in words, also why not.  Where no server
 * answered, and none that could have is to be believed, this or the next tells why, of the first.
 */
enum signpost_dns_trusted signpost_dns_answer_trusted(const struct signpost_dns_answer *a);
const char *signpost_dns_answer_trust_reason(const struct signpost_dns_answer *a);

/* Whether that server validates; the reason is "" when all is well. */
enum signpost_dns_probe signpost_dns_answer_probe(const struct signpost_dns_answer *a);
const char *signpost_dns_answer_probe_reason(const struct signpost_dns_answer *a);

/* Seconds for which the answer was good when it came. */
uint32_t signpost_dns_answer_ttl(const struct signpost_dns_answer *a);

/* From question to answer in microseconds; 0 from the cache. */
int64_t signpost_dns_answer_elapsed(const struct signpost_dns_answer *a);
bool signpost_dns_answer_cached(const struct signpost_dns_answer *a);

/* Extended errors (RFC 8914): how many (4 at most), codes, and the text of the first with one. */
size_t signpost_dns_answer_error_count(const struct signpost_dns_answer *a);
uint16_t signpost_dns_answer_error_code(const struct signpost_dns_answer *a, size_t i);
const char *signpost_dns_answer_error_extra(const struct signpost_dns_answer *a);

/* The purpose of such a code: "DNSSEC Bogus"; "" when unknown.  A constant. */
const char *signpost_dns_error_code_text(uint16_t code);

/*
 * Records: on the path from the name as asked to those of the type asked for, and
 * no others.  First the chain, in order, a CNAME for each step (for a DNAME, after
 * it, the CNAME that it implies); then the records asked for, in the order in which
 * the server gave them.
 */
struct signpost_dns_record;

size_t signpost_dns_answer_record_count(const struct signpost_dns_answer *a);
size_t signpost_dns_answer_chain_count(const struct signpost_dns_answer *a);

/* Record i, part of the answer; NULL past the last. */
const struct signpost_dns_record *signpost_dns_answer_record(const struct signpost_dns_answer *a,
							     size_t i);

/* Walk the records asked for: from NULL to the first, from the last to NULL. */
const struct signpost_dns_record *signpost_dns_answer_next(const struct signpost_dns_answer *a,
							   const struct signpost_dns_record *r);

const struct signpost_dns_name *signpost_dns_record_owner(const struct signpost_dns_record *r);
uint16_t signpost_dns_record_type(const struct signpost_dns_record *r);
uint32_t signpost_dns_record_ttl(const struct signpost_dns_record *r); /* seconds, as it came */

/* The rdata, names in it uncompressed; part of the answer.  *n: how many octets. */
const uint8_t *signpost_dns_record_rdata(const struct signpost_dns_record *r, size_t *n);

/*
 * The record as a zone file has it, "example.org. 60 MX 10 mx.example.org.", or its
 * rdata alone.  Types that the library does not know are as RFC 3597 has them.  As
 * snprintf() does: at most room octets are written, with a NUL where room is not 0,
 * and the length of the whole is returned.  SIZE_MAX: out of memory.
 */
size_t signpost_dns_record_text(const struct signpost_dns_record *r, char *to, size_t room);
size_t signpost_dns_record_rdata_text(const struct signpost_dns_record *r, char *to, size_t room);

/*
 * Typed readings.  False where the record is of another type, or its octets are not
 * of that type's form.  Pointers lead into the answer.
 */

/* A and AAAA. */
bool signpost_dns_record_address(const struct signpost_dns_record *r,
				 struct signpost_dns_address *address);

/* CNAME, DNAME, NS and PTR. */
bool signpost_dns_record_target(const struct signpost_dns_record *r,
				struct signpost_dns_name *target);

/* RFC 5321 section 5.1.  An exchange that is the root is a null MX (RFC 7505). */
struct signpost_dns_mx {
	uint16_t preference;
	struct signpost_dns_name exchange;
};
bool signpost_dns_record_mx(const struct signpost_dns_record *r, struct signpost_dns_mx *mx);

/* RFC 2782. */
struct signpost_dns_srv {
	uint16_t priority, weight, port;
	struct signpost_dns_name target;
};
bool signpost_dns_record_srv(const struct signpost_dns_record *r, struct signpost_dns_srv *srv);

/* RFC 6698, RFC 7671. */
struct signpost_dns_tlsa {
	uint8_t usage, selector, matching;
	const uint8_t *data;
	size_t data_count; /* octets */
};
bool signpost_dns_record_tlsa(const struct signpost_dns_record *r, struct signpost_dns_tlsa *tlsa);

/* RFC 4255. */
struct signpost_dns_sshfp {
	uint8_t algorithm, kind; /* of the key, of the fingerprint */
	const uint8_t *fingerprint;
	size_t fingerprint_count; /* octets */
};
bool signpost_dns_record_sshfp(const struct signpost_dns_record *r,
			       struct signpost_dns_sshfp *sshfp);

/* RFC 1035 section 3.3.13; seconds. */
struct signpost_dns_soa {
	struct signpost_dns_name primary, mailbox;
	uint32_t serial, refresh, retry, expire, minimum;
};
bool signpost_dns_record_soa(const struct signpost_dns_record *r, struct signpost_dns_soa *soa);

/*
 * String i of a TXT record (of up to 255 octets, of any value, not NUL-terminated);
 * false past the last.
 */
bool signpost_dns_record_txt(const struct signpost_dns_record *r, size_t i, const char **text,
			     size_t *n);

/*
 * All strings of a TXT record without anything between, as SPF and DKIM want them, as
 * signpost_dns_record_text() writes: octets of any value, those of NUL too.  SIZE_MAX:
 * not a TXT record.
 */
size_t signpost_dns_record_txt_joined(const struct signpost_dns_record *r, char *to, size_t room);

#ifdef __cplusplus
}
#endif

#endif
