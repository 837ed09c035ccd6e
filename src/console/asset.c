#include "console/asset.h"

const struct console_asset *console_asset_find(struct str name)
{
	for (size_t i = 0; i < console_assets_n; i++)
		if (str_eq(name, console_assets[i].name))
			return &console_assets[i];
	return NULL;
}
