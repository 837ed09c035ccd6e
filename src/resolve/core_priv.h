/*
 * What the parts of the resolver share.  For this folder.
 *
 *	job	one resolve_ask(): waits, is served, calls back
 *	link	one question to the servers, for all jobs that wait for the same
 *	flight	one transmission of a link: a socket or connection, and an ID
 *
 * A handler of the event loop brackets its work with resolve_core_enter() and
 * resolve_core_leave().  In between, links end and their jobs are put into
 * served; no callback is made.  leave calls back, starts what was asked anew,
 * and sends what has gathered.  So no callback finds a half-changed resolver,
 * and nothing recurses.
 *
 * Answers found during a handler live in cache entries or in the cache's list
 * of the dropped until leave is over: a job may point to them that long.
 */
#ifndef RESOLVE_CORE_PRIV_H
#define RESOLVE_CORE_PRIV_H

#include "base/hash.h"
#include "base/list.h"
#include "base/pool.h"
#include "os/reactor.h"
#include "resolve/cache.h"
#include "resolve/channel.h"
#include "resolve/config.h"
#include "resolve/evidence.h"
#include "resolve/query.h"
#include "resolve/server.h"
#include "resolve/wheel.h"
#include "tls/target.h"

#include <sys/socket.h>

/* What a probe asks: each is one question, and all go out together. */
enum { RESOLVE_PROBE_SIGNED, RESOLVE_PROBE_DENIAL, RESOLVE_PROBE_BOGUS, RESOLVE_PROBE_PARTS };

#define RESOLVE_SOCKETS 16    /* open for new questions, a server */
#define RESOLVE_LONE_MAX 8    /* more, for one question each, a server */
#define RESOLVE_NAME_OFTEN 64 /* octets of a struct dns_name: longer ones are rare */

struct resolve_ask;
struct resolve_connection;
struct resolve_embedded;
struct resolve_receiver;

enum resolve_job_state {
	RESOLVE_JOB_ASKED,   /* in r->asked: not looked at yet */
	RESOLVE_JOB_WAITING, /* in link->jobs */
	RESOLVE_JOB_SERVED,  /* in r->served: found is what its link came to */
	RESOLVE_JOB_PROBING, /* in a server's waiting: for what evidence wants, or own is all */
};

struct resolve_job {
	struct list at; /* as state says */
	struct hash_node node;
	struct resolve *r;
	enum resolve_job_state state;
	uint64_t id;
	const struct dns_name *name; /* as asked: in octets, which end with it */
	const struct dns_name *next; /* whose link is waited for: name, or where own leads */
	uint64_t hash;               /* of the key that it makes */
	uint16_t type;
	unsigned flags;
	resolve_done *done;
	void *arg;
	int64_t asked_us; /* when the first question to a server began; 0: none has */
	struct resolve_timer deadline;
	struct resolve_link *link;   /* WAITING */
	struct resolve_entry *found; /* SERVED; NULL: why says what went wrong */
	struct str why;
	struct dns_answer *own; /* the chain so far, or PROBING: the whole */
	bool cached;            /* all of it came from the cache */
	bool over_tcp;
	/* Of the first link that is not authenticated: one is enough for the chain. */
	bool proved, doubted;
	uint16_t epoch;   /* r->epoch when it was asked from its name on */
	int server;       /* that gave the last link; -1: none */
	uint16_t servers; /* a bit each that gave any */
	unsigned rounds;  /* from its name on, as a server was found not to validate */
	/* Of the last link, where it is to be proved. */
	struct resolve_evidence evidence;
	struct dns_answer *held; /* the answer at hand; NULL: found is */
	uint64_t came;           /* when it did */
	uint64_t since;          /* when the last step was over: the next begins after it */
	uint8_t octets[];
};

/* part is RESOLVE_PROBE_*. */
typedef void resolve_link_probed(struct resolve *r, unsigned server, unsigned part,
				 const struct dns_answer *a);

struct resolve_link {
	struct hash_node node; /* in r->links, unless it is a probe */
	struct resolve *r;
	const struct resolve_carried *told; /* what its channels tell */
	struct resolve_query query;
	unsigned bits; /* RESOLVE_KEY_* */
	int probe_of;  /* the server that is probed; -1: none */
	unsigned part; /* RESOLVE_PROBE_* */
	/* Told what a probe came to; NULL: out of memory. */
	resolve_link_probed *probed;
	bool keep;        /* in the cache: somebody wants that */
	bool prefetch;    /* it goes on when nobody waits */
	bool stale;       /* begun before a flush: nobody joins it, and it is not kept */
	uint64_t began;   /* see resolve_core_moment() */
	struct list jobs; /* WAITING */
	struct list flights;
	struct resolve_ask *ask;                  /* at the validator inside; NULL: none */
	void (*unask)(struct resolve_link *link); /* where there is one: its answer is not wanted */
	struct list queue; /* in its server's queue, until it is sent by UDP */
	struct resolve_timer timer;
	int64_t sent_at;     /* of the last attempt */
	int64_t datagram_at; /* the last one left */
	bool hurried;        /* the datagram of this turn has left once more, early */
	bool resent;         /* it has left for the last time */
	bool missed;         /* the one that left last is counted as lost */
	uint8_t octets[];    /* query.name */
};

/* One transmission, found by its channel's serial number and the ID. */
struct resolve_flight {
	struct hash_node node;
	struct list of_link;
	struct list of_channel;
	struct resolve_link *link; /* NULL: nobody waits, the ID must not be used again yet */
	struct resolve *r;
	const struct resolve_channel *channel;
	unsigned server;
	struct resolve_socket *socket;         /* of udp.c */
	struct resolve_connection *connection; /* of stream.c */
	uint16_t id;
	bool edns;
	bool mixed;      /* its letters are large and small as letters says */
	bool cookied;    /* it has cookie */
	bool requeued;   /* sent anew, as the connection ended on which it was sent first */
	unsigned sent;   /* times */
	int64_t sent_us; /* the first time */
	uint64_t letters;
	uint8_t cookie[DNS_COOKIE_CLIENT];
	struct dns_tsig_sent *signature; /* NULL: it is not signed */
	struct resolve_timer late;       /* link is NULL: when it is forgotten */
};

#define RESOLVE_USES_MAX 500 /* questions of a socket: IDs that it has used */

/* An ID that is no flight's any more: its answer may come once more. */
struct resolve_spent {
	uint16_t id;
	bool answered;   /* by octets of this hash; else the answer never came in time */
	uint32_t octets; /* hash */
};

/* Connected, its port chosen by the kernel. */
struct resolve_socket {
	struct list at; /* in its server's sockets */
	struct resolve *r;
	unsigned server;
	int fd;
	void *watch;
	uint64_t serial;
	unsigned uses;
	int64_t born_at;
	bool retired; /* takes no new questions; closed when no flight is left */
	bool pinned;  /* in use further up: not to be closed now */
	bool lone;    /* for one question, which was asked where IDs are guessed before */
	struct list flights;
	unsigned n_flights;
	unsigned n_spent;
	struct resolve_spent spent[RESOLVE_USES_MAX];
};

/* A server with what is open to it. */
struct resolve_upstream {
	struct resolve *r;
	struct resolve_server_info info;
	struct sockaddr_storage address;
	socklen_t address_n;
	struct list queue; /* links that want a datagram sent */
	struct resolve_socket *sockets[RESOLVE_SOCKETS];
	struct list all_sockets;
	unsigned n_lone;
	struct list lone_queue; /* links that want one, while there are RESOLVE_LONE_MAX */
	struct dns_cookie cookie;
	int64_t unmixed_until; /* it does not keep the letters of a name: not mixed until then */
	/* Over TCP and TLS. */
	struct resolve_connection *connection; /* that takes questions; NULL: none */
	struct list connections;               /* all that are not closed */
	struct list stream_queue;              /* links that wait for room on it */
	struct tls_target *tls;                /* NULL: no TLS, or unusable says why not */
	struct str unusable;
	struct resolve_embedded *embedded; /* NULL: none */
	/* The probe. */
	enum dns_probe probe;
	int64_t probed_until; /* how long probe holds */
	char probe_text[RESOLVE_REASON_MAX];
	struct str probe_reason;
	struct resolve_link *probing[RESOLVE_PROBE_PARTS]; /* on their way; NULL: none */
	unsigned probes;                                   /* how many of these are not answered */
	bool probe_bad;                                    /* one of them has failed */
	bool probe_silent;                                 /* the first of these had no answer */
	int64_t probe_hold;                                /* how long what was answered holds */
	int64_t probed_at;                                 /* when probe was found */
	uint64_t began;                                    /* the last probe: its moment */
	bool validated;                  /* as far as is known, even while that is forgotten */
	uint64_t good_began, good_ended; /* the last one that was good */
	struct resolve_timer retry;      /* of one that failed */
	struct list waiting;             /* jobs, PROBING */
};

/* How a file looked. */
struct resolve_follow_sight {
	uint64_t device, inode;
	int64_t octets, changed_ns;
	int64_t status_ns; /* who may read it, and the like */
};

struct resolve_follow {
	char *path;                           /* NULL: none is followed */
	struct resolve_follow_sight taken;    /* what the servers are from */
	struct resolve_follow_sight glimpsed; /* at the last look */
	int64_t look_at;                      /* not again before */
	bool at_once;                         /* but now, and taken however new it is */
	struct buf why;   /* why what it says now is not in force; empty: it is */
	unsigned changes; /* of why */
};

struct resolve {
	struct os_reactor reactor;
	void *timer;
	int64_t timer_at; /* INT64_MAX: not set */
	int64_t now;      /* of this turn, as the loop has it */
	int64_t now_us;   /* of this turn, os_clock_mono_us() */
	struct resolve_wheel wheel;
	struct resolve_conf conf;
	struct resolve_upstream up[RESOLVE_SERVERS_MAX];
	struct resolve_peer peers[RESOLVE_SERVERS_MAX]; /* the same, as the machines see them */
	unsigned n_up;
	bool trusted_only; /* the tier: servers that are trusted, where there are any */
	unsigned first;    /* rotate: where to begin */
	uint16_t epoch;    /* rises when a server begins to validate */
	uint16_t failing;  /* a bit each that is trusted, and was found not to validate */
	uint64_t moment;   /* see resolve_core_moment() */
	struct hash jobs, links, flights;
	struct pool job_pool, link_pool, flight_pool;
	struct list asked, served;
	struct list closing; /* connections to free when the handler is over */
	struct resolve_cache cache;
	struct resolve_receiver *receiver;
	uint64_t seed[2];
	uint64_t last_id, last_serial;
	uint8_t random[256];
	unsigned random_left;
	unsigned inside; /* handlers under way */
	bool dead;       /* freed inside a handler, which frees the rest */
	/* At the end of a handler; what is left of r, when that is dead. */
	void (*turn)(struct resolve *r);
	void (*bury)(struct resolve *r);
	struct resolve_follow follow;
	struct resolve_counters counters;
};

/* core.c */
void resolve_core_clock(struct resolve *r); /* now is now */
void resolve_core_enter(struct resolve *r);
void resolve_core_leave(struct resolve *r);
uint16_t resolve_core_random(struct resolve *r);

/*
 * Cheap, as every answer is hashed.  Who can make another datagram of the same hash gains
 * nothing but that it is dropped without suspicion.
 */
uint32_t resolve_core_hash(const struct resolve *r, struct str octets);

/*
 * A number larger than any before it: what came first has the smaller one.  Times will not
 * do, as much happens in one millisecond.
 */
uint64_t resolve_core_moment(struct resolve *r);

/* What job waits for has come: found, or NULL and why; neither: it goes on with its own. */
void resolve_core_serve(struct resolve *r, struct resolve_job *job, struct resolve_entry *found,
			struct str why);

/* turn.c */
void resolve_turn_run(struct resolve *r);
void resolve_turn_begin(struct resolve *r); /* have a question that is in r->asked begin */

/* job.c */
struct resolve_job *resolve_job_new(struct resolve *r, const struct resolve_question *q,
				    resolve_done *done, void *arg);
void resolve_job_aim(struct resolve_job *job);   /* at its own name */
void resolve_job_start(struct resolve_job *job); /* look where it is aimed */
void resolve_job_serve(struct resolve *r, struct resolve_job *job);
void resolve_job_cancel(struct resolve *r, uint64_t id);
void resolve_job_free_all(struct resolve *r);
void resolve_job_reset_all(struct resolve *r); /* as they were when they were asked */

/* upstream.c: make what belongs to the servers of r->conf, end it: jobs forget what they said */
enum err resolve_upstream_open(struct resolve *r);
void resolve_upstream_close(struct resolve *r);

/* What was counted of each server, for those that take their place. */
struct resolve_tallies {
	struct {
		char name[IP_TEXT_MAX];
		const struct resolve_channel *channel;
		struct resolve_tally tally;
	} server[RESOLVE_SERVERS_MAX];
	unsigned n;
};
void resolve_upstream_tell(const struct resolve *r, struct resolve_tallies *out);

/* Servers go on from what was counted of those of their name: over one channel, where one is. */
void resolve_upstream_go_on(struct resolve *r, const struct resolve_tallies *before);

bool resolve_upstream_flush(struct resolve *r, int64_t *when); /* see channel.h */
void resolve_upstream_outdate(struct resolve *r);

/* show.c */
/* Server i as people see it at now. */
struct resolve_server_state resolve_show_server(const struct resolve *r, unsigned i, int64_t now);

/* Where the last link came from.  One server of several that does not validate is shown instead. */
struct dns_source resolve_show_source(const struct resolve *r, const struct resolve_job *job,
				      const struct dns_answer *a);

/* link.c */
void resolve_link_join(struct resolve *r, struct resolve_job *job, const struct resolve_key *key);
/* Ask for key once more, of that server alone, in a question that begins after since. */
void resolve_link_again(struct resolve_job *job, const struct resolve_key *key, unsigned server,
			uint64_t since);
struct resolve_link *resolve_link_probe(struct resolve *r, unsigned server, unsigned part,
					const struct resolve_key *key, resolve_link_probed *probed);
void resolve_link_prefetch(struct resolve *r, const struct resolve_key *key);
void resolve_link_act(struct resolve_link *link);
/* Nobody waits any more: it ends, unless it is a prefetch. */
void resolve_link_drop(struct resolve_link *link);
/* What the cache holds and what is in flight for name, or all where it is NULL, counts no more. */
void resolve_link_outdate(struct resolve *r, const struct dns_name *name);
void resolve_link_free_all(struct resolve *r);

/* flight.c */
#define RESOLVE_WIRE_MAX (DNS_QUERY_MAX + DNS_TSIG_ROOM)
/* On channel, to link->query.server, under an ID that is free in serial. */
struct resolve_flight *resolve_flight_new(struct resolve_link *link,
					  const struct resolve_channel *channel, uint64_t serial);
struct resolve_flight *resolve_flight_find(struct resolve *r, uint64_t serial, uint16_t id);
/*
 * The octets that f puts on its channel, which is set, signed where the server
 * has a key.  0: no memory.  Both channels write by this, and judge by feed.
 */
size_t resolve_flight_write(struct resolve_flight *f, uint8_t out[static RESOLVE_WIRE_MAX]);
/* Whether f can go out once more as it was, so that an answer to either counts. */
bool resolve_flight_repeatable(const struct resolve_flight *f);
void resolve_flight_late(struct resolve_flight *f); /* its link goes on without it */
void resolve_flight_free(struct resolve *r, struct resolve_flight *f);
void resolve_flight_free_all(struct resolve *r);
/* DROPPED and DOUBTED: f is there still, though nobody may wait for it any more. */
enum resolve_took resolve_flight_feed(struct resolve_flight *f, struct str octets, bool truncated);

/* trace.c: callers have seen that r->conf.trace is set */
void resolve_trace_sent(const struct resolve_flight *f, struct str octets);
void resolve_trace_taken(const struct resolve_flight *f, const struct resolve_fed *fed,
			 struct str octets);
/* To the validator inside, and what it says. */
void resolve_trace_handed(const struct resolve_link *link);
void resolve_trace_validated(const struct resolve_link *link, const struct resolve_reply *reply,
			     const struct resolve_fed *fed);
/* A datagram that belongs to no question of ours. */
void resolve_trace_stray(const struct resolve *r, unsigned server, struct str octets,
			 struct str why);
/* Of a connection: what fate says; link may be NULL. */
void resolve_trace_other(const struct resolve *r, unsigned server, struct resolve_event *event,
			 const struct resolve_link *link);

/* stream.c */
void resolve_stream_sweep(struct resolve *r); /* free what is closed */

/* follow.c */
enum err resolve_follow_init(struct resolve *r, const char *path); /* path NULL: none */
void resolve_follow_clear(struct resolve *r);
void resolve_follow_look(struct resolve *r); /* and do what the file says */

/* probe.c */
bool resolve_probe_known(struct resolve *r, unsigned server);
/* job waits for a probe that begins after job->since. */
void resolve_probe_wait(struct resolve *r, unsigned server, struct resolve_job *job);
/*
 * What the server is found to do, for what was over at *since: VALIDATES by a probe
 * that began after it, whose end *since is then.  UNKNOWN: there was none.
 */
enum dns_probe resolve_probe_since(const struct resolve *r, unsigned server, uint64_t *since);
/* It is found not to validate, and there is one that may do so, and answers. */
bool resolve_probe_outranked(const struct resolve *r, unsigned server);
/* Probe anew who is failing, where that is due. */
void resolve_probe_failing(struct resolve *r);
/* Probe all that are trusted, where somebody is told of it (conf.probed). */
void resolve_probe_eager(struct resolve *r);
/* All that was found; and eager. */
void resolve_probe_forget(struct resolve *r);
void resolve_probe_init(struct resolve *r, unsigned server);
void resolve_probe_clear(struct resolve *r, unsigned server);
/* What the last one found, however long ago: to be shown, and nothing is decided by it. */
enum dns_probe resolve_probe_found(const struct resolve *r, unsigned server);
/* It was found not to validate, and nothing else since, however long ago. */
bool resolve_probe_fails(const struct resolve *r, unsigned server);
/* What is known of it now. */
enum dns_probe resolve_probe_state(const struct resolve *r, unsigned server, int64_t now);

#endif
