/* Our enums as the header's, whose zero is always the one that promises least. */
#ifndef LIBRARY_WORDS_PRIV_H
#define LIBRARY_WORDS_PRIV_H

#include "dns/answer.h"

#include <signpost/dns.h>

enum signpost_dns_status library_words_status(enum dns_status status);
enum signpost_dns_outcome library_words_outcome(enum dns_outcome outcome);
enum signpost_dns_trusted library_words_trusted(enum dns_trust trust);
enum signpost_dns_probe library_words_probe(enum dns_probe probe);

#endif
