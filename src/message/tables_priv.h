/*
 * Tables of the charsets in which an octet is a character, made by tools/charsets.c from the C
 * library of the machine that builds.
 */
#ifndef MESSAGE_TABLES_PRIV_H
#define MESSAGE_TABLES_PRIV_H

#include <stdint.h>

/* By the number of a name in converters.def: which table is its; -1: none. */
extern const int16_t message_table_of[];

/* The characters of its octets; 0, but of octet 0: none. */
extern const uint16_t message_tables[][256];

#endif
