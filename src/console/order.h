/*
 * What the process that speaks HTTP may have run: one of a few commands, with values.
 *
 * An order is a packet to the spawner (spawner.h).  The words of each command stand here alone; a
 * value comes behind an option's "=" or behind "--" and is none of them, whoever wrote it.  Pure.
 */
#ifndef CONSOLE_ORDER_H
#define CONSOLE_ORDER_H

#include "base/buf.h"

#define CONSOLE_ORDER_SLOTS 4          /* commands at a time */
#define CONSOLE_ORDER_VALUES 512       /* of one command */
#define CONSOLE_ORDER_MAX (128 * 1024) /* octets of a packet: what a socket takes at once */

enum console_order_kind {
	CONSOLE_ORDER_END, /* what runs in the slot is ended */
	CONSOLE_ORDER_DOCTOR,
	CONSOLE_ORDER_ROUTE,
	CONSOLE_ORDER_LOOKUP,
	CONSOLE_ORDER_EXPLAIN, /* the message is its standard input */
	CONSOLE_ORDER_REPORT,  /* criteria, of the last day */
	CONSOLE_ORDER_TRY,
	CONSOLE_ORDER_LOG,
	CONSOLE_ORDER_METRICS,
};

/* The descriptors that come with what is begun, in this order; the last where there is input. */
enum console_order_file {
	CONSOLE_ORDER_OUT, /* standard output */
	CONSOLE_ORDER_ERR,
	CONSOLE_ORDER_IN,
	CONSOLE_ORDER_FILES
};

/* What a value is to the command. */
enum console_order_word {
	CONSOLE_ORDER_BARE, /* behind "--" */
	CONSOLE_ORDER_FROM,
	CONSOLE_ORDER_TO,
	CONSOLE_ORDER_LINE, /* --try */
	CONSOLE_ORDER_SINCE,
	CONSOLE_ORDER_MESSAGE,
};

struct console_order {
	enum console_order_kind kind;
	unsigned
		slot; /* below CONSOLE_ORDER_SLOTS: the sender's choice among those that are free */
	size_t n;
	struct {
		enum console_order_word word;
		struct str text;
	} value[CONSOLE_ORDER_VALUES];
};

/* One value more; past the last, n is one more than there is room for, and the order is none. */
void console_order_add(struct console_order *o, enum console_order_word word, struct str text);

/* Whether the command takes these values, so many of each, none with a NUL, all in a packet. */
bool console_order_ok(const struct console_order *o);

/* The packet of an order that is ok, appended. */
void console_order_write(const struct console_order *o, struct buf *out);

/* Another slot, in a packet that _write() made. */
void console_order_move(struct buf *packet, unsigned slot);

/* Values point into the packet.  ERR_SYNTAX: it is no order that is ok, or has more behind it. */
enum err console_order_read(struct str packet, struct console_order *out) MUST_USE;

/*
 * The words of the command, its name the first; conf_file: for -c, NULL: none.  NULL: out of
 * memory.  Of an order that is ok, and has a command.
 */
char **console_order_words(const struct console_order *o, const char *conf_file) MUST_USE;
void console_order_words_free(char ***words); /* also the CLEANUP() handler */

#endif
