#include "dns/ede.h"

bool dns_ede_is_bogus(uint16_t code)
{
	return code == 1 || code == 2 || (code >= 5 && code <= 12) || code == 25 || code == 27;
}

bool dns_ede_any_bogus(const uint16_t *ede, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (dns_ede_is_bogus(ede[i]))
			return true;
	return false;
}

void dns_ede_add(uint16_t ede[static DNS_EDE_MAX], size_t *n, uint16_t code)
{
	if (*n < DNS_EDE_MAX)
		ede[(*n)++] = code;
	else if (dns_ede_is_bogus(code) && !dns_ede_any_bogus(ede, *n))
		ede[DNS_EDE_MAX - 1] = code;
}
