/*
 * Times and sizes as people like to read them.
 */
#ifndef CLI_MEASURE_H
#define CLI_MEASURE_H

#include "base/buf.h"

/* "12s", "3h12m", "5d4h": the two largest units, what is below left out. */
void cli_measure_span(struct buf *out, int64_t ms);

/* "850", "1.2K", "50M". */
void cli_measure_size(struct buf *out, uint64_t octets);

/* "12.3 ms" of microseconds. */
void cli_measure_us(struct buf *out, int64_t us);

#endif
