/*
 * What is known of one recursive server: whether and why it is trusted, how
 * fast it answers, when it was last silent, how much may be sent to it at once.
 * No sockets, no clock: times come in.
 *
 * A datagram that is lost should not cost the whole `timeout`, and a server
 * that is slow for one name should not lose its turn.  So of the two things
 * that a timeout does, only one follows the measured round-trip time: when the
 * datagram of a turn is sent once more, to the same server, on the same socket, under the
 * same ID.  When the next server is asked, and when all is given up, stays as
 * configured: a turn lasts `timeout`, there are `attempts` turns, and each has two
 * datagrams; three, where the server answers others meanwhile, as a busy one loses
 * what comes in bursts.  So a local recursor may take seconds
 * over a cold name, nobody waits shorter than timeout times attempts, the
 * second server of a list sees no question while the first is merely slow, and
 * a server is held to be silent only after a whole turn.
 */
#ifndef RESOLVE_SERVER_H
#define RESOLVE_SERVER_H

#include "base/list.h"
#include "resolve/channel.h"
#include "resolve/config.h"
#include "resolve/query.h"
#include "resolve/window.h"

#define RESOLVE_REASON_MAX 400 /* a name of 255 octets with what is said about it */

/* What is counted of a server. */
struct resolve_tally {
	uint64_t questions, answers, dropped, timeouts;
	uint64_t statuses[DNS_STATUSES]; /* answers, by what they are worth */
};

struct resolve_server_info {
	struct dns_server conf;
	const struct resolve_channel *channel;
	struct resolve_peer *peer; /* what the machines see of it */
	char text[IP_TEXT_MAX];
	struct str name; /* "127.0.0.1:53" */
	char reason_text[RESOLVE_REASON_MAX];
	struct str reason;    /* why it is trusted, or not */
	struct str reason_aa; /* the same, of an authoritative server's answer */
	struct list texts;    /* see resolve_server_text() */
	/* Backing off: the server is passed over until then, if there is another. */
	unsigned failures;
	bool silent; /* that is why */
	int64_t down_until;
	int64_t answered_at; /* the last time it did */
	int64_t back_at;     /* the last time it did after it had been silent */
	int64_t plain_until; /* no OPT records until then */
	unsigned sharers;    /* resolvers of the process that ask it, this one among them */
	/* The leaky bucket: datagrams that it may not have read yet. */
	unsigned level;
	int64_t level_at;
	struct resolve_window window; /* what it may have unanswered */
	int64_t rtt_us;               /* smoothed; 0: none yet */
	int64_t rtt_var_us;           /* its mean deviation, RFC 6298 section 2 */
	struct resolve_tally tally;
};

/*
 * Trust is decided here, once, by the kind of the channel.  peer is filled and kept up to date.
 * What may be sent at once is parted among so many sharers; 0 is one.
 */
void resolve_server_init(struct resolve_server_info *s, const struct dns_server *conf,
			 const struct resolve_channel *channel, struct resolve_peer *peer,
			 unsigned sharers);
void resolve_server_clear(struct resolve_server_info *s);

/* What a channel's trusted_by is: over UDP and TCP, by TLS, by being inside. */
enum dns_trust resolve_server_by_address(struct resolve_server_info *s);
enum dns_trust resolve_server_by_tls(struct resolve_server_info *s);
enum dns_trust resolve_server_by_being_here(struct resolve_server_info *s);

/* text, as a text that lives as long as s: what questions are told of they may keep. */
struct str resolve_server_text(struct resolve_server_info *s, struct str text);

/* It cannot be asked: why takes the place of the reason. */
void resolve_server_unusable(struct resolve_server_info *s, struct str why);

/*
 * An attempt that left at sent_at came to nothing; INT64_MAX: it was answered,
 * with a refusal or nonsense.  One slow name does not tell
 * against a server that has answered others since.
 */
void resolve_server_failed(struct resolve_server_info *s, int64_t sent_at, int64_t now);

/* It answered, whatever it said.  rtt_us < 0: that tells nothing of its pace. */
void resolve_server_answered(struct resolve_server_info *s, int64_t rtt_us, int64_t now);

/* What it answered is counted by its status, where it was an answer. */
void resolve_server_judged(struct resolve_server_info *s, const struct resolve_fed *fed);

/*
 * After how many milliseconds a datagram is sent again: the smoothed round-trip time
 * and four deviations, half of the timeout at most, so that each turn has its second datagram
 * and time for the answer; but a second at least, as a recursive server may have to ask
 * others first, and where nothing is known (RFC 6298 section 2.1).
 */
int64_t resolve_server_resend_ms(const struct resolve_server_info *s);

/*
 * After how many milliseconds a datagram is sent once more before that, where
 * resolve_server_overtaken(): by the same measure, but a quarter of a second at least.
 * What is merely slow costs the server one datagram more than it needs.
 */
int64_t resolve_server_hurry_ms(const struct resolve_server_info *s);

/* Others have been answered since a datagram left at sent_at, which it may never have read. */
bool resolve_server_overtaken(const struct resolve_server_info *s, int64_t sent_at);

/* It refuses OPT records, and answered without: none for a while. */
void resolve_server_plain(struct resolve_server_info *s, int64_t now);

/* Bring peer->down and peer->no_edns up to now. */
void resolve_server_refresh(struct resolve_server_info *s, int64_t now);

/*
 * How many datagrams may be sent now, by the bucket and by the window; where none, *when
 * says when to ask again.  took, in the same turn: n have left.
 */
unsigned resolve_server_room(struct resolve_server_info *s, int64_t now, int64_t *when);
void resolve_server_took(struct resolve_server_info *s, unsigned n);

#endif
