/*
 * conf_tsig_text() on any octets.  Seeds: src/conf/corpus/tsig/.
 *
 * What must hold: a key that is accepted reads as itself again; a refusal is a
 * constant, so nothing of the key is in it.
 */
#include "conf/tsig.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str text = { (const char *)data, n };
	CLEANUP(buf_free) struct buf key = BUF_MAX(CONF_TSIG_TEXT_MAX);
	CLEANUP(buf_free) struct buf again = BUF_MAX(CONF_TSIG_TEXT_MAX);
	const char *why = NULL;

	enum err e = conf_tsig_text(text, &key, &why);
	if (e == ERR_SYNTAX && (!why || key.n > 0))
		abort();
	if (e == ERR_OK && (conf_tsig_read(buf_str(&key), ".", &again, &why) != ERR_OK ||
			    !str_eq(buf_str(&key), buf_str(&again))))
		abort();
	return 0;
}
