/* The message of a delivery as it goes, spooled: as it is, or made to fit, by chores. */
#include "relay/cargo.h"

#include "relay/rig_priv.h"

#define HEAD "MIME-Version: 1.0\r\nSubject: large\r\nContent-Type: "
#define LINES 5000 /* of 60 octets each: some blocks of the spool */
#define HAS(x) (1u << SMTP_EXT_##x)

static struct rig rig;

static const struct smtp_offer seven = { .has = HAS(SIZE) };
static const struct smtp_offer eight = { .has = HAS(8BITMIME) };

/* A large message with that head and those lines. */
static void write_message(struct buf *out, const char *head, const char *line)
{
	buf_add(out, str_of(head));
	for (int i = 0; i < LINES; i++) {
		buf_add(out, str_of(line));
		buf_add(out, STR(" and what stands in a line of fifty octets\r\n"));
	}
}

static void converted(void *arg)
{
	++*(unsigned *)arg;
}

static void settle(void)
{
	while (rig.worker->arriving > 0)
		rig_moment(&rig);
}

/* All that c would send, appended. */
static enum err read_all(struct relay_cargo *c, const struct smtp_transaction *tx, struct buf *out)
{
	enum err e = ERR_OK;
	struct str piece;

	while (e == ERR_OK && out->n < tx->elsewhere.octets) {
		e = relay_cargo_piece(c, out->n, &piece);
		if (e == ERR_OK)
			buf_add(out, piece);
	}
	return e;
}

static void check_text(const char *label, struct relay_cargo *c, const struct smtp_offer *offer,
		       enum smtp_body body, struct str expected)
{
	struct smtp_transaction tx = { .n_rcpt = 0 };
	CLEANUP(buf_free) struct buf out = BUF_MAX(1 << 22);

	CHECK_INT(label, relay_cargo_load(c, offer, &tx), ERR_OK);
	CHECK_INT(label, tx.body, body);
	CHECK_INT(label, tx.elsewhere.octets == expected.n, true);
	CHECK_INT(label, read_all(c, &tx, &out), ERR_OK);
	CHECK_INT(label, str_eq(buf_str(&out), expected), true);
	if (body == SMTP_BODY_CONVERTED)
		CHECK_INT(label, tx.elsewhere.has & SMTP_TEXT_BODY_EIGHT, 0);
}

static bool begin(struct relay_cargo *c, const struct smtp_offer *offer)
{
	return relay_cargo_converts(c, offer, (struct smtp_transaction){ .n_rcpt = 0 });
}

static const struct {
	const char *label, *head, *line;
	enum smtp_body body;
} cases[] = {
	{ "ASCII", HEAD "text/plain\r\n\r\n", "coffee", SMTP_BODY_AS_IT_CAME },
	{ "a text", HEAD "text/plain\r\n\r\n", "caf\xe9", SMTP_BODY_CONVERTED },
	{ "no text", HEAD "image/x\r\n\r\n", "\xff\xfe\xfd", SMTP_BODY_CONVERTED },
	{ "parts", HEAD "multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n", "caf\xe9",
	  SMTP_BODY_CONVERTED },
	{ "signed", HEAD "multipart/signed; boundary=b\r\n\r\n--b\r\n\r\n", "caf\xe9",
	  SMTP_BODY_SEALED },
	{ "broken", HEAD "multipart/mixed\r\n\r\n", "caf\xe9", SMTP_BODY_BROKEN },
};

/* To hosts that take eight bits, and that do not, in turn: what is converted is so once. */
static void check_case(size_t i)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(1 << 20);
	CLEANUP(buf_free) struct buf expected = BUF_MAX(1 << 22);
	struct relay_cargo c;
	unsigned heard = 0;

	write_message(&text, cases[i].head, cases[i].line);
	struct queue_message *m = rig_spooled(&rig, buf_str(&text));
	relay_cargo_init(&c, rig.worker, m, converted, &heard);
	CHECK_INT(cases[i].label, begin(&c, &eight), false);
	bool waits = begin(&c, &seven);
	CHECK_INT(cases[i].label, waits, cases[i].body != SMTP_BODY_AS_IT_CAME);
	CHECK_INT("never from within", heard, 0);
	while (heard < (waits ? 1u : 0u))
		rig_moment(&rig);
	if (cases[i].body == SMTP_BODY_CONVERTED)
		CHECK_INT("as of one in memory", message_sevenbit_write(&expected, buf_str(&text)),
			  MESSAGE_SEVENBIT_DONE);
	else
		buf_add(&expected, buf_str(&text));
	for (int k = 0; k < 2; k++) {
		CHECK_INT("once", begin(&c, &seven), false);
		check_text(cases[i].label, &c, &seven, cases[i].body, buf_str(&expected));
		check_text(cases[i].label, &c, &eight, SMTP_BODY_AS_IT_CAME, buf_str(&text));
	}
	relay_cargo_clear(&c);
	settle();
	CHECK_INT("heard once", heard, waits ? 1 : 0);
	CHECK_INT("its own file alone is left", rig_spool_files(&rig) == 1, true);
	queue_message_free(&m);
	CHECK_INT("nothing is charged", schedule_budget_zero(&rig.shared.memory.budget), true);
}

/* Whoever wanted it is gone, and so is the message, while it is made. */
static void check_dropped(void)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(1 << 20);
	struct relay_cargo c;
	unsigned heard = 0;

	write_message(&text, cases[1].head, cases[1].line);
	struct queue_message *m = rig_spooled(&rig, buf_str(&text));
	relay_cargo_init(&c, rig.worker, m, converted, &heard);
	CHECK_INT("begun", begin(&c, &seven), true);
	relay_cargo_clear(&c);
	queue_message_free(&m);
	settle();
	CHECK_INT("nobody hears of it", heard, 0);
	CHECK_INT("nothing is left on disk", rig_spool_files(&rig) == 0, true);
	CHECK_INT("nor charged", schedule_budget_zero(&rig.shared.memory.budget), true);
}

static bool is_held(queue_id id)
{
	struct queue_message *m = rig_look(&rig, id);
	bool held = m && m->flags & QUEUE_HELD;

	CHECK_INT("in the store", m != NULL, true);
	queue_message_free(&m);
	return held;
}

/* An octet has changed on disk: nothing of it is converted, and it is held. */
static void check_damaged(void)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(1 << 20);
	struct smtp_transaction tx = { .n_rcpt = 0 };
	struct relay_cargo c;
	unsigned heard = 0;

	write_message(&text, cases[1].head, cases[1].line);
	struct queue_message *m = rig_spooled(&rig, buf_str(&text));
	rig_store(&rig, m);
	CHECK_INT("not held", is_held(m->id), false);
	m->spool->sum[1] ^= 1;
	relay_cargo_init(&c, rig.worker, m, converted, &heard);
	CHECK_INT("begun", begin(&c, &seven), true);
	while (heard == 0)
		rig_moment(&rig);
	CHECK_INT("damaged", relay_cargo_load(&c, &seven, &tx), ERR_SYNTAX);
	CHECK_STR("in words", relay_cargo_words(ERR_SYNTAX), STR("the message cannot be read"));
	relay_cargo_clear(&c);
	settle();
	CHECK_INT("held", is_held(m->id), true);
	queue_message_free(&m);
}

/* What is signed is known to be as soon as a part of it is 8-bit: no more of it is read. */
static void check_decided(void)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(1 << 20);
	struct relay_cargo c;
	unsigned heard = 0;

	write_message(&text, cases[4].head, cases[4].line);
	struct queue_message *m = rig_spooled(&rig, buf_str(&text));
	m->spool->sum[m->spool->n - 1] ^= 1;
	relay_cargo_init(&c, rig.worker, m, converted, &heard);
	CHECK_INT("begun", begin(&c, &seven), true);
	while (heard == 0)
		rig_moment(&rig);
	struct smtp_transaction tx = { .n_rcpt = 0 };
	CHECK_INT("its end is not read", relay_cargo_load(&c, &seven, &tx), ERR_OK);
	CHECK_INT("sealed", tx.body, SMTP_BODY_SEALED);
	relay_cargo_clear(&c);
	settle();
	queue_message_free(&m);
}

/* No room in the account: it is said, and nothing has begun. */
static void check_no_room(void)
{
	CLEANUP(buf_free) struct buf text = BUF_MAX(1 << 20);
	struct relay_memory *memory = &rig.shared.memory;
	struct smtp_transaction tx = { .n_rcpt = 0 };
	struct schedule_charge all = { .kib = 0 };
	struct relay_cargo c;
	unsigned heard = 0;

	write_message(&text, cases[1].head, cases[1].line);
	struct queue_message *m = rig_spooled(&rig, buf_str(&text));
	relay_cargo_init(&c, rig.worker, m, converted, &heard);
	for (uint32_t kib = 1 << 20; kib > 0; kib /= 2)
		while (schedule_budget_grow(&memory->budget, &all, all.kib + kib))
			continue;
	CHECK_INT("not begun", begin(&c, &seven), false);
	CHECK_INT("no room", relay_cargo_load(&c, &seven, &tx), ERR_LIMIT);
	CHECK_STR("in words", relay_cargo_words(ERR_LIMIT),
		  STR("no room, in memory or on the disk, to convert the message in"));
	CHECK_INT("as it is", relay_cargo_load(&c, &eight, &tx), ERR_OK);
	relay_memory_release(memory, &all);
	relay_cargo_clear(&c);
	queue_message_free(&m);
	CHECK_INT("nothing has begun", rig.worker->arriving == 0 && heard == 0, true);
}

int main(void)
{
	rig_open(&rig, 25, "", "", NULL);
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		check_case(i);
	check_dropped();
	check_damaged();
	check_decided();
	check_no_room();
	rig_close(&rig);
	return TEST_EXIT();
}
