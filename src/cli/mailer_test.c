#include "cli/mailer.h"

#include "base/test.h"
#include "smtp/envelope.h"

enum { ARGS_MAX = 8, TEXT_MAX = 1000 };

#define ID50 "12345678901234567890123456789012345678901234567890"
#define ID100 ID50 ID50

static const struct {
	const char *label, *called;
	const char *args[ARGS_MAX];
	const char *got; /* or what is wrong */
} cases[] = {
	/* as they are called in the wild */
	{ "cron",
	  "sendmail",
	  { "-FCronDaemon", "-i", "-B8BITMIME", "-oem", "root" },
	  "send name=CronDaemon dots [root]" },
	{ "PHP", "sendmail", { "-t", "-i" }, "send extract dots" },
	{ "PHP with a sender", "sendmail", { "-t", "-i", "-fa@b" }, "send from=a@b extract dots" },
	{ "git send-email",
	  "sendmail",
	  { "-f", "a@b", "-i", "c@d", "e@f" },
	  "send from=a@b dots [c@d] [e@f]" },
	{ "mailutils",
	  "sendmail",
	  { "-oi", "-f", "a@b", "--", "c@d" },
	  "send from=a@b dots [c@d]" },
	{ "mutt",
	  "sendmail",
	  { "-oem", "-oi", "-f", "a@b", "-N", "failure,delay", "--", "c" },
	  "send from=a@b dots notify=12 [c]" },
	{ "s-nail", "sendmail", { "-i", "-m", "-v", "a@b" }, "send dots verbose [a@b]" },
	{ "mdadm", "sendmail", { "-t" }, "send extract" },
	/* by itself */
	{ "together", "sendmail", { "-tif", "a@b" }, "send from=a@b extract dots" },
	{ "behind words", "sendmail", { "a@b", "-i" }, "send dots [a@b]" },
	{ "null sender", "sendmail", { "-f", "", "a@b" }, "send from= [a@b]" },
	{ "the same", "sendmail", { "-f", "<>", "a@b" }, "send from=<> [a@b]" },
	{ "-r", "sendmail", { "-ra@b" }, "send from=a@b" },
	{ "a dash", "sendmail", { "-" }, "send [-]" },
	{ "options of others",
	  "sendmail",
	  { "-G", "-O", "DeliveryMode=b", "-odb", "-Am", "-Lx", "-h3", "-U" },
	  "send" },
	{ "dots by their long name", "sendmail", { "-OIgnoreDots" }, "send dots" },
	{ "the same, with its value", "sendmail", { "-O", "IgnoreDots=True" }, "send dots" },
	{ "and the other value", "sendmail", { "-oi", "-O", "ignoredots=false" }, "send" },
	{ "DSN",
	  "sendmail",
	  { "-N", "never", "-R", "hdrs", "-V", "id" },
	  "send notify=1 flags=8 envid=id" },
	{ "DSN, all",
	  "sendmail",
	  { "-Rfull", "-NSuccess,delay,failure" },
	  "send notify=14 flags=4" },
	{ "a configuration", "sendmail", { "-c", "x.conf", "a@b" }, "send conf=x.conf [a@b]" },
	{ "SMTP", "sendmail", { "-bs" }, "smtp" },
	{ "the queue", "sendmail", { "-bp" }, "list" },
	{ "the queue, apart", "sendmail", { "-b", "p" }, "list" },
	{ "flush", "sendmail", { "-q" }, "flush" },
	{ "flush, verbose", "sendmail", { "-v", "-q" }, "flush verbose" },
	{ "the queue, and flush", "sendmail", { "-bp", "-q" }, "list" },
	{ "aliases", "sendmail", { "-bi" }, "aliases" },
	{ "aliases as it was", "sendmail", { "-I" }, "aliases" },
	{ "mailq", "mailq", { 0 }, "list" },
	{ "newaliases", "newaliases", { 0 }, "aliases" },
	{ "help", "sendmail", { "--help" }, "help" },
	{ "sends by any name", "signpost", { "a" }, "send [a]" },
	/* wrong */
	{ "no such", "sendmail", { "-Z" }, "-Z: there is no such option" },
	{ "long", "sendmail", { "--all" }, "--all: there is no such option" },
	{ "no name of a file",
	  "sendmail",
	  { "-C", "", "a" },
	  "-C: an empty name: name a file, or leave it out" },
	{ "no value", "sendmail", { "-f" }, "-f: wants a value" },
	{ "daemon",
	  "sendmail",
	  { "-bd", "-q30m" },
	  "-bd: the daemon is started by `signpost serve`" },
	{ "test mode", "sendmail", { "-bt" }, "-bt: only -bm, -bs, -bp and -bi are known" },
	{ "notify",
	  "sendmail",
	  { "-N", "never,delay" },
	  "-N never,delay: never, or some of success,failure,delay" },
	{ "notify of nothing",
	  "sendmail",
	  { "-N", "" },
	  "-N : never, or some of success,failure,delay" },
	{ "return", "sendmail", { "-R", "all" }, "-R all: full or hdrs" },
	{ "ID as xtext", "sendmail", { "-V", "a+20b+2B" }, "send envid=a+20b+2B" },
	{ "ID that is a parameter",
	  "sendmail",
	  { "-V", "a RET=FULL" },
	  "-V a RET=FULL: an ID of at most 100 octets, +20 for a space, +2B for a +" },
	{ "ID that is no xtext",
	  "sendmail",
	  { "-V", "a+b" },
	  "-V a+b: an ID of at most 100 octets, +20 for a space, +2B for a +" },
	{ "ID of nothing",
	  "sendmail",
	  { "-V", "" },
	  "-V : an ID of at most 100 octets, +20 for a space, +2B for a +" },
	{ "ID at the limit", "sendmail", { "-V", ID100 }, "send envid=" ID100 },
	{ "ID too long",
	  "sendmail",
	  { "-V", ID100 "x" },
	  "-V " ID100 "x: an ID of at most 100 octets, +20 for a space, +2B for a +" },
};

static void tell(struct buf *out, const struct cli_mailer *m)
{
	static const char *const whats[] = { "send", "smtp", "list", "flush", "aliases", "help" };

	buf_addf(out, "%s%s%s", whats[m->what], m->conf ? " conf=" : "", m->conf ? m->conf : "");
	buf_addf(out, "%s%s", m->from ? " from=" : "", m->from ? m->from : "");
	buf_addf(out, "%s%s", m->name ? " name=" : "", m->name ? m->name : "");
	buf_addf(out, "%s%s", m->extract ? " extract" : "", m->dots ? " dots" : "");
	buf_addf(out, "%s", m->verbose ? " verbose" : "");
	if (m->notify)
		buf_addf(out, " notify=%u", m->notify);
	if (m->flags)
		buf_addf(out, " flags=%u", m->flags);
	buf_addf(out, "%s%s", m->envid ? " envid=" : "", m->envid ? m->envid : "");
	for (size_t i = 0; i < m->n_word; i++)
		buf_addf(out, " [%s]", m->word[i]);
}

int main(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		CLEANUP(buf_free) struct buf got = BUF_MAX(TEXT_MAX);
		CLEANUP(cli_mailer_clear) struct cli_mailer m = { 0 };
		char *v[ARGS_MAX] = { 0 };
		struct cli_argv args = { 0, v };
		for (; args.n < ARGS_MAX && cases[i].args[args.n]; args.n++)
			v[args.n] = (char *)(uintptr_t)cases[i].args[args.n];
		enum err e = cli_mailer_read(cases[i].called, args, &m, &got);
		if (e == ERR_OK)
			tell(&got, &m);
		CHECK_STR(cases[i].label, buf_str(&got), str_of(cases[i].got));
	}
	return TEST_EXIT();
}
