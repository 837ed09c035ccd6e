/*
 * sshfp [@SERVER] HOST...: the fingerprints of many hosts' SSH keys at once, on libevent.
 *
 *	cc sshfp.c $(pkg-config --cflags --libs signpost-dns libevent_core) -o sshfp
 *
 * Those that are not authenticated are worth nothing, and are not shown.  Without
 * a server those of /etc/resolv.conf are asked.
 */
#include <signpost/dns-libevent.h>

#include <stdio.h>

struct run {
	struct event_base *base;
	size_t open;
	int bad;
};

static void show(void *arg, uint64_t id, const struct signpost_dns_answer *a)
{
	struct run *run = (struct run *)arg;
	const struct signpost_dns_record *r = NULL;
	char name[SIGNPOST_DNS_NAME_ROOM], text[1024];

	(void)id;
	signpost_dns_name_unicode(signpost_dns_answer_name(a), name);
	if (signpost_dns_answer_status(a) != SIGNPOST_DNS_SECURE ||
	    signpost_dns_answer_outcome(a) != SIGNPOST_DNS_DATA) {
		printf("%s none: %s: %s\n", name,
		       signpost_dns_outcome_text(signpost_dns_answer_outcome(a)),
		       signpost_dns_answer_why(a));
		run->bad = 1;
	} else {
		while ((r = signpost_dns_answer_next(a, r)) != NULL) {
			signpost_dns_record_rdata_text(r, text, sizeof(text));
			printf("%s %s\n", name, text);
		}
	}
	if (--run->open == 0)
		event_base_loopexit(run->base, NULL);
}

static void ask(struct signpost_dns *d, const char *name, struct run *run)
{
	struct signpost_dns_question q = { .size = sizeof(q) };

	q.name = name;
	q.type = SIGNPOST_DNS_TYPE_SSHFP;
	if (signpost_dns_ask(d, &q, show, run, NULL) == SIGNPOST_DNS_OK) {
		run->open++;
		return;
	}
	fprintf(stderr, "sshfp: %s\n", signpost_dns_reason(d));
	run->bad = 1;
}

static void add(struct signpost_dns *d, const char *address, struct run *run)
{
	struct signpost_dns_server server = { .size = sizeof(server) };

	server.address = address;
	if (signpost_dns_add_server(d, &server) == SIGNPOST_DNS_OK)
		return;
	fprintf(stderr, "sshfp: %s\n", signpost_dns_reason(d));
	run->bad = 1;
}

int main(int argc, char **argv)
{
	struct run run = { event_base_new(), 0, 0 };
	struct signpost_dns_loop loop = signpost_dns_libevent(run.base);
	struct signpost_dns *d = run.base ? signpost_dns_new(&loop) : NULL;

	if (!d)
		return 2;
	for (int i = 1; i < argc; i++) {
		if (argv[i][0] == '@')
			add(d, argv[i] + 1, &run);
		else
			ask(d, argv[i], &run);
	}
	if (run.open > 0)
		event_base_dispatch(run.base);
	signpost_dns_free(&d);
	event_base_free(run.base);
	return run.bad;
}
