/*
 * The configuration (SPEC section 6) as plain values, defaults filled in.
 *
 * Read by libConfuse, checked whole; the first thing wrong is told as
 * "FILE:LINE: what and what instead".  Immutable once read.
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include "base/buf.h"
#include "base/ip.h"
#include "conf/given.h"
#include "dns/server.h"

enum conf_tls { CONF_STARTTLS, CONF_IMPLICIT, CONF_REQUIRE };

struct conf_listen {
	char *text;        /* as written */
	struct ip_port at; /* family 0: path below */
	char *path;        /* "unix:/path": the path, absolute; else NULL */
	unsigned mode;     /* of path */
	char *group;       /* of path; "": the user's own */
	unsigned line;     /* of its title; 0: of the default */
	struct ip_net *relay_from;
	size_t n_relay_from;
	/* Absolute, "" where not given; the first two go together, and auth_file needs them. */
	char *tls_certificate, *tls_key, *auth_file;
	enum conf_tls tls; /* but for CONF_STARTTLS, with a certificate alone */
	int require_auth;  /* with auth_file alone */
};

/*
 * resolver "address" { ... } and resolver "embedded" { ... }; its strings are conf's, "" where
 * there is none.
 */
struct conf_resolver {
	unsigned line; /* of its title */
	struct dns_server server;
};

enum conf_family { CONF_ANY, CONF_IPV4, CONF_IPV6 };

/* How far a mail host must prove itself: `tls` of delivery and routes (SPEC sections 3 and 6). */
enum conf_tls_out {
	CONF_TLS_NONE,    /* TLS never */
	CONF_TLS_MAY,     /* where it is offered */
	CONF_TLS_ENCRYPT, /* a must; whoever it is */
	CONF_TLS_VERIFY,  /* chain and name */
	CONF_TLS_DANE,    /* usable secure TLSA records, and one that fits */
};

/* The oldest version of TLS that is spoken to a mail host. */
enum conf_tls_minimum { CONF_TLS_1_2, CONF_TLS_1_3 };

#define CONF_RETRY_MAX 32

/* How mail is delivered to a destination: what the section delivery says, or a route for itself. */
struct conf_delivery {
	uint16_t port;
	struct ip bind4, bind6; /* family 0: none */
	enum conf_family ip;
	int64_t connect_timeout_ms, command_timeout_ms;
	unsigned per_destination, reuse;
	unsigned total;      /* of all destinations together: delivery alone has it */
	unsigned recipients; /* of one transaction */
	int64_t retry_ms[CONF_RETRY_MAX];
	size_t n_retry;
	int64_t lifetime_ms, warn_after_ms;
	struct ip_net *ignore_targets; /* what no DNS answer makes us dial */
	size_t n_ignore_targets;
	enum conf_tls_out tls;
	enum conf_tls_minimum tls_minimum;
	char *tls_ca_file; /* absolute; "": the system's */
	/* Of a route alone; NULL, "" and 0 elsewhere. */
	int tls_at_once;       /* "smtps://": TLS is there before the greeting */
	char *tls_name;        /* what the certificate names; "": the host's own name */
	char *user, *password; /* AUTH, over TLS alone; a secret: never shown */
};

/* So many messages in a time; n 0: there is no rate. */
struct conf_rate {
	unsigned n;
	int64_t window_ms;
};

/* route "domain" { via = ... } */
struct conf_route {
	char *title;           /* as written */
	char *domain;          /* A-labels, lower case; ".domain" for all below; "*" for all */
	struct ip_port at;     /* "[192.0.2.7]:587"; family 0: host below */
	char *host;            /* "mx.host"; NULL, and no address: where the DNS leads */
	uint16_t port;         /* 0: delivery port */
	struct conf_rate rate; /* of all mail that goes by it */
	struct conf_delivery delivery; /* what it does not say is the section delivery's */
	uint64_t own; /* a bit for each of its keys that it says itself, in the table's order */
};

/* exempt "domain" { }: required mail to it is treated as requested. */
struct conf_exempt {
	char *title;  /* as written */
	char *domain; /* A-labels, lower case */
	bool below;   /* "*." stands before it: and all below */
	char *reason;
	char *until; /* a day, as written; it ends as that begins, UTC: */
	int64_t until_wall_ms;
	unsigned line; /* of its title */
};

/* console "address:port" { }: the web console. */
struct conf_console {
	char *text;        /* as written; NULL: there is none */
	struct ip_port at; /* family 0: path below */
	char *path;        /* "unix:/path": absolute; else NULL */
	unsigned line;     /* of its title */
	/* Absolute, "" where not given; the last two go together. */
	char *users_file, *tls_certificate, *tls_key;
	char **hosts; /* further names in Host and Origin, A-labels in lower case */
	size_t n_hosts;
	char *login_path; /* absolute: where `console login` asks */
};

struct conf {
	char *file;              /* as it was named; NULL: built-in defaults */
	struct conf_given given; /* what it says */
	char *hostname;
	char *state_directory, *log_directory; /* absolute, or as made absolute */
	int64_t log_keep_ms;                   /* how old a log file may be */
	int64_t log_compress_ms;               /* and how old one that is not compressed; 0: any */
	char *user;                            /* "" none */
	int user_given;                        /* it was in the file: then it must exist */
	unsigned workers;                      /* 0: one a core */
	uint64_t size_limit;
	uint64_t memory; /* of mail, in octets; four times what one message holds, at least */

	struct conf_listen *listen;
	size_t n_listen;
	struct conf_resolver *resolver; /* none: those of resolv.conf */
	size_t n_resolver;
	struct conf_route *route; /* sorted by domain, octet by octet */
	size_t n_route;
	struct conf_exempt *exempt; /* in the order of the file */
	size_t n_exempt;

	struct {
		int enabled;
		char *criteria; /* absolute; the file need not exist where it is the default's */
		char *criteria_name; /* as written: what logs call it */
		int criteria_given;  /* it was in the file: then it must exist */
		int set_do;
		char *probe;                      /* "com." */
		uint16_t probe_type;              /* number */
		char *probe_denial, *probe_bogus; /* "" none */
		int bounce_untrusted;             /* on-untrusted = "bounce" */
		int dane;
		int reject_early;
		int64_t reject_within_ms;
		int64_t keep_headers_ms; /* how long records hold fields of the header; 0: never */
	} dnssec;

	struct conf_delivery delivery;

	struct {
		unsigned connections, per_client, recipients;
		uint64_t header_size;
		unsigned errors;
		int64_t idle_ms;
		enum conf_log_in { CONF_LOG_IN_ALL, CONF_LOG_IN_REFUSED, CONF_LOG_IN_NONE } log_in;
	} limits;

	char *queue_store; /* "sqlite:" and the path, absolute */
	int64_t keep_failed_ms;
	char *control_path;    /* absolute */
	unsigned control_mode; /* of it */
	char *control_group;   /* of it; "": the user's own */
	struct conf_console console;
};

void conf_free(struct conf **c);

/* Whether it names where mail goes; where not, that is where the DNS leads. */
bool conf_route_leads(const struct conf_route *t);

#endif
