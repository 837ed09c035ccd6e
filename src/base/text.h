/*
 * Octets as text and back: hexadecimal, base64, UTF-8, and the one escape that
 * everything from a peer goes through before a person sees it.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/buf.h"

/* Two lower-case digits an octet. */
void text_hex(struct buf *out, struct str octets);

/* Pairs of hexadecimal digits of either case.  ERR_SYNTAX: anything else. */
enum err text_unhex(struct buf *out, struct str digits) MUST_USE;

/* RFC 4648 section 4, with padding. */
void text_base64(struct buf *out, struct str octets);

/*
 * RFC 4648 section 4.  Padding may be absent; white space and anything else is
 * ERR_SYNTAX.
 */
enum err text_unbase64(struct buf *out, struct str text) MUST_USE;

/*
 * The length in octets of the UTF-8 character at the start of s (RFC 3629: no
 * surrogates, no overlong forms, at most U+10FFFF), and its code point in *cp
 * where cp is not NULL.  0 when s is empty or does not begin with one.
 */
size_t text_utf8(struct str s, uint32_t *cp);

/* Whether no octet of s is above 127. */
bool text_is_ascii(struct str s);

/*
 * How many octets at the start of s are plain: printable ASCII without quotation mark and
 * backslash, which most of all text is.
 */
size_t text_plain(struct str s);

/* Whether the whole of s is UTF-8. */
bool text_is_utf8(struct str s);

/* Append one code point as UTF-8. */
void text_utf8_add(struct buf *out, uint32_t cp);

/*
 * Whether a code point shows nothing, or turns the line or the letters round: controls,
 * and Unicode's categories Cf, Zl, Zp, Zs (but not the space) and the like.  A word with
 * one of them in or after it looks like the word without.
 */
bool text_is_hidden(uint32_t cp);

/*
 * s made safe to show: well-formed UTF-8 without what text_is_hidden() as it is,
 * backslash doubled, all else as \xHH.  There is no line break in what comes out.
 */
void text_escape(struct buf *out, struct str s);

/* What text_escape() was given, where s is what it made; what it cannot have made stays so. */
void text_unescape(struct buf *out, struct str s);

/*
 * The same, but a backslash stays as it is: for what this host's administrator wrote, who is to
 * find it so again.
 */
void text_escape_own(struct buf *out, struct str s);

/* What that was given, but where he wrote \xHH himself. */
void text_unescape_own(struct buf *out, struct str s);

/* A line end, where out has something and does not end with one. */
void text_line(struct buf *out);

/* "1 message", "2 messages": n and its word, of which many is that for any number but 1. */
void text_count(struct buf *out, uint64_t n, const char *one, const char *many);

#endif
