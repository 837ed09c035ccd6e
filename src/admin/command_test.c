/* Each command, over a queue of its own and a daemon that is made up. */
#include "admin/command.h"

#include "admin/bed_priv.h"
#include "admin/words.h"
#include "loop/loop.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

enum { MANY = 600, REQUEST_MAX = 128 }; /* messages: two answers and a part of one */

/* The daemon */

static struct {
	enum err reload, errand, survey; /* what it says */
	struct queue_job result;
	bool later; /* errands and surveys are answered by answer_now() */
	enum queue_job_kind kind;
	queue_id id;
	relay_errand_done *errand_done;
	relay_survey_done *survey_done;
	void *arg;
	int reprobed, answered;
} fake;

static struct relay_counters counters;
static struct conf conf = { .hostname = (char *)(uintptr_t) "relay.example",
			    .queue_store = (char *)(uintptr_t) "sqlite:/tmp/queue.db",
			    .dnssec = { .criteria = (char *)(uintptr_t) "c" } };
static struct routing_settings settings = { .holders = 1, .conf = &conf };

static struct routing_settings *fake_settings(struct relay_daemon *d)
{
	(void)d;
	return &settings;
}

static enum err fake_reload(struct relay_daemon *d, struct buf *why)
{
	(void)d;
	if (fake.reload != ERR_OK)
		buf_add(why, STR("f:1: bad"));
	return fake.reload;
}

static void fake_reprobe(struct relay_daemon *d)
{
	(void)d;
	fake.reprobed++;
}

static void answer_now(void)
{
	static struct relay_state state[2];

	fake.answered++;
	if (fake.errand_done)
		fake.errand_done(fake.arg, &fake.result);
	else
		fake.survey_done(fake.arg, state, 2);
}

static enum err fake_errand(struct relay_daemon *d, enum queue_job_kind kind, queue_id id,
			    relay_errand_done *done, void *arg)
{
	(void)d;
	fake.kind = kind;
	fake.id = id;
	fake.result.id = id;
	fake.errand_done = done;
	fake.arg = arg;
	if (fake.errand == ERR_OK && !fake.later)
		answer_now();
	return fake.errand;
}

static enum err fake_survey(struct relay_daemon *d, relay_survey_done *done, void *arg)
{
	(void)d;
	fake.errand_done = NULL;
	fake.survey_done = done;
	fake.arg = arg;
	if (fake.survey == ERR_OK && !fake.later)
		answer_now();
	return fake.survey;
}

/* The queue */

static char directory[] = "/tmp/admin_test.XXXXXX";
static char store[64];
static struct queue *queue;
static queue_id ids[MANY];
static struct queue_message *messages[MANY];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t told = PTHREAD_COND_INITIALIZER;
static size_t added;

static void add_done(struct queue_job *job)
{
	if (job->err != ERR_OK)
		exit(1);
	(void)pthread_mutex_lock(&lock);
	added++;
	(void)pthread_cond_signal(&told);
	(void)pthread_mutex_unlock(&lock);
}

static void add(size_t i, struct buf *content)
{
	static struct queue_job jobs[MANY];
	struct schedule_rcpt rcpt = { .to = STR("a@x.example") };
	struct queue_message like = { .id = queue_next_id(queue),
				      .arrived_wall_ms = 1790000000000,
				      .from = STR("me@y.example"),
				      .rcpt = &rcpt,
				      .n_rcpt = 1 };

	ids[i] = like.id;
	messages[i] = queue_message_new(&like, content);
	jobs[i] = (struct queue_job){ .kind = QUEUE_ADD, .message = messages[i], .done = add_done };
	list_init(&jobs[i].link);
	queue_submit(queue, &jobs[i]);
}

static void all_added(void)
{
	(void)pthread_mutex_lock(&lock);
	while (added < MANY)
		(void)pthread_cond_wait(&told, &lock);
	(void)pthread_mutex_unlock(&lock);
	for (size_t i = 0; i < MANY; i++)
		queue_message_free(&messages[i]);
}

static void open_store(void)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(1024);

	if (!mkdtemp(directory))
		exit(1);
	(void)snprintf(store, sizeof(store), "sqlite:%s/queue.db", directory);
	if (queue_open(&(struct queue_conf){ .store = store }, &queue, &why) != ERR_OK)
		exit(1);
}

static void remove_store(void)
{
	DIR *dir = opendir(directory);

	queue_close(&queue);
	for (struct dirent *e; dir && (e = readdir(dir));)
		(void)unlinkat(dirfd(dir), e->d_name, 0);
	if (dir)
		(void)closedir(dir);
	(void)rmdir(directory);
}

/* Requests */

static struct loop *loop;
static struct admin_commands commands = { .daemon = { .counters = &counters,
						      .n_workers = 2,
						      .settings = fake_settings,
						      .reload = fake_reload,
						      .reprobe = fake_reprobe,
						      .errand = fake_errand,
						      .survey = fake_survey } };
static struct bed_peer peer;

#define NO(words) "{\"end\":true,\"error\":\"" words "\",\"exit\":1}\n"
#define BAD(words) "{\"end\":true,\"error\":\"" words "\",\"exit\":2}\n"
#define END "{\"end\":true}\n"
#define COUNT "{\"end\":true,\"count\":5}\n"
#define REMEDY(command) ",\"remedy\":\"queue " command "\"}\n"
#define NONE(id)                                                                                   \
	"{\"end\":true,\"error\":\"no such message in the queue: " id "\",\"exit\":1" REMEDY("lis" \
											     "t")
#define REFUSED "{\"end\":true,\"error\":\"as the store says\",\"exit\":1"
#define WHICH                                                                                      \
	BAD("name messages by one of \\\"id\\\", \\\"ids\\\" and \\\"all\\\": true, and by no "    \
	    "filter: queue-list finds IDs")

static const struct {
	const char *request, *answer;
	enum err says; /* the daemon, to reload and errands */
	enum err result;
	enum queue_job_kind kind; /* of the errand; ADD: there is none */
	queue_id id;
} cases[] = {
	{ "{}", BAD(ADMIN_UNKNOWN), 0, 0, QUEUE_ADD, 0 },
	{ "{\"command\":7}", BAD(ADMIN_UNKNOWN), 0, 0, QUEUE_ADD, 0 },
	{ "{\"command\":\"fly\"}", BAD(ADMIN_UNKNOWN), 0, 0, QUEUE_ADD, 0 },
	{ "{\"command\":\"role\"}", BAD("\\\"role\\\" is not known: write view or admin"), 0, 0,
	  QUEUE_ADD, 0 },
	{ "{\"command\":\"role\",\"role\":\"root\"}",
	  BAD("\\\"role\\\" is not known: write view or admin"), 0, 0, QUEUE_ADD, 0 },
	{ "{\"command\":\"role\",\"role\":\"admin\"}", END, 0, 0, QUEUE_ADD, 0 },
	{ "{\"command\":\"reload\"}", END, 0, 0, QUEUE_ADD, 0 },
	{ "{\"command\":\"reload\"}", BAD("f:1: bad"), ERR_SYNTAX, 0, QUEUE_ADD, 0 },
	{ "{\"command\":\"reload\"}", BAD("f:1: bad"), ERR_IO, 0, QUEUE_ADD, 0 },
	{ "{\"command\":\"reload\"}", NO("f:1: bad"), ERR_LIMIT, 0, QUEUE_ADD, 0 },
	{ "{\"command\":\"reload\"}", NO(ADMIN_NO_MEMORY), ERR_NOMEM, 0, QUEUE_ADD, 0 },
	{ "{\"command\":\"probe\"}", END, 0, 0, QUEUE_ADD, 0 },
	{ "{\"command\":\"queue-retry\",\"id\":\"0000000002D\"}", COUNT, 0, 0, QUEUE_RETRY, 77 },
	{ "{\"command\":\"queue-hold\",\"id\":\"0000000002D\"}", COUNT, 0, 0, QUEUE_HOLD, 77 },
	{ "{\"command\":\"queue-release\",\"all\":true}", COUNT, 0, 0, QUEUE_RELEASE, 0 },
	{ "{\"command\":\"queue-remove\",\"id\":\"0000000002D\"}", COUNT, 0, 0, QUEUE_REMOVE, 77 },
	{ "{\"command\":\"queue-bounce\",\"id\":\"0000000002D\"}", COUNT, 0, 0, QUEUE_EXPIRE, 77 },
	{ "{\"command\":\"queue-retry\"}", WHICH, 0, 0, QUEUE_ADD, 0 },
	{ "{\"command\":\"queue-retry\",\"all\":false}", WHICH, 0, 0, QUEUE_ADD, 0 },
	{ "{\"command\":\"queue-hold\",\"all\":true,\"id\":\"0000000002D\"}", WHICH, 0, 0,
	  QUEUE_ADD, 0 },
	{ "{\"command\":\"queue-hold\",\"all\":true,\"ids\":[\"0000000002D\"]}", WHICH, 0, 0,
	  QUEUE_ADD, 0 },
	{ "{\"command\":\"queue-hold\",\"id\":\"0000000002D\",\"ids\":[]}", WHICH, 0, 0, QUEUE_ADD,
	  0 },
	{ "{\"command\":\"queue-hold\",\"all\":true,\"to\":\"@a.example\"}", WHICH, 0, 0, QUEUE_ADD,
	  0 },
	{ "{\"command\":\"queue-hold\",\"all\":true,\"older_ms\":0}", WHICH, 0, 0, QUEUE_ADD, 0 },
	{ "{\"command\":\"queue-remove\",\"all\":true,\"text\":\"x\"}", WHICH, 0, 0, QUEUE_ADD, 0 },
	{ "{\"command\":\"queue-hold\",\"id\":\"0000000002D\",\"state\":\"held\"}", WHICH, 0, 0,
	  QUEUE_ADD, 0 },
	{ "{\"command\":\"queue-retry\",\"id\":\"\"}", NONE(""), 0, 0, QUEUE_ADD, 0 },
	{ "{\"command\":\"queue-retry\",\"id\":\"00000000000\"}", NONE("00000000000"), 0, 0,
	  QUEUE_ADD, 0 },
	{ "{\"command\":\"queue-retry\",\"id\":77}", NONE(""), 0, 0, QUEUE_ADD, 0 },
	{ "{\"command\":\"queue-retry\",\"all\":true}", NO(ADMIN_STOPPING), ERR_LIMIT, 0,
	  QUEUE_RETRY, 0 },
	{ "{\"command\":\"queue-retry\",\"all\":true}", NO(ADMIN_NO_MEMORY), ERR_NOMEM, 0,
	  QUEUE_RETRY, 0 },
	{ "{\"command\":\"queue-retry\",\"id\":\"0000000002D\"}", NONE("0000000002D"), 0,
	  ERR_SYNTAX, QUEUE_RETRY, 77 },
	{ "{\"command\":\"queue-remove\",\"all\":true}", NO("as the store says"), 0, ERR_LIMIT,
	  QUEUE_REMOVE, 0 },
	{ "{\"command\":\"queue-retry\",\"all\":true}", NO(ADMIN_NOT_WRITTEN), 0, ERR_IO,
	  QUEUE_RETRY, 0 },
	{ "{\"command\":\"queue-show\"}", NONE(""), 0, 0, QUEUE_ADD, 0 },
	{ "{\"command\":\"queue-show\",\"id\":\"0000000002D\"}", NONE("0000000002D"), 0, 0,
	  QUEUE_ADD, 0 },
	{ "{\"command\":\"queue-list\",\"after\":\"what?\"}",
	  BAD("\\\"after\\\" is not a queue ID"), 0, 0, QUEUE_ADD, 0 },
	{ "{\"command\":\"queue-list\"}", END, 0, 0, QUEUE_ADD, 0 },
	{ "{\"command\":\"queue-list\",\"state\":\"waiting\"}",
	  BAD("state is not known: write active, deferred, held or failed"), 0, 0, QUEUE_ADD, 0 },
	{ "{\"command\":\"queue-list\",\"from\":\"@z.example\"}", END, 0, 0, QUEUE_ADD, 0 },
	{ "{\"command\":\"queue-hold\",\"ids\":[\"0000000002D\",\"0000000002D\"]}",
	  "{\"end\":true,\"count\":10}\n", 0, 0, QUEUE_HOLD, 77 },
	{ "{\"command\":\"queue-hold\",\"ids\":[]}", "{\"end\":true,\"count\":0}\n", 0, 0,
	  QUEUE_ADD, 0 },
	{ "{\"command\":\"queue-retry\",\"ids\":[\"0000000002D\"]}",
	  "{\"end\":true,\"count\":0,\"refused\":1,\"why\":\"as the store says\"}\n", 0, ERR_LIMIT,
	  QUEUE_RETRY, 77 },
	{ "{\"command\":\"queue-retry\",\"ids\":[\"0000000002D\"]}", "{\"end\":true,\"count\":0}\n",
	  0, ERR_SYNTAX, QUEUE_RETRY, 77 },
	{ "{\"command\":\"queue-retry\",\"ids\":[\"0000000002D\"]}",
	  "{\"end\":true,\"count\":0,\"refused\":1,\"why\":\"" ADMIN_STOPPING "\"}\n", ERR_LIMIT, 0,
	  QUEUE_RETRY, 77 },
	{ "{\"command\":\"queue-retry\",\"ids\":[\"0\"]}",
	  BAD("\\\"ids\\\" is no list of up to 256 queue IDs"), 0, 0, QUEUE_ADD, 0 },
	{ "{\"command\":\"queue-remove\",\"ids\":\"0000000002D\"}",
	  BAD("\\\"ids\\\" is no list of up to 256 queue IDs"), 0, 0, QUEUE_ADD, 0 },
	{ "{\"command\":\"queue-remove\",\"ids\":null}",
	  BAD("\\\"ids\\\" is no list of up to 256 queue IDs"), 0, 0, QUEUE_ADD, 0 },
	{ "{\"command\":\"queue-list\",\"to\":\"\"}",
	  BAD("a filter is text that is not empty, and \\\"older_ms\\\" is a number from 0 on"), 0,
	  0, QUEUE_ADD, 0 },
	{ "{\"command\":\"criteria-try\"}",
	  BAD("the line is not one criterion: HEADER VALUE [SECURE]"), 0, 0, QUEUE_ADD, 0 },
	{ "{\"command\":\"criteria-try\",\"line\":\"To * SECURE\",\"after\":\"what?\"}",
	  BAD("\\\"after\\\" is not a queue ID"), 0, 0, QUEUE_ADD, 0 },
	{ "{\"command\":\"criteria-try\",\"line\":\"To * SECURE\"}",
	  "{\"looked\":0,\"headers\":0,\"messages\":0,\"recipients\":0,\"requested\":0,"
	  "\"required\":0,\"would_bounce\":0,\"not_known\":0,\"domains\":[]}\n" END,
	  0, 0, QUEUE_ADD, 0 },
	{ "{\"command\":\"status\"}", NO(ADMIN_STOPPING), ERR_LIMIT, 0, QUEUE_ADD, 0 },
	{ "{\"command\":\"status\"}", NO(ADMIN_NO_MEMORY), ERR_NOMEM, 0, QUEUE_ADD, 0 },
};

#define THAT_ID ",\"id\":\"0000000002D\"}"

/* What would do in place of what the store refuses. */
static const struct {
	const char *request, *answer;
	enum queue_job_kind instead;
	queue_id id;
} remedies[] = {
	{ "{\"command\":\"queue-retry\"" THAT_ID, REFUSED REMEDY("release 0000000002D"),
	  QUEUE_RELEASE, 77 },
	{ "{\"command\":\"queue-release\"" THAT_ID, REFUSED REMEDY("retry 0000000002D"),
	  QUEUE_RETRY, 77 },
	{ "{\"command\":\"queue-bounce\"" THAT_ID, REFUSED REMEDY("remove 0000000002D"),
	  QUEUE_REMOVE, 77 },
	{ "{\"command\":\"queue-remove\"" THAT_ID, REFUSED "}\n", QUEUE_ADD, 77 },
	{ "{\"command\":\"queue-retry\",\"all\":true}", REFUSED REMEDY("release --all"),
	  QUEUE_RELEASE, 0 },
	{ "{\"command\":\"queue-retry\",\"ids\":[\"0000000002D\",\"0000000003D\"]}",
	  "{\"end\":true,\"count\":0,\"refused\":2,\"why\":\"as the store says\"" REMEDY(
		  "release 0000000002D"),
	  QUEUE_RELEASE, 77 },
};

static void check_remedies(void)
{
	for (size_t i = 0; i < COUNT_OF(remedies); i++) {
		memset(&fake, 0, sizeof(fake));
		fake.result = (struct queue_job){ .err = ERR_LIMIT,
						  .why = "as the store says",
						  .instead = remedies[i].instead,
						  .id = remedies[i].id };
		CHECK_STR(remedies[i].request, bed_ask(&peer, str_of(remedies[i].request)),
			  str_of(remedies[i].answer));
	}
}

static void check_cases(void)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		memset(&fake, 0, sizeof(fake));
		fake.reload = fake.errand = fake.survey = cases[i].says;
		fake.result = (struct queue_job){ .err = cases[i].result,
						  .why = "as the store says",
						  .n = 5 };
		CHECK_STR(cases[i].request, bed_ask(&peer, str_of(cases[i].request)),
			  str_of(cases[i].answer));
		CHECK_INT(cases[i].request, fake.kind, cases[i].kind);
		CHECK_INT(cases[i].request, (long long)fake.id, (long long)cases[i].id);
	}
	memset(&fake, 0, sizeof(fake));
	(void)bed_ask(&peer, STR("{\"command\":\"probe\"}"));
	CHECK_INT("servers are probed anew", fake.reprobed, 1);
}

static bool holds(struct str s, const char *text)
{
	for (; s.n; s = str_skip(s, 1))
		if (str_starts(s, str_of(text)))
			return true;
	return false;
}

static void check_status(const char *says)
{
	memset(&fake, 0, sizeof(fake));
	struct str s = bed_ask(&peer, STR("{\"command\":\"status\"}"));

	CHECK_INT("one document", str_starts(s, STR("{\"version\":")) && str_ends(s, STR("\n" END)),
		  1);
	CHECK_INT("of the queue", holds(s, says), 1);
}

/* {"command":"NAME","KEY":"ID"MORE}; name_and_key with what stands between them. */
static void write_request(char request[static REQUEST_MAX], const char *name_and_key, queue_id id,
			  const char *more)
{
	char text[QUEUE_ID_MAX];

	(void)snprintf(request, REQUEST_MAX, "{\"command\":\"%s\":\"%.*s\"%s}", name_and_key,
		       STR_ARG(queue_id_text(id, text)), more);
}

/* Asks for the list, answer by answer; the messages of each. */
static void check_list(void)
{
	static const size_t want[] = { 256, 256, MANY - 512 };
	char text[QUEUE_ID_MAX], request[REQUEST_MAX];
	size_t at = 0;

	(void)snprintf(request, sizeof(request), "{\"command\":\"queue-list\"}");
	for (size_t i = 0; i < COUNT_OF(want); i++) {
		struct str rest = bed_ask(&peer, str_of(request)), line = STR_NONE;
		size_t n = 0;
		for (; str_line(&rest, &line) && rest.n; n++, at++) {
			struct str id = queue_id_text(ids[at], text);
			CHECK_INT("in order", holds(str_head(line, 32), "{\"id\":\""), 1);
			CHECK_STR("each once", str_head(str_skip(line, 7), id.n), id);
		}
		CHECK_INT("so many", (long long)n, (long long)want[i]);
		CHECK_INT("others", holds(line, "\"more\":true"), i + 1 < COUNT_OF(want));
		write_request(request, "queue-list\",\"after", ids[at - 1], "");
	}
	CHECK_STR("after the last", bed_ask(&peer, str_of(request)), STR(END));
	write_request(request, "queue-list\",\"after", ids[MANY - 257], "");
	CHECK_INT("as many as one answer holds are all",
		  holds(bed_ask(&peer, str_of(request)), "more"), 0);
}

/* Who asks for so much and no more is told how far that was, whatever was found. */
static void check_look(void)
{
	static const struct {
		const char *filter;
		size_t look, found, last; /* last: the index; MANY: there are no others */
	} rows[] = {
		{ "", 10, 10, 9 },
		{ ",\"to\":\"@nobody.example\"", 100, 0, 99 },
		{ ",\"state\":\"active\"", 300, 256, 255 },
		{ ",\"state\":\"held\"", 1, 0, MANY },
		{ ",\"state\":\"failed\"", 1, 0, MANY },
		{ ",\"state\":\"deferred\"", 1, 0, MANY },
	};
	char request[REQUEST_MAX], last[REQUEST_MAX], id[QUEUE_ID_MAX];

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		(void)snprintf(request, sizeof(request),
			       "{\"command\":\"queue-list\",\"look\":%zu%s}", rows[i].look,
			       rows[i].filter);
		(void)snprintf(last, sizeof(last),
			       "{\"end\":true,\"more\":true,\"last\":\"%.*s\"}\n",
			       STR_ARG(rows[i].last < MANY ? queue_id_text(ids[rows[i].last], id)
							   : STR_NONE));
		struct str said = bed_ask(&peer, str_of(request));
		CHECK_INT(request, (long long)bed_lines(said), (long long)rows[i].found + 1);
		CHECK_INT(request, str_ends(said, str_of(rows[i].last < MANY ? last : END)), 1);
	}
}

/* What a line would do to all that waits, answer by answer. */
static void check_foresee(void)
{
	static const struct {
		const char *line;
		long long looked[2], headers[2], messages[2];
	} rows[] = {
		{ "Envelope-To *@X.example SECURE", { 512, 88 }, { 0, 0 }, { 512, 88 } },
		{ "Subject x", { 512, 88 }, { 512, 88 }, { 1, 0 } },
	};
	char request[REQUEST_MAX], counts[REQUEST_MAX], id[QUEUE_ID_MAX];

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		for (size_t k = 0; k < 2; k++) {
			(void)snprintf(request, sizeof(request),
				       "{\"command\":\"criteria-try\",\"line\":\"%s\"%s%.*s%s}",
				       rows[i].line, k ? ",\"after\":\"" : "",
				       STR_ARG(k ? queue_id_text(ids[511], id) : STR_NONE),
				       k ? "\"" : "");
			(void)snprintf(counts, sizeof(counts),
				       "{\"looked\":%lld,\"headers\":%lld,\"messages\":%lld,",
				       rows[i].looked[k], rows[i].headers[k], rows[i].messages[k]);
			struct str said = bed_ask(&peer, str_of(request));
			CHECK_STR(request, str_head(said, strlen(counts)), str_of(counts));
			CHECK_INT("there are others", holds(said, "\"more\":true"), k == 0);
		}
	CHECK_INT("settings are let go", (long long)atomic_load(&settings.holders), 1);
}

static void check_show(queue_id id, size_t pieces)
{
	char request[REQUEST_MAX];

	write_request(request, "queue-show\",\"id", id, "");
	CHECK_INT("the message", (long long)bed_lines(bed_ask(&peer, str_of(request))), 2);
	write_request(request, "queue-show\",\"id", id, ",\"content\":true");
	CHECK_INT("and what is in it", (long long)bed_lines(bed_ask(&peer, str_of(request))),
		  (long long)(2 + pieces));
}

/* The session has gone before the answer came: nobody is told, nothing is kept. */
static void check_gone(struct str request)
{
	struct bed_peer p;

	memset(&fake, 0, sizeof(fake));
	fake.later = true;
	bed_peer_new(&p, &commands.sessions);
	CLEANUP(buf_free) struct buf frame = BUF_MAX(1024);
	if (control_write(&frame, request) != ERR_OK)
		exit(1);
	bed_say(&p, buf_str(&frame));
	while (!fake.arg)
		(void)bed_ask(&peer, STR("{\"command\":\"probe\"}"));
	bed_peer_clear(&p);
	while (commands.sessions.n > 1)
		(void)bed_ask(&peer, STR("{\"command\":\"probe\"}"));
	answer_now();
	CHECK_INT("answered", fake.answered, 1);
}

/* Peers that leave while the reader is at work, or has a piece ready for them. */
static void check_gone_reading(void)
{
	static const char *const requests[] = {
		"{\"command\":\"status\"}",
		"{\"command\":\"queue-list\"}",
		"{\"command\":\"criteria-try\",\"line\":\"Subject *a* SECURE\"}",
	};
	char show[REQUEST_MAX];

	write_request(show, "queue-show\",\"id", ids[0], ",\"content\":true");
	memset(&fake, 0, sizeof(fake));
	for (size_t i = 0; i <= COUNT_OF(requests); i++) {
		struct bed_peer p;
		CLEANUP(buf_free) struct buf frame = BUF_MAX(1024);
		if (control_write(&frame, str_of(i < COUNT_OF(requests) ? requests[i] : show)) !=
		    ERR_OK)
			exit(1);
		bed_peer_new(&p, &commands.sessions);
		loop_stream_read(p.stream, LOOP_PAUSED);
		bed_say(&p, buf_str(&frame));
		for (int turn = 0; turn < 50; turn++)
			(void)bed_ask(&peer, STR("{\"command\":\"queue-show\"}"));
		bed_peer_clear(&p);
		while (commands.sessions.n > 1)
			(void)bed_ask(&peer, STR("{\"command\":\"probe\"}"));
	}
}

static void check_empty(void)
{
	check_status("\"messages\":0,");
	check_cases();
	check_remedies();
}

static void check_full(void)
{
	static char octets[2 * 1000 * 1000];
	struct buf big = BUF_MAX(sizeof(octets)), small = BUF_MAX(64);

	buf_add(&big, (struct str){ octets, sizeof(octets) });
	buf_add(&small, STR("Subject: x\r\n\r\n"));
	for (size_t i = 0; i < MANY; i++)
		add(i, i == 0 ? &big : i == 1 ? &small : NULL);
	all_added();
	check_status("\"messages\":600,");
	check_list();
	check_look();
	check_foresee();
	check_show(ids[0], 4);
	check_show(ids[1], 1);
	check_show(ids[2], 0);
	check_gone(STR("{\"command\":\"queue-retry\",\"all\":true}"));
	check_gone(STR("{\"command\":\"status\"}"));
	check_gone_reading();
	buf_free(&big);
	buf_free(&small);
}

/* A conversation of role view looks, and does nothing else any more, whatever it says then. */
static void check_role(void)
{
	static const char *const changes[] = { "reload",        "queue-retry",  "queue-hold",
					       "queue-release", "queue-remove", "queue-bounce" };
	struct bed_peer view;

	bed_peer_new(&view, &commands.sessions);
	CHECK_STR("view", bed_ask(&view, STR("{\"command\":\"role\",\"role\":\"view\"}")),
		  STR(END));
	CHECK_STR("no more", bed_ask(&view, STR("{\"command\":\"role\",\"role\":\"admin\"}")),
		  STR(END));
	for (size_t i = 0; i < COUNT_OF(changes); i++) {
		CLEANUP(buf_free) struct buf request = BUF_MAX(REQUEST_MAX);
		buf_addf(&request, "{\"command\":\"%s\",\"id\":\"0000000002D\"}", changes[i]);
		CHECK_STR(changes[i], bed_ask(&view, buf_str(&request)), STR(NO(ADMIN_LOOKS)));
	}
	CHECK_STR("it looks", bed_ask(&view, STR("{\"command\":\"probe\"}")), STR(END));
	CHECK_INT("and tries lines",
		  holds(bed_ask(&view, STR("{\"command\":\"criteria-try\",\"line\":\"To *\"}")),
			"\"looked\":"),
		  1);
	CHECK_STR("another may", bed_ask(&peer, STR("{\"command\":\"reload\"}")), STR(END));
	bed_peer_clear(&view);
}

int main(void)
{
	CLEANUP(buf_free) struct buf why = BUF_MAX(1024);

	open_store();
	commands.daemon.queue = queue;
	loop = loop_new();
	if (!loop)
		return 1;
	admin_sessions_init(&commands.sessions, loop, admin_command_run, &commands);
	if (admin_reader_new(store, loop, admin_command_read, &commands, &commands.reader, &why) !=
	    ERR_OK)
		return 1;
	bed_peer_new(&peer, &commands.sessions);
	check_empty();
	check_full();
	check_role();
	admin_reader_free(&commands.reader);
	bed_peer_clear(&peer);
	admin_sessions_clear(&commands.sessions);
	loop_free(&loop);
	remove_store();
	return TEST_EXIT();
}
