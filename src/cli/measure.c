#include "cli/measure.h"

void cli_measure_span(struct buf *out, int64_t ms)
{
	static const struct {
		int64_t s;
		char name;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };
	int64_t s = ms > 0 ? ms / 1000 : 0;
	size_t i = 0;

	while (i < 3 && s < units[i].s)
		i++;
	buf_addu(out, (uint64_t)(s / units[i].s));
	buf_addc(out, units[i].name);
	s %= units[i].s;
	if (i < 3 && s >= units[i + 1].s) {
		buf_addu(out, (uint64_t)(s / units[i + 1].s));
		buf_addc(out, units[i + 1].name);
	}
}

void cli_measure_size(struct buf *out, uint64_t octets)
{
	static const char units[] = "KMGTPE";
	uint64_t tenths = octets > UINT64_MAX / 10 ? UINT64_MAX : octets * 10;
	size_t i = 0;

	if (octets < 1024) {
		buf_addu(out, octets);
		return;
	}
	for (tenths /= 1024; tenths >= 10240 && i < 5; i++)
		tenths /= 1024;
	buf_addu(out, tenths / 10);
	if (tenths < 100 && tenths % 10)
		buf_addf(out, ".%u", (unsigned)(tenths % 10));
	buf_addc(out, units[i]);
}

void cli_measure_us(struct buf *out, int64_t us)
{
	int64_t tenths = us > 0 ? us / 100 : 0;

	buf_addf(out, "%lld.%lld ms", (long long)(tenths / 10), (long long)(tenths % 10));
}
