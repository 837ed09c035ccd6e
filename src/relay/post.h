/*
 * What the daemon's threads hand to each other: letters, by mailbox.  A
 * hand-over is a move: who posts a letter does not touch it again.
 */
#ifndef RELAY_POST_H
#define RELAY_POST_H

#include "journal/journal.h"
#include "loop/mailbox.h"
#include "queue/queue.h"
#include "relay/counters.h"
#include "relay/memory.h"
#include "relay/state.h"
#include "relay/strays.h"
#include "relay/trouble.h"
#include "relay/watch.h"
#include "routing/settings.h"
#include "schedule/attempt.h"
#include "schedule/budget.h"
#include "schedule/part.h"

struct relay_chores;
struct relay_clients;
struct relay_doors;
struct relay_rates;
struct relay_suspects;
struct relay_transit;

enum relay_letter_kind {
	RELAY_LETTER_JOB,      /* struct relay_job: the store is done with it */
	RELAY_LETTER_START,    /* struct relay_transit: a message to be delivered, to its home */
	RELAY_LETTER_PART,     /* struct relay_part: to the worker that owns the destination */
	RELAY_LETTER_RESULT,   /* struct relay_part: back to its message's home */
	RELAY_LETTER_ENDED,    /* struct relay_transit: to the scheduler, with its next due time */
	RELAY_LETTER_SETTINGS, /* struct relay_order: new settings, to a worker */
	RELAY_LETTER_DOORS,    /* struct relay_order: new certificates, to a worker */
	RELAY_LETTER_REOPEN,   /* struct relay_order: open the logs anew, and say how that went */
	RELAY_LETTER_REOPENED, /* struct relay_order: the answer, back to the daemon */
	RELAY_LETTER_PROBE,    /* struct relay_order: probe the DNS servers anew */
	RELAY_LETTER_FORGIVE, /* struct relay_order: try all, whoever could not be reached before */
	RELAY_LETTER_CLOSE,   /* struct relay_order: let nobody in any more */
	RELAY_LETTER_CUT,     /* struct relay_order: whoever is still there has had time enough */
	RELAY_LETTER_STOP,    /* struct relay_order: finish what is under way, take no more */
	RELAY_LETTER_CHORE,   /* struct relay_chore: it is done, to who wanted it */
	RELAY_LETTER_QUIT,    /* struct relay_order: leave the loop; all workers have stopped */
	RELAY_LETTER_RECALL,  /* struct relay_recall: to each worker in turn, and to the daemon */
	RELAY_LETTER_ROOM,    /* struct relay_letter: there is memory again, to the daemon */
	RELAY_LETTER_STRAYED, /* struct relay_letter: there are strays, to the daemon */
	RELAY_LETTER_HASTEN,  /* struct relay_order: our resolver is well again, to the daemon */
	RELAY_LETTER_STATE,   /* struct relay_order: say how you are, back to the daemon */
	RELAY_LETTER_STOPPED, /* struct relay_order: all is finished, back to the daemon */
};

struct relay_letter {
	struct list link;
	enum relay_letter_kind kind;
};

/* A job for the store, and where it goes back to. */
struct relay_job {
	struct relay_letter letter;
	struct queue_job job;
	struct relay_shared *shared;
	struct loop_mailbox *back;
	uint64_t session;                                 /* ADD: the guest that waits, by id */
	struct schedule_charge charge;                    /* ADD: for the message */
	struct relay_transit *transit;                    /* RECORD */
	void (*done)(void *owner, struct relay_job *job); /* on back's thread; NULL: by kind */
	void *owner;
};

#define RELAY_AMISS_ROOM 1024 /* what is longer is cut */

/* The daemon to a worker, and the answer. */
struct relay_order {
	struct relay_letter letter;
	struct routing_settings *settings; /* SETTINGS: held for the worker */
	struct relay_doors *doors;         /* SETTINGS, DOORS: likewise */
	struct relay_state state;          /* STATE: filled in by the worker */
	char amiss[RELAY_AMISS_ROOM];      /* REOPENED: what could not be; "": nothing */
	void *owner;
};

/* A part of a message, to the worker that owns its destination and back. */
struct relay_part {
	struct relay_letter letter;
	struct schedule_part *part;
	struct loop_mailbox *home;
	struct relay_transit *transit; /* home's alone */
	const struct queue_message
		*message;                  /* the transit's; while parts are out it is only read */
	struct routing_settings *settings; /* the transit's */
	const struct conf_delivery *how;   /* theirs: how mail goes to this destination */
	struct str undecoded;      /* the transit's: charsets that criteria could not read */
	struct str kept;           /* the transit's: fields that the record keeps, as JSON */
	enum schedule_reach reach; /* RESULT: what was found out about the destination */
};

/* What all threads of the daemon share. */
struct relay_shared {
	struct queue *queue;
	struct list unwoken;           /* the store's: mailboxes with jobs of this batch */
	struct loop_mailbox *daemon;   /* of the main thread */
	struct loop_mailbox **workers; /* of their threads */
	size_t n_workers;
	struct relay_counters counters;
	struct relay_memory memory;
	struct relay_letter room; /* that there is memory again: on its way until that is heard */
	struct relay_strays strays;
	struct relay_letter strayed; /* that there are some: likewise */
	struct relay_clients *clients;
	struct relay_suspects *suspects;
	struct relay_chores *logins; /* passwords that are judged, and all else */
	struct relay_chores *chores;
	struct relay_doors *doors;    /* the daemon's, held; what a worker begins with */
	struct relay_rates *rates;    /* of routes */
	struct relay_known *known;    /* of domains; NULL: nothing is */
	struct relay_trouble storing; /* what comes in */
	struct relay_trouble keeping; /* what becomes of it: records, what is due */
	struct relay_trouble logs[JOURNAL_KINDS];
	struct relay_watch watch; /* the servers of the DNS */
	atomic_uint starved;      /* listeners that cannot take connections */
	atomic_uint mends;        /* how often a probe of our resolver turned good */
	uint64_t hash_seed[2];
	int64_t started_ms;
};

/* Give a letter to a thread. */
void relay_post_letter(struct loop_mailbox *to, struct relay_letter *letter);

/* Nobody has the message any more, which is out in the store: the scheduler has it taken back. */
void relay_post_stray(struct relay_shared *s, queue_id id);

/* How the store tells of a batch: to be set before it is opened. */
void relay_post_told(struct relay_shared *s, struct queue_conf *conf);

/* Hand a job to the store; it comes back to job->back. */
void relay_post_job(struct relay_shared *s, struct relay_job *job);

/* The worker to whom a domain belongs, and the home of a message. */
struct loop_mailbox *relay_post_owner(const struct relay_shared *s, struct str domain);
struct loop_mailbox *relay_post_home(const struct relay_shared *s, queue_id id);

/* A part goes home: what its outcomes say is written down there. */
void relay_post_result(struct relay_part *part);

/* Free a part that goes nowhere any more, and set to NULL; NULL is fine. */
void relay_post_part_free(struct relay_part **p);

#endif
