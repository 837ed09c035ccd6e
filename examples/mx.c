/*
 * mx DOMAIN [SERVER]: where mail to a domain goes, and whether that is proved.
 *
 *	cc mx.c $(pkg-config --cflags --libs signpost-dns) -o mx
 *
 * Exit status: 0 authenticated, 1 not authenticated, 2 not known.
 */
#include <signpost/dns.h>

#include <stdio.h>

/* A mail domain without MX records is its own mail host (RFC 5321 section 5.1). */
static void show(const struct signpost_dns_answer *a)
{
	const struct signpost_dns_record *r = NULL;
	char text[SIGNPOST_DNS_NAME_ROOM];
	struct signpost_dns_mx mx;

	while ((r = signpost_dns_answer_next(a, r)) != NULL)
		if (signpost_dns_record_mx(r, &mx))
			printf("%5u %s\n", mx.preference,
			       signpost_dns_name_text(&mx.exchange, text));
	if (signpost_dns_answer_outcome(a) == SIGNPOST_DNS_NODATA)
		printf("    - %s\n", signpost_dns_name_text(signpost_dns_answer_final(a), text));
	printf("%s: %s: %s\n", signpost_dns_outcome_text(signpost_dns_answer_outcome(a)),
	       signpost_dns_status_text(signpost_dns_answer_status(a)), signpost_dns_answer_why(a));
}

int main(int argc, char **argv)
{
	struct signpost_dns *d = signpost_dns_new(NULL);
	struct signpost_dns_answer *a = NULL;
	enum signpost_dns_error e = SIGNPOST_DNS_ERR_MEMORY;
	int status = 2;

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: mx DOMAIN [SERVER]\n");
		signpost_dns_free(&d);
		return 2;
	}
	if (d && argc == 3) {
		struct signpost_dns_server server = { .size = sizeof(server), .address = argv[2] };
		e = signpost_dns_add_server(d, &server);
	}
	if (d && (argc == 2 || e == SIGNPOST_DNS_OK))
		e = signpost_dns_lookup(d, argv[1], SIGNPOST_DNS_TYPE_MX, 0, &a);
	if (e != SIGNPOST_DNS_OK)
		fprintf(stderr, "mx: %s\n",
			d ? signpost_dns_reason(d) : signpost_dns_error_text(e));
	if (a) {
		enum signpost_dns_status s = signpost_dns_answer_status(a);
		show(a);
		status = s == SIGNPOST_DNS_SECURE ? 0 : s == SIGNPOST_DNS_INSECURE ? 1 : 2;
	}
	signpost_dns_answer_free(&a);
	signpost_dns_free(&d);
	return status;
}
