/*
 * Who the daemon is, and what it gives up once its sockets are bound.
 */
#ifndef RELAY_RIGHTS_H
#define RELAY_RIGHTS_H

#include "conf/conf.h"
#include "os/user.h"

/* Whom it will be. */
struct relay_rights {
	struct os_user user;
	bool change;   /* it is root now, and becomes user */
	char name[64]; /* of the user; "?": he has none */
};

/*
 * ERR_IO: there is no such user, or none is named though we are root; *why says so with
 * what is to be done.  Where we are not root, user is whoever we are; a user who is named in
 * the file is then passed over, with a line in the log.
 */
enum err relay_rights_find(const struct conf *conf, struct relay_rights *out, struct buf *why)
	MUST_USE;

/* The command that makes the user of conf; false: none does, by that name. */
bool relay_rights_command(const struct conf *conf, struct buf *out);

/* The directories of state and log, made where missing, for that user.  ERR_IO: *why. */
enum err relay_rights_directories(const struct conf *conf, const struct relay_rights *r,
				  struct buf *why) MUST_USE;

/* Whether they are there, or could be made; nothing is.  ERR_IO: *why. */
enum err relay_rights_may_make(const struct conf *conf, struct buf *why) MUST_USE;

/* Go to the state directory.  ERR_IO: *why. */
enum err relay_rights_go(const struct conf *conf, const struct relay_rights *r, struct buf *why)
	MUST_USE;

/* Become that user, for good and with no way back.  ERR_IO: *why. */
enum err relay_rights_become(const struct conf *conf, const struct relay_rights *r, struct buf *why)
	MUST_USE;

/*
 * The same, go to the state directory, and give up whatever rights are not his
 * (os/confine.h).  ERR_IO: *why.
 */
enum err relay_rights_drop(const struct conf *conf, const struct relay_rights *r, struct buf *why)
	MUST_USE;

#endif
