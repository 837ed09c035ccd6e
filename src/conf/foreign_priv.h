/* What stands in the files of other programs for our keys: no more than words for a refusal. */
#ifndef CONF_FOREIGN_PRIV_H
#define CONF_FOREIGN_PRIV_H

#include "base/str.h"

/*
 * What we write where other programs write `word`, in any case: a key, or a section that has it.
 * It is constant text; NULL: we do not know.
 */
const char *conf_foreign_key(struct str word);

#endif
