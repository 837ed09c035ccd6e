/* Requests come in as they like; answers go out as the peer takes them. */
#include "admin/bed_priv.h"

#include "loop/loop.h"

#include <string.h>

static struct loop *loop;
static struct admin_sessions sessions;
static struct buf ran; /* the commands that were carried out */
static uint64_t late;  /* the session whose command waits */
static int taken, gone;

enum { MUCH = 8 }; /* MiB: more than sockets and streams keep */

static void tell_taken(void *arg)
{
	(void)arg;
	taken++;
	loop_stop(loop);
}

static void tell_gone(void *arg)
{
	(void)arg;
	gone++;
	loop_stop(loop);
}

static void carry_out(void *arg, struct admin_session *s, const json_t *request)
{
	struct str command = str_of(json_string_value(json_object_get(request, "command")));
	static const uint64_t three = 3;
	static char octets[1 << 20];

	(void)arg;
	buf_add(&ran, command);
	buf_addc(&ran, ' ');
	if (str_eq(command, STR("end"))) {
		admin_session_end(s);
	} else if (str_eq(command, STR("count"))) {
		admin_session_end_count(s, three);
	} else if (str_eq(command, STR("more"))) {
		admin_session_end_more(s, STR("x"));
	} else if (str_eq(command, STR("late"))) {
		late = admin_session_id(s);
	} else if (str_eq(command, STR("frame"))) {
		CLEANUP(buf_free) struct buf document = BUF_MAX(64);
		buf_add(&document, STR("{}"));
		admin_session_frame(s, &document);
		admin_session_end(s);
	} else if (str_eq(command, STR("bad"))) {
		CLEANUP(buf_free) struct buf document = BUF_MAX(1);
		buf_add(&document, STR("{}"));
		admin_session_frame(s, &document);
	} else if (str_eq(command, STR("much"))) {
		CLEANUP(buf_free) struct buf much = BUF_MAX(2 * sizeof(octets));
		if (control_write(&much, (struct str){ octets, sizeof(octets) }) != ERR_OK)
			exit(1);
		for (size_t i = 0; i < MUCH; i++)
			admin_session_frames(s, buf_str(&much));
		admin_session_then(s, tell_taken, tell_gone, NULL);
	} else {
		admin_session_fail(s, 2, STR("no"));
	}
}

#define END "{\"end\":true}\n"
#define NO "{\"end\":true,\"error\":\"no\",\"exit\":2}\n"

static const struct {
	const char *label;
	struct str in; /* requests, a line each */
	struct str ran;
	struct str out;
	bool gone;
} cases[] = {
	{ "one", STR_INIT("{\"command\":\"end\"}\n"), STR_INIT("end "), STR_INIT(END), false },
	{ "two", STR_INIT("{\"command\":\"end\"}\n{\"command\":\"count\"}\n"),
	  STR_INIT("end count "), STR_INIT(END "{\"end\":true,\"count\":3}\n"), false },
	{ "more", STR_INIT("{\"command\":\"more\"}\n"), STR_INIT("more "),
	  STR_INIT("{\"end\":true,\"more\":true,\"last\":\"x\"}\n"), false },
	{ "a frame before", STR_INIT("{\"command\":\"frame\"}\n"), STR_INIT("frame "),
	  STR_INIT("{}\n" END), false },
	{ "refused, then another", STR_INIT("{\"command\":\"fly\"}\n{\"command\":\"end\"}\n"),
	  STR_INIT("fly end "), STR_INIT(NO END), false },
	{ "no object", STR_INIT("[1]\n"), STR_INIT(""),
	  STR_INIT("{\"end\":true,\"error\":\"the request is not a JSON object\",\"exit\":2}\n"),
	  false },
	{ "no JSON", STR_INIT("{\n{\"command\":\"end\"}\n"), STR_INIT("end "),
	  STR_INIT(
		  "{\"end\":true,\"error\":\"the request is not a JSON object\",\"exit\":2}\n" END),
	  false },
	{ "a document that failed", STR_INIT("{\"command\":\"bad\"}\n"), STR_INIT("bad "),
	  STR_INIT(""), true },
};

/* step: octets at a time. */
static void check_case(size_t i, size_t step)
{
	CLEANUP(buf_free) struct buf octets = BUF_MAX(4096);
	struct str rest = cases[i].in, line;
	struct bed_peer p;

	while (str_line(&rest, &line))
		if (control_write(&octets, line) != ERR_OK)
			exit(1);
	buf_clear(&ran);
	bed_peer_new(&p, &sessions);
	for (rest = buf_str(&octets); rest.n; rest = str_skip(rest, step))
		bed_say(&p, str_head(rest, step));
	bed_wait(&p, cases[i].gone ? SIZE_MAX : bed_lines(cases[i].in));
	CHECK_STR(cases[i].label, buf_str(&ran), cases[i].ran);
	CHECK_STR(cases[i].label, buf_str(&p.frames), cases[i].out);
	CHECK_INT(cases[i].label, p.gone, cases[i].gone);
	bed_peer_clear(&p);
	admin_sessions_clear(&sessions);
}

static void ask(struct bed_peer *p, struct str request)
{
	CLEANUP(buf_free) struct buf frame = BUF_MAX(4096);

	if (control_write(&frame, request) != ERR_OK)
		exit(1);
	bed_say(p, buf_str(&frame));
}

static void run_once(void)
{
	if (loop_run(loop) != ERR_OK)
		exit(1);
}

/* Turns of the loop until the session's command has begun. */
static void until_late(void)
{
	struct loop_timer *t = loop_timer_new(loop, (void (*)(void *))loop_stop, loop);

	for (late = 0; !late;) {
		loop_timer_set(t, loop_now(loop));
		run_once();
	}
	loop_timer_free(&t);
}

static void check_answered_later(void)
{
	struct bed_peer p, q;

	buf_clear(&ran);
	bed_peer_new(&p, &sessions);
	bed_peer_new(&q, &sessions);
	ask(&p, STR("{\"command\":\"late\"}"));
	ask(&p, STR("{\"command\":\"end\"}"));
	until_late();
	CHECK_STR("others are answered meanwhile", bed_ask(&q, STR("{\"command\":\"end\"}")),
		  STR(END));
	CHECK_STR("its own next request waits", buf_str(&ran), STR("late end "));
	CHECK_INT("one idle", admin_sessions_any_idle(&sessions), true);
	struct admin_session *s = admin_sessions_find(&sessions, late);
	if (!s)
		exit(1);
	admin_session_fail(s, 2, STR("no"));
	bed_wait(&p, 2);
	CHECK_STR("and is carried out then", buf_str(&p.frames), STR(NO END));
	CHECK_INT("each goes", (long long)sessions.n, 2);
	CHECK_INT("the first", admin_sessions_end_idle(&sessions), true);
	CHECK_INT("the second", admin_sessions_end_idle(&sessions), true);
	CHECK_INT("no third", admin_sessions_end_idle(&sessions), false);
	bed_peer_clear(&p);
	bed_peer_clear(&q);
}

static void check_gone_meanwhile(void)
{
	struct bed_peer p, q;

	bed_peer_new(&p, &sessions);
	bed_peer_new(&q, &sessions);
	ask(&p, STR("{\"command\":\"late\"}"));
	until_late();
	bed_peer_clear(&p);
	(void)bed_ask(&q, STR("{\"command\":\"end\"}")); /* the end was seen before this */
	CHECK_INT("nobody is found", admin_sessions_find(&sessions, late) == NULL, 1);
	bed_peer_clear(&q);
	admin_sessions_clear(&sessions);
}

/* What the peer does not read is not followed by more. */
static void check_back_pressure(void)
{
	struct bed_peer p;

	taken = gone = 0;
	bed_peer_new(&p, &sessions);
	loop_stream_read(p.stream, LOOP_PAUSED);
	ask(&p, STR("{\"command\":\"much\"}"));
	buf_clear(&ran);
	struct loop_timer *t = loop_timer_new(loop, (void (*)(void *))loop_stop, loop);
	for (int i = 0; i < 1000 || ran.n == 0; i++) {
		loop_timer_set(t, loop_now(loop));
		run_once();
	}
	CHECK_INT("not taken", taken, 0);
	loop_stream_read(p.stream, LOOP_READING);
	p.wanted = 0; /* stops at each input */
	while (!taken || p.frames.n <= MUCH << 20)
		run_once();
	CHECK_INT("taken", taken, 1);
	CHECK_INT("and not gone", gone, 0);
	bed_peer_clear(&p);

	taken = 0;
	bed_peer_new(&p, &sessions);
	loop_stream_read(p.stream, LOOP_PAUSED);
	ask(&p, STR("{\"command\":\"much\"}"));
	for (buf_clear(&ran); ran.n == 0;) {
		loop_timer_set(t, loop_now(loop));
		run_once();
	}
	bed_peer_clear(&p);
	while (!gone)
		run_once();
	CHECK_INT("gone", gone, 1);
	CHECK_INT("and not taken", taken, 0);
	loop_timer_free(&t);
	admin_sessions_clear(&sessions);
}

static void check_too_long(void)
{
	struct bed_peer p;

	bed_peer_new(&p, &sessions);
	bed_say(&p, STR("\x7f\xff\xff\xff"));
	bed_wait(&p, 1);
	CHECK_INT("a frame past the maximum", p.gone, 1);
	bed_peer_clear(&p);

	static char much[CONTROL_REQUEST_MAX * 4];
	bed_peer_new(&p, &sessions);
	ask(&p, STR("{\"command\":\"late\"}"));
	until_late();
	bed_say(&p, (struct str){ much, sizeof(much) });
	bed_wait(&p, 1);
	CHECK_INT("more than is kept while another is answered", p.gone, 1);
	bed_peer_clear(&p);
	admin_sessions_clear(&sessions);
}

int main(void)
{
	ran = BUF_MAX(4096);
	loop = loop_new();
	if (!loop)
		return 1;
	admin_sessions_init(&sessions, loop, carry_out, NULL);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		check_case(i, SIZE_MAX);
		check_case(i, 1);
	}
	check_answered_later();
	check_gone_meanwhile();
	check_back_pressure();
	check_too_long();
	loop_free(&loop);
	buf_free(&ran);
	return TEST_EXIT();
}
