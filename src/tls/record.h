/* Whether TLSA records are those of certificates in a file: for who serves by it. */
#ifndef TLS_RECORD_H
#define TLS_RECORD_H

#include "tls/config.h"

/* Mail hosts are authenticated by no other: usages 2 and 3, and what RFC 6698 has of the rest. */
bool tls_record_usable(const struct tls_tlsa *t);

/*
 * Whether a usable record is of the first certificate of a PEM file (usage 3), or of one that
 * follows (usage 2).  False also where the file cannot be read.
 */
bool tls_record_fits(const struct tls_tlsa *t, const char *file);

/* What "3 1 1" has of the first certificate.  ERR_IO: it has none, or cannot be read. */
enum err tls_record_pin(const char *file, uint8_t pin[static TLS_PIN_OCTETS]) MUST_USE;

#endif
