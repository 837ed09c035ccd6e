/*
 * What is said of several keys or sections, each in one place: what is wrong, and what to do; the
 * file and line stand before it.  What one key alone can meet stands with its reader.
 */
#ifndef CONF_WORDS_PRIV_H
#define CONF_WORDS_PRIV_H

#define CONF_NOT_KNOWN "%s: \"%.*s\" is not known: write one of: %s"    /* key, value, words */
#define CONF_TWICE "%s \"%.*s\" is there already: remove the duplicate" /* section, title */
#define CONF_MANY "more than %d %s: remove some"                        /* at most, of what */
#define CONF_KEY_MANY "%s: " CONF_MANY                                  /* key, and these */

#endif
