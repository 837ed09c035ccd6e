/*
 * The files of src/console/assets, in the program: tools/embed.py makes the table of whatever
 * stands in the folder.
 */
#ifndef CONSOLE_ASSET_H
#define CONSOLE_ASSET_H

#include "base/str.h"

struct console_asset {
	struct str name; /* "app.js" */
	const char *type;
	struct str etag; /* with its quotes */
	struct str plain, gzip;
};

extern const struct console_asset console_assets[];
extern const size_t console_assets_n;

/* NULL: there is none. */
const struct console_asset *console_asset_find(struct str name);

#endif
