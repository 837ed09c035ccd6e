/*
 * What SECURE would have made of an attempt that is recorded.  Pure.
 */
#ifndef REVIEW_FATE_H
#define REVIEW_FATE_H

#include "journal/record.h"

enum review_fate {
	REVIEW_GOES,    /* it would not have bounced it: delivered, or put off */
	REVIEW_BOUNCES, /* 5.7.4, or 5.7.10 with DANE */
	REVIEW_UNKNOWN, /* nothing was asked that would tell: the service was off */
};

/*
 * By what the record says of the way that was taken: MX and address, each secure or not.  Where
 * OBSERVE said what SECURE would have done, that is it.  What an exemption lifted did not bounce.
 * dane: SECURE DANE.
 */
enum review_fate review_fate(const struct journal_record *r, bool dane);

#endif
