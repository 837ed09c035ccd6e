/* Two wires, one at each end of a pair of sockets, in the clear and inside TLS. */
#include "relay/wire.h"

#include "base/test.h"
#include "tls/forge.h"

#include <sys/socket.h>

#define MANY 200000 /* octets: more than a socket and a record take */

struct end {
	struct relay_wire *wire;
	struct buf in;
	size_t wanted; /* octets, for which the loop runs */
	size_t pause;  /* from so many on it reads no further; 0: never */
	bool secured, failed, ended;
	enum loop_end how;
};

static struct loop *loop;
static struct end a, b;

static void input(void *arg, struct str in)
{
	struct end *e = arg;

	buf_add(&e->in, in);
	if (e->pause && e->in.n >= e->pause)
		relay_wire_read(e->wire, LOOP_PAUSED);
	if (e->in.n >= e->wanted)
		loop_stop(loop);
}

static void drained(void *arg)
{
	(void)arg;
}

static void secured(void *arg)
{
	struct end *e = arg;

	e->secured = true;
	if (a.secured && b.secured)
		loop_stop(loop);
}

static void failed(void *arg, struct str why)
{
	struct end *e = arg;

	CHECK_INT("a reason", why.n > 0, true);
	e->failed = true;
	loop_stop(loop);
}

static void ended(void *arg, enum loop_end how, int error)
{
	struct end *e = arg;

	(void)error;
	e->ended = true;
	e->how = how;
	relay_wire_free(&e->wire);
	loop_stop(loop);
}

static const struct relay_wire_ops ops = { input, drained, secured, failed, ended };

static void begin(void)
{
	int fd[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd) < 0)
		abort();
	a = b = (struct end){ .in = BUF_MAX(1 << 20), .wanted = SIZE_MAX };
	a.wire = relay_wire_new(loop, fd[0], &ops, &a);
	b.wire = relay_wire_new(loop, fd[1], &ops, &b);
}

static void end(void)
{
	relay_wire_free(&a.wire);
	relay_wire_free(&b.wire);
	buf_free(&a.in);
	buf_free(&b.in);
}

static void until(struct end *e, size_t n)
{
	e->wanted = n;
	while (e->in.n < n && !e->ended && !e->failed)
		CHECK_INT("loop", loop_run(loop), ERR_OK);
}

static void say(struct end *e, struct str octets)
{
	CHECK_INT("written", relay_wire_write(e->wire, octets), ERR_OK);
}

/* a is the server. */
static void secure(const struct tls_config *server, const struct tls_config *client)
{
	const struct tls_peer nobody = { .n_pin = 0 };

	CHECK_INT("server", relay_wire_secure(a.wire, tls_session_server(server)), ERR_OK);
	CHECK_INT("client", relay_wire_secure(b.wire, tls_session_client(client, &nobody)), ERR_OK);
	CHECK_INT("it shakes", relay_wire_shakes(a.wire), true);
	CHECK_INT("nothing stands", relay_wire_tls(a.wire) == NULL, true);
	while (!(a.secured && b.secured))
		CHECK_INT("loop", loop_run(loop), ERR_OK);
	CHECK_INT("it stands", relay_wire_tls(a.wire) != NULL && !relay_wire_shakes(a.wire), true);
}

/* All that is said arrives, also where reading pauses in the midst of what came. */
static void check_flow(const struct tls_config *server, const struct tls_config *client)
{
	CLEANUP(buf_free) struct buf many = BUF_MAX(MANY);

	while (many.n < MANY)
		buf_addc(&many, (char)('a' + many.n % 23));
	begin();
	say(&b, STR("clear"));
	until(&a, 5);
	CHECK_STR("in the clear", buf_str(&a.in), STR("clear"));
	buf_clear(&a.in);
	secure(server, client);
	a.pause = 10;
	say(&b, buf_str(&many));
	for (size_t n = 10; a.in.n < MANY; n = a.in.n + 1) {
		until(&a, n < MANY ? n : MANY);
		relay_wire_read(a.wire, LOOP_READING);
	}
	CHECK_INT("whole", str_eq(buf_str(&a.in), buf_str(&many)), true);
	say(&a, STR("yes"));
	until(&b, 3);
	CHECK_STR("and back", buf_str(&b.in), STR("yes"));
	relay_wire_shutdown(a.wire);
	until(&b, SIZE_MAX);
	CHECK_INT("good-bye", b.ended && b.how == LOOP_END_EOF, true);
	end();
}

/* Who reads no further is not told that TLS has ended, until all before that was read. */
static void check_last(const struct tls_config *server, const struct tls_config *client)
{
	begin();
	secure(server, client);
	a.pause = 3;
	say(&b, STR("one"));
	until(&a, 3);
	say(&b, STR("two"));
	relay_wire_shutdown(b.wire);
	relay_wire_read(a.wire, LOOP_READING);
	until(&a, 6);
	CHECK_STR("both", buf_str(&a.in), STR("onetwo"));
	CHECK_INT("it pauses", a.ended, false);
	relay_wire_read(a.wire, LOOP_READING);
	until(&a, SIZE_MAX);
	CHECK_INT("then the end", a.ended && a.how == LOOP_END_EOF, true);
	end();
}

static void check_garbage(const struct tls_config *server)
{
	begin();
	CHECK_INT("server", relay_wire_secure(a.wire, tls_session_server(server)), ERR_OK);
	say(&b, STR("EHLO client.example\r\n"));
	until(&a, SIZE_MAX);
	CHECK_INT("failed", a.failed && !a.secured, true);
	CHECK_INT("nothing came", (long long)a.in.n, 0);
	say(&a, STR("this goes nowhere"));
	CHECK_INT("nothing is kept", (long long)relay_wire_pending(a.wire), 0);
	end();
}

int main(void)
{
	struct tls_config *server = NULL, *client = NULL;
	CLEANUP(buf_free) struct buf why = BUF_MAX(1000);

	forge_begin();
	struct forge id = forge_make("mx.example", "DNS:mx.example", 30, NULL);
	forge_write(&id, "one", NULL);
	loop = loop_new();
	CHECK_INT("server", tls_config_server(id.cert_file, id.key_file, &server, &why), ERR_OK);
	CHECK_INT("client", tls_config_client(NULL, &client, &why), ERR_OK);
	check_flow(server, client);
	check_last(server, client);
	check_garbage(server);
	tls_config_free(&server);
	tls_config_free(&client);
	loop_free(&loop);
	forge_free(&id);
	forge_end();
	return TEST_EXIT();
}
