/* Who is let in, and who waits. */
#include "admin/socket.h"

#include "admin/bed_priv.h"
#include "loop/loop.h"
#include "schedule/descriptors.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { MAX = SCHEDULE_DESCRIPTORS_CONTROL };

static char directory[] = "/tmp/admin_test.XXXXXX";
static char path[64];
static struct loop *loop;
static struct admin_sessions sessions;
static struct admin_session *busy;

static void carry_out(void *arg, struct admin_session *s, const json_t *request)
{
	(void)arg;
	if (json_is_true(json_object_get(request, "late")))
		busy = s;
	else
		admin_session_end(s);
}

static void connect_to(struct bed_peer *p)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	(void)str_copy(at.sun_path, sizeof(at.sun_path), str_of(path));
	if (fd < 0 || connect(fd, (const struct sockaddr *)&at, sizeof(at)) < 0)
		exit(1);
	bed_peer_over(p, loop, fd);
}

static void say(struct bed_peer *p, struct str request)
{
	CLEANUP(buf_free) struct buf frame = BUF_MAX(64);

	if (control_write(&frame, request) != ERR_OK)
		exit(1);
	bed_say(p, buf_str(&frame));
}

/* Some turns of the loop: enough for what could be done to be done. */
static void some_turns(void)
{
	struct loop_timer *t = loop_timer_new(loop, (void (*)(void *))loop_stop, loop);

	for (int i = 0; i < 50; i++) {
		loop_timer_set(t, loop_now(loop));
		if (loop_run(loop) != ERR_OK)
			exit(1);
	}
	loop_timer_free(&t);
}

/* All answered, so idle: one more makes the one go that was idle longest. */
static void check_idle_makes_room(void)
{
	struct bed_peer p[MAX + 1];

	for (size_t i = 0; i <= MAX; i++) {
		connect_to(&p[i]);
		CHECK_STR("answered", bed_ask(&p[i], STR("{}")), STR("{\"end\":true}\n"));
	}
	bed_wait(&p[0], SIZE_MAX);
	CHECK_INT("the first has gone", p[0].gone, true);
	CHECK_INT("it alone", (long long)sessions.n, MAX);
	CHECK_STR("the others are there", bed_ask(&p[1], STR("{}")), STR("{\"end\":true}\n"));
	for (size_t i = 0; i <= MAX; i++)
		bed_peer_clear(&p[i]);
	admin_sessions_clear(&sessions);
}

/* Who has asked nothing, or half of it, makes room, too; whose request is there does not. */
static void check_silent_makes_room(void)
{
	struct bed_peer p[MAX], more[3], heard;

	connect_to(&heard);
	for (size_t i = 0; i < MAX; i++)
		connect_to(&p[i]);
	bed_say(&p[1], STR("\0\0"));
	say(&heard, STR("{}"));
	some_turns();
	CHECK_INT("the oldest that was silent has gone", p[0].gone, true);
	CHECK_INT("it alone", p[1].gone, false);
	CHECK_INT("the oldest of all was heard", (long long)heard.ends, 1);
	for (size_t i = 0; i < COUNT_OF(more); i++) {
		connect_to(&more[i]);
		CHECK_STR("answered", bed_ask(&more[i], STR("{}")), STR("{\"end\":true}\n"));
	}
	some_turns();
	CHECK_INT("half a request", p[1].gone, true);
	CHECK_INT("and the next", p[2].gone, true);
	CHECK_INT("full", (long long)sessions.n, MAX);
	CHECK_INT("who was answered just now is last", more[0].gone || more[1].gone, false);
	for (size_t i = 0; i < MAX; i++)
		bed_peer_clear(&p[i]);
	for (size_t i = 0; i < COUNT_OF(more); i++)
		bed_peer_clear(&more[i]);
	bed_peer_clear(&heard);
	admin_sessions_clear(&sessions);
}

/* All busy: one more waits until one of them is done. */
static void check_busy_makes_wait(void)
{
	struct bed_peer p[MAX + 1];

	for (size_t i = 0; i < MAX; i++) {
		connect_to(&p[i]);
		say(&p[i], STR("{\"late\":true}"));
	}
	some_turns();
	connect_to(&p[MAX]);
	say(&p[MAX], STR("{}"));
	some_turns();
	CHECK_INT("full", (long long)sessions.n, MAX);
	CHECK_INT("it waits", (long long)p[MAX].ends, 0);
	admin_session_end(busy);
	bed_wait(&p[MAX], 1);
	CHECK_INT("its turn has come", (long long)p[MAX].ends, 1);
	for (size_t i = 0; i <= MAX; i++)
		bed_peer_clear(&p[i]);
	admin_sessions_clear(&sessions);
}

static void check_path(void)
{
	struct stat st;

	CHECK_INT("a socket", lstat(path, &st) == 0 && S_ISSOCK(st.st_mode), 1);
	CHECK_INT("of whom may command", st.st_mode & 0777, 0640);
}

static enum err bind_at(const char *where, struct admin_socket **out, struct buf *why)
{
	const struct conf conf = { .control_path = (char *)(uintptr_t)where,
				   .control_group = (char *)(uintptr_t) "",
				   .control_mode = 0640 };
	const struct os_user user = { geteuid(), getegid() };

	return admin_socket_bind(&conf, &user, out, why);
}

static void check_refused(void)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(1024);
	struct admin_socket *socket = NULL;

	CHECK_INT("no such directory", bind_at("/nonesuch/socket", &socket, &why), ERR_IO);
	CHECK_STR("in words", buf_str(&why),
		  STR("cannot listen on the control socket /nonesuch/socket: No such file or "
		      "directory: its directory must be there, and the daemon's user's to "
		      "write"));
	buf_clear(&why);
	CHECK_INT("one that is served", bind_at(path, &socket, &why), ERR_IO);
	CHECK_INT("in words", str_ends(buf_str(&why), STR("is another signpost running?")), true);
}

int main(void)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(1024);
	struct admin_socket *socket = NULL;

	loop = loop_new();
	if (!loop || !mkdtemp(directory))
		return 1;
	(void)snprintf(path, sizeof(path), "%s/socket", directory);
	admin_sessions_init(&sessions, loop, carry_out, NULL);
	if (bind_at(path, &socket, &why) != ERR_OK ||
	    admin_socket_serve(socket, &sessions) != ERR_OK)
		return 1;
	check_refused();
	check_path();
	check_idle_makes_room();
	check_silent_makes_room();
	check_busy_makes_wait();
	admin_socket_free(&socket);
	CHECK_INT("nothing is left behind", access(path, F_OK), -1);
	(void)rmdir(directory);
	loop_free(&loop);
	return TEST_EXIT();
}
