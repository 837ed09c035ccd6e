#include "os/address.h"

#include <netinet/in.h>
#include <string.h>

socklen_t os_address_of(const struct ip_port *at, uint32_t scope, struct sockaddr_storage *out)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

	*out = (struct sockaddr_storage){ 0 };
	if (at->ip.family == 4) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(at->port);
		memcpy(&v4->sin_addr, at->ip.octets, 4);
		return sizeof(*v4);
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(at->port);
	v6->sin6_scope_id = scope;
	memcpy(&v6->sin6_addr, at->ip.octets, 16);
	return sizeof(*v6);
}
