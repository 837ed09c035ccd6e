/*
 * STARTTLS as the client says it (RFC 3207): a turn of the session in which the octets
 * change their way, and after which nothing that was learnt before counts.
 */
#include "smtp/client_priv.h"

#include <string.h>

/* There is no TLS, and there has to be. */
static void shut_clear(struct smtp_client *c, struct str why)
{
	smtp_client_shut_ours(c, "4.7.5", why);
}

void smtp_starttls_offered(struct smtp_client *c)
{
	enum smtp_client_tls tls = c->in_tls ? SMTP_CLIENT_TLS_NEVER : c->tls;

	if (tls != SMTP_CLIENT_TLS_NEVER && smtp_offer_has(&c->offer, SMTP_EXT_STARTTLS)) {
		smtp_client_write(c, STR("STARTTLS"), STR(""));
		smtp_client_enter(c, STARTTLS);
	} else if (tls == SMTP_CLIENT_TLS_MUST) {
		shut_clear(c, STR("the host does not offer STARTTLS"));
	} else {
		smtp_auth_begin(c);
	}
}

/* "TLS failed: 454 4.7.0 not now; again without TLS" */
static void note_refused(struct smtp_client *c, const struct smtp_reply *reply)
{
	CLEANUP(buf_free) struct buf line = BUF_MAX(SMTP_REPLY_OCTETS_MAX + 64);
	struct str text = reply->text, first = STR_NONE;

	(void)str_line(&text, &first);
	buf_addf(&line, "%d %s%s", reply->code, reply->enhanced, reply->enhanced[0] ? " " : "");
	buf_add(&line, first);
	buf_add(&line, STR("; again without TLS"));
	smtp_client_note(c, STR("TLS failed: "), buf_str(&line));
}

/* RFC 3207 section 4: 220 is the one reply that means go. */
void smtp_starttls_answered(struct smtp_client *c, const struct smtp_reply *reply)
{
	if (reply->code == 220) {
		smtp_client_enter(c, SECURING);
	} else if (c->tls != SMTP_CLIENT_TLS_MAY) {
		struct smtp_result r = smtp_results_of(reply, SMTP_STAGE_TLS);
		r.fate = SMTP_TEMPORARY;
		memcpy(r.enhanced, "4.7.5", sizeof("4.7.5"));
		smtp_client_shut(c, r);
	} else {
		note_refused(c, reply);
		smtp_auth_begin(c);
	}
}

/*
 * What stands in clear behind the 220 to STARTTLS was put there by somebody who hopes that it
 * is taken for the server's word later.
 */
void smtp_starttls_injected(struct smtp_client *c, size_t at)
{
	if (c->state == SECURING && c->in.n > at)
		shut_clear(c, STR("octets in clear behind the reply to STARTTLS"));
}

void smtp_client_tls(struct smtp_client *c, enum smtp_client_tls tls)
{
	c->tls = tls;
}

/* RFC 3207 section 4.2: all that was learnt before is discarded, and EHLO is the next command. */
enum smtp_client_want smtp_client_secured(struct smtp_client *c)
{
	if (c->state != SECURING)
		return smtp_client_wants(c);
	c->in_tls = true;
	c->offer = (struct smtp_offer){ 0 };
	smtp_client_write(c, STR("EHLO "), buf_str(&c->host));
	smtp_client_enter(c, EHLO);
	return smtp_client_checked(c);
}

/*
 * In TLS 1.3 our side of the handshake is over before the host has judged it (RFC 8446 section
 * 4.4.2.4: a host that insists on our certificate says so then).  What it says first inside it
 * proves that it was through, too; without that the handshake has failed.
 */
void smtp_starttls_lost(struct smtp_client *c)
{
	if (c->state == EHLO && c->in_tls && c->tls == SMTP_CLIENT_TLS_MAY && c->in.n == 0)
		smtp_client_enter(c, SECURING);
}

enum smtp_client_want smtp_client_unsecured(struct smtp_client *c, struct str why)
{
	if (c->state == SECURING || c->state == GREETING)
		shut_clear(c, why);
	return smtp_client_wants(c);
}
