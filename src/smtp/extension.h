/*
 * What MAIL says of a message by the extensions of SMTP: a set of flags, which
 * whoever stores a message stores as they are.
 *
 * The bits stand in queues on disk, so none ever changes its meaning.  Bits 4 to
 * 7 were the queue's own when these were given out: they stay free here.
 */
#ifndef SMTP_EXTENSION_H
#define SMTP_EXTENSION_H

#define SMTP_MAIL_EIGHT_BIT 1u /* BODY=8BITMIME, RFC 6152 */
#define SMTP_MAIL_UTF8 2u      /* SMTPUTF8, RFC 6531 */
#define SMTP_MAIL_RET_FULL 4u  /* RET=FULL, RFC 3461 section 4.3 */
#define SMTP_MAIL_RET_HDRS 8u  /* RET=HDRS */

/* All that MAIL may say.  What is in none of these bits is somebody else's. */
#define SMTP_MAIL_FLAGS (~0xf0u)

#endif
