#include "console/asset.h"

const struct console_asset *console_asset_find(struct str path)
{
	for (size_t i = 0; i < console_assets_n; i++)
		if (str_eq(path, console_assets[i].path))
			return &console_assets[i];
	return NULL;
}
