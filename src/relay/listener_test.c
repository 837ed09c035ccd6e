/* Sockets bound and listened on; and what is said while they cannot take connections. */
#include "relay/listener.h"

#include "relay/peer_priv.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>

#define HI "220 relay.example ESMTP Signpost\r\n"

static struct ip_net home[] = { { .ip = { .family = 4, .octets = { 127, 0, 0, 0 } }, .bits = 8 } };
static struct conf_listen listens[] = {
	{ .text = (char *)(uintptr_t) "127.0.0.1:0",
	  .at = { .ip = { .family = 4, .octets = { 127, 0, 0, 1 } } },
	  .relay_from = home,
	  .n_relay_from = 1 }
};
static struct conf conf = { .hostname = (char *)(uintptr_t) "relay.example",
			    .listen = listens,
			    .n_listen = 1,
			    .size_limit = 1 << 20,
			    .limits = { .idle_ms = 3600000 } };
static struct routing_settings settings = { .holders = 1, .conf = &conf };
static struct relay_counters counters;
static struct relay_memory memory;
static struct relay_clients *clients;
static struct loop *loop;
static struct relay_inbound *in;

static queue_id message_id(void *arg)
{
	(void)arg;
	return 0;
}

static enum err store(void *arg, uint64_t guest, struct queue_message *m,
		      struct schedule_charge charge)
{
	(void)charge;
	(void)arg;
	(void)guest;
	(void)m;
	return ERR_NOMEM;
}

static void guest_left(void *arg)
{
	(void)arg;
	loop_stop(loop);
}

static const struct relay_inbound_ops ops = { message_id, store, guest_left };

/* Where fd listens. */
static struct sockaddr_in address_of(int fd)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t n = sizeof(at);

	if (getsockname(fd, (struct sockaddr *)&at, &n) < 0)
		exit(1);
	return at;
}

static void open_peer(struct peer *p, const struct sockaddr_in *to)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)to, sizeof(*to)) < 0)
		exit(1);
	*p = (struct peer){ .loop = loop, .fd = fd, .in = BUF_MAX(4096) };
	p->watch = loop_watch_new(loop, fd, OS_READ, peer_ready, p);
}

/* No descriptor may be opened any more, or as many as ever. */
static void set_limit(bool none)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) < 0)
		exit(1);
	r.rlim_cur = none ? 0 : r.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &r) < 0)
		exit(1);
}

static struct loop_timer *timer;

static void time_has_come(void *arg)
{
	(void)arg;
	loop_stop(loop);
}

/* A connection that cannot be taken waits, and is greeted once there is a descriptor. */
static void accepting(void)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(1000);
	atomic_uint starved = 0;
	struct peer one, two;
	int fd = -1;

	CHECK_INT("bind", relay_listener_bind(&listens[0], &fd, &why), ERR_OK);
	const struct sockaddr_in at = address_of(fd);
	struct relay_listener *l = relay_listener_new(loop, fd, 0, in, &starved);
	open_peer(&one, &at);
	peer_expect("greeted", &one, STR(HI));

	open_peer(&two, &at);
	set_limit(true);
	while (atomic_load(&starved) == 0) {
		loop_timer_set(timer, loop_now(loop) + 1);
		peer_run(&two);
	}
	CHECK_STR("not yet", buf_str(&two.in), STR(""));
	set_limit(false);
	peer_expect("greeted, too", &two, STR(HI));
	CHECK_INT("not over until it has been quiet", atomic_load(&starved), 1);
	relay_listener_free(&l);
	relay_listener_free(&l);
	CHECK_INT("one that is gone wants nothing", atomic_load(&starved), 0);
	peer_close(&one);
	peer_close(&two);
	while (relay_inbound_count(in))
		if (loop_run(loop) != ERR_OK)
			exit(1);
}

/* A port that another process has. */
static void taken(void)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(1000);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), none = -1;
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(fd, 1) < 0)
		exit(1);
	at = address_of(fd);
	struct conf_listen same = listens[0];
	same.at.port = ntohs(at.sin_port);
	CHECK_INT("in use", relay_listener_bind(&same, &none, &why), ERR_IO);
	CHECK_INT("says which and why",
		  str_starts(buf_str(&why), STR("cannot listen on 127.0.0.1:0: ")) &&
			  str_ends(buf_str(&why), STR("another signpost, running?")),
		  true);
	CHECK_INT("nothing is open", none, -1);
	(void)close(fd);
}

static void local(void)
{
	char dir[] = "/tmp/listener_test.XXXXXX", path[64];
	struct stat st;

	if (!mkdtemp(dir))
		exit(1);
	(void)snprintf(path, sizeof(path), "%s/s", dir);
	int fd = relay_listener_unix(path, 0600);
	CHECK_INT("bound", fd >= 0 && lstat(path, &st) == 0 && S_ISSOCK(st.st_mode), true);
	CHECK_INT("with its mode", st.st_mode & 0777, 0600);
	(void)close(fd);
	fd = relay_listener_unix(path, 0660);
	CHECK_INT("one that was left there is in nobody's way",
		  fd >= 0 && lstat(path, &st) == 0 && (st.st_mode & 0777) == 0660, true);
	(void)close(fd);
	(void)unlink(path);

	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	(void)close(fd);
	CHECK_INT("a file is not removed",
		  relay_listener_unix(path, 0600) < 0 && lstat(path, &st) == 0, true);
	(void)unlink(path);
	(void)rmdir(dir);

	char longest[200];
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	CHECK_INT("too long", relay_listener_unix(longest, 0600) < 0 && errno == ENAMETOOLONG,
		  true);
}

int main(void)
{
	loop = loop_new();
	schedule_budget_init(&memory.budget, 8 << 20, conf.size_limit);
	timer = loop_timer_new(loop, time_has_come, NULL);
	clients = relay_clients_new();
	relay_clients_limit(clients, (struct relay_clients_limits){ 10, 10, false });
	const struct relay_inbound_conf c = { .loop = loop,
					      .clients = clients,
					      .counters = &counters,
					      .memory = &memory,
					      .settings = &settings };
	in = relay_inbound_new(&c, &ops, NULL);
	accepting();
	taken();
	local();
	relay_inbound_free(&in);
	relay_clients_free(&clients);
	loop_timer_free(&timer);
	loop_free(&loop);
	return TEST_EXIT();
}
