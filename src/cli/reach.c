#include "cli/reach.h"

#include "base/text.h"

static void not_a_target(const struct route_verdict *v, struct buf *out)
{
	switch (v->action) {
	case ROUTE_DELIVER:
		buf_add(out, STR("not used: "));
		if (v->skipped.n)
			text_escape(out, buf_str(&v->skipped));
		else
			buf_add(out, STR("it is not secure, or no address to be dialled"));
		return;
	case ROUTE_DEFER:
	case ROUTE_BOUNCE:
		buf_addf(out, "%s %s: ", v->action == ROUTE_DEFER ? "defer" : "bounce", v->status);
		text_escape(out, buf_str(&v->text));
		return;
	}
}

static struct str secured_text(const struct cli_reach_found *found)
{
	if (!found->tls)
		return STR("in clear");
	switch (found->auth) {
	case TLS_NOT_AUTHENTICATED:
		return STR("over TLS, not authenticated");
	case TLS_BY_NAME:
	case TLS_BY_PIN:
		return STR("over TLS, authenticated by its certificate");
	case TLS_BY_DANE_EE:
		return STR("over TLS, authenticated by DANE-EE");
	case TLS_BY_DANE_TA:
		return STR("over TLS, authenticated by DANE-TA");
	}
	return STR("");
}

void cli_reach_judge(const struct route_verdict *v, const struct route_target *t,
		     const struct cli_reach_found *found, const struct cli_reach_found *clear,
		     struct cli_reach *out)
{
	struct buf *text = &out->text;

	out->takes = t && (found->greeted || (clear && clear->greeted));
	if (!t) {
		not_a_target(v, text);
	} else if (found->greeted) {
		buf_addf(text, "deliver %.*s%s", STR_ARG(secured_text(found)),
			 found->login ? " (the login was not tried)" : "");
	} else if (clear && clear->greeted) {
		buf_add(text, STR("deliver in clear, as TLS failed: "));
		text_escape(text, found->why);
	} else {
		buf_add(text, STR("not used: "));
		text_escape(text, found->why);
	}
}
