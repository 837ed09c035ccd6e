/* Sockets bound and listened on; and what is said while they cannot take connections. */
#include "relay/listener.h"

#include "os/file.h"
#include "relay/peer_priv.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/resource.h>

#define HI "220 relay.example ESMTP Signpost\r\n"

static struct ip_net home[] = { { .ip = { .family = 4, .octets = { 127, 0, 0, 0 } }, .bits = 8 } };
static char nothing[] = "";

#define CLEAR .tls_certificate = nothing, .tls_key = nothing, .auth_file = nothing

static struct conf_listen listens[] = {
	{ CLEAR, .text = (char *)(uintptr_t) "127.0.0.1:0",
	  .at = { .ip = { .family = 4, .octets = { 127, 0, 0, 1 } } }, .relay_from = home,
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

static void told(void *arg, struct journal_block *b)
{
	(void)arg;
	(void)b;
}

/* Nobody can log in here. */
static enum err judge(void *arg, uint64_t guest, const struct relay_inbound_from *from,
		      const struct smtp_login *login)
{
	(void)arg;
	(void)login;
	(void)guest;
	(void)from;
	return ERR_LIMIT;
}

static const struct relay_inbound_ops ops = { message_id, store, NULL, judge, told, guest_left };

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

	CHECK_INT("bind", relay_listener_bind(&listens[0], RELAY_LISTENER_FIRST, &fd, &why),
		  ERR_OK);
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
	CHECK_INT("in use", relay_listener_bind(&same, RELAY_LISTENER_FIRST, &none, &why), ERR_IO);
	CHECK_INT("says which and why",
		  str_starts(buf_str(&why), STR("cannot listen on 127.0.0.1:0: ")) &&
			  str_ends(buf_str(&why), STR("another signpost, running?")),
		  true);
	CHECK_INT("nothing is open", none, -1);
	CHECK_INT("one might be put there", relay_listener_may_bind(&same, &why), ERR_OK);
	CHECK_INT("but it is not free", relay_listener_is_free(&same, &why), ERR_IO);
	(void)close(fd);
	CHECK_INT("now it is", relay_listener_is_free(&same, &why), ERR_OK);
}

/* A daemon's own workers share a port; another daemon, whatever it allows, does not. */
static void shared(void)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(1000);
	struct conf_listen same = listens[0];
	int first = -1, further = -1, another = -1;

	CHECK_INT("first", relay_listener_bind(&same, RELAY_LISTENER_FIRST, &first, &why), ERR_OK);
	same.at.port = ntohs(address_of(first).sin_port);
	CHECK_INT("another worker",
		  relay_listener_bind(&same, RELAY_LISTENER_FURTHER, &further, &why), ERR_OK);
	CHECK_INT("another daemon",
		  relay_listener_bind(&same, RELAY_LISTENER_FIRST, &another, &why), ERR_IO);
	CHECK_INT("is told so", str_ends(buf_str(&why), STR("another signpost, running?")), true);
	os_fd_close(&first);
	CHECK_INT("also by the other worker",
		  relay_listener_bind(&same, RELAY_LISTENER_FIRST, &another, &why), ERR_IO);
	os_fd_close(&further);
	CHECK_INT("now it is free",
		  relay_listener_bind(&same, RELAY_LISTENER_FIRST, &another, &why), ERR_OK);
	os_fd_close(&another);
}

static const struct {
	const char *label;
	struct relay_listener_place place;
	const char *why; /* its end */
} places[] = {
	{ "no such directory",
	  { "", "/nonesuch/s", "", 0660 },
	  "/nonesuch/s: No such file or directory: its directory must be there, and the daemon's "
	  "user's to write" },
	{ "a directory",
	  { "", "/tmp", "", 0660 },
	  "/tmp: File exists: what is there is no socket: move it "
	  "away, or name another" },
	{ "no such group",
	  { "", "/tmp/s", "nonesuch", 0660 },
	  "group \"nonesuch\": there is no such group: make it, or name another" },
};

static void local(void)
{
	const struct os_user user = { geteuid(), getegid() };

	for (size_t i = 0; i < COUNT_OF(places); i++) {
		CLEANUP(buf_free) struct buf why = BUF_MAX(1000);
		struct os_unix u = { 0 };
		int fd = -1;
		CHECK_INT(places[i].label,
			  relay_listener_unix(&places[i].place, &user, &u, &fd, &why), ERR_IO);
		CHECK_INT(places[i].label, str_ends(buf_str(&why), str_of(places[i].why)), true);
		CHECK_INT(places[i].label, fd, -1);
	}
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
	shared();
	local();
	relay_inbound_free(&in);
	relay_clients_free(&clients);
	loop_timer_free(&timer);
	loop_free(&loop);
	return TEST_EXIT();
}
