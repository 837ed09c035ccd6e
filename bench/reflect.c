#include "reflect.h"

#include "ask.h"

#include <stdbool.h>
#include <string.h>

size_t reflect(uint8_t *p, size_t n)
{
	static const uint8_t answers[] = {
		/* owner, MX, IN, TTL 3600, rdlength, preference, name */
		0xc0, 12, 0, ASK_MX, 0, 1, 0, 0, 14, 16, 0, 8, 0, 10, 3, 'm', 'x', '1', 0xc0, 12,
		0xc0, 12, 0, ASK_MX, 0, 1, 0, 0, 14, 16, 0, 8, 0, 20, 3, 'm', 'x', '2', 0xc0, 12,
	};
	static const uint8_t opt[] = { 0, 0, 41, 1232 >> 8, 1232 & 0xff, 0, 0, 0, 0, 0, 0 };
	size_t at = REFLECT_HEADER;

	if (n < REFLECT_HEADER + 5 || p[2] & 0x80)
		return 0;
	while (at < n && p[at] != 0)
		at += (size_t)p[at] + 1;
	at += 5;
	if (at > n || at + sizeof(answers) + sizeof(opt) > REFLECT_MAX)
		return 0;
	bool edns = p[11] != 0;
	bool secure = p[3] & 0x20 || (edns && n >= at + 11 && p[at + 7] & 0x80);
	p[2] |= 0x80;
	p[3] = (uint8_t)(0x80 | (secure ? 0x20 : 0));
	p[7] = 2;
	p[11] = edns;
	memcpy(p + at, answers, sizeof(answers));
	at += sizeof(answers);
	if (edns) {
		memcpy(p + at, opt, sizeof(opt));
		at += sizeof(opt);
	}
	return at;
}
