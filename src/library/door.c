#include "library/door_priv.h"

#include <string.h>

void library_door_errno(const int *kept)
{
	errno = *kept;
}

enum signpost_dns_error library_door_error(enum err e)
{
	switch (e) {
	case ERR_OK:
		return SIGNPOST_DNS_OK;
	case ERR_SYNTAX:
		return SIGNPOST_DNS_ERR_SYNTAX;
	case ERR_LIMIT:
		return SIGNPOST_DNS_ERR_LIMIT;
	case ERR_NOMEM:
		return SIGNPOST_DNS_ERR_MEMORY;
	case ERR_IO:
		break;
	}
	return SIGNPOST_DNS_ERR_SYSTEM;
}

enum err library_door_take(void *to, size_t size, const void *from)
{
	const char *octets = from;
	size_t given;

	memcpy(&given, from, sizeof(given));
	if (given < sizeof(given))
		return ERR_SYNTAX;
	for (size_t i = size; i < given; i++)
		if (octets[i] != 0)
			return ERR_LIMIT;
	memset(to, 0, size);
	memcpy(to, from, given < size ? given : size);
	return ERR_OK;
}

void library_door_give(void *to, const void *from, size_t size)
{
	size_t given;

	memcpy(&given, to, sizeof(given));
	if (given <= sizeof(given))
		return;
	if (size > given)
		size = given;
	memcpy((char *)to + sizeof(given), (const char *)from + sizeof(given),
	       size - sizeof(given));
}
